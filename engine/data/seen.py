"""One look at every column of ``raw``: counts over all values, on which the types are decided."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.plainly import Plainly, plainly
from engine.data.scratch import Scratch
from engine.domain.dataset import ColumnType

# Written for "no value" by spreadsheets, databases and statistics programs; counted as such only beside numbers and
# dates: among words they may be words.
MISSING = (
    *("na", "n/a", "#n/a", "nan", "null", "none", "?", "<na>", "#null!", "inf", "-inf", "infinity", "-infinity"),
    *("-", "--", "–", "n.a.", "k.a.", "#nv", "(null)"),
    *("#div/0!", "#value!", "#ref!", "#name?", "#num!"),  # failed formulas
)
_BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"
_PADDED = r"[\s\x{a0}](?s:.*)|(?s:.*)[\s\x{a0}]"
_PADDED_ROW = r"\x1f[\s\x{a0}]|[\s\x{a0}]\x1f"
_MISSING_ROW = r"(?i)\x1f(" + "|".join(re.escape(token) for token in MISSING) + r")\x1f"
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
    plainly: Plainly | None = None  # where all values are plain numbers

    @property
    def values(self) -> int:
        """How many cells hold a value."""
        return self.filled - self.gaps


@dataclass(frozen=True)
class Plan:
    """How one column is converted: SQL over ``raw``, its type (None: words), what to say about it.

    ``unit`` is what its numbers count, ``decimal`` the sign before their decimals, as far as the values tell; ``read``
    is what ``sql`` gives, where that was computed already.
    """

    sql: str
    type: ColumnType | None = None
    notes: tuple[str, ...] = ()
    unit: str = ""
    decimal: str | None = None
    read: Any = None


def look(scratch: Scratch, names: Sequence[str]) -> list[Seen]:
    """Count what every column of ``raw`` holds."""
    known = plainly(scratch, len(names))
    rest = [i for i, _ in enumerate(names) if i not in known]
    found = dict(zip(rest, _looked(scratch, rest, names), strict=True))
    return [found.get(i) or _of_numbers(names[i], i, known[i]) for i, _ in enumerate(names)]


def _of_numbers(name: str, at: int, found: Plainly) -> Seen:
    cell = f"nullif(c{at}, '')"
    return Seen(name, cell, cell, found.values, 0, found.values, found.first, 0, found)


def _looked(scratch: Scratch, at: Sequence[int], names: Sequence[str]) -> list[Seen]:
    padded, gaps = _spaced_or_missing(scratch, at)
    # Cutting spaces costs more than everything else together: only where there are any.
    cells = [
        f"nullif(trim(c{i}, {_BLANKS}), '')" if count else f"nullif(c{i}, '')"
        for i, count in zip(at, padded, strict=True)
    ]
    missing = ", ".join(f"'{token}'" for token in MISSING)
    values = [
        f"CASE WHEN lower({cell}) NOT IN ({missing}) THEN {cell} END" if gaps[i] else cell
        for i, cell in enumerate(cells)
    ]
    given = [f"{cells[i]} AS k{i}, {values[i]} AS v{i}" for i, _ in enumerate(at)]
    # What begins with a letter is no number, and trying costs.
    counts = [
        f"count(k{i}), count(k{i}) - count(v{i}), count(TRY_CAST(CASE WHEN v{i} < ':' THEN v{i} END AS DOUBLE)),"
        f" any_value(v{i})"
        for i, _ in enumerate(at)
    ]
    seen = []
    for i, row in enumerate(_per_column(scratch, counts, given)):
        filled, gaps_here, numeric, first = row
        value = values[i] if gaps_here else cells[i]
        seen.append(Seen(names[at[i]], cells[i], value, filled, gaps_here, numeric, first, padded[i]))
    return seen


def _spaced_or_missing(scratch: Scratch, at: Sequence[int]) -> tuple[list[int], list[bool]]:
    """Return per column ``at`` how many cells have spaces around them, and whether any may stand for "missing".

    Most tables have neither, which one look at whole rows tells sooner than one at every cell.
    """
    padded, gaps = [0] * len(at), [False] * len(at)
    for run in batches(len(at)):
        row = f"chr(31) || concat_ws(chr(31), {', '.join(f'c{at[i]}' for i in run)}) || chr(31)"
        either = _in_any_row(scratch, row, f"{_PADDED_ROW}|{_MISSING_ROW}")
        spaced = either and _in_any_row(scratch, row, _PADDED_ROW)
        if spaced:
            found = count_matching(scratch, [f"c{at[i]}" for i in run], [_PADDED])
            padded[run.start : run.stop] = [count for (count,) in found]
        gaps[run.start : run.stop] = [either] * len(run)
    return padded, gaps


def _in_any_row(scratch: Scratch, row: str, pattern: str) -> bool:
    ((found,),) = scratch.select(f"bool_or(regexp_matches(r, '{pattern}'))", given=f"{row} AS r")
    return bool(found)


def count_matching(scratch: Scratch, values: Sequence[str], patterns: Sequence[str]) -> list[tuple[int, ...]]:
    """Count, per expression in ``values``, how many rows match each regular expression from end to end."""
    return count_where(scratch, values, [f"regexp_full_match(VALUE, '{pattern}')" for pattern in patterns])


def count_where(scratch: Scratch, values: Sequence[str], conditions: Sequence[str]) -> list[tuple[int, ...]]:
    """Count, per expression in ``values``, in how many rows each condition on VALUE holds."""
    counts = [
        ", ".join(f"count(*) FILTER ({condition.replace('VALUE', f'v{i}')})" for condition in conditions)
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
