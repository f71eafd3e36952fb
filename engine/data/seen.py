"""One look at every column of ``raw``: counts over all values, on which the types are decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.scratch import Scratch
from engine.domain.dataset import ColumnType

# Written for "no value" by spreadsheets, databases and statistics programs; counted as such only beside numbers and
# dates: among words they may be words.
MISSING = (
    *("na", "n/a", "#n/a", "nan", "null", "none", "?", "<na>", "#null!", "inf", "-inf", "infinity", "-infinity"),
    *("#div/0!", "#value!", "#ref!", "#name?", "#num!"),  # failed formulas
)
_BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
_PADDED = r"[\s\x{a0}](?s:.*)|(?s:.*)[\s\x{a0}]"
_BATCH = 10


@dataclass(frozen=True)
class Seen:
    """Counts over all values of one column: ``filled`` are not blank, ``gaps`` of them stand for "missing"."""

    name: str
    cell: str  # SQL: the trimmed value, NULL where blank
    value: str  # SQL: the same, NULL also where it stands for "missing"
    filled: int
    gaps: int
    numeric: int
    first: str | None  # some value that does not stand for "missing"
    padded: int  # cells with spaces around the value, blank ones included

    @property
    def values(self) -> int:
        """How many cells hold a value."""
        return self.filled - self.gaps


@dataclass(frozen=True)
class Plan:
    """How one column is converted: SQL over ``raw``, its type (None: words), what to say about it."""

    sql: str
    type: ColumnType | None = None
    notes: tuple[str, ...] = ()


def look(scratch: Scratch, names: Sequence[str]) -> list[Seen]:
    """Count, in two scans, what every column of ``raw`` holds."""
    padded = [count for (count,) in count_matching(scratch, [f"c{i}" for i, _ in enumerate(names)], [_PADDED])]
    # Cutting spaces costs more than everything else together: only where there are any.
    cells = [f"nullif(trim(c{i}, {_BLANKS}), '')" if count else f"nullif(c{i}, '')" for i, count in enumerate(padded)]
    missing = ", ".join(f"'{token}'" for token in MISSING)
    values = [f"CASE WHEN lower({cell}) NOT IN ({missing}) THEN {cell} END" for cell in cells]
    given = [f"{cells[i]} AS k{i}, {values[i]} AS v{i}" for i, _ in enumerate(names)]
    counts = [
        f"count(k{i}), count(k{i}) - count(v{i}), count(TRY_CAST(v{i} AS DOUBLE)), any_value(v{i})"
        for i, _ in enumerate(names)
    ]
    seen = []
    for i, row in enumerate(_per_column(scratch, counts, given)):
        filled, gaps, numeric, first = row
        value = values[i] if gaps else cells[i]
        seen.append(Seen(names[i], cells[i], value, filled, gaps, numeric, first, padded[i]))
    return seen


def count_matching(scratch: Scratch, values: Sequence[str], patterns: Sequence[str]) -> list[tuple[int, ...]]:
    """Count, per expression in ``values``, how many rows match each regular expression from end to end."""
    counts = [
        ", ".join(f"count(*) FILTER (regexp_full_match(v{i}, '{pattern}'))" for pattern in patterns)
        for i, _ in enumerate(values)
    ]
    given = [f"{value} AS v{i}" for i, value in enumerate(values)]
    return list(_per_column(scratch, counts, given))


def batches(count: int) -> Iterator[range]:
    """Yield runs of columns: a statement over thousands of columns takes DuckDB minutes and gigabytes."""
    for start in range(0, count, _BATCH):
        yield range(start, min(start + _BATCH, count))


def _per_column(scratch: Scratch, counts: Sequence[str], given: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the counts of each column, all of them of one length."""
    for run in batches(len(counts)):
        (row,) = scratch.select(", ".join(counts[i] for i in run), given=", ".join(given[i] for i in run))
        width = len(row) // len(run)
        yield from (row[at : at + width] for at in range(0, len(row), width))
