"""Numbers with something around them: currency signs, units, brackets for a minus, spaces between thousands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.data.scratch import Scratch
from engine.data.seen import Seen, count_matching

# Signs and codes of currencies, what a unit is called, and the measures that stand behind a number.
_NAMES = {"€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK", "₹": "INR", "₽": "RUB", "Fr.": "CHF", "US$": "USD"}
_CODES = "EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|CNY|INR|AUD|CAD|NZD|BRL|MXN|ZAR|KRW|SGD|HKD"
_CURRENCY = rf"{_CODES}|US\$|[€$£¥₹₽]|zł|Kč|kr\.?|Fr\."
_MEASURE = r"[%‰]|kg|mg|g|km|cm|mm|m|ml|l|km/h|kWh|kW|°C|°F|h|min"
_GAP = "[ \u00a0\u202f\u2009]"
_MARK = "[ \u00a0\u202f\u2009'’.,]"
_DIGITS = rf"(?:\d{{1,3}}(?:{_MARK}\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+)"
_MINUS = "[-\u2212]"
_SIGN = f"[+]|{_MINUS}"
_AMOUNT = (
    rf"(?:{_SIGN})?{_GAP}?(?:{_CURRENCY})?{_GAP}?(?:{_SIGN})?{_GAP}?{_DIGITS}"
    rf"{_GAP}?(?:{_CURRENCY}|{_MEASURE})?{_GAP}?{_MINUS}?"
)
_WHOLE = rf"{_AMOUNT}|\({_AMOUNT}\)"
# Numbers grouped by spaces alone and all of one length are telephone and register numbers.
_GROUPED = rf"\d{{1,3}}(?:{_GAP}\d{{3}}){{2,}}"
_BEHIND = r".*\d.*" + _MINUS
_ANY = re.compile(_WHOLE)


@dataclass(frozen=True)
class Amounts:
    """A column of amounts: its numbers without what stood around; or, in ``refusal``, why it is kept as written."""

    bare: Seen
    unit: str = ""
    notes: tuple[str, ...] = ()
    refusal: str | None = None

    @property
    def money(self) -> bool:
        """Whether the unit is a currency."""
        return bool(re.fullmatch(_CURRENCY, self.unit))


def find(scratch: Scratch, seen: Sequence[Seen]) -> dict[int, Amounts]:
    """Return the columns whose every value is a number with something around it, or grouped by spaces."""
    likely = {
        i: column
        for i, column in enumerate(seen)
        if column.numeric < column.values and _ANY.fullmatch(column.first or "")
    }
    patterns = [
        pattern.replace("'", "''") for pattern in (_WHOLE, _GROUPED, r"\(.*\)", _BEHIND, r"[\d.,+-]*", r".*[.,].*")
    ]
    counts = count_matching(scratch, [column.value for column in likely.values()], patterns)
    found = {}
    for (i, column), (whole, grouped, bracketed, trailing, bare, marked) in zip(likely.items(), counts, strict=True):
        # A minus behind whole numbers may be a grade; behind amounts it is how some programs write what is owed.
        if whole < column.values or (bare == column.values and not trailing) or (trailing and not marked):
            continue
        found[i] = _understood(scratch, column, grouped=grouped, bracketed=bracketed, trailing=trailing)
    return found


def _understood(scratch: Scratch, column: Seen, *, grouped: int, bracketed: int, trailing: int) -> Amounts:
    units, plain = _units(scratch, column)
    if len(units) > 1:
        return Amounts(column, refusal=f"{column.name!r} mixes {' and '.join(units[:3])}: kept as written.")
    unit = units[0] if units else ""
    if unit and plain and not re.fullmatch(_CURRENCY, unit):
        return Amounts(column, refusal=f"In {column.name!r}, only some values have the unit {unit}: kept as written.")
    if not unit and grouped == column.values and _one_length(scratch, column):
        return Amounts(
            column, refusal=f"{column.name!r} holds numbers of one length in groups, like codes: kept as written."
        )
    counted = f"; its unit is {unit}" if unit else ""
    notes = [f"In {column.name!r}, values such as {column.first!r} are read as numbers{counted}."]
    if bracketed:
        notes.append(f"In {column.name!r}, numbers in brackets are read as negative.")
    if trailing:
        notes.append(f"In {column.name!r}, a minus behind a number is read as one before it.")
    return Amounts(_bare(column), unit, tuple(notes))


def _units(scratch: Scratch, column: Seen) -> tuple[list[str], bool]:
    """Return the units in a column, and whether values other than 0 have none."""
    unit = f"regexp_extract({column.value}, '{_CURRENCY}|{_MEASURE}')"
    nothing = f"regexp_full_match({column.value}, '[0.,]*')"
    rows = scratch.ask(
        f"SELECT u, count(*) FILTER (NOT nothing) FROM (SELECT {unit} AS u, {nothing} AS nothing"  # noqa: S608
        f" FROM raw WHERE {column.value} IS NOT NULL) GROUP BY u ORDER BY count(*) DESC, u LIMIT 6"
    )
    return list(dict.fromkeys(_NAMES.get(u, u) for u, _ in rows if u)), any(n for u, n in rows if not u)


def _one_length(scratch: Scratch, column: Seen) -> bool:
    ((shortest, longest),) = scratch.select(f"min(length({column.value})), max(length({column.value}))")
    return bool(shortest == longest)


def _bare(column: Seen) -> Seen:
    """Return the column as if its numbers had been written without anything around them."""
    negative = f"regexp_matches({column.value}, '[-(]|\\x{{2212}}')"
    digits = f"regexp_replace(regexp_replace({column.value}, '(?:kr|Fr)\\.', ''), '[^0-9.,]', '', 'g')"
    sql = f"CASE WHEN {negative} THEN '-' || {digits} ELSE {digits} END"
    return replace(column, value=sql, numeric=0)
