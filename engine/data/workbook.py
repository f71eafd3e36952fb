"""The decoder of workbooks (xlsx, xlsm, xlsb, xls, ods): chooses a sheet, finds its table, writes its cells as text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from engine.data import layout, names, sheetnotes
from engine.data.layout import Layout, Merged, Row
from engine.data.limits import CELLS, MEGABYTE, Damaged, allow
from engine.data.markup import Facts
from engine.data.package import Package, inspect, protected
from engine.data.sheetrows import Rows
from engine.errors import EmptyTable, UnusableOption

# Measured: a cell takes calamine 70 bytes, and at least 20 in XML or 6 in a binary workbook.
_MEMORY = 220 * MEGABYTE
_MEMORY_PER_BYTE = {True: 6, False: 16}
_SECONDS = 1.2
_BYTES_PER_SECOND = 5 * MEGABYTE
_DWARFED = 10  # a sheet with so many times fewer cells than the largest is a cover or a legend
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class _Found:
    """A sheet and the table on it; the rows of the layout count from ``begin``."""

    name: str
    sheet: Any
    begin: int
    merged: tuple[Merged, ...]
    layout: Layout
    titled: bool
    is_table: bool


def decode(asked: Mapping[str, Any]) -> dict[str, object]:
    """Write the cells of a table as text and return its names and what there is to say.

    Raises
    ------
    UnreadableFile
        If sizes or contents are not a workbook's, or it has a password.
    UnusableOption
        If the sheet or the row asked for is not there.
    EmptyTable
        If every sheet is empty.
    Damaged
        If it cannot be read.
    """
    path = Path(asked["path"])
    with path.open("rb") as file:
        zipped = file.read(4) == _ZIP
    package = inspect(path, asked["limit_bytes"]) if zipped else Package(unpacked=path.stat().st_size)
    allow(
        _MEMORY + _MEMORY_PER_BYTE[bool(package.facts)] * package.unpacked,
        _SECONDS + package.unpacked / _BYTES_PER_SECOND,
        ceiling=asked["ceiling"],
    )
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            return _decoded(book, package, asked)
    except calamine.PasswordError as error:
        raise protected(path) from error
    except (calamine.CalamineError, OSError, UnicodeError) as error:
        raise Damaged from error


def _decoded(book: Any, package: Package, asked: Mapping[str, Any]) -> dict[str, object]:
    sheets = {meta.name: meta for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet}
    hidden = frozenset(name for name, meta in sheets.items() if meta.visible != calamine.SheetVisibleEnum.Visible)
    filled = {name: count for name in sheets if (count := _filled(book, name, package))}
    found = _choose(book, filled, hidden, asked)
    raw = found.layout.names
    table = Rows(found.sheet, found.begin + found.layout.body, found.merged, package.from_1904)
    table.write(Path(asked["folder"]) / CELLS, raw)
    kept = [i for i, name in enumerate(raw) if name or table.filled[i]]
    columns, repairs = _names(found.layout, kept)
    called = dict(zip(kept, columns, strict=True))
    facts = package.facts.get(found.name, Facts())
    notes = [
        *sheetnotes.others(found.name, list(filled), hidden),
        *_heading(found),
        *repairs,
        *sheetnotes.rows(table, called),
        *sheetnotes.facts(facts, leaves_calculating=package.leaves_calculating),
    ]
    reader = {
        "kind": "excel",
        "sheet": found.name,
        "sheets": list(sheets),
        "header": found.layout.lines > 0,
        "header_rows": found.layout.lines,
        "first_row": found.begin + found.layout.first + 1,
        "rejected_rows": len(table.rejected),
    }
    rejected = [{"line": number, "reason": reason} for number, reason in sorted(table.rejected.items())]
    counted = [at for at, i in enumerate(kept) if table.kinds[i][float]]
    return {
        "columns": kept,
        "names": columns,
        "reader": reader,
        "rejected": rejected,
        "notes": notes,
        "counted": counted,
    }


def _filled(book: Any, name: str, package: Package) -> int:
    """Return how many cells of a sheet hold something, as nearly as is known without reading it."""
    if package.facts:
        return package.facts.get(name, Facts()).filled
    sheet = book.get_sheet_by_name(name)
    return int(sheet.height * sheet.width)


def _choose(book: Any, filled: Mapping[str, int], hidden: frozenset[str], asked: Mapping[str, Any]) -> _Found:
    """Return the sheet asked for, else the first that looks like a table and is not dwarfed by another."""
    wanted = asked["sheet"]
    if wanted is not None:
        if wanted not in book.sheet_names:
            known = ", ".join(repr(name) for name in book.sheet_names)
            raise UnusableOption(f"The workbook has no sheet {wanted!r}.", fix=f"Choose one of {known}.")
        order = [wanted]
    else:
        enough = max(filled.values(), default=0) / _DWARFED
        order = sorted(filled, key=lambda name: (name in hidden, filled[name] < enough))
    first: _Found | None = None
    for name in order:
        found = _found(book.get_sheet_by_name(name), asked)
        if found and found.is_table:
            return found
        first = first or found
    if first is None:
        empty = f"The sheet {wanted!r} is empty." if wanted else "No sheet of the workbook holds anything."
        raise EmptyTable(empty, fix="Bring a workbook with a row of column names and at least one row below it.")
    return first


def _found(sheet: Any, asked: Mapping[str, Any]) -> _Found | None:
    """Find the table on a sheet; None where it holds nothing."""
    if sheet.start is None:
        return None
    top, left = sheet.start
    first, lines = asked["first_row"], asked["header_rows"]
    begin = top if first is None else first - 1
    rows: list[Row] = list(islice(sheet.iter_rows(), begin, begin + layout.LOOKED_AT))
    if not any(map(layout.filled, rows)):
        if first is None or first == 1:
            return None
        raise UnusableOption(
            f"Nothing stands in row {first:,} or the {layout.LOOKED_AT} rows below it.",
            fix=f"The sheet {sheet.name!r} ends with row {sheet.total_height:,}; name the row of the column names.",
        )
    merged = tuple(_moved(sheet.merged_cell_ranges or (), rows=0, columns=left))
    laid = layout.lay_out(
        rows,
        tuple(_moved(merged, rows=begin, columns=0)),
        missing=frozenset(asked["missing"]),
        first=None if first is None else 0,
        lines=lines,
    )
    named = sum(map(bool, laid.names))
    is_table = (named > 1 or not laid.lines) and any(map(layout.filled, rows[laid.body :]))
    titled = any(map(layout.filled, rows[: laid.first]))
    return _Found(sheet.name, sheet, begin, merged, laid, titled, is_table)


def _moved(merged: Sequence[Merged], *, rows: int, columns: int) -> Iterator[Merged]:
    for (top, left), (bottom, right) in merged:
        yield (top - rows, left - columns), (bottom - rows, right - columns)


def _names(found: Layout, kept: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if found.lines:
        return names.repair([found.names[i] for i in kept])
    made = tuple(f"column {i}" for i, _ in enumerate(kept, start=1))
    return made, ("The first row holds values, not names, so the columns are called column 1, column 2, ...",)


def _heading(found: _Found) -> Iterator[str]:
    first = found.layout.first
    if found.titled:
        yield f"What stands above row {found.begin + first + 1} of the sheet was left out."
    if found.layout.lines > 1:
        example = max(found.layout.names, key=len)
        yield f"{found.layout.lines} lines of names are read as one: {example!r}."
