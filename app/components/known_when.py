"""The table "known when?": per column whether it is known by the time of the decision, and whether it is sensitive."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app import resources, state
from app.wording import KNOWN
from app.workflow import question
from app.workflow.interview import Suspect
from app.workflow.views import DatasetView
from engine.domain.dataset import KnownWhen, Role
from engine.domain.problem import Problem
from engine.problem.words import counted

if TYPE_CHECKING:
    import pandas as pd

WHEN, WHY, SENSITIVE, USED = "Known", "Why we ask", "Sensitive", "May be used"
HIDDEN = frozenset({Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED})
LOOKS_SENSITIVE = "Looks sensitive: kept from the model"


@dataclass(frozen=True)
class Columns:
    """What was said about the columns."""

    known: dict[str, KnownWhen]
    sensitive: tuple[str, ...]
    used: tuple[str, ...]


def ask(project_id: str, known: DatasetView, target: str, before: Problem | None) -> Columns:
    """Ask for every column when it is known; what looks late or sensitive stands first, answered already."""
    key = f"known:{project_id}:{known.dataset.id}:{target}"
    suspects, sensitive = resources.suspects(resources.home(), known, target), question.suggested_sensitive(known)
    widget = f"{key}:{state.generation(key)}"
    if state.recall(widget) is None:  # the editor forgets its edits when it is left, so what was said is its new base
        said = state.recall(key) or _before(before, target) or _suggested(known, suspects, sensitive)
        state.remember(f"{widget}:base", _table(known, target, said, suspects, sensitive))
    base = state.recall(f"{widget}:base")
    asked = {suspect.column for suspect in suspects} & set(base["Column"])
    st.markdown(f"**What is known when you decide?**  {_lead(len(asked), len(base))}")
    edited = st.data_editor(
        base,
        hide_index=True,
        disabled=["Column", WHY, "Examples"],
        key=widget,
        row_height=34,
        height=min(340, 38 + 34 * len(base)),
        column_config={
            "Column": st.column_config.TextColumn(pinned=True, width=124),
            WHEN: st.column_config.SelectboxColumn(
                options=list(KNOWN.values()),
                required=True,
                width=124,
                help="What is known only afterwards must not be used: it is not there when you need the answer.",
            ),
            WHY: st.column_config.TextColumn(width=292),
            SENSITIVE: st.column_config.CheckboxColumn(
                help="The model is judged by it, group by group, and does not see it.", width=96
            ),
            USED: st.column_config.CheckboxColumn(
                help="Let the model use a sensitive column all the same; the reviewer will see that.", width=112
            ),
            "Examples": st.column_config.TextColumn(width="medium"),
        },
        alt="Every column, when it is known, why it is asked, and whether it is sensitive",
    )
    columns = _read(edited, asked)
    state.remember(key, columns)
    _bulk(key, edited, asked, columns)
    return columns


def shown(known: DatasetView, target: str) -> list[str]:
    """Return the columns that are asked about, in table order: those that a model may learn from."""
    return [c.name for c in known.contract.columns if c.name != target and c.role not in HIDDEN]


def _lead(asked: int, columns: int) -> str:
    if not asked:
        return "Nothing looks late, so all is answered *before*; correct what is not."
    one = asked == 1
    return (
        f"{counted(asked, 'column')} {'looks' if one else 'look'} late and {'stands' if one else 'stand'} first. "
        f"The other {columns - asked} are answered *before*; correct what is not."
    )


def _bulk(key: str, table: "pd.DataFrame", asked: set[str], columns: Columns) -> None:
    """Answer for many columns at once: the editor starts afresh from that."""
    rest = [str(name) for name in table["Column"] if name not in asked]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("All at once:", width="content")
        if asked and st.button("The first ones: only afterwards", key=f"{key}:late", type="tertiary"):
            _answer(key, columns, asked, KnownWhen.AFTER)
        if asked and rest and st.button("The rest: before", key=f"{key}:rest", type="tertiary"):
            _answer(key, columns, rest, KnownWhen.BEFORE)
        if st.button("All: before", key=f"{key}:all", type="tertiary"):
            _answer(key, columns, [*asked, *rest], KnownWhen.BEFORE)


def _answer(key: str, columns: Columns, names: Iterable[str], when: KnownWhen) -> None:
    known = {**columns.known, **dict.fromkeys(names, when)}
    state.remember(key, Columns(known, columns.sensitive, columns.used))
    state.bump(key)
    st.rerun()


def _before(problem: Problem | None, target: str) -> Columns | None:
    if problem is None or problem.target != target:
        return None
    return Columns(problem.known, problem.sensitive, problem.use_sensitive)


def _suggested(known: DatasetView, suspects: Iterable[Suspect], sensitive: tuple[str, ...]) -> Columns:
    late = {s.column: s.known for s in suspects if s.known is not KnownWhen.BEFORE}
    return Columns(question.suggested_known(known) | late, sensitive, ())


def _table(
    known: DatasetView, target: str, said: Columns, suspects: Iterable[Suspect], sensitive: tuple[str, ...]
) -> "pd.DataFrame":
    import pandas as pd

    names = shown(known, target)
    why = {s.column: s.reason for s in suspects}
    first = list(why)
    names.sort(key=lambda name: (first.index(name) if name in why else len(first), name not in sensitive))
    looks = dict.fromkeys(sensitive, LOOKS_SENSITIVE)
    return pd.DataFrame(
        {
            "Column": names,
            WHEN: [KNOWN[said.known.get(name, KnownWhen.BEFORE)] for name in names],
            WHY: [why.get(name) or looks.get(name, "") for name in names],
            SENSITIVE: [name in said.sensitive for name in names],
            USED: [name in said.used for name in names],
            "Examples": [", ".join(known.profile.column(name).examples[:4]) for name in names],
        }
    )


def _read(table: "pd.DataFrame", asked: set[str]) -> Columns:
    word = {said: when for when, said in KNOWN.items()}
    when = {str(name): word[said] for name, said in zip(table["Column"], table[WHEN], strict=True)}
    sensitive = tuple(str(name) for name in table.loc[table[SENSITIVE] | table[USED], "Column"])
    return Columns(
        # "Before" is an answer where it was asked, and what is taken for granted elsewhere.
        known={name: known for name, known in when.items() if known is not KnownWhen.BEFORE or name in asked},
        sensitive=sensitive,
        used=tuple(str(name) for name in table.loc[table[USED], "Column"]),
    )
