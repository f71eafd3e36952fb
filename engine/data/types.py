"""What the values of a column are, decided over all of them, and the canonical frame that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from engine.data import dates, numbers
from engine.data.scratch import Scratch
from engine.data.seen import Plan, Seen, batches, look
from engine.domain.dataset import LARGEST, ColumnType, Reading

_LOOK = 10_000  # different values, from all over the table, that are looked at
_LONG = 20  # letters


@dataclass(frozen=True)
class Understood:
    """The canonical frame, the type of each column, and a sentence for everything that was not obvious.

    ``units`` holds the unit of columns of amounts and percentages, ``decimal`` the sign that stands before decimals,
    ``decimals`` that of each column whose values tell it.
    """

    frame: pd.DataFrame
    types: dict[str, ColumnType]
    notes: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    decimals: Mapping[str, str] = field(default_factory=dict)


def understand(
    scratch: Scratch,
    names: Sequence[str],
    *,
    delimiter: str | None = None,
    reading: Reading | None = None,
    counted: frozenset[int] = frozenset(),
) -> Understood:
    """Decide the type of every column of ``raw`` over all its values and convert it.

    In the columns ``counted`` a dot stands before decimals, whatever the others write. Values with leading zeros, and
    whole numbers too long to be exact, stay as written. Nothing becomes a boolean.
    """
    seen = look(scratch, names)
    said = reading or Reading()
    amounts = numbers.plans(scratch, seen, delimiter, said.decimal, counted, said.decimals)
    decimals = {names[i]: plan.decimal for i, plan in amounts.items() if plan.decimal}
    signs = set(decimals.values())
    plans = amounts | dates.plans(scratch, seen, day_first=said.day_first, commas="," in signs)
    chosen = [plans.get(i) or Plan(column.cell) for i, column in enumerate(seen)]
    columns: dict[str, pd.Series] = {}
    types: dict[str, ColumnType] = {}
    vast: list[str] = []
    for run in batches(len(names)):
        asked = [f"{chosen[i].sql} AS c{i}" for i in run if chosen[i].read is None]
        read = scratch.arrow(", ".join(asked)) if asked else None
        for i in run:
            given, kind = chosen[i].read, chosen[i].type
            column = read.column(f"c{i}") if read is not None and given is None else given
            values = column.to_pandas(deduplicate_objects=_repeats(column))
            # Words are canonical as they are.
            columns[names[i]], types[names[i]] = finish(values, kind) if kind else (values, word_type(column))
            vast += beyond(names[i], values)
    notes = (*(note for plan in chosen for note in plan.notes), *vast, *_cell_notes(seen, chosen))
    units = {column.name: plan.unit for column, plan in zip(seen, chosen, strict=True) if plan.unit}
    decimal = "," if "," in signs else next(iter(signs), None)
    # Not copied into one block of numbers and one of words: of a large table that takes long, and all memory twice.
    return Understood(pd.DataFrame(columns, copy=False), types, notes, units, decimal, decimals)


def finish(values: pd.Series, kind: ColumnType | None) -> tuple[pd.Series, ColumnType]:
    """Return the canonical column and its type; where ``kind`` is None, words are told from text.

    Numbers too large to be counted with are missing; ``beyond`` says so.
    """
    if kind is ColumnType.DATETIME:
        if values.dtype == object:  # times that name their zone
            values = pd.to_datetime(values, utc=True, format="ISO8601", errors="coerce").dt.tz_localize(None)
        return values.astype("datetime64[ns]"), kind
    if kind is not None:
        exact = values.astype("float64")
        return exact.where(exact.abs() <= LARGEST), kind
    words = values.astype(object)
    missing = words.isna()
    words = words.where(~missing, None) if missing.any() else words
    return words, word_type(pa.chunked_array([pa.array(words, pa.string(), from_pandas=True)]))


def _repeats(values: pa.ChunkedArray) -> bool:
    """Whether values repeat, so that looking for equal ones to keep only once is worth it."""
    first = values.slice(0, _LOOK)
    return bool(2 * pc.count_distinct(first).as_py() <= len(first))


def beyond(name: str, values: pd.Series) -> list[str]:
    """Return a note about numbers that are too large to be counted with, if there are any."""
    count = int((values.abs() > LARGEST).sum()) if pd.api.types.is_float_dtype(values) else 0
    numbers = "1 number" if count == 1 else f"{count:,} numbers"
    return [f"In {name!r}, {numbers} beyond 1e38 or infinite: counted as missing."] if count else []


def word_type(words: pa.ChunkedArray) -> ColumnType:
    """Text is many different long values with spaces in them; all other words are categories."""
    if (pc.max(pc.utf8_length(words)).as_py() or 0) < _LONG:
        return ColumnType.CATEGORY
    different = words.unique().drop_null()
    if len(different) <= 20 or len(different) < 0.3 * (len(words) - words.null_count):
        return ColumnType.CATEGORY
    looked_at = pd.Series(different[:: max(1, len(different) // _LOOK)].to_pandas(), dtype=object)
    long = looked_at.str.len().mean() >= _LONG
    spaced = looked_at.str.contains(r"\s", regex=True).mean() >= 0.5
    return ColumnType.TEXT if long and spaced else ColumnType.CATEGORY


def _cell_notes(seen: Sequence[Seen], chosen: Sequence[Plan]) -> list[str]:
    notes = []
    for column, plan in zip(seen, chosen, strict=True):
        if plan.type and column.gaps:
            cells = "1 cell" if column.gaps == 1 else f"{column.gaps:,} cells"
            notes.append(f"In {column.name!r}, {cells} such as '?' or 'NA' count as missing.")
    trimmed = [repr(column.name) for column, plan in zip(seen, chosen, strict=True) if column.padded and not plan.type]
    if trimmed:
        more = f" and {len(trimmed) - 3} more columns" if len(trimmed) > 3 else ""
        notes.append(f"Spaces around the values of {', '.join(trimmed[:3])}{more} were removed.")
    return notes
