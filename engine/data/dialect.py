"""How a text table is written: its delimiter, quotes and header, found by content."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

DELIMITERS = ("\t", ";", "|", ",")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d+)?%?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")


@dataclass(frozen=True)
class Dialect:
    """How to read a text table.

    ``skip`` counts the lines above the header, and ``titled`` tells whether something stands in them. ``header`` tells
    whether the first line after them holds names; ``fields`` is that line, brought to the width of the table.
    ``delimiter`` is None where there is one column only.
    """

    delimiter: str | None
    quote: str
    escape: str
    skip: int
    titled: bool
    header: bool
    fields: tuple[str, ...]


def sniff(text: str, *, complete: bool) -> Dialect:
    """Find the dialect from the beginning of a file.

    Parameters
    ----------
    text : str
        The first part of the file, at least one line that is not blank.
    complete : bool
        Whether ``text`` is the whole file; otherwise its last line is not trusted.
    """
    told = _SEP_LINE.match(text)
    body = text[told.end() :] if told else text
    attempts = [_attempt(body, way, complete) for way in _ways(body, told.group(1) if told else None)]
    best = max(attempts, key=lambda attempt: attempt.score)
    first = best.header_at()
    fields = _fit(best.records[first], best.width, best.records[first + 1 :])
    return Dialect(
        delimiter=best.delimiter if len(fields) > 1 else None,
        quote=best.quote,
        escape=best.escape,
        skip=best.above[first] + bool(told),
        titled=any(field.strip() for record in best.records[:first] for field in record),
        header=not _is_data(best.records[first], best.records[first + 1 :]),
        fields=fields,
    )


def _ways(text: str, told: str | None) -> Iterator[tuple[str, str, str]]:
    quotes = [('"', '"')]
    if '\\"' in text:
        quotes.append(('"', "\\"))
    if '"' not in text and "'" in text:
        quotes.append(("'", "'"))
    for delimiter in [told] if told else DELIMITERS:
        for quote, escape in quotes:
            yield delimiter, quote, escape


@dataclass(frozen=True)
class _Attempt:
    delimiter: str
    quote: str
    escape: str
    records: list[list[str]]
    above: list[int]  # the number of lines above each record
    width: int
    score: float

    def header_at(self) -> int:
        """Return the header's position among the records: the first as wide as the table, below titles of one cell."""
        filled = [sum(bool(field.strip()) for field in record) for record in self.records]
        first = next((i for i, count in enumerate(filled) if count), 0)
        wide = [len(record) == self.width for record in self.records]
        if self.width < 2 or sum(wide) < max(2, len(wide) / 2):
            return first
        below = next((i for i, count in enumerate(filled) if count and wide[i]), first)
        return below if all(count <= 1 for count in filled[:below]) else first


def _attempt(text: str, way: tuple[str, str, str], complete: bool) -> _Attempt:
    delimiter, quote, escape = way
    records, above = _records(text, way)
    if not complete and len(records) > 1:
        del records[-1], above[-1]
    counts = Counter(len(record) for record in records)
    header = len(records[0]) if records else 1
    width = max(counts, key=lambda n: (counts[n], n == header, n)) if counts else 1
    share = counts[width] / len(records) if records else 0.0
    clean = 1 - sum(quote in field for record in records for field in record) / max(1, sum(map(len, records)))
    score = share * clean * (1.0 if header == width else 0.5) + 0.002 * min(width, 20) if width > 1 else 0.0
    return _Attempt(delimiter, quote, escape, records, above, width, score)


def _records(text: str, way: tuple[str, str, str]) -> tuple[list[list[str]], list[int]]:
    delimiter, quote, escape = way
    doubled = escape == quote
    reader = csv.reader(
        # csv.reader wants lines with their own endings, so that line breaks within quotes stay as they are.
        _lines(text),
        delimiter=delimiter,
        quotechar=quote,
        doublequote=doubled,
        escapechar=None if doubled else escape,
        skipinitialspace=True,
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


def _fit(fields: Sequence[str], width: int, below: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Bring a header to the width of the lines below it."""
    names = [field.strip() for field in fields]
    leading = [record[0] for record in below if len(record) == width]
    if len(names) == width - 1 and len(set(leading)) == len(leading):
        return ("", *names)  # R writes row names without a heading.
    while len(names) > width and not names[-1]:
        names.pop()
    return tuple(names + [""] * (width - len(names)))


def _is_data(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first line holds values: numbers over numbers, and nowhere a word over numbers."""
    if not below or any(not field.strip() for field in first):
        return False
    if [field.strip() for field in first] in ([str(i + start) for i, _ in enumerate(first)] for start in (0, 1)):
        return False  # Columns that a program has numbered.
    numbers_over_numbers = 0
    for position, field in enumerate(first):
        column = [record[position].strip() for record in below if len(record) > position and record[position].strip()]
        if not column or not all(_measured(value) for value in column):
            continue
        if not _measured(field):
            return False
        numbers_over_numbers += not _could_be_year(field)
    return numbers_over_numbers > 0


def _measured(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value) or _DATE.fullmatch(value))


def _could_be_year(value: str) -> bool:
    return value.isdigit() and 1900 <= int(value) <= 2100
