"""The question as a sentence with gaps, and a summary of what it comes to."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.components.known_when import Columns
from app.components.more_form import More, usual
from app.wording import TASK_TERMS, TASKS, plain, short
from app.workflow import question, wizarding
from app.workflow.question import Answers
from app.workflow.views import DatasetView
from engine.domain.dataset import Role
from engine.domain.problem import Problem, Question, Task
from engine.errors import HandrailError
from engine.problem.words import counted, percent


def begun(kept: dict[str, Any], known: DatasetView) -> Problem | None:
    """Return the question that a draft holds, if it is about this table and still makes sense."""
    if kept.get("dataset") != known.dataset.id:
        return None
    with suppress(ValidationError):
        return Problem.model_validate(kept.get("problem"))
    return None


def draft(known: DatasetView, proposed: Problem) -> dict[str, Any]:
    """Return what a draft keeps of a question."""
    return {"dataset": known.dataset.id, "problem": proposed.model_dump(mode="json")}


def unfinished(known: DatasetView, asked: Answers) -> Problem | None:
    """Return a refused question as a draft holds it, today's rule as it was written; None where more is wrong."""
    with suppress(HandrailError):
        words = asked.question.model_copy(update={"rule": None})
        return question.formulate(known, replace(asked, question=words)).model_copy(update={"question": asked.question})
    return None


def sentence(project_id: str, known: DatasetView, before: Problem | None) -> tuple[str | None, Question]:
    """Ask for the question itself; returns the column to predict, if chosen, and the words."""
    key = f"question:{project_id}:{known.dataset.id}"
    asked = before.question if before else wizarding.opening_words(known)
    first, second, third, fourth = st.columns([1, 1.25, 1.25, 1.4])
    who = first.text_input(
        "For each", asked.who, placeholder="customer", key=f"{key}:who", persist_state="session", max_chars=60
    )
    moment = second.text_input(
        "when",
        asked.moment,
        placeholder="the contract is renewed",
        key=f"{key}:moment",
        persist_state="session",
        max_chars=120,
        help="The moment of the decision. Only what is known by then may be used.",
    )
    likely = question.targets(known)
    others = tuple(name for name in known.contract.names if name not in likely)
    options = (*likely, *others)
    chosen = before.target if before and before.target in options else likely[0] if likely else None
    target = third.selectbox(
        "predict",
        options,
        index=options.index(chosen) if chosen else None,
        placeholder="Choose a column",
        key=f"{key}:target",
        persist_state="session",
        help="The column that says how each case ended: the *target*.",
    )
    action = fourth.text_input(
        "so that we can",
        asked.action,
        placeholder="offer a better plan",
        key=f"{key}:action",
        persist_state="session",
        max_chars=120,
    )
    task = None if target is None else _task(project_id, known, target, before)
    if target is None or task is Task.BINARY:
        costs = _money(key, asked)
    else:
        costs = {"rule": _rule(st.container(), key, asked, "such as last_years_sales")}
        if task is Task.MULTICLASS and before is not None and before.target == target:
            costs["costs"] = asked.costs  # said on the command line; here they are asked for in the step Decide
    words = Question(text=asked.text, who=who or "", moment=moment or "", action=action or "", **costs)
    return target, words


def _task(project_id: str, known: DatasetView, target: str, before: Problem | None) -> Task | None:
    """Return what kind of answer is asked for, as it was said below or is proposed."""
    same = before.task if before and before.target == target else None
    proposed = usual(known, target)
    said: Task | None = state.recall(f"question:{project_id}:{known.dataset.id}:{target}:task", same)
    return said or (proposed.task if proposed else None)


def _money(key: str, asked: Question) -> dict[str, Any]:
    first, second, third, fourth = st.columns([1, 1.25, 1.25, 1.4])
    wrong = first.number_input(
        "A wrong yes costs",
        min_value=0.0,
        value=asked.cost_wrong_yes,
        key=f"{key}:wrong",
        placeholder="such as 5",
        format="%g",
        persist_state="session",
        help="What it costs to act on a case for nothing: a *false positive*.",
    )
    missed = second.number_input(
        "a missed yes costs",
        min_value=0.0,
        value=asked.cost_missed_yes,
        key=f"{key}:missed",
        placeholder="such as 60",
        format="%g",
        persist_state="session",
        help="What it costs not to act where it was needed: a *false negative*.",
    )
    capacity = third.number_input(
        "or we can act on, at a time",
        min_value=1,
        value=asked.capacity,
        key=f"{key}:capacity",
        placeholder="such as 200",
        persist_state="session",
        help="How many cases you can handle, if that is the limit: the *capacity*.",
    )
    rule = _rule(fourth, key, asked, "such as calls > 3")
    return {"cost_wrong_yes": wrong, "cost_missed_yes": missed, "capacity": capacity, "rule": rule}


def _rule(where: DeltaGenerator, key: str, asked: Question, such_as: str) -> str | None:
    rule = where.text_input(
        "Today we do it by",
        asked.rule or "",
        placeholder=such_as,
        key=f"{key}:rule",
        persist_state="session",
        max_chars=500,
        help="Today's way, if there is one: the model must beat it. Columns, numbers, 'words', and, or, not; or only "
        "the name of the column that holds what is done today: yes or no, 1 or 0, a score, or the number itself.",
    )
    return rule or None


def answers(target: str, words: Question, beyond: More, columns: Columns) -> Answers:
    """Return all that was said as one value."""
    return Answers(
        target=target,
        task=beyond.task,
        positive=beyond.positive if beyond.task in {None, Task.BINARY} else None,
        metric=beyond.metric,
        question=words,
        sensitive=columns.sensitive,
        use_sensitive=columns.used,
        known=columns.known,
        ignored=beyond.ignored,
        time=beyond.time,
        group=beyond.group,
    )


def summary(known: DatasetView, proposed: Problem | None) -> None:
    """Say what the answers come to."""
    with st.container(border=True):
        if proposed is None:
            st.caption("What your answers come to stands here.")
            return
        rows = known.profile.rows
        st.markdown(f"**{TASKS[proposed.task]}**", help=f"The term of art: {TASK_TERMS[proposed.task]}.")
        st.markdown(f"{counted(rows, 'row')}{_share(known, proposed)}.")
        used = proposed.features(known.contract)
        st.markdown(f"{counted(len(used), 'column')} to predict from.", help=plain(", ".join(used[:40])))
        warned = known.contract.column(proposed.target).role is Role.IDENTIFIER  # then the first reason says so
        for number, reason in enumerate(proposed.reasons):
            if warned and number == 0:
                st.warning(plain(reason), icon=":material/warning:")
            else:
                st.caption(plain(reason))
        withheld = [c.name for c in known.contract.columns if c.role in {Role.IDENTIFIER, Role.PERSONAL}]
        withheld += [proposed.today] if proposed.today else []
        if withheld:
            st.caption(f"Not shown to the model: {plain(', '.join(short(n, 30) for n in withheld))}.")


def _share(known: DatasetView, proposed: Problem) -> str:
    if proposed.task is not Task.BINARY or proposed.positive is None:
        return ""
    column = known.profile.column(proposed.target)
    answered = column.rows - column.missing
    yes = next((level.rows for level in column.levels if level.value == proposed.positive), 0)
    return f", {percent(yes / answered)} are {plain(short(proposed.positive, 30))}" if answered else ""
