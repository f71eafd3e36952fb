"""Write a scored table as CSV, Parquet or an Excel workbook; no cell of it can start a formula."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa

from engine.domain.dataset import NUMERIC, ColumnType
from engine.errors import Unavailable, UnusableOption
from engine.files import HALF, require_folder, whole
from engine.serving import cells, pieces
from engine.serving.intake import Intake

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*_DELIMITERS, ".parquet", ".xlsx")
_COPIED = 1 << 20  # bytes at a time
_MOST_ROWS, _MOST_COLUMNS = 1_048_575, 16_384


def write(intake: Intake, answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, out: Path) -> None:
    """Write the file's columns with the answers beside them, in the order of the positions ``order``.

    The kind of file follows from the name of ``out``. It appears under its name when it is whole.

    Raises
    ------
    UnusableOption
        If the name ends in none of ``.csv``, ``.tsv``, ``.parquet``, ``.xlsx``, or a sheet cannot hold the table.
    Unavailable
        If the folder or the disk does not let it be written.
    """
    with _part(out) as part:
        own = cells.own_names(intake.cells.column_names, answers.columns)
        _WRITERS[part.suffix](own, answers, order, intake, part)


def as_piece(table: pa.Table, place: Path, *, first: bool) -> Path:
    """Write rows of their own for ``write_pieces``; the name of ``place`` ends as that of the whole, ``out``, does."""
    if place.suffix not in _DELIMITERS:
        return pieces.lay(table, place)
    with pieces.written(), place.open("wb") as file:
        _text(table, _DELIMITERS[place.suffix], file, header=first)
    return place


def write_pieces(made: Iterable[Path], out: Path) -> None:
    """Write what ``as_piece`` wrote one below the other, and let go of it; what is in memory is one piece.

    Raises
    ------
    UnusableOption
        If the name of ``out`` ends in none of ``.csv``, ``.tsv``, ``.parquet``.
    Unavailable
        If the folder or the disk does not let it be written.
    """
    with _part(out) as part:
        if part.suffix in _DELIMITERS:
            _joined(made, part)
        else:
            _packed(map(pieces.take, made), part)


@contextmanager
def _part(out: Path) -> Iterator[Path]:
    """Yield the name to write under; it gets its own when it is whole."""
    checked(out)
    try:
        with whole(out) as part:
            yield part
    except OSError as error:
        name = None if error.filename is None else Path(error.filename)
        other = name is not None and name != out and not name.name.startswith(HALF)
        if other or isinstance(error, BrokenPipeError):
            raise  # not of this file: rows are read, answered and told of while they are written
        raise Unavailable(
            f"{str(out)!r} cannot be written: {error.strerror or error}.",
            fix="Check the folder and the space on the disk.",
        ) from error


def checked(out: Path) -> str:
    """Return the kind of file ``out`` is to be.

    Raises
    ------
    UnusableOption
        If it is none that can be written, or there is no such folder.
    """
    suffix = out.suffix.lower()
    require_folder(out)
    if suffix not in SUFFIXES:
        raise UnusableOption(
            f"{out.name!r} does not say what kind of file to write.", fix=f"Let its name end in {', '.join(SUFFIXES)}."
        )
    return suffix


def _write_text(
    own: dict[str, str], answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, intake: Intake, part: Path
) -> None:
    table = cells.as_text(own, intake.cells, answers, _numbers(intake))
    with part.open("wb") as file:
        _text(table if order is None else table.take(pa.array(order)), _DELIMITERS[part.suffix], file)


def _numbers(intake: Intake) -> list[str]:
    """Return the columns of a text table that hold numbers or dates: they stay as they are written."""
    typed = {*NUMERIC, ColumnType.DATETIME}
    return [name for name, kind in intake.read.types.items() if kind in typed] if intake.is_text else []


def _text(table: pa.Table, delimiter: str, file: BinaryIO, *, header: bool = True) -> None:
    from pyarrow import csv

    if header:
        file.write(cells.header(table.column_names, delimiter))
    csv.write_csv(table, file, csv.WriteOptions(include_header=False, delimiter=delimiter, batch_size=10_000))


def _joined(made: Iterable[Path], part: Path) -> None:
    with part.open("wb") as file:
        for piece in made:
            with piece.open("rb") as some:
                piece.unlink()
                shutil.copyfileobj(some, file, _COPIED)


def _packed(tables: Iterable[pa.Table], part: Path) -> None:
    import pyarrow.parquet as pq

    with ExitStack() as opened:
        writer = None
        for table in tables:
            if writer is None:
                writer = opened.enter_context(pq.ParquetWriter(part, table.schema))
            writer.write_table(table)


def _write_parquet(
    own: dict[str, str], answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, intake: Intake, part: Path
) -> None:
    columns = {new: _typed(intake, name) for new, name in own.items()}
    columns |= {str(name): cells.answer(answers[name]) for name in answers.columns}
    table = pa.table(columns)
    _packed([table if order is None else table.take(pa.array(order))], part)


def _typed(intake: Intake, name: str) -> Any:
    if not intake.is_text:
        return intake.cells.column(name)
    values, kind = intake.read.frame[name], intake.read.types[name]
    return pa.array(values.astype("Int64") if kind is ColumnType.INTEGER else values)


def _write_workbook(
    own: dict[str, str], answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, intake: Intake, part: Path
) -> None:
    import xlsxwriter

    rows, width = len(answers), len(own) + len(answers.columns)
    if rows > _MOST_ROWS or width > _MOST_COLUMNS:
        raise UnusableOption(
            f"An Excel sheet holds at most {_MOST_ROWS:,} rows and {_MOST_COLUMNS:,} columns; these are {rows:,} and "
            f"{width:,}.",
            fix="Choose CSV or Parquet.",
        )
    # Rows are written as they come: the whole sheet is never in memory.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    # Opened here, so that a folder that cannot be written is said as for the other kinds of file.
    with part.open("wb") as file, xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("scored")
        kinds = [intake.read.types[name] for name in own.values()] + [_kind(answers, n) for n in answers.columns]
        formats = [book.add_format({"num_format": form}) if form else None for form in _formats(own, answers, kinds)]
        for at, name in enumerate((*own, *answers.columns)):
            sheet.set_column(at, at, min(40, max(10, len(str(name)) + 3)))
        head = book.add_format({"bold": True, "bottom": 1})
        for at, name in enumerate((*own, *answers.columns)):
            sheet.write_string(0, at, str(name)[:32_767], head)
        for at, cells in enumerate(_rows(own, answers, order, intake), start=1):
            for column, value in enumerate(cells):
                _write_cell(sheet, at, column, value, formats[column])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows, width - 1)


def _kind(answers: pd.DataFrame, name: str) -> ColumnType:
    return ColumnType.NUMBER if answers[name].dtype.kind in "fi" else ColumnType.TEXT


def _formats(own: dict[str, str], answers: pd.DataFrame, kinds: Sequence[ColumnType]) -> Iterator[str | None]:
    names = [None] * len(own) + [str(name) for name in answers.columns]
    for name, kind in zip(names, kinds, strict=True):
        if kind is ColumnType.DATETIME:
            yield "yyyy-mm-dd hh:mm"
        elif kind is ColumnType.INTEGER:
            yield "0"
        elif name is not None and name.startswith("probability_"):
            yield "0.0%"
        else:
            yield "#,##0.00" if name in {"prediction", "low", "high"} and kind is ColumnType.NUMBER else None


def _rows(
    own: dict[str, str], answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, intake: Intake
) -> Iterator[tuple[Any, ...]]:
    columns = [_cells(intake, name) for name in own.values()]
    columns += [answers[name].tolist() for name in answers.columns]
    for i in range(len(answers)) if order is None else order.tolist():
        yield tuple(column[i] for column in columns)


def _cells(intake: Intake, name: str) -> list[Any]:
    values: list[Any] = intake.read.frame[name].tolist()
    if name not in intake.columns.unreadable:
        return values
    # One cell of words made words of the whole column: what could be read stays a number or a date.
    return [v if pd.isna(f) else f for v, f in zip(values, intake.columns.features[name].tolist(), strict=True)]


def _write_cell(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return
    if isinstance(value, pd.Timestamp):
        if value.year >= 1900:
            sheet.write_datetime(row, column, value.to_pydatetime(), form)
        else:
            sheet.write_string(row, column, value.isoformat())
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    else:
        sheet.write_string(row, column, str(value)[:32_767])


_WRITERS: dict[str, Callable[[dict[str, str], pd.DataFrame, np.ndarray[Any, Any] | None, Intake, Path], None]] = {
    ".csv": _write_text,
    ".tsv": _write_text,
    ".parquet": _write_parquet,
    ".xlsx": _write_workbook,
}
