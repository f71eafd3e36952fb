"""What was understood of a table: every column with its type, its role and its values; correctable in place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from app import resources, state
from app.components import reading
from app.components.boundary import boundary, refused
from app.wording import ROLES, TYPES, plain
from app.workflow import data
from app.workflow.views import DatasetView
from engine.domain.dataset import Column, ColumnContract
from engine.errors import HandrailError
from engine.problem.words import counted, rounded

if TYPE_CHECKING:
    import pandas as pd

K = TypeVar("K")
TYPE, ROLE, UNIT, NOTE = "We read it as", "It is", "Unit", "Note"


def show(project_id: str, known: DatasetView) -> None:
    """Show a project's dataset and take corrections."""
    dataset = known.dataset
    st.markdown(
        f"**{plain(dataset.name)}** has {counted(dataset.rows, 'row')} and {counted(dataset.columns, 'column')}. "
        "This is what we understood; change *We read it as* or *It is* where we are wrong."
    )
    reading.show(project_id, known)
    _columns(known)
    st.markdown(f"**The first {len(known.preview)} rows, as read**")
    st.dataframe(known.preview, hide_index=True, height=260, alt="The first rows of the table as they were read")


def _columns(known: DatasetView) -> None:
    key = f"columns:{known.dataset.id}"
    table = _table(known)
    # Beside the table and not below it, where nobody would see it; the table shows again what stands.
    if refusal := state.recall(f"{key}:refused"):
        refused(*refusal)
        state.forget(f"{key}:refused")
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=[name for name in table.columns if name not in {TYPE, ROLE, UNIT, NOTE}],
        key=f"{key}:{state.generation(key)}",
        row_height=36,
        height=min(460, 38 + 36 * len(table)),
        column_config={
            "Column": st.column_config.TextColumn(pinned=True, width=146),
            TYPE: st.column_config.SelectboxColumn(options=list(TYPES.values()), required=True, width=122),
            ROLE: st.column_config.SelectboxColumn(
                options=list(ROLES.values()),
                required=True,
                width=114,
                help="Information may help to predict. An identifier names a row; personal data names a person: "
                "neither is shown to a model.",
            ),
            "Missing": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width=88),
            "Values": st.column_config.BarChartColumn(y_min=0, y_max=1, width=92, help="How often each occurs."),
            "Range": st.column_config.TextColumn(width=168),
            "Examples": st.column_config.TextColumn(width=170),
            UNIT: st.column_config.TextColumn(width=80, max_chars=20, help="Such as EUR or days."),
            NOTE: st.column_config.TextColumn(width=200, max_chars=200, help="What else there is to know."),
            "Why": st.column_config.TextColumn(width="large"),
        },
        alt="Every column of the table: how it is read, what it is, how much is missing",
    )
    changed = _first_change(table, edited)
    if changed is None:
        return
    column, what, word = changed
    with boundary():
        try:
            _correct(known.dataset.id, column, what, word)
            state.say_next(f"{column} is now: {word}" if word else f"{column} has no {what.lower()} now")
        except HandrailError as error:
            state.remember(f"{key}:refused", (error.problem, error.fix))
        state.bump(key)
        st.rerun()


def _correct(dataset_id: str, column: str, what: str, word: str) -> None:
    home = resources.home()
    if what == TYPE:
        data.correct(home, dataset_id, column, type=_key(TYPES, word))
    elif what == ROLE:
        data.correct(home, dataset_id, column, role=_key(ROLES, word))
    elif what == UNIT:
        data.correct(home, dataset_id, column, unit=word.strip())
    else:
        data.correct(home, dataset_id, column, note=word.strip())


def _table(known: DatasetView) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([_row(column, known.contract.column(column.name)) for column in known.profile.columns])


def _row(column: Column, contract: ColumnContract) -> dict[str, object]:
    return {
        "Column": column.name,
        TYPE: TYPES[contract.type],
        ROLE: ROLES[contract.role],
        **glance(column),
        UNIT: contract.unit,
        NOTE: contract.note,
        "Why": contract.role_reason,
    }


def glance(column: Column) -> dict[str, object]:
    """Return what a column looks like at a glance, as cells of a table."""
    return {
        "Missing": column.missing_rate,
        "Values": _bars(column),
        "Range": _range(column),
        "Examples": ", ".join(column.examples[:4]),
    }


def _bars(column: Column) -> list[float]:
    counts = column.histogram.counts if column.histogram else tuple(level.rows for level in column.levels[:12])
    most = max(counts, default=0)
    # Where every value is as frequent as the next, such as with identifiers, bars say nothing.
    return [count / most for count in counts] if most > 1 and (column.histogram or len(set(counts)) > 1) else []


def _range(column: Column) -> str:
    if column.first and column.last:
        return f"{column.first[:10]} to {column.last[:10]}"
    if column.minimum is not None and column.maximum is not None:
        return f"{rounded(column.minimum, 4)} to {rounded(column.maximum, 4)}"
    return counted(column.distinct, "value")


def _first_change(before: "pd.DataFrame", after: "pd.DataFrame") -> tuple[str, str, str] | None:
    for what in (TYPE, ROLE, UNIT, NOTE):
        for name, old, new in zip(before["Column"], before[what], after[what], strict=True):
            if old != (new or ""):  # an emptied cell is None
                return str(name), what, str(new or "")
    return None


def _key(words: Mapping[K, str], word: str) -> K:
    return next(key for key, said_as in words.items() if said_as == word)
