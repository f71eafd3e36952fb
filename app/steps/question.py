"""Wizard step: the question, as a sentence with gaps."""

import streamlit as st

from app import resources
from app.components import asking, boundary, column_view, drafting, frame, known_when, more_form
from app.wizard import Step
from app.workflow import data, question, wizarding
from engine.errors import HandrailError

project, main, aside = frame.open_step(
    Step.QUESTION,
    "What do you want to know, and when?",
    "A prediction helps at one moment: when you decide. What is only written down later cannot help then, but it would "
    "make the model look brilliant.\n\nWhat mistakes cost matters later, when you decide what to do with an answer.",
)
home = resources.home()
known = data.dataset(home, str(project.dataset_id))
before = question.problem_view(home, project.problem_id) if project.problem_id else None
begun = asking.begun(drafting.begun(Step.QUESTION, project.id), known) or (before.problem if before else None)
refusal: HandrailError | None = None
proposed = unfinished = None

with main:
    target, words = asking.sentence(project.id, known, begun)
    # What is wrong is said beside the question: below the table nobody would see it.
    said = st.container()
    if target is not None:
        columns = known_when.ask(project.id, known, target, begun)
        more = more_form.ask(project.id, known, target, begun)
        answers = asking.answers(target, words, more, columns)
        try:
            proposed = question.formulate(known, answers)
            column_view.show(project.id, known, proposed, known_when.shown(known, target))
        except HandrailError as error:
            refusal, unfinished = error, asking.unfinished(known, answers)
            with said:
                boundary.refused(error.problem, error.fix)

with aside:
    asking.summary(known, proposed)

unchanged = proposed is not None and before is not None and wizarding.same_question(proposed, before, known)
if unchanged:
    drafting.taken_back(Step.QUESTION, project.id)
elif (begins := proposed or unfinished) is not None:
    drafting.keep(Step.QUESTION, project.id, asking.draft(known, begins))
closed = "Choose what to predict first." if target is None else "Change what stands in red first." if refusal else ""
if frame.action("Go on: Checks" if unchanged else "Check my data", closed=closed):
    if not unchanged:
        wizarding.ask_and_check(home, project.id, answers)
    drafting.sent(Step.QUESTION, project.id)
    frame.go(Step.CHECKS, project.id)
