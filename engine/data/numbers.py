"""Which columns hold numbers, and in which country's spelling."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.scratch import Scratch
from engine.data.seen import Plan, Seen, count_matching, count_where
from engine.domain.dataset import ColumnType

_PLAIN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
# R writes 100000 as 1e+05 and Excel as 1.00E+05: whole with at most as many decimals as powers of ten.
_WHOLE = r"[+-]?\d+(\.0)?|[+-]?\d(\.\d{1,2}0*)?[eE]\+?(0?[2-9]|[1-9]\d)"
# Codes: postal and article numbers, international telephone numbers, and what a float cannot hold exactly.
_CODE = r"[+-]?0\d+|\+\d{6,}|[+-]?\d{16,}"
_SIMPLE = r"-?(0|[1-9]\d{0,14})(\.\d+)?"  # plain, and no code
_DOT = r".*\..*"
_DOT_GROUPS = r"[+-]?[1-9]\d{0,2}(\.\d{3})+"
_COMMA = r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d+)?"  # 1.234,5
_COMMA_PROOF = r".*,(\d{1,2}|\d{4,})|[+-]?0,\d+|[+-]?\d{4,},\d+|.*\.\d{3}[.,].*"
_COMMA_FRACTION = r".*,.*"
_POINT = r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?|[+-]?\d{1,3}(\.\d+)?"  # 1,234.5
_POINT_PROOF = r".*,\d{3}[,.].*"
_SPELLED = re.compile(rf"{_COMMA}|{_POINT}")


@dataclass(frozen=True)
class _Spelling:
    column: Seen
    comma: bool  # could be 1.234,5
    comma_proof: bool  # cannot be anything else
    comma_whole: bool
    point: bool  # could be 1,234.5
    point_proof: bool
    point_whole: bool


def plans(scratch: Scratch, seen: Sequence[Seen], delimiter: str | None) -> dict[int, Plan]:
    """Return the conversions of the columns whose every value is a number."""
    spelled = _spellings(scratch, seen)
    commas = any(s.comma and s.comma_proof for s in spelled.values())
    found = _plain(scratch, seen, commas)
    for i, spelling in spelled.items():
        plan = _from_spelling(spelling, commas, delimiter)
        if plan:
            found[i] = plan
    return found


def _plain(scratch: Scratch, seen: Sequence[Seen], commas: bool) -> dict[int, Plan]:
    candidates = {i: column for i, column in enumerate(seen) if column.values and column.numeric == column.values}
    counts = _counted(scratch, list(candidates.values()), commas=commas)
    found = {}
    for (i, column), (plain, whole, codes, dots, groups) in zip(candidates.items(), counts, strict=True):
        if plain < column.values:
            continue
        if codes:
            note = f"{column.name!r} holds codes such as leading zeros or very long numbers: kept as written."
            found[i] = Plan(column.cell, None, (note,))
        elif commas and dots and dots == groups:
            note = f"In {column.name!r}, 1.234 is read as 1234, because this file writes decimals with a comma."
            found[i] = Plan(f"CAST(replace({column.value}, '.', '') AS DOUBLE)", ColumnType.INTEGER, (note,))
        else:
            kind = ColumnType.INTEGER if whole == column.values else ColumnType.NUMBER
            found[i] = Plan(f"CAST({column.value} AS DOUBLE)", kind)
    return found


def _counted(scratch: Scratch, columns: Sequence[Seen], *, commas: bool) -> list[tuple[int, ...]]:
    """Count the values that are plain numbers, whole, codes, hold a dot, and are whole with dots between thousands.

    Most columns hold nothing but numbers as programs write them, of which one pattern tells as much as four.
    """
    simple = (f"regexp_full_match(VALUE, '{_SIMPLE}')", "contains(VALUE, '.')", "ends_with(VALUE, '.0')")
    told = count_where(scratch, [column.value for column in columns], simple)
    found = [(plain, plain - dots + ending, 0, dots, 0) for plain, dots, ending in told]
    unclear = [
        i
        for i, (column, (plain, _, _, dots, _)) in enumerate(zip(columns, found, strict=True))
        if plain < column.values or (commas and dots)
    ]
    patterns = (_PLAIN, _WHOLE, _CODE, _DOT, _DOT_GROUPS)
    again = count_matching(scratch, [columns[i].value for i in unclear], patterns)
    for i, counts in zip(unclear, again, strict=True):
        found[i] = counts
    return found


def _spellings(scratch: Scratch, seen: Sequence[Seen]) -> dict[int, _Spelling]:
    candidates = {
        i: column
        for i, column in enumerate(seen)
        if column.numeric < column.values and _SPELLED.fullmatch(column.first or "")
    }
    patterns = (_COMMA, _COMMA_PROOF, _COMMA_FRACTION, _POINT, _POINT_PROOF, _DOT)
    counts = count_matching(scratch, [column.value for column in candidates.values()], patterns)
    return {
        i: _Spelling(
            column,
            comma=comma == column.values,
            comma_proof=comma_proof > 0,
            comma_whole=fractions == 0,
            point=point == column.values,
            point_proof=point_proof > 0,
            point_whole=dots == 0,
        )
        for (i, column), (comma, comma_proof, fractions, point, point_proof, dots) in zip(
            candidates.items(), counts, strict=True
        )
    }


def _from_spelling(spelling: _Spelling, commas: bool, delimiter: str | None) -> Plan | None:
    column = spelling.column
    both = spelling.comma and spelling.point
    # 1,234 alone may be either. Programs that write decimals with a comma do not separate columns with one.
    as_comma = commas or delimiter == ";" if both else spelling.comma
    as_point = delimiter == "," if both else spelling.point
    if as_comma:
        sql = f"CAST(replace(replace({column.value}, '.', ''), ',', '.') AS DOUBLE)"
        kind = ColumnType.INTEGER if spelling.comma_whole else ColumnType.NUMBER
        return Plan(sql, kind, (f"In {column.name!r}, a comma is read as the decimal sign (1.234,5 is 1234.5).",))
    if as_point:
        sql = f"CAST(replace({column.value}, ',', '') AS DOUBLE)"
        kind = ColumnType.INTEGER if spelling.point_whole else ColumnType.NUMBER
        return Plan(sql, kind, (f"In {column.name!r}, a comma is read as separating thousands (1,234 is 1234).",))
    if both:
        note = f"In {column.name!r}, a comma may be a decimal sign or separate thousands: kept as written."
        return Plan(column.cell, None, (note,))
    return None
