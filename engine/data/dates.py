"""Which columns hold dates, and whether the day or the month stands first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.data import months
from engine.data.roles import plain
from engine.data.scratch import Scratch
from engine.data.seen import Plan, Seen, count_matching
from engine.domain.dataset import ColumnType

_TIME = r"([T ]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?)?"
_ZONE = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
_YEAR_FIRST = r"\d{4}([-/.])\d{1,2}[-/.]\d{1,2}" + _TIME
_YEAR_LAST = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}" + _TIME
# With points, shorter ones would be versions.
_YEAR_SHORT = r"(\d{2}[-/.]\d{2}[-/.]\d{2}|\d{1,2}/\d{1,2}/\d{2})" + _TIME
_WITH_ZONE = _YEAR_FIRST + "(" + _ZONE + ")?"
_OTHERS = (f"{_YEAR_LAST}|{_YEAR_SHORT}", _WITH_ZONE, _YEAR_SHORT)
_ANY = re.compile("|".join(f"(?:{shape})" for shape in (_YEAR_FIRST, *_OTHERS)))
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_ISO, _DAY_FIRST, _MONTH_FIRST = "%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y"
# What pandas can hold in nanoseconds; 9999-12-31 stands for "never" anyway.
_EARLIEST, _LATEST = "1678-01-01", "2262-01-01"
_SHORT_YEARS = "years of two digits are read as 1950 to 2049"
# Numbers that are dates: 20240131, and seconds or milliseconds since 1970 where the name says so.
_COMPACT = r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_EPOCH = {r"(9|1\d)\d{8}": 1_000_000, r"(9|1\d)\d{11}": 1_000}
_DATE_NAMES = frozenset({"date", "datum", "fecha", "dt", "day", "tag", "jour", "dia"})
_EPOCH_NAMES = frozenset({"timestamp", "epoch", "unix", "ts", "unixtime", "time", "zeitstempel", "horodatage"})
_MANY = 20  # different numbers that all read as days of the calendar are not so by chance


@dataclass(frozen=True)
class _Order:
    """A column whose dates end with the year, read both ways."""

    column: Seen
    day_first: str
    month_first: str
    readable: tuple[int, int]
    backward: tuple[int, int]  # how often a date is followed by an earlier one
    dotted: bool
    notes: tuple[str, ...]

    def decided(self) -> str | None:
        """Return ``day`` or ``month`` if all values leave one way only, or only one way is in order."""
        possible = [count == self.column.values for count in self.readable]
        if possible == [True, True]:
            if self.dotted:
                return "day"
            in_order = [count == 0 for count in self.backward]
            possible = in_order if in_order != [True, True] else [False, False]
        return {(True, False): "day", (False, True): "month"}.get((possible[0], possible[1]))


def plans(
    scratch: Scratch, seen: Sequence[Seen], *, day_first: bool | None = None, commas: bool = False
) -> dict[int, Plan]:
    """Return the conversions of the columns whose every value is a date, ISO or in an unmistakable common form.

    Parameters
    ----------
    scratch : Scratch
        Holds the values.
    seen : sequence of Seen
        The columns.
    day_first : bool, optional
        What a person says of dates that can be read either way.
    commas : bool, default False
        Whether the file writes decimals with a comma: where that is done, the day stands first.
    """
    candidates = {
        i: column
        for i, column in enumerate(seen)
        if column.numeric < column.values and _ANY.fullmatch(column.first or "")
    }
    counts = count_matching(scratch, [column.value for column in candidates.values()], [_YEAR_FIRST])
    iso = {
        i for (i, column), (year_first,) in zip(candidates.items(), counts, strict=True) if year_first == column.values
    }
    found: dict[int, Plan] = {}
    for i in iso:
        quickly = _checked(scratch, i, seen[i], _cast(seen[i].value))
        found |= quickly or _checked(scratch, i, seen[i], _parsed(seen[i].value, _ISO))
    others = {i: column for i, column in candidates.items() if i not in iso}
    counts = count_matching(scratch, [column.value for column in others.values()], _OTHERS)
    orders: dict[int, _Order] = {}
    for (i, column), (year_last, zone, short) in zip(others.items(), counts, strict=True):
        if year_last == column.values:
            orders[i] = _both_ways(scratch, column, short)
        elif zone == column.values:
            note = f"The times in {column.name!r} name their time zone; they are turned into UTC."
            found[i] = Plan(column.value, ColumnType.DATETIME, (note,))
    usual = {True: "day", False: "month", None: None}[day_first]
    return found | _worded(scratch, seen) | _numbers(scratch, seen) | _ordered(scratch, orders, usual, commas)


def _worded(scratch: Scratch, seen: Sequence[Seen]) -> dict[int, Plan]:
    """Return the plans of columns whose months are words."""
    found: dict[int, Plan] = {}
    for i, column in enumerate(seen):
        given = months.dashed(scratch, column) if column.first and months.likely(column.first) else None
        if given:
            sql, short = given
            notes = (f"In {column.name!r}, {_SHORT_YEARS}.",) if short else ()
            found |= _checked(scratch, i, column, _parsed(sql, _ISO), notes)
    return found


def _numbers(scratch: Scratch, seen: Sequence[Seen]) -> dict[int, Plan]:
    """Return the plans of columns of whole numbers that are dates."""
    candidates = {
        i: column
        for i, column in enumerate(seen)
        if column.values
        and column.numeric == column.values
        and re.fullmatch(r"\d{8}|\d{10}|\d{13}", column.first or "")
    }
    patterns = (_COMPACT, *_EPOCH)
    counts = count_matching(scratch, [column.value for column in candidates.values()], patterns)
    found: dict[int, Plan] = {}
    for (i, column), (compact, *since) in zip(candidates.items(), counts, strict=True):
        called = set(plain(column.name).split())
        if compact == column.values and (called & _DATE_NAMES or _different(scratch, column) >= _MANY):
            note = f"In {column.name!r}, {column.first} is read as a date: year, month, day."
            found |= _checked(scratch, i, column, f"try_strptime({column.value}, '%Y%m%d')", (note,))
        for count, factor in zip(since, _EPOCH.values(), strict=True):
            if count == column.values and called & _EPOCH_NAMES:
                unit = "seconds" if factor == 1_000_000 else "milliseconds"
                note = f"In {column.name!r}, {column.first} is read as {unit} since 1970, in UTC."
                sql = f"make_timestamp(CAST({column.value} AS BIGINT) * {factor})"
                found |= _checked(scratch, i, column, sql, (note,))
    return found


def _different(scratch: Scratch, column: Seen) -> int:
    ((count,),) = scratch.select(f"approx_count_distinct({column.value})")
    return int(count)


def _parsed(value: str, day: str) -> str:
    """Return SQL for the value as a timestamp, NULL where it is none."""
    formats = ", ".join(f"'{day}{time}'" for time in _TIMES)
    even = f"regexp_replace({value}, '^(\\w+)[-/ .,]+(\\w+)[-/ .,]+(\\w+?)(?:[T ]+(\\d+:.*))?$', '\\1-\\2-\\3 \\4')"
    spaced = f"regexp_replace(rtrim({even}), '(\\d) ?([AaPp][Mm])$', '\\1 \\2')"
    return f"try_strptime(regexp_replace({spaced}, '(\\.\\d{{6}})\\d+', '\\1'), [{formats}])"


def _cast(value: str) -> str:
    """Return SQL for a date that begins with its year as a timestamp; a tenth of the time that formats take."""
    # The cast would take 10:30 PM for half past ten in the morning.
    return (
        f"TRY_CAST(CASE WHEN NOT ends_with({value}, 'M') AND NOT ends_with({value}, 'm') THEN {value} END AS TIMESTAMP)"
    )


def _checked(scratch: Scratch, i: int, column: Seen, parsed: str, notes: tuple[str, ...] = ()) -> dict[int, Plan]:
    """Return the plan if every value can be read; ``raw`` decides, not its shape (there is no 31 June)."""
    ((readable, outside),) = scratch.select(
        f"count(d), count(*) FILTER (d < '{_EARLIEST}' OR d >= '{_LATEST}')", given=f"{parsed} AS d"
    )
    if readable < column.values:
        return {}
    if outside:
        notes = (*notes, f"In {column.name!r}, {outside:,} dates before 1678 or after 2261 count as missing.")
    held = f"CASE WHEN {parsed} >= '{_EARLIEST}' AND {parsed} < '{_LATEST}' THEN CAST({parsed} AS TIMESTAMP_NS) END"
    return {i: Plan(held, ColumnType.DATETIME, notes)}


def _both_ways(scratch: Scratch, column: Seen, short: int) -> _Order:
    value = column.value
    if short:
        year = f"regexp_extract({value}, '^\\d+[-/.]\\d+[-/.](\\d\\d)(?:\\D|$)', 1)"
        rest = f"regexp_extract({value}, '^\\d+[-/.]\\d+[-/.]\\d\\d((?:\\D.*)?)$', 1)"
        whole = f"regexp_extract({value}, '^\\d+[-/.]\\d+[-/.]') || {months.century(year)} || {rest}"
        value = f"CASE WHEN {year} <> '' THEN {whole} ELSE {value} END"
    ways = (_parsed(value, _DAY_FIRST), _parsed(value, _MONTH_FIRST))
    given = ", ".join(
        f"{sql} AS {way}, lag({sql}) OVER (ORDER BY rowid) AS {way}_before" for way, sql in zip("dm", ways, strict=True)
    )
    (row,) = scratch.select(
        "count(d), count(m), count(*) FILTER (d < d_before), count(*) FILTER (m < m_before), bool_and(dotted)",
        given=f"{given}, contains({column.value}, '.') AS dotted",
    )
    notes = (f"In {column.name!r}, {_SHORT_YEARS}.",) if short else ()
    return _Order(column, *ways, readable=(row[0], row[1]), backward=(row[2], row[3]), dotted=bool(row[4]), notes=notes)


def _ordered(scratch: Scratch, orders: Mapping[int, _Order], said: str | None, commas: bool) -> dict[int, Plan]:
    decided = {i: order.decided() for i, order in orders.items()}
    known = {way for way in decided.values() if way}
    # One file is written in one country: a column that leaves no doubt speaks for those that do.
    usual = known.pop() if len(known) == 1 else "day" if commas and not known else None
    found: dict[int, Plan] = {}
    for i, order in orders.items():
        column = order.column
        both = order.readable == (column.values, column.values)
        way = (said or decided[i] or usual) if both else decided[i]
        if way:
            parsed = order.day_first if way == "day" else order.month_first
            found |= _checked(scratch, i, column, parsed, (*order.notes, *_doubt(order, way, said, decided[i])))
        elif both:
            note = (
                f"In {column.name!r}, either the day or the month may stand first ({column.first}), so it is kept as"
                " written; say which, or write dates like 2024-01-31."
            )
            found[i] = Plan(column.cell, None, (note,))
    return found


def _doubt(order: _Order, way: str, said: str | None, decided: str | None) -> tuple[str, ...]:
    """Say on what grounds dates that can be read either way are read."""
    if order.readable[0] != order.readable[1] or order.dotted or said:
        return ()
    why = "only so are the rows in order" if decided else "as elsewhere in this file"
    return (f"In {order.column.name!r}, the {way} is taken to stand first: {why}.",)
