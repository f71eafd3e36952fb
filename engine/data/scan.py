"""A text table through DuckDB into ``raw``: lines that do not fit are rejected with number and reason."""

import csv
import io
import mmap
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.data import lineends
from engine.data.dialect import Dialect
from engine.data.scratch import ScanFailed, Scratch
from engine.domain.dataset import Rejection
from engine.errors import UnreadableFile

KEPT = 100  # rejections that are told one by one
_LONGEST_LINE = 2_000_000
_PASSES = 12
_UNQUOTED = "UNQUOTED VALUE"
_WRONG_WIDTH = {"MISSING COLUMNS", "TOO MANY COLUMNS"}
_FLAT = "Line ends within values do not tell from those between rows: all are read as one kind."
_ALONE = "\x1f"  # stands for the delimiter where there is one column only


@dataclass(frozen=True)
class _Reject:
    at: int  # offset of the line's first byte
    kind: str
    found: int
    several: bool  # whether it swallowed more than one line


@dataclass(frozen=True)
class Scanned:
    """The first rejections, the number of all, and what had to be done to read the rest."""

    rejected: tuple[Rejection, ...]
    total: int
    notes: tuple[str, ...] = ()


def scan(source: Path, dialect: Dialect, scratch: Scratch, *, encoded: str) -> Scanned:
    """Fill ``raw`` from the UTF-8 text ``source``.

    Parameters
    ----------
    source : Path
        The text.
    dialect : Dialect
        How it is written.
    scratch : Scratch
        Where ``raw`` is made.
    encoded : str
        The encoding that the text had, for the reasons.

    Raises
    ------
    UnreadableFile
        If its lines make no table.
    """
    width = len(dialect.heading.fields)
    source = _above_blanked(source, dialect, scratch.folder / "below.csv")
    if lineends.mixed(source):
        way = {"delimiter": dialect.delimiter or _ALONE, "quote": dialect.quote, "escape": dialect.escape}
        source = lineends.evened(source, scratch.folder / "even.csv", **way)
    blanked: dict[int, str] = {}
    rejects: list[_Reject] = []
    for left in reversed(range(_PASSES)):
        source, rejects = _read_evenly(source, dialect, scratch)
        # A quotation mark that is never closed swallows every line up to the next one: only its own line is at fault.
        greedy = [reject for reject in rejects if reject.several]
        if not greedy or not left:
            break
        with lineends.mapped(source) as view:
            blanked |= dict(zip(_line_numbers(view, greedy), (_reason(r, width, encoded) for r in greedy), strict=True))
            source = _without(view, greedy, scratch.folder / f"{source.name.partition('-')[0]}-{left}.csv")
    with lineends.mapped(source) as view:
        told = dict(
            zip(_line_numbers(view, rejects[:KEPT]), (_reason(r, width, encoded) for r in rejects), strict=False)
        )
    both = sorted((blanked | told).items())
    return Scanned(
        tuple(Rejection(line=n, reason=why) for n, why in both[:KEPT]),
        len(blanked) + len(rejects),
        (_FLAT,) if source.name.startswith("flat-") else (),
    )


def _read_evenly(source: Path, dialect: Dialect, scratch: Scratch) -> tuple[Path, list[_Reject]]:
    """Read, and where DuckDB gives up, once more with every line end alike, also within values."""
    try:
        return source, _read(source, dialect, scratch)
    except ScanFailed:
        source = lineends.flattened(source, scratch.folder / f"flat-{source.name}")
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
    # A record may come with the line end before or behind it: only one within it makes it several lines.
    line = "trim(csv_line, chr(10) || chr(13))"
    broken = f"contains({line}, chr(10)) OR contains({line}, chr(13))"
    rows = scratch.ask(
        "SELECT line_byte_position, first(error_type::VARCHAR ORDER BY byte_position), first(error_message),"  # noqa: S608
        f" bool_or({broken}), first(encode({line})) FILTER ({broken}) FROM rejects"
        " GROUP BY line_byte_position ORDER BY line_byte_position"
    )
    found = []
    for at, kind, message, several, line in rows:
        unquoted = kind == _UNQUOTED or (bool(several) and kind in _WRONG_WIDTH and not _well_quoted(line, dialect))
        greedy = kind == "LINE SIZE OVER MAXIMUM" or (bool(several) and unquoted)
        found.append(_Reject(at - 1, _UNQUOTED if unquoted else kind, _found(message), several=greedy))
    return found


def _well_quoted(line: bytes, dialect: Dialect) -> bool:
    """Whether a record of several lines has them within quotation marks that come in pairs."""
    text = io.StringIO(line.decode(errors="replace"), newline="")
    doubled = dialect.escape == dialect.quote
    reader = csv.reader(
        text,
        delimiter=dialect.delimiter or _ALONE,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        doublequote=doubled,
        escapechar=None if doubled else dialect.escape,
        strict=True,
    )
    try:
        return len(list(reader)) == 1
    except csv.Error:
        return False


def _call(source: Path, dialect: Dialect) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i, _ in enumerate(dialect.heading.fields))
    options = {
        "columns": "{" + columns + "}",
        "auto_detect": "false",
        "header": str(dialect.heading.lines > 0).lower(),
        "skip": str(dialect.heading.skip),
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


def _reason(reject: _Reject, width: int, encoded: str) -> str:
    if reject.kind in _WRONG_WIDTH:
        fields = "1 field" if reject.found == 1 else f"{reject.found} fields"
        return f"{fields} found where {width} are expected."
    if reject.kind == "INVALID ENCODING":
        return f"It holds bytes that are not {encoded.upper()} text."
    if reject.kind == _UNQUOTED:
        return "A quotation mark is opened and not properly closed."
    return f"It is longer than {_LONGEST_LINE:,} bytes, or a quotation mark is opened and not closed."


def _line_numbers(view: mmap.mmap, rejects: Sequence[_Reject]) -> Iterator[int]:
    """Yield the line of the file, from 1, that each reject begins on; DuckDB counts records."""
    line, at = 1, 0
    for reject in rejects:
        start = _start(view, reject)
        part = view[at:start]
        line += part.count(b"\n") + part.count(b"\r") - part.count(b"\r\n")
        at = start
        yield line


def _start(view: mmap.mmap, reject: _Reject) -> int:
    """Return where the record begins: DuckDB counts blank lines before it in."""
    at = reject.at
    while at < len(view) and view[at] in b"\r\n":
        at += 1
    return at


def _without(view: mmap.mmap, rejects: Sequence[_Reject], target: Path) -> Path:
    """Write the file with the first line of each reject blanked, so that all line numbers stay."""
    with target.open("wb") as out:
        at = 0
        for reject in rejects:
            start = _start(view, reject)
            out.write(view[at:start])
            feed = view.find(b"\n", start)
            end = feed if feed >= 0 else len(view)
            early = view.find(b"\r", start, end)
            at = early if early >= 0 else end
        out.write(view[at:])
    return target


def _above_blanked(source: Path, dialect: Dialect, target: Path) -> Path:
    """Blank the lines above the names where a quotation mark stands in them: DuckDB would count them otherwise."""
    with source.open("rb") as file:
        above = [file.readline() for _ in range(dialect.heading.skip)]
        text = b"".join(above)
        if not dialect.quote or dialect.quote.encode() not in text or b"\r" in text.replace(b"\r\n", b""):
            return source
        with target.open("wb") as out:
            out.writelines(line[len(line.rstrip(b"\r\n")) :] for line in above)
            shutil.copyfileobj(file, out)
    return target
