"""One look at every column of ``raw``: counts over all values, on which the types are decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.scratch import Scratch
from engine.domain.dataset import ColumnType

# Written for "no value" by spreadsheets, databases and statistics programs; counted as such only beside numbers and
# dates: among words they may be words.
MISSING = ("na", "n/a", "#n/a", "nan", "null", "none", "?", "<na>", "#null!", "inf", "-inf", "infinity", "-infinity")
_BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
_PADDED = r"[\s\x{a0}](?s:.*)|(?s:.*)[\s\x{a0}]"
_PER_COLUMN = 4


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
    inner = ", ".join(f"{cells[i]} AS k{i}, {values[i]} AS v{i}" for i, _ in enumerate(names))
    counts = ", ".join(
        f"count(k{i}), count(k{i}) - count(v{i}), count(TRY_CAST(v{i} AS DOUBLE)), any_value(v{i})"
        for i, _ in enumerate(names)
    )
    row = scratch.select(counts, given=inner)[0]
    seen = []
    for i, name in enumerate(names):
        filled, gaps, numeric, first = row[_PER_COLUMN * i : _PER_COLUMN * (i + 1)]
        value = values[i] if gaps else cells[i]
        seen.append(Seen(name, cells[i], value, filled, gaps, numeric, first, padded[i]))
    return seen


def count_matching(scratch: Scratch, values: Sequence[str], patterns: Sequence[str]) -> list[tuple[int, ...]]:
    """Count, per expression in ``values``, how many rows match each regular expression from end to end."""
    if not values:
        return []
    counts = ", ".join(
        f"count(*) FILTER (regexp_full_match(v{i}, '{pattern}'))" for i, _ in enumerate(values) for pattern in patterns
    )
    inner = ", ".join(f"{value} AS v{i}" for i, value in enumerate(values))
    row = scratch.select(counts, given=inner)[0]
    return [tuple(row[at : at + len(patterns)]) for at in range(0, len(row), len(patterns))]
