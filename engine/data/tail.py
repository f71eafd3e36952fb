"""What stands below a text table without being a row of it: totals and remarks."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from engine.data import totals
from engine.data.dialect import Dialect
from engine.data.heading import measured
from engine.data.scratch import Scratch
from engine.domain.dataset import Rejection

_LAST = 4  # rows looked at
_END = 1 << 16  # bytes of the file's end that must hold them
_ENOUGH = 3  # rows a table must have for its end to be told from it


def drop(source: Path, dialect: Dialect, scratch: Scratch) -> tuple[Rejection, ...]:
    """Take totals and remarks off the end of ``raw``; each comes back as a rejection with its line and reason."""
    width = len(dialect.heading.fields)
    ((rows,),) = scratch.select("count(*)", of="raw")
    if width < 2 or rows < _ENOUGH:
        return ()
    cells = ", ".join(f"c{i}" for i in range(width))
    last = scratch.ask(f"SELECT rowid, {cells} FROM raw ORDER BY rowid DESC LIMIT {_LAST}")  # noqa: S608
    dropped: list[tuple[int, list[str], str]] = []
    for at, *values in last[: rows - 1]:
        given = [value or "" for value in values]
        reason = _reason(given, scratch, at)
        if reason is None:
            break
        dropped.append((at, given, reason))
    if not dropped:
        return ()
    lines = _lines_of(source, dialect, [values for _, values, _ in dropped])
    if len(lines) < len(dropped):
        return ()  # Nothing is left out that cannot be pointed at.
    scratch.ask(f"DELETE FROM raw WHERE rowid >= {dropped[-1][0]}")  # noqa: S608
    return tuple(
        Rejection(line=line, reason=reason) for line, (_, _, reason) in sorted(zip(lines, dropped, strict=True))
    )


def _reason(values: Sequence[str], scratch: Scratch, at: int) -> str | None:
    held = [(i, value.strip()) for i, value in enumerate(values) if value.strip()]
    if not held:
        return None
    place, label = held[0]
    if totals.is_total(label):
        if all(measured(value) for _, value in held[1:]) and not _again(scratch, place, label, at):
            return totals.holds_totals(label)
        return None
    if len(held) > 1 or len(values) < 3 or place or not _remark(label, scratch, at):
        return None
    return totals.holds_remark(label)


def _again(scratch: Scratch, place: int, label: str, at: int) -> bool:
    """Whether the word also stands in rows above, where it is a value like others."""
    quoted = label.replace("'", "''")
    return bool(scratch.select("1", of=f"raw WHERE rowid < {at} AND trim(c{place}) = '{quoted}' LIMIT 1"))


def _remark(label: str, scratch: Scratch, at: int) -> bool:
    """Whether words stand alone in their row, below rows that are all fuller, and are longer than any value there."""
    longer = " " in label and not measured(label)
    ((longest, fullest),) = scratch.select("max(length(c0)), min((c1 IS NOT NULL)::INT)", of=f"raw WHERE rowid < {at}")
    return longer and bool(fullest) and len(label) > (longest or 0)


def _lines_of(source: Path, dialect: Dialect, rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the lines of the file that hold the rows, last row first; fewer where one cannot be found."""
    size = source.stat().st_size
    with source.open("rb") as file:
        file.seek(max(0, size - _END))
        end = file.read()
    text = re.split(r"\r\n|\n|\r", end.decode("utf-8-sig", errors="replace"))
    number = _line_count(source) + 1
    lines: list[int] = []
    for line in reversed(text):
        number -= 1
        if len(lines) < len(rows) and _cells(line, dialect) == [value.strip() for value in rows[len(lines)]]:
            lines.append(number)
    return lines


def _cells(line: str, dialect: Dialect) -> list[str]:
    reader = csv.reader([line], delimiter=dialect.delimiter or "\x1f", quotechar=dialect.quote or None)
    return [cell.strip() for record in reader for cell in record]


def _line_count(source: Path) -> int:
    """Count the lines of a file as an editor does, the last one whether it is ended or not."""
    count, before = 1, b""
    with source.open("rb") as file:
        while chunk := file.read(1 << 20):
            text = before + chunk
            before = chunk[-1:] if chunk.endswith(b"\r") else b""
            text = text[: len(text) - len(before)]
            count += text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    return count + len(before)
