"""Which columns hold dates, and whether the day or the month stands first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.scratch import Scratch
from engine.data.seen import Plan, Seen, count_matching
from engine.domain.dataset import ColumnType

_TIME = r"([T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?)?"
_ZONE = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
_YEAR_FIRST = r"\d{4}([-/.])\d{1,2}[-/.]\d{1,2}" + _TIME
_YEAR_LAST = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}" + _TIME
_WITH_ZONE = _YEAR_FIRST + "(" + _ZONE + ")?"
_WORD = r"(\d{1,2}[- .]+[A-Za-z]{3,9}[- ,.]+\d{4}|[A-Za-z]{3,9}[- .]+\d{1,2}[- ,.]+\d{4})" + _TIME
_SHAPES = (_YEAR_FIRST, _YEAR_LAST, _WORD, _WITH_ZONE)
_ANY = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_DAY_FIRST, _MONTH_FIRST = ("%d-%m-%Y",), ("%m-%d-%Y",)
_WORDS = ("%d-%b-%Y", "%d-%B-%Y", "%b-%d-%Y", "%B-%d-%Y")
# What pandas can hold in nanoseconds; 9999-12-31 stands for "never" anyway.
_EARLIEST, _LATEST = "1678-01-01", "2262-01-01"


@dataclass(frozen=True)
class _Order:
    """A column whose dates end with the year, read both ways."""

    column: Seen
    day_first: str
    month_first: str
    readable: tuple[int, int]
    backward: tuple[int, int]  # how often a date is followed by an earlier one
    dotted: bool

    def decided(self) -> str | None:
        """Return ``day`` or ``month`` if all values leave one way only, or only one way is in order."""
        possible = [count == self.column.values for count in self.readable]
        if possible == [True, True]:
            if self.dotted:
                return "day"
            in_order = [count == 0 for count in self.backward]
            possible = in_order if in_order != [True, True] else [False, False]
        return {(True, False): "day", (False, True): "month"}.get((possible[0], possible[1]))


def plans(scratch: Scratch, seen: Sequence[Seen]) -> dict[int, Plan]:
    """Return the conversions of the columns whose every value is a date, ISO or in an unmistakable common form."""
    candidates = {
        i: column
        for i, column in enumerate(seen)
        if column.numeric < column.values and _ANY.fullmatch(column.first or "")
    }
    counts = count_matching(scratch, [column.value for column in candidates.values()], _SHAPES)
    found: dict[int, Plan] = {}
    orders: dict[int, _Order] = {}
    for (i, column), (year_first, year_last, word, zone) in zip(candidates.items(), counts, strict=True):
        if year_first == column.values:
            found |= _checked(scratch, i, column, _parsed(column, ("%Y-%m-%d",)))
        elif year_last == column.values:
            orders[i] = _both_ways(scratch, column)
        elif word == column.values:
            found |= _checked(scratch, i, column, _parsed(column, _WORDS))
        elif zone == column.values:
            note = f"The times in {column.name!r} name their time zone; they are turned into UTC."
            found[i] = Plan(column.value, ColumnType.DATETIME, (note,))
    return found | _ordered(scratch, orders)


def _parsed(column: Seen, days: Sequence[str]) -> str:
    """Return SQL for the value as a timestamp, NULL where it is none."""
    formats = ", ".join(f"'{day}{time}'" for day in days for time in _TIMES)
    even = (
        f"regexp_replace({column.value}, '^(\\w+)[-/ .,]+(\\w+)[-/ .,]+(\\w+?)(?:[T ]+(\\d+:.*))?$', '\\1-\\2-\\3 \\4')"
    )
    spaced = f"regexp_replace(rtrim({even}), '(\\d) ?([AaPp][Mm])$', '\\1 \\2')"
    return f"try_strptime(regexp_replace({spaced}, '(\\.\\d{{6}})\\d+', '\\1'), [{formats}])"


def _checked(scratch: Scratch, i: int, column: Seen, parsed: str) -> dict[int, Plan]:
    """Return the plan if every value can be read; ``raw`` decides, not its shape (there is no 31 June)."""
    ((readable, outside),) = scratch.select(
        f"count({parsed}), count(*) FILTER ({parsed} < '{_EARLIEST}' OR {parsed} >= '{_LATEST}')"
    )
    if readable < column.values:
        return {}
    notes = []
    if outside:
        notes.append(f"In {column.name!r}, {outside:,} dates before 1678 or after 2261 count as missing.")
    held = f"CASE WHEN {parsed} >= '{_EARLIEST}' AND {parsed} < '{_LATEST}' THEN CAST({parsed} AS TIMESTAMP_NS) END"
    return {i: Plan(held, ColumnType.DATETIME, tuple(notes))}


def _both_ways(scratch: Scratch, column: Seen) -> _Order:
    ways = (_parsed(column, _DAY_FIRST), _parsed(column, _MONTH_FIRST))
    given = ", ".join(
        f"{sql} AS {way}, lag({sql}) OVER (ORDER BY rowid) AS {way}_before" for way, sql in zip("dm", ways, strict=True)
    )
    (row,) = scratch.select(
        "count(d), count(m), count(*) FILTER (d < d_before), count(*) FILTER (m < m_before), bool_and(dotted)",
        given=f"{given}, contains({column.value}, '.') AS dotted",
    )
    return _Order(column, *ways, readable=(row[0], row[1]), backward=(row[2], row[3]), dotted=bool(row[4]))


def _ordered(scratch: Scratch, orders: dict[int, _Order]) -> dict[int, Plan]:
    decided = {i: order.decided() for i, order in orders.items()}
    known = {way for way in decided.values() if way}
    # One file is written in one country: a column that leaves no doubt speaks for those that do.
    usual = known.pop() if len(known) == 1 else None
    found: dict[int, Plan] = {}
    for i, order in orders.items():
        both = order.readable == (order.column.values, order.column.values)
        way = decided[i] or (usual if both else None)
        if way:
            parsed = order.day_first if way == "day" else order.month_first
            found |= _checked(scratch, i, order.column, parsed)
        elif both:
            note = (
                f"In {order.column.name!r}, either the day or the month may stand first, so it is kept as written;"
                " dates like 2024-01-31 leave no doubt."
            )
            found[i] = Plan(order.column.cell, None, (note,))
    return found
