"""How a text table is written: its delimiter and quotes, found by content."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from engine.data import heading
from engine.domain.dataset import Reading
from engine.errors import UnusableOption

DELIMITERS = ("\t", ";", "|", ",")
RARE = ("^", "~", ":", " ")  # only where none of the usual ones separates anything
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_TIE = 0.04  # attempts this close to the best are worth another opinion
_WEIGHED = 200  # records whose cells are looked at


@dataclass(frozen=True)
class Dialect:
    """How to read a text table; ``delimiter`` is None where there is one column only, ``quote`` empty where none."""

    delimiter: str | None
    quote: str
    escape: str
    heading: heading.Heading


@dataclass(frozen=True)
class _Attempt:
    delimiter: str
    quote: str
    escape: str
    records: list[list[str]]
    above: list[int]  # the number of lines above each record
    width: int
    score: float = field(default=0.0)


def sniff(
    text: str, *, complete: bool, reading: Reading | None = None, opinion: Callable[[], str | None] | None = None
) -> Dialect:
    """Find the dialect from the beginning of a file.

    Parameters
    ----------
    text : str
        The first part of the file, at least one line that is not blank.
    complete : bool
        Whether ``text`` is the whole file; otherwise its last line is not trusted.
    reading : Reading, optional
        What a person says goes before what is found.
    opinion : callable, optional
        Names a delimiter where several fit about as well.

    Raises
    ------
    UnusableOption
        If a person's correction is impossible.
    """
    said = reading or Reading()
    _require_signs(said)
    told = _SEP_LINE.match(text)
    skipped = (said.first_row or 1) - 1 or int(bool(told))
    body = _below(text, skipped)
    if not body.strip():
        raise UnusableOption(
            f"The table cannot begin in line {said.first_row}: nothing stands there or below it.",
            fix="Say the number of the line that holds the column names.",
        )
    delimiter = said.delimiter or (told.group(1) if told else None)
    best = _best([_attempt(body, way, complete) for way in _ways(body, delimiter, said.quote)], opinion)
    if not best.score and delimiter is None:
        rare = [_attempt(body, way, complete) for way in _ways(body, None, said.quote, RARE)]
        best = max([best, *filter(_convincing, rare)], key=lambda attempt: attempt.score)
    if said.delimiter and best.width < 2:
        raise UnusableOption(
            f"No line of this file is divided by {said.delimiter!r}.",
            fix="Say the sign that stands between two values.",
        )
    head = heading.find(best.records, best.above, best.width, offset=skipped, reading=said)
    delimiter = best.delimiter if len(head.fields) > 1 else None
    return Dialect(delimiter=delimiter, quote=best.quote, escape=best.escape, heading=head)


def _require_signs(said: Reading) -> None:
    for what, sign, least in (("delimiter", said.delimiter, 1), ("quotation mark", said.quote, 0)):
        if sign is not None and (not least <= len(sign) <= 1 or sign in {"\n", "\r"}):
            raise UnusableOption(f"The {what} {sign!r} is not one sign.", fix="Say a single one, such as ; or a tab.")
    if said.delimiter and said.delimiter == said.quote:
        raise UnusableOption(
            f"{said.quote!r} cannot stand both between values and around them.", fix="Say two different signs."
        )


def _below(text: str, lines: int) -> str:
    ends = [match.end() for match, _ in zip(re.finditer(r"\r\n|\n|\r", text), range(lines), strict=False)]
    return text[ends[-1] :] if lines and len(ends) == lines else "" if lines else text


def _best(attempts: Sequence[_Attempt], opinion: Callable[[], str | None] | None) -> _Attempt:
    best = max(attempts, key=lambda attempt: attempt.score)
    near = [a for a in attempts if a.score and a.score > best.score - _TIE and a.delimiter != best.delimiter]
    other = opinion() if near and opinion else None
    return max((a for a in near if a.delimiter == other), key=lambda attempt: attempt.score, default=best)


def _ways(
    text: str, delimiter: str | None, quote: str | None, among: Sequence[str] = DELIMITERS
) -> Iterator[tuple[str, str, str]]:
    quotes = [('"', '"')]
    if '\\"' in text:
        quotes.append(('"', "\\"))
    if '"' not in text and "'" in text:
        quotes.append(("'", "'"))
    if quote is not None:
        quotes = [way for way in quotes if way[0] == quote] or [(quote, quote)]
    for each in [delimiter] if delimiter else among:
        for mark, escape in quotes:
            yield each, mark, escape


def _convincing(attempt: _Attempt) -> bool:
    """Whether a sign that also stands in words and times divides every line alike, and not only times."""
    widths = {len(record) for record in attempt.records}
    joined = (attempt.delimiter.join(record) for record in attempt.records[1:])
    return (
        len(widths) == 1
        and len(attempt.records) > 2
        and (attempt.width > 2 or attempt.delimiter != " ")
        and not (attempt.delimiter == ":" and all(_CLOCK.search(line) for line in joined))
    )


def _attempt(text: str, way: tuple[str, str, str], complete: bool) -> _Attempt:
    delimiter, quote, escape = way
    records, above = _records(text, way)
    if not complete and len(records) > 1:
        del records[-1], above[-1]
    counts = Counter(len(record) for record in records)
    header = len(records[0]) if records else 1
    width = max(counts, key=lambda n: (counts[n], n == header, n)) if counts else 1
    if width < 2:
        return _Attempt(delimiter, quote, escape, records, above, width)
    share = counts[width] / len(records)
    cells = [cell for record in records[:_WEIGHED] for cell in record]
    clean = 1 - sum(quote in cell for cell in cells) / max(1, len(cells)) if quote else 1.0
    tidy = sum(_tidiness(cell, delimiter) for cell in cells) / max(1, len(cells))
    score = share * clean * (0.5 + 0.5 * tidy) * (1.0 if header == width else 0.5) + 0.002 * min(width, 20)
    return _Attempt(delimiter, quote, escape, records, above, width, score)


def _tidiness(cell: str, delimiter: str) -> float:
    """How much a cell looks like one value rather than several."""
    if not cell or heading.measured(cell):
        return 1.0
    return 0.3 if any(sign in cell and sign != delimiter for sign in ";|\t") else 0.85


def _records(text: str, way: tuple[str, str, str]) -> tuple[list[list[str]], list[int]]:
    delimiter, quote, escape = way
    doubled = escape == quote
    reader = csv.reader(
        # csv.reader wants lines with their own endings, so that line breaks within quotes stay as they are.
        _lines(text),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        doublequote=doubled,
        escapechar=None if doubled else escape,
        skipinitialspace=delimiter != " ",
    )
    records: list[list[str]] = []
    above: list[int] = []
    lines = 0
    try:
        for record in reader:
            if any(record) or len(record) > 1:
                records.append(record)
                above.append(lines)
            lines = reader.line_num
    except csv.Error:
        pass  # A field beyond csv's own limit: what was read so far decides.
    return records, above


def _lines(text: str) -> Iterator[str]:
    bounds = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text)), len(text)]
    return (text[a:b] for a, b in pairwise(bounds) if b > a)
