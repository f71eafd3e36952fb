"""The table "known when?": per column whether it is known by the time of the decision, and whether it is sensitive."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app import state
from app.wording import KNOWN
from app.workflow import question
from app.workflow.views import DatasetView
from engine.domain.dataset import KnownWhen, Role
from engine.domain.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

WHEN, SENSITIVE, USED = "Known", "Sensitive", "May be used"
HIDDEN = frozenset({Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED})


@dataclass(frozen=True)
class Columns:
    """What was said about the columns."""

    known: dict[str, KnownWhen]
    sensitive: tuple[str, ...]
    used: tuple[str, ...]


def ask(project_id: str, known: DatasetView, target: str, before: Problem | None) -> Columns:
    """Ask for every column when it is known; what looks late or sensitive stands first, answered already."""
    key = f"known:{project_id}:{known.dataset.id}"
    widget = f"{key}:{target}"
    if state.recall(widget) is None:  # the editor forgets its edits when it is left, so what was said is its new base
        said = state.recall(key) or _before(before) or _suggested(known)
        state.remember(f"{widget}:base", _table(known, target, said))
    st.markdown("**What is known when you decide?**  Columns that look late or sensitive stand first.")
    edited = st.data_editor(
        state.recall(f"{widget}:base"),
        hide_index=True,
        disabled=["Column", "Examples"],
        key=widget,
        row_height=34,
        height=300,
        column_config={
            "Column": st.column_config.TextColumn(pinned=True, width="medium"),
            WHEN: st.column_config.SelectboxColumn(
                options=list(KNOWN.values()),
                required=True,
                width="small",
                help="What is known only afterwards must not be used: it is not there when you need the answer.",
            ),
            SENSITIVE: st.column_config.CheckboxColumn(
                help="The model is judged by it, group by group, and does not see it.", width="small"
            ),
            USED: st.column_config.CheckboxColumn(
                help="Let the model use a sensitive column all the same; the reviewer will see that.", width="small"
            ),
            "Examples": st.column_config.TextColumn(width="medium"),
        },
        alt="Every column, when it is known, and whether it is sensitive",
    )
    columns = _read(edited)
    state.remember(key, columns)
    return columns


def _before(problem: Problem | None) -> Columns | None:
    return Columns(problem.known, problem.sensitive, problem.use_sensitive) if problem else None


def _suggested(known: DatasetView) -> Columns:
    return Columns(question.suggested_known(known), question.suggested_sensitive(known), ())


def _table(known: DatasetView, target: str, said: Columns) -> "pd.DataFrame":
    import pandas as pd

    shown = [c.name for c in known.contract.columns if c.name != target and c.role not in HIDDEN]
    shown.sort(key=lambda name: (name not in said.known, name not in said.sensitive))
    return pd.DataFrame(
        {
            "Column": shown,
            WHEN: [KNOWN[said.known.get(name, KnownWhen.BEFORE)] for name in shown],
            SENSITIVE: [name in said.sensitive for name in shown],
            USED: [name in said.used for name in shown],
            "Examples": [", ".join(known.profile.column(name).examples[:4]) for name in shown],
        }
    )


def _read(table: "pd.DataFrame") -> Columns:
    word = {said: when for when, said in KNOWN.items()}
    when = {str(name): word[said] for name, said in zip(table["Column"], table[WHEN], strict=True)}
    sensitive = tuple(str(name) for name in table.loc[table[SENSITIVE] | table[USED], "Column"])
    return Columns(
        known={name: known for name, known in when.items() if known is not KnownWhen.BEFORE},
        sensitive=sensitive,
        used=tuple(str(name) for name in table.loc[table[USED], "Column"]),
    )
