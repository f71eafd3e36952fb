"""What may be said beyond the question's sentence: how it is answered, judged and split."""

from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from app.wording import METRICS, TASK_TERMS, TASKS
from app.workflow import question
from app.workflow.question import Answers
from app.workflow.views import DatasetView
from engine.domain.problem import Problem, Task
from engine.errors import HandrailError
from engine.problem.metric import label_of


@dataclass(frozen=True)
class More:
    """What may be said beyond the sentence; None is proposed."""

    task: Task | None
    positive: str | None
    metric: str | None
    time: str | None
    group: str | None
    ignored: tuple[str, ...]


def ask(project_id: str, known: DatasetView, target: str, before: Problem | None) -> More:
    """Ask for what may be said beyond the sentence; what is not said is as proposed."""
    key = f"question:{project_id}:{known.dataset.id}:{target}"
    same = before if before and before.target == target else None
    with st.expander("How it is answered, judged and split", icon=":material/tune:"):
        task, positive, judged = _answered(key, known, target, same)
        time, group, ignored = _split(key, [name for name in known.contract.names if name != target], same)
    return More(task, positive, judged, time, group, ignored)


def _answered(
    key: str, known: DatasetView, target: str, same: Problem | None
) -> tuple[Task | None, str | None, str | None]:
    """Ask for the task, the positive class and the metric; shown as chosen where it is not what is proposed."""
    proposed = usual(known, target)
    levels = [level.value for level in known.profile.column(target).levels]
    first, *between, third = st.columns(3 if len(levels) == 2 else 2)
    task = first.selectbox(
        "The answer is",
        list(Task),
        index=list(Task).index(same.task) if same and proposed and same.task is not proposed.task else None,
        format_func=lambda t: TASKS[t].lower(),
        placeholder="as proposed",
        key=f"{key}:task",
        persist_state="session",
        help="The *task*: " + ", ".join(TASK_TERMS.values()),
    )
    positive = None
    for place in between:
        positive = place.selectbox(
            "“Yes” means",
            levels,
            index=_index(levels, same.positive if same and proposed and same.positive != proposed.positive else None),
            placeholder="as proposed",
            key=f"{key}:positive",
            persist_state="session",
            help="The answer you want to find: the *positive class*. Only for a yes/no question.",
        )
    fitting = list(question.metrics(task or (proposed.task if proposed else None)))
    judged = third.selectbox(
        "Judged by",
        fitting,
        index=_index(fitting, same.metric if same and proposed and same.metric != proposed.metric else None),
        format_func=lambda m: f"{METRICS[m][0]} ({label_of(m)})",
        placeholder="as proposed",
        key=f"{key}:metric",
        persist_state="session",
        help="The *metric*. What is proposed suits most questions.",
    )
    return task, positive, judged


def _split(key: str, names: list[str], same: Problem | None) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Ask for the columns that split the rows, and for those to leave out."""
    first, second, third = st.columns(3)
    time = first.selectbox(
        "Time stands in",
        names,
        index=_index(names, same.time if same else None),
        placeholder="no column",
        key=f"{key}:time",
        persist_state="session",
        help="Then it is tested on the latest rows: a *time split*.",
    )
    group = second.selectbox(
        "One case is named by",
        names,
        index=_index(names, same.group if same else None),
        placeholder="no column",
        key=f"{key}:group",
        persist_state="session",
        help="Then all rows of one case stay on one side: a *grouped split*.",
    )
    ignored = third.multiselect(
        "Leave out",
        names,
        default=[n for n in same.ignored if n in names] if same else [],
        key=f"{key}:ignored",
        placeholder="no column",
        persist_state="session",
        help="Columns the model must not see.",
    )
    return time, group, tuple(ignored)


def usual(known: DatasetView, target: str) -> Problem | None:
    """Return what is proposed without a word from the analyst; None where that is refused."""
    with suppress(HandrailError):
        return question.formulate(known, Answers(target=target))
    return None


def _index(names: list[str], name: str | None) -> int | None:
    return names.index(name) if name in names else None
