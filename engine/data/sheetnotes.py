"""What is said about a sheet beside its cells: one sentence for everything that is not obvious."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from engine.data.markup import Cells, Facts
from engine.data.sheetrows import Rows

_NAMED = 5


def others(read: str, filled: Sequence[str], hidden: frozenset[str]) -> Iterator[str]:
    """Yield which other sheets hold something and were not read."""
    left = [f"{name!r} (hidden)" if name in hidden else repr(name) for name in filled if name != read]
    if left:
        sheets = "Another sheet was" if len(left) == 1 else f"{len(left)} other sheets were"
        yield f"The sheet {read!r} was read. {sheets} not read: {_listed(left)}."
    if read in hidden:
        yield f"The sheet {read!r} is hidden in the workbook."


def facts(of: Facts, *, leaves_calculating: bool) -> Iterator[str]:
    """Yield what the XML of the sheet tells."""
    if of.failed.count:
        yield f"{_cells(of.failed, 'holds', 'hold')} a failed formula such as #N/A or #DIV/0!, counted as missing."
    if of.uncalculated.count:
        yield (
            f"{_cells(of.uncalculated, 'holds', 'hold')} a formula that was never calculated: its value is missing;"
            " open the file in a spreadsheet program and save it to have it calculated."
        )
    if leaves_calculating and of.formulas and of.formulas == of.zero_formulas:
        yield (
            f"All {of.formulas:,} formulas show 0: the program that wrote this file did not calculate them. Open it in"
            " a spreadsheet program and save it."
        )
    if of.hidden_rows:
        rows = "1 row is" if of.hidden_rows == 1 else f"{of.hidden_rows:,} rows are"
        yield f"{rows} hidden on the sheet, by a filter or by hand; hidden rows are read like the others."
    if of.hidden_columns:
        columns = "1 column is" if of.hidden_columns == 1 else f"{of.hidden_columns:,} columns are"
        yield f"{columns} hidden on the sheet; hidden columns are read like the others."
    if of.merged:
        yield "Some cells are merged: their value stands in the first of them only."


def rows(of: Rows, names: Mapping[int, str]) -> Iterator[str]:
    """Yield what was met in the rows; ``names`` are those of the columns by position."""
    if of.blank:
        yield f"{of.blank:,} {'row' if of.blank == 1 else 'rows'} without any value left out."
    for at, count in of.spread.items():
        cells = "1 merged cell" if count == 1 else f"{count:,} merged cells"
        yield f"In {names[at]!r}, {cells} took the value of the first cell they are merged with."
    for at in sorted(of.days):
        yield f"In {names[at]!r}, numbers are read as the days that a spreadsheet counts; 45292 is 2024-01-01."
    lasting = [repr(name) for at, name in names.items() if of.kinds[at][dt.timedelta]]
    if lasting:
        yield f"Durations are read in seconds: {_listed(lasting)}."


def _cells(cells: Cells, one: str, many: str) -> str:
    if not cells.first:
        return f"1 cell {one}" if cells.count == 1 else f"{cells.count:,} cells {many}"
    more = ", ..." if cells.count > len(cells.first) else ""
    named = ", ".join(cells.first) + more
    return f"1 cell ({named}) {one}" if cells.count == 1 else f"{cells.count:,} cells ({named}) {many}"


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:_NAMED])
    return shown if len(words) <= _NAMED else f"{shown} and {len(words) - _NAMED} more"
