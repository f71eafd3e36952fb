"""What stands at the end of a sheet and is no row of the table: remarks and totals."""

from collections.abc import Sequence

from engine.data import totals
from engine.data.layout import Row, filled, is_blank

LOOKED_AT = 12  # rows


def rejected(rows: Sequence[tuple[int, Row]], apart: frozenset[int]) -> dict[int, str]:
    """Return the numbers of those of the last rows that are no rows of the table, and why.

    Parameters
    ----------
    rows : sequence
        The last rows, blank ones left out, with their numbers.
    apart : frozenset of int
        The numbers of the rows that stand below a blank one.
    """
    remarks = _remarks(rows, apart)
    kept = rows[: len(rows) - remarks]
    found = {number: totals.holds_remark(_words(row)) for number, row in rows[len(rows) - remarks :]}
    if len(kept) > 2 and _is_total(kept[-1][1], [row for _, row in kept[:-1]]):
        number, row = kept[-1]
        found[number] = totals.holds_totals(_words(row))
    return found


def _remarks(rows: Sequence[tuple[int, Row]], apart: frozenset[int]) -> int:
    """Return how many of the last rows are remarks: words in one cell of a table of several columns, set apart."""
    count = 0
    for at in range(len(rows) - 1, -1, -1):
        number, row = rows[at]
        if len(row) < 3 or not _words(row) or filled(row) != 1:
            break
        if number in apart or _words(row).startswith("*"):
            count = len(rows) - at
    return count


def _is_total(row: Row, above: Sequence[Row]) -> bool:
    """Return whether a row calls itself a total, holds numbers otherwise, and those above it are called otherwise."""
    held = [cell for cell in row if not is_blank(cell)]
    label = _words(row)
    if not totals.is_total(label):
        return False
    numbers = [cell for cell in held if isinstance(cell, float)]
    return len(numbers) == len(held) - 1 > 0 and all(label not in line for line in above)


def _words(row: Row) -> str:
    return next((cell.strip() for cell in row if isinstance(cell, str) and cell.strip()), "")
