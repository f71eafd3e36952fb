"""Columns from a second table: which table, by which key, what lies before the decision, what to take."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources, state
from app.components import intake
from app.components.boundary import boundary
from app.components.made_of import MEASURES
from app.wording import plain, short
from app.workflow import combining, data
from app.workflow.home import Home
from app.workflow.views import DatasetView, JobView, ProjectView
from engine.domain.dataset import NUMERIC, ColumnType, DataContract, Matched, Measure, Role
from engine.problem.words import counted

if TYPE_CHECKING:
    import pandas as pd

Keys = tuple[tuple[str, str], ...]
Wanted = tuple[tuple[Measure, str | None], ...]
MOST_KEYS = 3
FOLDS = (Measure.SUM, Measure.MEAN, Measure.MINIMUM, Measure.MAXIMUM, Measure.LAST)
ICONS = {True: ":material/check_circle:", False: ":material/warning:"}
POOR = 0.5  # share of matched rows below which a person should look twice


def show(home: Home, project: ProjectView, reading: JobView | None) -> None:
    """Offer to add columns from a second table to the project's; ``reading`` is the project's newest reading."""
    brought = combining.second(reading)
    with st.expander(
        "Add columns from a second table",
        icon=":material/join:",
        expanded=brought is not None,
        key=f"second:{project.id}",
    ):
        st.markdown(
            "Such as orders for customers, or a price list. Every row of your table stays once; where the second table "
            "has many rows for it, they become one value."
        )
        with boundary():
            other = _which(home, project, brought)
            if other is not None and project.dataset_id is not None:
                _combine(home, project, data.dataset(home, project.dataset_id), other)


def _which(home: Home, project: ProjectView, brought: str | None) -> DatasetView | None:
    key = f"second:{project.id}"
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        file = intake.drop("Drop the second table here", key)
    if file is not None:
        with boundary():
            combining.bring_second(home, project.id, file, file.name)
            state.bump(key)
            st.rerun()
    known = {view.dataset.id: view for view in data.every_dataset(home) if view.dataset.id != project.dataset_id}
    chosen = right.selectbox(
        "or take one brought before",
        list(known),
        index=list(known).index(brought) if brought in known else None,
        format_func=lambda i: intake.described(known[i]),
        key=f"{key}:{project.dataset_id}:{brought}",
        placeholder="Choose a table" if known else "There is no other table yet",
        disabled=not known,
    )
    return known.get(chosen) if chosen else None


def _combine(home: Home, project: ProjectView, base: DatasetView, other: DatasetView) -> None:
    key = f"combine:{base.dataset.id}:{other.dataset.id}"
    keys = _keys(home, base, other, key)
    if not keys:
        st.info("Choose the columns that name the same thing in both tables, such as a customer number.")
        return
    time, other_time = _times(base.contract, other.contract, keys, key)
    found, notes = resources.matching(home, base, other, keys, time, other_time)
    said = combining.said(found, other, keys, time=time, other_time=other_time)
    _say(found, said, notes, timed=time is not None)
    if not found.usable:
        st.caption("So there is nothing to add. Choose other keys, or other times.")
        return
    wanted = (
        _columns(other, keys, other_time, key)
        if not found.other_keys_twice
        else _folds(other, keys, time, other_time, key)
    )
    if not wanted:
        st.caption("Choose at least one column to add.")
        return
    recipe, renamed = combining.plan(
        combining.side(home, base),
        combining.side(home, other),
        keys=keys,
        wanted=wanted,
        time=time,
        other_time=other_time,
    )
    for note in renamed:
        st.caption(f":material/info: {plain(note)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(f"Add {counted(len(recipe.added), 'column')}", key=f"{key}:go", icon=":material/join:"):
            combining.start(home, project.id, base.dataset.id, other.dataset.id, recipe)
            st.rerun()
        st.caption("This makes a new table; both of yours stay as they are.")


def _keys(home: Home, base: DatasetView, other: DatasetView, key: str) -> Keys:
    # They are chosen below, and what must lie before is no key.
    times = _both(state.recall(f"{key}:time"), state.recall(f"{key}:other"))
    proposed = resources.proposed_keys(home, base, other, *times)
    key = f"{key}:{proposed}"
    there = plain(short(other.dataset.name, 30))
    pairs: list[tuple[str, str]] = []
    for number in range(MOST_KEYS):
        a, b = proposed[number] if number < len(proposed) else (None, None)
        left, right = st.columns(2)
        one = _pick(left, "and here" if number else "Key here", base.contract.names, a, f"{key}:a{number}")
        two = _pick(
            right, f"and in {there}" if number else f"Key in {there}", other.contract.names, b, f"{key}:b{number}"
        )
        if one is None or two is None:
            break
        pairs.append((one, two))
        more = number + 1 < len(proposed) or number + 1 == MOST_KEYS
        if not more and not st.toggle("Another column belongs to the key", key=f"{key}:more{number}"):
            break
    return tuple(pairs)


def _times(base: DataContract, other: DataContract, keys: Keys, key: str) -> tuple[str | None, str | None]:
    left, right = st.columns(2)
    help_ = "Only what lies before the decision may be known to a model. Without a time, nobody can tell what that is."
    here = _clock(left, "A row here is decided at", base, {a for a, _ in keys}, f"{key}:time", help_)
    there = _clock(right, "A row there happened at", other, {b for _, b in keys}, f"{key}:other", help_)
    return _both(here, there)


def _both(here: str | None, there: str | None) -> tuple[str | None, str | None]:
    """Return the times that are compared; none where nobody said when a row of the second table happened."""
    return (here, there) if there is not None else (None, None)


def _clock(
    where: DeltaGenerator, label: str, contract: DataContract, keys: set[str], key: str, help: str
) -> str | None:
    columns = [c for c in contract.columns if c.type is ColumnType.DATETIME or c.type in NUMERIC]
    named = [c.name for c in columns if c.role is Role.TIME and c.name not in keys]
    dates = [c.name for c in columns if c.type is ColumnType.DATETIME and c.role is not Role.PERSONAL]
    first = next(iter(named or [name for name in dates if name not in keys]), None)
    return _pick(where, label, tuple(c.name for c in columns), first, key, help=help, nothing="no time")


def _pick(
    where: DeltaGenerator,
    label: str,
    options: tuple[str, ...],
    first: str | None,
    key: str,
    *,
    help: str | None = None,
    nothing: str = "Choose a column",
) -> str | None:
    index = options.index(first) if first in options else None
    picked: str | None = where.selectbox(label, options, index=index, key=key, placeholder=nothing, help=help)
    return picked


def _say(found: Matched, said: Iterable[str], notes: Iterable[str], *, timed: bool) -> None:
    poor = found.matched < POOR * found.rows
    (st.warning if poor else st.success)(" ".join(plain(text) for text in said), icon=ICONS[not poor])
    for note in notes:
        st.caption(f":material/info: {plain(note)}")
    if not timed:
        st.warning(
            "No time is compared, so what happened after the decision may be among the new values. Name both times "
            "above if there are any.",
            icon=":material/schedule:",
        )


def _columns(other: DatasetView, keys: Keys, other_time: str | None, key: str) -> Wanted:
    usual = combining.usual(other.contract, keys, one_row=True, time=None, other_time=other_time)
    names = [c.name for c in other.contract.columns if c.name not in {b for _, b in keys}]
    chosen = st.multiselect("Columns to add", names, default=[str(c) for _, c in usual], key=f"{key}:columns")
    return tuple((Measure.VALUE, name) for name in chosen)


def _folds(other: DatasetView, keys: Keys, time: str | None, other_time: str | None, key: str) -> Wanted:
    usual = combining.usual(other.contract, keys, one_row=False, time=time, other_time=other_time)
    st.markdown("**Many rows become one value.** What shall be taken of each column?")
    with st.container(horizontal=True):
        wanted: list[tuple[Measure, str | None]] = []
        for measure in (Measure.COUNT, *([Measure.SINCE] if time else [])):
            if st.checkbox(MEASURES[measure].capitalize(), value=(measure, None) in usual, key=f"{key}:{measure}"):
                wanted.append((measure, None))
    table = _fold_table(other, keys, usual, other_time)
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["Column"],
        key=f"{key}:folds:{other_time}:{time is None}",
        height=min(320, 38 + 35 * len(table)),
        column_config={
            "Column": st.column_config.TextColumn(pinned=True, width="medium"),
            MEASURES[Measure.LAST]: st.column_config.CheckboxColumn(
                help="The last value before the decision that is not missing; it needs a time there."
            ),
        },
        alt="The second table's columns and what is taken of each",
    )
    for measure in FOLDS:
        for name in edited.loc[edited[MEASURES[measure]].fillna(value=False).astype(bool), "Column"]:
            if measure in combining.measures(other, name, timed=bool(other_time)):
                wanted.append((measure, str(name)))
            else:
                why = "a time there" if measure is Measure.LAST else "numbers or dates"
                st.caption(f":material/info: *{MEASURES[measure]}* of {plain(name)} is left out: it needs {why}.")
    order = {None: -1} | {c.name: position for position, c in enumerate(other.contract.columns)}
    return tuple(sorted(wanted, key=lambda pair: order[pair[1]]))


def _fold_table(other: DatasetView, keys: Keys, usual: Wanted, other_time: str | None) -> "pd.DataFrame":
    import pandas as pd

    names = [c.name for c in other.contract.columns if c.name not in {b for _, b in keys}]
    rows = {name: combining.measures(other, name, timed=bool(other_time)) for name in names}
    marks = {MEASURES[m]: [(m, name) in usual if m in offers else None for name, offers in rows.items()] for m in FOLDS}
    return pd.DataFrame(
        {"Column": list(rows)} | {said: pd.array(column, dtype="boolean") for said, column in marks.items()}
    )
