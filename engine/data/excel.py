"""Workbooks into the scratch database."""

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from engine.data import names
from engine.data.loaded import Loaded
from engine.data.scratch import Scratch
from engine.domain.dataset import Reader
from engine.errors import EmptyTable, UnreadableFile


def load(path: Path, scratch: Scratch, *, limit_bytes: int) -> Loaded:
    """Read the first sheet that holds anything into ``raw``, every cell as text.

    Raises
    ------
    UnreadableFile
        If the workbook is damaged, or would unpack to more than ``limit_bytes``.
    EmptyTable
        If every sheet is empty.
    """
    _refuse_bomb(path, limit_bytes)
    sheet, rows = _first_sheet(path)
    first = _header(rows)
    header = rows[first]
    body = [row for row in rows[first + 1 :] if any(_text(cell) for cell in row)]
    texts = [[_text(row[i]) for row in body] for i, _ in enumerate(header)]
    kept = [i for i, field in enumerate(header) if _text(field) or any(texts[i])]
    columns, notes = names.repair([_text(header[i]) or "" for i in kept])
    scratch.keep(pa.table({f"c{at}": pa.array(texts[i], pa.string()) for at, i in enumerate(kept)}))
    if first:
        notes = (f"What stands above row {first + 1} of the sheet was left out.", *notes)
    return Loaded(names=columns, reader=Reader(kind="excel", sheet=sheet), notes=notes)


def _refuse_bomb(path: Path, limit_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path) from error
    if unpacked > limit_bytes:
        raise UnreadableFile(
            f"{path.name} unpacks to {unpacked / 1e6:,.0f} MB; at most {limit_bytes / 1e6:,.0f} MB are read.",
            fix="Save the sheet you need as CSV or Parquet.",
        )


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path.name} looks like an Excel workbook but is damaged.",
        fix="Open it in Excel, save it again and bring the new file.",
    )


def _first_sheet(path: Path) -> tuple[str, list[list[object]]]:
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            for name in book.sheet_names:
                rows: list[list[object]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if any(_text(cell) is not None for row in rows for cell in row):
                    return name, rows
    except python_calamine.PasswordError as error:
        raise protected(path) from error
    except (python_calamine.CalamineError, OSError) as error:
        raise _damaged(path) from error
    raise EmptyTable(
        f"{path.name} is empty: no sheet holds anything.",
        fix="Bring a workbook with a row of column names and at least one row below it.",
    )


def protected(path: Path) -> UnreadableFile:
    """Return the refusal of a workbook with a password."""
    return UnreadableFile(
        f"{path.name} is protected with a password.",
        fix="Open it in Excel, remove the password (File, Info, Protect Workbook) and save it again.",
    )


def _header(rows: Sequence[Sequence[object]]) -> int:
    """Return the position of the first row that is as wide as a table; titles above it hold one cell."""
    filled = [sum(_text(cell) is not None for cell in row) for row in rows]
    wanted = 2 if max(filled) > 1 else 1
    return next(i for i, count in enumerate(filled) if count >= wanted)


def _text(cell: object) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ") if cell.time() != dt.time() else cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    text = str(cell) if cell is not None else ""
    return text if text.strip() else None
