"""Comma, semicolon, tab or pipe separated text into the scratch database."""

from collections.abc import Callable
from pathlib import Path

from engine.data import encoding, names, tail
from engine.data.dialect import Dialect, sniff
from engine.data.loaded import Loaded
from engine.data.scan import KEPT, scan
from engine.data.scratch import Scratch
from engine.domain.dataset import Reader, Reading, Rejection
from engine.errors import EmptyTable, UnreadableFile

_SAMPLE = 1 << 18


def load(path: Path, scratch: Scratch, reading: Reading | None = None) -> Loaded:
    """Read a text table into ``raw``; lines that do not fit are rejected with number and reason.

    Raises
    ------
    UnreadableFile
        If the file is not text, or no line fits.
    EmptyTable
        If there is nothing but blanks.
    UnusableOption
        If what ``reading`` says is impossible.
    """
    said = reading or Reading()
    found = encoding.named(path, said.encoding) if said.encoding else encoding.detect(path)
    source, nul = encoding.as_utf8(path, found.name, scratch.folder / "table.csv")
    dialect = dialect_of(source, path.name, said, lambda: scratch.delimiter(source))
    head = dialect.heading
    scanned = scan(source, dialect, scratch, encoded=found.name)
    rejected, total = scanned.rejected, scanned.total
    # Spreadsheets end their files with lines of nothing but delimiters. In a single column they may be missing values.
    blank = scratch.drop_blank_rows(len(head.fields)) if len(head.fields) > 1 else 0
    if total and not scratch.select("1", of="raw LIMIT 1"):
        raise UnreadableFile(
            f"No line of {path.name} could be read as a table; line {rejected[0].line}: {rejected[0].reason}",
            fix="Check that every line has the same columns, and that quotation marks come in pairs.",
        )
    summed = tail.drop(source, dialect, scratch)
    rejected, total = _with(rejected, summed), total + len(summed)
    columns, repairs = names_of(dialect, scratch)
    notes = [*([found.note] if found.note else []), *head.notes, *repairs, *scanned.notes]
    if blank:
        notes.append(f"{blank:,} {'row' if blank == 1 else 'rows'} without any value left out.")
    if nul:
        notes.append(f"{nul:,} NUL {'character' if nul == 1 else 'characters'} left out: the file is damaged.")
    notes += [f"Line {each.line} is not a row: {each.reason}" for each in summed]
    reader = Reader(
        kind="csv",
        encoding=found.name,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        header=head.lines > 0,
        rejected_rows=total,
        first_row=head.first_row,
        header_rows=head.lines,
        encoding_certain=found.certain,
        encoding_alternatives=found.alternatives,
    )
    units = {columns[i]: unit for i, unit in head.units.items() if i < len(columns)}
    return Loaded(names=columns, reader=reader, rejected=rejected, notes=tuple(notes), units=units)


def _with(rejected: tuple[Rejection, ...], more: tuple[Rejection, ...]) -> tuple[Rejection, ...]:
    return tuple(sorted((*rejected, *more), key=lambda rejection: rejection.line)[:KEPT])


def names_of(dialect: Dialect, scratch: Scratch) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the columns of ``raw`` are called, and a sentence for everything that was repaired."""
    fields = dialect.heading.fields
    said: tuple[str, ...] = ()
    if dialect.heading.closed and not scratch.select(f"c{len(fields) - 1}", of=_held(len(fields) - 1)):
        fields = fields[:-1]
        said = ("Every line ends with a delimiter; nothing stands behind it.",)
    if dialect.heading.lines:
        repaired, repairs = names.repair(fields)
        return repaired, said + repairs
    made = tuple(f"column {i}" for i, _ in enumerate(fields, start=1))
    return made, ("The first line holds values, not names, so the columns are called column 1, column 2, ...", *said)


def _held(position: int) -> str:
    return f"raw WHERE trim(c{position}) <> '' LIMIT 1"


def dialect_of(source: Path, name: str, reading: Reading, opinion: Callable[[], str | None]) -> Dialect:
    """Find how a UTF-8 text is written, by its beginning.

    Raises
    ------
    EmptyTable
        If there is nothing but blanks.
    UnusableOption
        If what ``reading`` says is impossible.
    """
    with source.open("rb") as file:
        head = file.read(_SAMPLE)
        complete = not file.read(1)
    text = head.decode("utf-8-sig", errors="replace")
    if not text.strip('\r\n\t ;,|"'):
        raise EmptyTable(f"{name} is empty.", fix="Bring a file with a line of column names and at least one row.")
    return sniff(text, complete=complete, reading=reading, opinion=opinion)
