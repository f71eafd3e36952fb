"""Dates whose month is a word, in English, German, French and Spanish."""

import re
import unicodedata

from engine.data.scratch import Scratch
from engine.data.seen import Seen

# Without accents; the first letters tell the month.
_MONTHS = {
    1: "january januar janner janvier enero jan janv ene",
    2: "february februar fevrier febrero feb fevr fev",
    3: "march marz maerz mars marzo mar mrz",
    4: "april avril abril apr avr abr",
    5: "may mai mayo",
    6: "june juni juin junio jun",
    7: "july juli juillet julio jul juil",
    8: "august aout agosto aug ago",
    9: "september septembre septiembre setiembre sep sept set",
    10: "october oktober octobre octubre oct okt",
    11: "november novembre noviembre nov",
    12: "december dezember decembre diciembre dec dez dic",
}
_WORDS = {word: month for month, words in _MONTHS.items() for word in words.split()}
_MONTH = "(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\.?"
_WEEKDAY = r"(?:[a-z]{2,10}\.?,? +)?"
_TIME = r"(?:(?:,? +| *t)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?))?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|\.)?"
_DAY_FIRST = rf"{_WEEKDAY}{_DAY}[- ./]*(?:de +)?{_MONTH}[- ,./]*(?:del? +)?(\d{{4}}|\d{{2}}){_TIME}"
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH}[- .]*{_DAY}[- ,.]+(\d{{4}}){_TIME}"
# Per shape, which group is the day, the month, the year and the time.
_SHAPES = ((_DAY_FIRST, (1, 2, 3, 4)), (_MONTH_FIRST, (2, 1, 3, 4)))


def likely(value: str) -> bool:
    """Whether a value is a date in words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", value.lower()) if not unicodedata.combining(c))
    return any(re.fullmatch(shape, bare) for shape, _ in _SHAPES)


def dashed(scratch: Scratch, column: Seen) -> tuple[str, int] | None:
    """Return SQL for the value as ``2024-1-31 13:05``, and how many years are short; None if not all are such dates."""
    bare = f"strip_accents(lower({column.value}))"
    for shape, groups in _SHAPES:
        ((matched, short),) = scratch.select(
            f"count(*) FILTER (regexp_full_match(v, '{shape}')),"
            f" count(*) FILTER (length(regexp_extract(v, '^{shape}$', {groups[2]})) = 2)",
            given=f"{bare} AS v",
        )
        if matched == column.values:
            day, month, year, time = (f"regexp_extract({bare}, '^{shape}$', {group})" for group in groups)
            whole_year = f"CASE WHEN length({year}) = 2 THEN {century(year)} ELSE {year} END"
            return f"rtrim({whole_year} || '-' || {_number(month)} || '-' || {day} || ' ' || upper({time}))", short
    return None


def century(year: str) -> str:
    """Return SQL for a year of two digits in full: 1950 to 2049."""
    return f"CASE WHEN {year} < '50' THEN '20' ELSE '19' END || {year}"


def _number(word: str) -> str:
    starts = {(word[:4] if word.startswith("jui") else word[:3]): month for word, month in _WORDS.items()}
    cases = " ".join(f"WHEN '{start}' THEN '{month}'" for start, month in starts.items())
    return f"CASE CASE WHEN {word} LIKE 'jui%' THEN left({word}, 4) ELSE left({word}, 3) END {cases} END"
