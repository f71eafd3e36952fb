"""Where the table stands on a sheet: names, values, and what is neither."""

import datetime as dt
import math
import statistics
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

Cell = str | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Row = Sequence[Cell]
Merged = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, (row, column) from 0, within the rows given

LOOKED_AT = 200  # rows from the first that holds anything
_NEAR_FULL = 0.6
_MOSTLY = 0.9
_PREAMBLE = 30  # rows above a table that are looked through
_MOST_LINES = 5
_YEARS = range(1900, 2101)


@dataclass(frozen=True)
class Layout:
    """Where names begin (or values, where there are no names), how many lines they take, and the names."""

    first: int
    lines: int
    names: tuple[str, ...]

    @property
    def body(self) -> int:
        """The position of the first row of values."""
        return self.first + self.lines


def lay_out(
    rows: Sequence[Row],
    merged: Sequence[Merged],
    *,
    missing: Set[str],
    first: int | None = None,
    lines: int | None = None,
) -> Layout:
    """Find the names of the columns.

    Parameters
    ----------
    rows : sequence
        The first rows of the sheet, at least one of which holds something.
    merged : sequence
        Merged cells.
    missing : set of str
        Words, in small letters, that stand for "no value".
    first, lines : int, optional
        Where names begin and how many lines they take, where somebody said so; position from 0.
    """
    if first is None:
        first = _first(rows)
        if lines is None and _is_group(rows, first - 1, merged):
            first -= 1
    if lines is None:
        lines = _lines(rows, first, merged, missing)
    header = [_spread(rows[i], i, merged) for i in range(first, min(first + lines, len(rows)))]
    width = max(len(row) for row in rows)
    return Layout(first, lines, tuple(_name(header, column) for column in range(width)))


def filled(row: Row) -> int:
    """Return how many cells hold something."""
    return sum(not is_blank(cell) for cell in row)


def is_blank(cell: Cell) -> bool:
    """Return whether a cell holds nothing, or spaces only."""
    return isinstance(cell, str) and not cell.strip()


def _first(rows: Sequence[Row]) -> int:
    """Return the first row that is about as wide as the table; titles above it hold fewer cells."""
    counts = [filled(row) for row in rows]
    wide = [count for count in counts if count > 1]
    usual = statistics.median(wide) if wide else 1
    wanted = max(2, math.ceil(_NEAR_FULL * usual)) if wide else 1
    first = next(i for i, count in enumerate(counts) if count >= wanted)
    for i in range(first + 1, min(len(rows), _PREAMBLE)):
        if counts[i] >= usual:
            # Particulars of the report, such as when it was printed, stand apart from the table.
            return i if counts[i - 1] == 0 and counts[first] < usual else first
    return first


def _is_group(rows: Sequence[Row], at: int, merged: Sequence[Merged]) -> bool:
    """Return whether row ``at`` names groups of columns: merged cells side by side, narrower than the table."""
    if at < 0 or not filled(rows[at]):
        return False
    across = [(left, right) for (top, left), (_, right) in merged if top == at and right > left]
    return bool(across) and (len(across) > 1 or filled(rows[at]) > 1 or across[0][0] > _leftmost(rows[at + 1]))


def _leftmost(row: Row) -> int:
    return next((i for i, cell in enumerate(row) if not is_blank(cell)), 0)


def _lines(rows: Sequence[Row], first: int, merged: Sequence[Merged], missing: Set[str]) -> int:
    below = rows[first + 1 :]
    if not _are_names(rows[first], below, missing):
        return 0
    lines = 1
    while lines < min(_MOST_LINES, len(rows) - first - 1) and _goes_on(rows, first, first + lines - 1, merged):
        lines += 1
    rest = rows[first + lines :]
    if len(rest) > 2 and _are_units(rest[0], rest[1:], missing):
        lines += 1
    return lines


def _goes_on(rows: Sequence[Row], first: int, last: int, merged: Sequence[Merged]) -> bool:
    """Return whether the names go on below row ``last``: merged across, they are groups; merged down, they reach on."""
    if any(first <= top <= last < bottom for (top, _), (bottom, _) in merged):
        return True
    return any(top == last and right > left for (top, left), (_, right) in merged) and filled(rows[last + 1]) > 1


def _are_names(row: Row, below: Sequence[Row], missing: Set[str]) -> bool:
    """Return whether the row holds names: other kinds of values than the rows below it, words only, or years."""
    for column, cell in enumerate(row):
        if is_blank(cell) or (isinstance(cell, str) and cell.strip().lower() in missing):
            continue
        kinds = [_kind(line[column]) for line in below if column < len(line) and not is_blank(line[column])]
        if kinds and kinds.count(_kind(cell)) < len(kinds) / 2:
            return True
    values = [cell for cell in row if not isinstance(cell, str)]
    years = {cell for cell in values if isinstance(cell, float) and cell in _YEARS}
    return len(years) == len(values)


def _kind(cell: Cell) -> str:
    return type(cell).__name__ if isinstance(cell, bool | float | str) else "date"


def _are_units(row: Row, below: Sequence[Row], missing: Set[str]) -> bool:
    """Return whether the row holds units or explanations: words only, also over columns of numbers or dates."""
    if not all(isinstance(cell, str) for cell in row):
        return False
    over_values = []
    for column, cell in enumerate(row):
        values = [line[column] for line in below if column < len(line) and not is_blank(line[column])]
        counted = sum(not isinstance(value, str) for value in values)
        if values and counted >= _MOSTLY * len(values):
            over_values.append(isinstance(cell, str) and cell.strip().lower() not in missing | {""})
    return bool(over_values) and sum(over_values) > len(over_values) / 2


def _spread(row: Row, at: int, merged: Sequence[Merged]) -> list[Cell]:
    """Return a line of names in which a name merged across several columns stands over each of them."""
    cells = list(row)
    for (top, left), (_, right) in merged:
        if top == at:
            for column in range(left + 1, min(right + 1, len(cells))):
                cells[column] = cells[left]
    return cells


def _name(header: Sequence[Row], column: int) -> str:
    parts: list[str] = []
    for line in header:
        part = (WRITE[type(line[column])](line[column]) or "").strip() if column < len(line) else ""
        if part and part not in parts:
            parts.append(part)
    return " ".join(parts)


def _number(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)


def _moment(cell: dt.datetime) -> str:
    return cell.isoformat(sep=" ") if cell.time() != dt.time() else cell.date().isoformat()


# A cell as text: whole numbers without ``.0``, dates as ISO 8601, durations in seconds, blanks as None.
WRITE: dict[type, Callable[..., str | None]] = {
    str: lambda cell: cell if cell.strip() else None,
    float: _number,
    int: str,
    bool: lambda cell: "true" if cell else "false",
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: lambda cell: _number(cell.total_seconds()),
}
