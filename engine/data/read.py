"""From a file to a table that is understood: the one way in, whatever the kind of file."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from engine.data import csv, excel, parquet
from engine.data.kinds import BRING
from engine.data.loaded import Loaded
from engine.data.scratch import Scratch, scratch
from engine.data.snapshot import as_text
from engine.data.types import understand
from engine.domain.dataset import ColumnType, Reader, Reading, Rejection
from engine.errors import EmptyTable, UnreadableFile, UnusableOption

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# How kinds of files begin that people take for tables.
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a compressed (gzip) file"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed (7-Zip) file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"FEA1", "a Feather file"),
    (b"ORC", "an ORC file"),
    (b"PARE", "an encrypted Parquet file"),
    (b"$FL2", "an SPSS file"),
    (b"\x89HDF", "an HDF5 file"),
)
# What the archive of a document holds near its beginning.
_ZIPPED = (
    (b"word/", "a Word document"),
    (b"ppt/", "a presentation"),
    (b"opendocument.text", "a text document"),
    (b"opendocument.presentation", "a presentation"),
    (b"Index/", "an Apple Numbers or Pages file"),
)
_WEB = (b"<!doctype html", b"<html", b"<?xml", b"<table")
_SAMPLE_ROWS = 5
_LIMIT = 2_000_000_000  # bytes


@dataclass(frozen=True)
class Read:
    """A table as it was understood.

    Attributes
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Canonical: numbers float64 with NaN, words object with None, dates datetime64[ns] with NaT.
    types : dict
        The type of each column.
    reader : Reader
        How the file was read.
    rejected : tuple of Rejection
        The first 100 lines that were not read; ``reader.rejected_rows`` counts all.
    sha256 : str
        Of the file's bytes.
    notes : tuple of str
        One sentence for everything that was repaired or was not obvious.
    sample : tuple of tuples of str
        The cells of the first rows as they stand in the file, blank ones as empty text.
    units : mapping
        The unit of each column of amounts or percentages, such as EUR or %, where the file tells it.
    reading : Reading or None
        What a person said about how to read it; None where that is nothing.
    """

    frame: pd.DataFrame
    types: dict[str, ColumnType]
    reader: Reader
    rejected: tuple[Rejection, ...]
    sha256: str
    notes: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    reading: Reading | None = None


def read_file(
    path: Path,
    *,
    name: str | None = None,
    limit_bytes: int = _LIMIT,
    strict: bool = True,
    reading: Reading | None = None,
) -> Read:
    """Read a CSV, Excel (or OpenDocument) or Parquet file; its content tells which, not its name.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        What to call the file in refusals, where it lies under another name than the person knows.
    limit_bytes : int, default 2 GB
        The largest size that is read, also unpacked.
    strict : bool, default True
        Refuse what nothing can be learned from; without it, any table is read.
    reading : Reading, optional
        How a person says that it is to be read; it goes before what is found.

    Raises
    ------
    UnusableOption
        If what ``reading`` says is impossible for this file.
    UnreadableFile
        If the file is absent, not readable, too large, protected, damaged, or not a table.
    EmptyTable
        If it is empty, or ``strict`` and it has fewer than two columns or no row.
    """
    try:
        read = _read(path, limit_bytes, reading or Reading())
        if strict:
            require_table(read)
    except (UnreadableFile, EmptyTable, UnusableOption) as refusal:
        if name is None or name == path.name:
            raise
        raise type(refusal)(refusal.problem.replace(path.name, name), fix=refusal.fix) from refusal
    return read


def require_table(read: Read) -> None:
    """Refuse a table that nothing can be learned from.

    Raises
    ------
    EmptyTable
        If there is no row, or only one column.
    """
    rows, columns = read.frame.shape
    if not rows:
        raise EmptyTable(
            "The table has column names but no rows.", fix="Bring a file with at least one row below the names."
        )
    if columns < 2:
        raise EmptyTable(
            f"The table has only one column, {read.frame.columns[0]!r}: there is nothing to learn from.",
            fix="Bring a table with the column to predict and at least one other; check how columns are separated.",
        )


def read_text(path: Path, *, rows: int | None = None) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return column names and rows exactly as they stand in a CSV or Excel file, blank cells as empty text.

    Raises
    ------
    UnreadableFile, EmptyTable
        As ``read_file``.
    """
    found = kind(path)
    if found == "parquet":
        loaded, understood = parquet.load(path, limit_bytes=_LIMIT)
        return loaded.names, _written(understood.frame, rows)
    with scratch() as place:
        loaded = _load(found, path, place, Reading(), limit_bytes=_LIMIT)
        return loaded.names, _cells(place, len(loaded.names), rows)


def _written(frame: pd.DataFrame, rows: int | None) -> list[list[str]]:
    head = frame if rows is None else frame.head(rows)
    columns = [as_text(head[name]) for name in head.columns]
    return [[column[i] or "" for column in columns] for i in range(len(head))]


def _cells(place: Scratch, width: int, rows: int | None) -> list[list[str]]:
    cells = ", ".join(f"coalesce(c{i}, '')" for i in range(width))
    limit = f" LIMIT {rows}" if rows is not None else ""
    return [list(row) for row in place.select(cells, of=f"raw{limit}")]


def _read(path: Path, limit_bytes: int, reading: Reading) -> Read:
    found = kind(path, limit_bytes=limit_bytes)
    with ThreadPoolExecutor(1) as beside:
        sha256 = beside.submit(_sha256, path)
        return replace(_understood(path, found, limit_bytes, reading), sha256=sha256.result())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _understood(path: Path, kind: str, limit_bytes: int, reading: Reading) -> Read:
    if kind == "parquet":
        loaded, understood = parquet.load(path, limit_bytes=limit_bytes)
        sample = _written(understood.frame, _SAMPLE_ROWS)
    else:
        with scratch() as place:
            loaded = _load(kind, path, place, reading, limit_bytes=limit_bytes)
            understood = understand(
                place, loaded.names, delimiter=loaded.reader.delimiter, reading=reading, counted=loaded.counted
            )
            sample = _cells(place, len(loaded.names), _SAMPLE_ROWS)
    return Read(
        frame=understood.frame,
        types=understood.types,
        reader=loaded.reader.model_copy(update={"decimal": understood.decimal, "decimals": understood.decimals}),
        rejected=loaded.rejected,
        sha256="",
        notes=loaded.notes + understood.notes,
        sample=tuple(tuple(row) for row in sample),
        units={**loaded.units, **understood.units},
        reading=reading if reading != Reading() else None,
    )


def _load(kind: str, path: Path, place: Scratch, reading: Reading, *, limit_bytes: int) -> Loaded:
    if kind == "csv":
        return csv.load(path, place, reading)
    return excel.load(path, place, limit_bytes=limit_bytes, reading=reading)


def kind(path: Path, *, limit_bytes: int = _LIMIT) -> str:
    """Tell what kind of table a file is by its first bytes: a key of ``KINDS``.

    Raises
    ------
    UnreadableFile
        If the file is absent, not readable, too large, protected, or not a table.
    EmptyTable
        If it is empty.
    """
    head = _head(path, limit_bytes)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        if b"xl/" in head or b"opendocument.spreadsheet" in head:
            return "excel"
        for part, what in _ZIPPED:
            if part in head:
                raise UnreadableFile(f"{path.name} is {what}, not a table.", fix=BRING)
        if b"[Content_Types].xml" in head:
            return "excel"
        raise UnreadableFile(f"{path.name} is a compressed (zip) file.", fix=f"Unpack it first. {BRING}")
    if head.startswith(_OLE2):
        excel.require_workbook(path)
        return "excel"
    for magic, what in _OTHERS:
        if head.startswith(magic):
            raise UnreadableFile(f"{path.name} is {what}, not a table.", fix=BRING)
    begin = head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begin.startswith(_WEB):
        raise UnreadableFile(
            f"{path.name} is a web page or XML, not a table.", fix="Open it in a spreadsheet program and save as .xlsx."
        )
    if begin.startswith((b"{", b"[")) and begin[1:].lstrip().startswith((b'"', b"{", b"[")):
        raise UnreadableFile(f"{path.name} is JSON, not a table.", fix=BRING)
    return "csv"


def _head(path: Path, limit_bytes: int) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableFile(f"{path.name} is a folder.", fix="Name one file in it.")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1 << 13)
    except FileNotFoundError as error:
        raise UnreadableFile(f"There is no file {str(path)!r}.", fix="Check the name and the folder.") from error
    except PermissionError as error:
        raise UnreadableFile(
            f"{path.name} may not be read by this user.", fix="Change its permissions or copy it elsewhere."
        ) from error
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be opened: {error.strerror}.", fix="Copy it elsewhere.") from error
    if size > limit_bytes:
        raise UnreadableFile(
            f"{path.name} has {size / 1e6:,.0f} MB; at most {limit_bytes / 1e6:,.0f} MB are read.",
            fix="Bring fewer rows or columns, or the same table as Parquet.",
        )
    if not size:
        raise EmptyTable(f"{path.name} is empty.", fix="Bring a file with a line of column names and at least one row.")
    return head
