"""Which columns hold numbers, and in which country's spelling."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from engine.data import amounts
from engine.data.plainly import SIMPLE
from engine.data.roles import plain
from engine.data.scratch import Scratch
from engine.data.seen import Plan, Seen, count_matching, count_where
from engine.domain.dataset import ColumnType

_PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
# R writes 100000 as 1e+05 and Excel as 1.00E+05: whole with at most as many decimals as powers of ten.
_WHOLE = r"[+-]?\d+(\.0)?|[+-]?\d(\.\d{1,2}0*)?[eE]\+?(0?[2-9]|[1-9]\d)"
# Codes: postal and article numbers, international telephone numbers, and what a float cannot hold exactly.
_CODE = r"[+-]?0\d+|\+\d{6,}|[+-]?\d{16,}"
_DOT = r".*\..*"
_DOT_GROUPS = r"[+-]?[1-9]\d{0,2}(\.\d{3})+"
_COMMA = r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d+)?"  # 1.234,5
_COMMA_PROOF = r".*,(\d{1,2}|\d{4,})|[+-]?0,\d+|[+-]?\d{4,},\d+|.*\.\d{3}[.,].*"
_COMMA_FRACTION = r".*,.*"
_POINT = r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?|[+-]?\d+(\.\d+)?"  # 1,234.5
# Columns whose numbers are no quantities, by what they are called in English, German, French and Spanish.
_POSTAL = frozenset(
    ("zip", "zipcode", "zip code", "plz", "postleitzahl", "postcode", "post code", "postal code", "postalcode")
    + ("code postal", "codepostal", "codigo postal", "cp", "cap", "postnr", "postnummer", "zip postal code")
)
_CALLED = frozenset(
    ("phone", "telephone", "telefon", "mobile", "handy", "fax", "telefono", "movil", "portable", "telefonnummer")
    + ("phone number", "tel", "iban", "ean", "gtin", "isbn", "barcode", "upc", "blz", "bankleitzahl", "kontonummer")
)
_SPELLED = re.compile(rf"{_COMMA}|{_POINT}")


@dataclass(frozen=True)
class _Spelling:
    column: Seen
    comma: bool  # could be 1.234,5
    comma_proof: bool  # cannot be anything else
    comma_whole: bool
    point: bool  # could be 1,234.5
    point_whole: bool


def plans(
    scratch: Scratch,
    seen: Sequence[Seen],
    delimiter: str | None,
    decimal: str | None = None,
    counted: frozenset[int] = frozenset(),
    decimals: Mapping[str, str] = MappingProxyType({}),
) -> dict[int, Plan]:
    """Return the conversions of the columns whose every value is a number.

    ``decimal`` is the sign before decimals where a person says it; in the columns ``counted`` it is a dot. ``decimals``
    has it by column, as a table like this one was read: it decides where values can be read in two ways.
    """
    known = {i: decimals[column.name] for i, column in enumerate(seen) if column.name in decimals}
    counted |= {i for i, sign in known.items() if sign == "."}
    dressed = amounts.find(scratch, seen)
    told = {i: found for i, found in dressed.items() if not found.refusal}
    bare = [told[i].bare if i in told else column for i, column in enumerate(seen)]
    spelled = _spellings(scratch, bare, told)
    commas = decimal == "," or (decimal is None and any(s.comma and s.comma_proof for s in spelled.values()))
    found = _plain(scratch, seen, commas, counted)
    for i, spelling in spelled.items():
        money = i in told and told[i].money
        plan = _from_spelling(spelling, *_signs(spelling, known.get(i), commas, decimal), delimiter, money)
        if plan:
            found[i] = _dressed(plan, told[i], seen[i]) if i in told else plan
    refused = {i: Plan(seen[i].cell, None, (one.refusal,)) for i, one in dressed.items() if one.refusal}
    return found | refused


def _dressed(plan: Plan, found: amounts.Amounts, column: Seen) -> Plan:
    """Return the plan of a column of amounts; kept as written, it keeps what stands around its numbers."""
    if plan.type is None:
        return replace(plan, sql=column.cell)
    return replace(plan, notes=(*found.notes, *plan.notes), unit=found.unit)


def _plain(scratch: Scratch, seen: Sequence[Seen], commas: bool, counted: frozenset[int]) -> dict[int, Plan]:
    candidates = {i: column for i, column in enumerate(seen) if column.values and column.numeric == column.values}
    counts = _counted(scratch, list(candidates.values()), commas=commas)
    found = {}
    for (i, column), (plainly, whole, codes, dots, groups) in zip(candidates.items(), counts, strict=True):
        if plainly < column.values:
            continue
        if codes:
            note = f"{column.name!r} holds codes such as leading zeros or very long numbers: kept as written."
            found[i] = Plan(column.cell, None, (note,))
        elif not dots and _is_called(scratch, column):
            note = f"{column.name!r} holds numbers that are no quantities, such as {column.first}: kept as written."
            found[i] = Plan(column.cell, None, (note,))
        elif commas and i not in counted and dots and dots == groups:
            note = f"In {column.name!r}, 1.234 is read as 1234, because this file writes decimals with a comma."
            sql = f"CAST(replace({column.value}, '.', '') AS DOUBLE)"
            found[i] = Plan(sql, ColumnType.INTEGER, (note,), decimal=",")
        else:
            kind = ColumnType.INTEGER if whole == column.values else ColumnType.NUMBER
            read = column.plainly.numbers if column.plainly else None
            found[i] = Plan(f"CAST({column.value} AS DOUBLE)", kind, decimal="." if dots else None, read=read)
    return found


def _counted(scratch: Scratch, columns: Sequence[Seen], *, commas: bool) -> list[tuple[int, ...]]:
    """Count the values that are plain numbers, whole, codes, hold a dot, and are whole with dots between thousands.

    Most columns hold nothing but numbers as programs write them, of which one pattern tells as much as four.
    """
    simple = (f"regexp_full_match(VALUE, '{SIMPLE}')", "contains(VALUE, '.')", "ends_with(VALUE, '.0')")
    known = [column.plainly for column in columns]
    asked = iter(count_where(scratch, [column.value for column in columns if not column.plainly], simple))
    told = [(one.values, one.points, one.whole) if one else next(asked) for one in known]
    found: list[tuple[int, ...]] = [(plainly, plainly - dots + ending, 0, dots, 0) for plainly, dots, ending in told]
    unclear = [
        i
        for i, (column, (plainly, _, _, dots, _)) in enumerate(zip(columns, found, strict=True))
        if plainly < column.values or (commas and dots)
    ]
    patterns = (_PLAIN, _WHOLE, _CODE, _DOT, _DOT_GROUPS)
    again = count_matching(scratch, [columns[i].value for i in unclear], patterns)
    for i, counts in zip(unclear, again, strict=True):
        found[i] = counts
    return found


def _is_called(scratch: Scratch, column: Seen) -> bool:
    """Whether a column of whole numbers is called like a code, and its values are as long as such codes are."""
    called = plain(column.name)
    least, most = (4, 6) if called in _POSTAL else (6, 15) if called in _CALLED else (0, 0)
    if not most:
        return False
    ((shortest, longest),) = scratch.select(f"min(length({column.value})), max(length({column.value}))")
    return bool(least <= shortest and longest <= most)


def _spellings(scratch: Scratch, seen: Sequence[Seen], told: Mapping[int, object]) -> dict[int, _Spelling]:
    candidates = {
        i: column
        for i, column in enumerate(seen)
        if i in told or (column.numeric < column.values and _SPELLED.fullmatch(column.first or ""))
    }
    patterns = (_COMMA, _COMMA_PROOF, _COMMA_FRACTION, _POINT, _DOT, _PLAIN)
    counts = count_matching(scratch, [column.value for column in candidates.values()], patterns)
    return {
        i: _Spelling(
            column,
            comma=comma == column.values,
            comma_proof=comma_proof > 0,
            comma_whole=fractions == 0,
            point=column.values in {point, plainly},
            point_whole=dots == 0,
        )
        for (i, column), (comma, comma_proof, fractions, point, dots, plainly) in zip(
            candidates.items(), counts, strict=True
        )
    }


def _signs(spelling: _Spelling, known: str | None, commas: bool, decimal: str | None) -> tuple[bool, str | None]:
    """Return whether decimals have a comma, and the sign that a person said; of a column whose sign is known, that."""
    if known == "." and spelling.point and not spelling.point_whole:
        return False, known
    return commas or known == ",", decimal


def _from_spelling(
    spelling: _Spelling, commas: bool, decimal: str | None, delimiter: str | None, money: bool
) -> Plan | None:
    column = spelling.column
    both = spelling.comma and spelling.point
    marked = not (spelling.comma_whole and spelling.point_whole)
    # 1,234 alone may be either. Programs that write decimals with a comma do not separate columns with one.
    as_comma = commas or (decimal is None and delimiter == ";") if both else spelling.comma and decimal != "."
    as_point = decimal == "." or delimiter == "," or not marked if both else spelling.point and decimal != ","
    if both and money and marked and not commas and decimal is None:
        as_comma, as_point = spelling.comma_whole, spelling.point_whole  # Three digits of money are thousands.
    if as_comma and marked:
        sql = f"CAST(replace(replace({column.value}, '.', ''), ',', '.') AS DOUBLE)"
        kind = ColumnType.INTEGER if spelling.comma_whole else ColumnType.NUMBER
        note = f"In {column.name!r}, a comma is read as the decimal sign (1.234,5 is 1234.5)."
        if spelling.comma_whole:
            note = f"In {column.name!r}, a point is read as separating thousands (1.234 is 1234)."
        return Plan(sql, kind, (note,), decimal=",")
    if as_point:
        kind = ColumnType.INTEGER if spelling.point_whole else ColumnType.NUMBER
        note = f"In {column.name!r}, a comma is read as separating thousands (1,234 is 1234)."
        notes = () if spelling.comma_whole else (note,)
        sql = f"CAST(replace({column.value}, ',', '') AS DOUBLE)"
        return Plan(sql, kind, notes, decimal=None if spelling.point_whole else ".")
    if both:
        note = f"In {column.name!r}, a comma or point may be a decimal sign or separate thousands: kept as written."
        return Plan(column.cell, None, (note,))
    return None
