"""Comma, semicolon, tab or pipe separated text into the scratch database."""

import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.data import encoding, names
from engine.data.dialect import Dialect, sniff
from engine.data.loaded import Loaded
from engine.data.scratch import ScanFailed, Scratch
from engine.domain.dataset import Reader, Rejection
from engine.errors import EmptyTable, UnreadableFile

KEPT = 100  # rejections that are told one by one
_SAMPLE = 1 << 18
_LONGEST_LINE = 2_000_000
_PASSES = 12
_ALONE = "\x1f"  # stands for the delimiter where there is one column only


@dataclass(frozen=True)
class _Reject:
    at: int  # offset of the line's first byte
    kind: str
    found: int
    several: bool  # whether it swallowed more than one line


def load(path: Path, scratch: Scratch) -> Loaded:
    """Read a text table into ``raw``; lines that do not fit are rejected with number and reason.

    Raises
    ------
    UnreadableFile
        If the file is not text, or no line fits.
    EmptyTable
        If there is nothing but blanks.
    """
    found = encoding.detect(path)
    source = encoding.as_utf8(path, found, scratch.folder / "table.csv")
    dialect = _dialect(source, path.name)
    rejected, total = _scan(source, dialect, scratch)
    # Spreadsheets end their files with lines of nothing but delimiters. In a single column they may be missing values.
    blank = scratch.drop_blank_rows(len(dialect.fields)) if len(dialect.fields) > 1 else 0
    if total and not scratch.select("1", of="raw LIMIT 1"):
        raise UnreadableFile(
            f"No line of {path.name} could be read as a table; line {rejected[0].line}: {rejected[0].reason}",
            fix="Check that every line has the same columns, and that quotation marks come in pairs.",
        )
    columns, notes = _names(dialect)
    if blank:
        notes = (*notes, f"{blank:,} {'row' if blank == 1 else 'rows'} without any value left out.")
    if dialect.titled:
        notes = (f"The first {_lines(dialect.skip)} above the column names were left out.", *notes)
    reader = Reader(
        kind="csv",
        encoding=found,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        header=dialect.header,
        rejected_rows=total,
    )
    return Loaded(names=columns, reader=reader, rejected=rejected, notes=notes)


def _lines(count: int) -> str:
    return "line" if count == 1 else f"{count} lines"


def _names(dialect: Dialect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if dialect.header:
        return names.repair(dialect.fields)
    made = tuple(f"column {i}" for i, _ in enumerate(dialect.fields, start=1))
    return made, ("The first line holds values, not names, so the columns are called column 1, column 2, ...",)


def _dialect(source: Path, name: str) -> Dialect:
    with source.open("rb") as file:
        head = file.read(_SAMPLE)
        complete = not file.read(1)
    text = head.decode("utf-8-sig", errors="replace")
    if not text.strip('\r\n\t ;,|"'):
        raise EmptyTable(f"{name} is empty.", fix="Bring a file with a line of column names and at least one row.")
    return sniff(text, complete=complete)


def _scan(source: Path, dialect: Dialect, scratch: Scratch) -> tuple[tuple[Rejection, ...], int]:
    """Fill ``raw``; return the first rejections and the number of all."""
    width = len(dialect.fields)
    blanked: dict[int, str] = {}
    rejects: list[_Reject] = []
    for left in reversed(range(_PASSES)):
        source, rejects = _read_evenly(source, dialect, scratch)
        # A quotation mark that is never closed swallows every line up to the next one: only its own line is at fault.
        greedy = [reject for reject in rejects if reject.several]
        if not greedy or not left:
            break
        with _mapped(source) as view:
            blanked |= dict(zip(_line_numbers(view, greedy), (_reason(r, width) for r in greedy), strict=True))
            source = _without(view, greedy, scratch.folder / f"pass{left}.csv")
    with _mapped(source) as view:
        told = dict(zip(_line_numbers(view, rejects[:KEPT]), (_reason(r, width) for r in rejects), strict=False))
    both = sorted((blanked | told).items())
    return tuple(Rejection(line=n, reason=why) for n, why in both[:KEPT]), len(blanked) + len(rejects)


def _read_evenly(source: Path, dialect: Dialect, scratch: Scratch) -> tuple[Path, list[_Reject]]:
    try:
        return source, _read(source, dialect, scratch)
    except ScanFailed:
        # DuckDB wants one kind of line ending throughout.
        source = encoding.even_newlines(source, dialect.quote, scratch.folder / "even.csv")
    try:
        return source, _read(source, dialect, scratch)
    except ScanFailed as error:
        raise UnreadableFile(
            "The lines of this file do not make a table.",
            fix="Open it in a spreadsheet program and save it again as CSV.",
        ) from error


def _read(source: Path, dialect: Dialect, scratch: Scratch) -> list[_Reject]:
    for table in ("raw", "rejects", "scans"):
        scratch.ask(f"DROP TABLE IF EXISTS {table}")
    scratch.ask(f"CREATE TABLE raw AS FROM {_call(source, dialect)}")
    rows = scratch.ask(
        "SELECT line_byte_position, first(error_type::VARCHAR ORDER BY byte_position), first(error_message),"
        " bool_or(contains(csv_line, chr(10)) OR contains(csv_line, chr(13)))"
        " FROM rejects GROUP BY line_byte_position ORDER BY line_byte_position"
    )
    return [
        _Reject(at=at - 1, kind=kind, found=_found(message), several=_swallows(kind, bool(several)))
        for at, kind, message, several in rows
    ]


def _swallows(kind: str, several: bool) -> bool:
    return kind == "LINE SIZE OVER MAXIMUM" or (several and kind == "UNQUOTED VALUE")


def _call(source: Path, dialect: Dialect) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i, _ in enumerate(dialect.fields))
    options = {
        "columns": "{" + columns + "}",
        "auto_detect": "false",
        "header": str(dialect.header).lower(),
        "skip": str(dialect.skip),
        "delim": _quoted(dialect.delimiter or _ALONE),
        "quote": _quoted(dialect.quote),
        "escape": _quoted(dialect.escape),
        "compression": "'none'",
        "null_padding": "false",
        "max_line_size": str(_LONGEST_LINE),
        "store_rejects": "true",
        "rejects_table": "'rejects'",
        "rejects_scan": "'scans'",
        "rejects_limit": "0",
    }
    return f"read_csv({_quoted(str(source))}, {', '.join(f'{k}={v}' for k, v in options.items())})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _found(message: str) -> int:
    match = re.search(r"Found: (\d+)", message)
    return int(match.group(1)) if match else 0


def _reason(reject: _Reject, width: int) -> str:
    if reject.kind in {"MISSING COLUMNS", "TOO MANY COLUMNS"}:
        fields = "1 field" if reject.found == 1 else f"{reject.found} fields"
        return f"{fields} found where {width} are expected."
    if reject.kind == "INVALID ENCODING":
        return "It holds bytes that are not UTF-8 text."
    if reject.kind == "UNQUOTED VALUE":
        return "A quotation mark is opened and not properly closed."
    return f"It is longer than {_LONGEST_LINE:,} bytes, or a quotation mark is opened and not closed."


@contextmanager
def _mapped(source: Path) -> Iterator[mmap.mmap]:
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view


def _line_numbers(view: mmap.mmap, rejects: Sequence[_Reject]) -> Iterator[int]:
    """Yield the line of the file, from 1, that each reject begins on; DuckDB counts records."""
    line, at = 1, 0
    for reject in rejects:
        part = view[at : reject.at]
        line += part.count(b"\n") + part.count(b"\r") - part.count(b"\r\n")
        at = reject.at
        yield line


def _without(view: mmap.mmap, rejects: Sequence[_Reject], target: Path) -> Path:
    """Write the file with the first line of each reject blanked, so that all line numbers stay."""
    with target.open("wb") as out:
        at = 0
        for reject in rejects:
            out.write(view[at : reject.at])
            ends = [end for end in (view.find(b"\n", reject.at), view.find(b"\r", reject.at)) if end >= 0]
            at = min(ends, default=len(view))
        out.write(view[at:])
    return target
