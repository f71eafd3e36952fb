"""Write a scored table as CSV, Parquet or an Excel workbook; no cell of it can start a formula."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from engine.domain.dataset import NUMERIC, ColumnType
from engine.errors import Unavailable, UnusableOption
from engine.serving.intake import Intake

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*_DELIMITERS, ".parquet", ".xlsx")
_MOST_ROWS, _MOST_COLUMNS = 1_048_575, 16_384
_NUMBER = re.compile(r"[+-]?\d[\d.,]*([eE][+-]?\d+)?%?")


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
    suffix = checked(out)
    part = out.with_name(f".{out.name}.part{suffix}")
    try:
        _WRITERS[suffix](_own(intake, answers), answers, order, intake, part)
        part.replace(out)
    except OSError as error:
        raise Unavailable(
            f"{str(out)!r} cannot be written: {error.strerror or error}.",
            fix="Check the folder and the space on the disk.",
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def checked(out: Path) -> str:
    """Return the kind of file ``out`` is to be.

    Raises
    ------
    UnusableOption
        If it is none that can be written, or there is no such folder.
    """
    suffix = out.suffix.lower()
    if not out.parent.is_dir():
        raise UnusableOption(f"There is no folder {str(out.parent)!r}.", fix="Make it first, or name another.")
    if suffix not in SUFFIXES:
        raise UnusableOption(
            f"{out.name!r} does not say what kind of file to write.", fix=f"Let its name end in {', '.join(SUFFIXES)}."
        )
    return suffix


def _own(intake: Intake, answers: pd.DataFrame) -> dict[str, str]:
    """Return the file's columns by the name they get: one that is called like an answer becomes ``<name> (before)``."""
    taken = {*map(str, answers.columns), *intake.cells.column_names}
    names: dict[str, str] = {}
    for name in intake.cells.column_names:
        new = name
        while new in answers.columns or (new != name and new in taken):
            new += " (before)"
        taken.add(new)
        names[new] = name
    return names


def safe(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula: a leading apostrophe where it might."""
    bare = text.lstrip(" \t\r\n")
    risky = text[:1] in {"\t", "\r", "\n"} or bare[:1] in {"=", "@"}
    risky = risky or (bare[:1] in {"+", "-"} and len(bare) > 1 and not _NUMBER.fullmatch(bare))
    return f"'{text}" if risky else text


def _write_text(
    own: dict[str, str], answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, intake: Intake, part: Path
) -> None:
    columns = [_written(intake, name) for name in own.values()]
    columns += [_plain(answers[name].tolist()) for name in answers.columns]
    delimiter = _DELIMITERS[part.suffix]
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow([safe(str(name)) for name in (*own, *answers.columns)])
        if order is None:
            writer.writerows(zip(*columns, strict=True))
        else:
            writer.writerows([column[i] for column in columns] for i in order.tolist())


def _written(intake: Intake, name: str) -> list[str]:
    """Return a column of the file as text, words made safe."""
    if not intake.is_text:
        return _plain(intake.cells.column(name).to_pylist())
    texts: list[str] = intake.cells.column(name).to_pandas().fillna("").tolist()
    words = intake.read.types[name] not in {*NUMERIC, ColumnType.DATETIME}
    return _safe_all(texts) if words else texts


def _safe_all(texts: list[str]) -> list[str]:
    table = {text: safe(text) for text in set(texts)}
    return [table[text] for text in texts]


def _plain(values: list[Any]) -> list[str]:
    """Return values as CSV has them: blank where missing, numbers to their last digit, words made safe."""
    return _safe_all([_text(value) for value in values])


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else str(value)


def _write_parquet(
    own: dict[str, str], answers: pd.DataFrame, order: np.ndarray[Any, Any] | None, intake: Intake, part: Path
) -> None:
    import pyarrow.parquet as pq

    columns = {new: _typed(intake, name) for new, name in own.items()}
    columns |= {str(name): pa.array(answers[name]) for name in answers.columns}
    table = pa.table(columns)
    pq.write_table(table if order is None else table.take(pa.array(order)), part)


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
    if name not in intake.unreadable:
        return values
    # One cell of words made words of the whole column: what could be read stays a number or a date.
    return [v if pd.isna(f) else f for v, f in zip(values, intake.features[name].tolist(), strict=True)]


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
