"""Where a text table begins, which lines hold its names, and what stands around it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.seen import MISSING
from engine.domain.dataset import Reading
from engine.errors import UnusableOption

Records = Sequence[Sequence[str]]
_NUMBER = re.compile(
    r"[(]?[+-]?\s?[$€£¥]?\s?(\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)([eE][+-]?\d+)?\s?([%€$£¥]|EUR|USD|CHF|GBP)?[)-]?"
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
_UNIT = re.compile(
    r"[\[(][^\])]{1,12}[\])]|%|‰|[€$£¥]|(?:T|k|M|Mio\.? )?(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN)(?:/\w+)?"
    r"|(?:[kmcµ]?[gmls]|km/h|m/s|m[²³23]|k?Wh?|MWh?|[kM]?Hz|°[CF]|K|[mh]?Pa|bar|min|h|hours?|days?|years?|months?"
    r"|Tage?|Jahre?|Monate?|Stunden?|Std\.?|Stk\.?|Stück|pcs|lbs?|oz|in|ft|mph|ppm|[mk]?V|[m]?A|Ω)",
)
_PREAMBLE = 30  # records above a table that are looked through
_LOOKED_AT = 300
_MOST_LINES = 3


@dataclass(frozen=True)
class Heading:
    """Where the table stands.

    Attributes
    ----------
    skip : int
        Lines above the last line of names; above the first row where there are none.
    first_row : int
        The line, from 1, on which the names begin; the first row where there are none.
    lines : int
        How many records hold names (and units).
    fields : tuple of str
        The names brought to the width of the table, blank ones included; of the first row where there are none.
    units : dict
        Position of a column and the unit that a line of units gives it.
    closed : bool
        Whether every line ends with a delimiter, so that the last column is nothing.
    notes : tuple of str
        What is not obvious about all this.
    """

    skip: int
    first_row: int
    lines: int
    fields: tuple[str, ...]
    units: dict[int, str]
    closed: bool
    notes: tuple[str, ...]


def find(records: Records, above: Sequence[int], width: int, *, offset: int, reading: Reading) -> Heading:
    """Find the table among the records of the beginning of a file.

    Parameters
    ----------
    records : sequence of sequences of str
        What was read, blank lines left out.
    above : sequence of int
        How many lines stand above each record, ``offset`` not counted.
    width : int
        How many fields most records have.
    offset : int
        Lines left out before the first record.
    reading : Reading
        What a person says about the first row and the number of header rows.

    Raises
    ------
    UnusableOption
        If there are not so many header rows.
    """
    first = 0 if reading.first_row else _begins(records, above, width)
    rows = reading.header_rows
    if rows is None:
        rows = 0 if _is_data(records[first], records[first + 1 :]) else _lines_of_names(records, first, width)
    elif first + rows > len(records):
        raise UnusableOption(
            f"There are not {rows} lines of names: the file has only {len(records)} lines that hold anything.",
            fix="Say how many lines hold the column names.",
        )
    below = records[first + rows :]
    header = records[first : first + rows] or records[first : first + 1]
    units = _units(header[-1], below) if rows > 1 else {}
    fitted = [_fit(record, width, below) for record in (header[:-1] if units else header)]
    fields, closed = _merged([names for names, _ in fitted]), all(end for _, end in fitted)
    return Heading(
        skip=offset + above[first + max(rows, 1) - 1],
        first_row=offset + above[first] + 1,
        lines=rows,
        fields=fields,
        units=units,
        closed=closed,
        notes=tuple(_notes(records[:first], offset + above[first], fields, len(fitted) if rows else 0, units, closed)),
    )


def measured(cell: str) -> bool:
    """Whether a cell is a number, an amount or a date."""
    text = cell.strip()
    return bool(_NUMBER.fullmatch(text) or _DATE.fullmatch(text))


def _notes(
    titles: Records, lines: int, fields: Sequence[str], rows: int, units: dict[int, str], closed: bool
) -> list[str]:
    notes = []
    if any(cell.strip() for record in titles for cell in record):
        notes.append(f"The first {'line' if lines == 1 else f'{lines} lines'} above the column names were left out.")
    if rows > 1:
        example = next((name for name in reversed(fields) if " " in name), fields[-1])
        notes.append(f"{rows} lines of names are read as one: {example!r}.")
    if units:
        told = ", ".join(f"{fields[i]!r} in {unit}" for i, unit in list(units.items())[:5])
        notes.append(f"The line below the names holds units, not values: {told}.")
    if rows and not closed and len(fields) > 1 and not fields[0] and all(fields[1:]):
        notes.append("The first column has values and no name.")
    return notes


def _filled(record: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in record)


def _begins(records: Records, above: Sequence[int], width: int) -> int:
    """Return the position of the first line of names, or of the first row where there are none."""
    first = next((i for i, record in enumerate(records) if _filled(record)), 0)
    comments = first
    while comments < len(records) - 1 and records[comments][0].lstrip().startswith("#"):
        comments += 1
    if comments > first:
        named = len(records[comments - 1]) == width and not _over_values(records, comments)
        return comments - 1 if named and width > 1 else comments
    if width < 2:
        return first
    for i in range(first + 1, min(len(records), _PREAMBLE)):
        apart = above[i] - above[i - 1] > 1 + "".join(records[i - 1]).count("\n")
        narrow = all(len(record) != width or _filled(record) <= max(1, width // 3) for record in records[first:i])
        whole = len(records[i]) == width and _filled(records[i]) >= max(2, (width + 1) // 2)
        if whole and _over_values(records, i) and (narrow or (apart and not _over_values(records, first, until=i))):
            return i
    wide = [len(record) == width for record in records]
    if sum(wide) < max(2, len(wide) / 2):
        return first
    below = next((i for i, record in enumerate(records) if wide[i] and _filled(record)), first)
    return below if all(_filled(record) <= 1 for record in records[:below]) else first


def _columns(below: Records, width: int) -> list[list[str]]:
    """Return the values of each column that do not stand for "missing"."""
    rows = below[:_LOOKED_AT]
    cells = [[record[i].strip() for record in rows if len(record) > i] for i in range(width)]
    return [[cell for cell in column if cell and cell.lower() not in MISSING] for column in cells]


def _over_values(records: Records, at: int, until: int | None = None) -> bool:
    """Whether a record names what stands below it: words over numbers, and nowhere a number over numbers."""
    named = 0
    columns = _columns(records[at + 1 : until], len(records[at]))
    for cell, column in zip(records[at], columns, strict=True):
        if not column or not cell.strip() or sum(map(measured, column)) < 0.9 * len(column):
            continue
        if measured(cell) and not _could_be_year(cell):
            return False
        named += not measured(cell)
    return named > 0


def _is_data(first: Sequence[str], below: Records) -> bool:
    """Whether the first line holds values: numbers over numbers, and nowhere a word over numbers."""
    given = [cell.strip() for cell in first]
    if not below or not any(given):
        return False
    bare = given[1:] if not given[0] else given
    if bare in ([str(i + start) for i, _ in enumerate(bare)] for start in (0, 1)):
        return False  # Columns that a program has numbered.
    over = 0
    for cell, column in zip(given, _columns(below, len(first)), strict=True):
        if not column or not cell or cell.lower() in MISSING or not all(map(measured, column)):
            continue
        if not measured(cell):
            return False
        over += not _could_be_year(cell)
    return over > 0


def _lines_of_names(records: Records, first: int, width: int) -> int:
    """Return how many records hold names: more than one where groups of columns are named, or units follow."""
    rows = 1
    while rows < _MOST_LINES and first + rows + 1 < len(records):
        upper, lower = records[first + rows - 1], records[first + rows]
        below = records[first + rows + 1 :]
        if len(lower) != width or len(upper) != width:
            break
        if _units(lower, below):
            return rows + 1
        if not (_over_values(records, first + rows) and _groups(upper, lower, below)):
            break
        rows += 1
    return rows


def _groups(upper: Sequence[str], lower: Sequence[str], below: Records) -> bool:
    """Whether the names in ``upper`` stand over several columns each, which ``lower`` tells apart."""
    names = [cell.strip() for cell in upper]
    gaps = [i for i, name in enumerate(names) if not name and i and any(names[:i])]
    repeated = len({name for name in names if name}) < sum(map(bool, names))
    if not repeated and not (gaps and all(lower[i].strip() for i in gaps)):
        return False
    numbers = [bool(column) and all(map(measured, column)) for column in _columns(below, len(lower))]
    told_apart = len(set(zip(_spread(names), lower, strict=True))) == len(lower)
    return told_apart and all(bool(cell.strip()) for cell, number in zip(lower, numbers, strict=True) if number)


def _units(record: Sequence[str], below: Records) -> dict[int, str]:
    """Return the unit of each column if the record holds units of columns of numbers and nothing else."""
    units: dict[int, str] = {}
    for i, (cell, column) in enumerate(zip(record, _columns(below, len(record)), strict=True)):
        text = cell.strip()
        if not text or text in {"-", "–"}:
            continue
        if not _UNIT.fullmatch(text) or not column or not all(map(measured, column)):
            return {}
        units[i] = text.strip("[]()")
    return units


def _spread(names: Sequence[str]) -> list[str]:
    """Let a name stand over the nameless columns to its right."""
    spread, last = [], ""
    for name in names:
        last = name or last
        spread.append(last)
    return spread


def _merged(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return one line of names made of several; a name spreads only over columns that have a name of their own."""
    *upper, own = lines
    spread = [[(_spread(line)[i] if name else line[i]) for i, name in enumerate(own)] for line in upper]
    return tuple(" ".join(part for part in parts if part) for parts in zip(*spread, own, strict=True))


def _fit(fields: Sequence[str], width: int, below: Records) -> tuple[list[str], bool]:
    """Bring a line of names to the width of the table, and tell whether every line just ends with a delimiter."""
    names = [field.strip() for field in fields]
    rows = [record for record in below if len(record) == width]
    closed = width > 1 and bool(rows) and not any(record[-1].strip() for record in rows)
    if len(names) == width - 1 and not closed:
        leading = [record[0] for record in rows]
        if len(set(leading)) == len(leading):
            return ["", *names], False  # R writes row names without a heading.
    while len(names) > width and not names[-1]:
        names.pop()
    fitted = names + [""] * (width - len(names))
    return fitted, closed and not fitted[-1]


def _could_be_year(value: str) -> bool:
    return value.strip().isdigit() and 1900 <= int(value) <= 2100
