"""Wizard step: what would spoil the model, with a way out of each."""

import streamlit as st

from app import resources
from app.components import boundary, findings, frame, job
from app.wizard import Step
from app.workflow import jobs, orders, question, wizarding
from engine.domain.run import JobState

project, main, _ = frame.open_step(
    Step.CHECKS,
    "Can this data be trusted?",
    "A model that was given the answer by accident looks perfect until it is used. These checks look for that, for too "
    "little data, for people who would stand on both sides of the test, and for what needs care.\n\nWhat you keep in "
    "spite of a finding goes, with your reason, to the reviewer.",
)
home = resources.home()
asked = question.problem_view(home, str(project.problem_id))
checking = jobs.latest(home, project.id, orders.CHECK)

with main:
    if checking is not None and checking.alive:
        job.watch(checking)
    elif asked.outcomes is None:
        if checking is not None and checking.state is JobState.FAILED and checking.failure:
            boundary.failed(checking.failure)
        st.markdown("This question has not been checked yet.")
    else:
        findings.show(home, asked)

if asked.outcomes is None or (checking is not None and checking.alive):
    if frame.action("Check my data", closed="The check is under way." if checking and checking.alive else ""):
        wizarding.check(home, asked)
        st.rerun()
else:
    closed = findings.closes(asked)
    frame.go_on(Step.TRAIN, project.id, "Go on: Train", closed=closed, note="Training takes minutes, not attention.")
