"""Read one JSON value as the type its column has; a ``ValueError`` says what was expected."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import NoneType

import numpy as np
from numpy.typing import NDArray

from engine.domain.dataset import AROUND, LARGEST, ColumnContract, ColumnType
from engine.problem.rewriting import text_of

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MISSING_DATE = np.datetime64("NaT", "ns")
# What pandas can hold in nanoseconds.
_FIRST_DATE, _LAST_DATE = datetime(1678, 1, 1), datetime(2262, 1, 1)

_MIDNIGHT = "T00:00:00"

Read = Callable[[object], object]


def number(value: object) -> float:
    """Return a JSON number, or text that is a number, as a float; null as NaN.

    Raises
    ------
    ValueError
        If it is anything else, or too large to be held.
    """
    if type(value) is float and abs(value) <= LARGEST:
        return value
    if value is None:
        return math.nan
    if isinstance(value, str) and len(value) <= 400 and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    try:
        read = float(value)
    except OverflowError:
        raise ValueError("a number of ordinary size") from None
    if not math.isfinite(read):
        raise ValueError("a finite number")
    if abs(read) > LARGEST:
        raise ValueError("a number of ordinary size")
    return read


def moment(value: object) -> np.datetime64:
    """Return an ISO 8601 date or time, in UTC where it names a zone; null as NaT.

    Raises
    ------
    ValueError
        If it is anything else, or a year outside 1678 to 2261.
    """
    if value is None:
        return _MISSING_DATE
    if not isinstance(value, str):
        raise ValueError("a date such as 2026-03-31 or 2026-03-31T14:05:00")
    try:
        read = datetime.fromisoformat(value.strip())
        if read.tzinfo is not None:
            read = read.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError("a date such as 2026-03-31 or 2026-03-31T14:05:00") from None
    if not _FIRST_DATE <= read < _LAST_DATE:
        raise ValueError("a date between the years 1678 and 2261")
    return np.datetime64(read, "ns")


def _spellings(value: bool | float) -> tuple[str, ...]:
    if isinstance(value, bool):
        word = "true" if value else "false"
        return (word, word.capitalize(), word.upper())
    if isinstance(value, float) and value.is_integer():
        return (f"{value:.0f}", repr(value))
    return (repr(value),)


def category(levels: frozenset[str]) -> Read:
    """Return a reader of labels: text as it is, blank as missing, numbers and booleans spelt as in ``levels``."""

    def read(value: object) -> str | None:
        if isinstance(value, str):
            if value in levels:
                return value
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("text of whole characters") from None
            bare = value.strip(AROUND)
            return (bare if bare in levels else value) if bare else None
        if value is None:
            return None
        if not isinstance(value, bool | int | float):
            raise ValueError("a text, a number or true/false")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a finite number or a text")
        if isinstance(value, int) and value.bit_length() > 1024:
            raise ValueError("a number of ordinary size")
        spellings = _spellings(value)
        return next((s for s in spellings if s in levels), spellings[0])

    return read


def reader(column: ColumnContract) -> Read:
    """Return the function that reads one value of ``column``, and makes of it what a fix made of it in training."""
    if column.type in {ColumnType.INTEGER, ColumnType.NUMBER}:
        return _rewriting(number, column.read_as) if column.read_as else number
    if column.type is ColumnType.DATETIME:
        days = {text.removesuffix(_MIDNIGHT): new for text, new in column.read_as.items()}
        return _rewriting(moment, days) if days else moment
    plain = category(frozenset((*(column.levels or ()), *column.read_as)))
    return _rewriting(plain, column.read_as) if column.read_as else plain


def together(read: Read, values: Sequence[object]) -> list[object] | NDArray[np.float64]:
    """Return what ``read`` makes of each value, in a fraction of the time: numbers at once, each other value only once.

    Raises
    ------
    ValueError
        If one of them cannot be read.
    """
    kinds = set(map(type, values))
    if read is number and kinds <= {int, float, NoneType}:
        return _numbers(values)
    if kinds <= {str, int, NoneType}:  # others may be equal and be read as different: 1, 1.0 and true
        told = {value: read(value) for value in set(values)}
        return [told[value] for value in values]
    return [read(value) for value in values]


def _numbers(values: Sequence[object]) -> NDArray[np.float64]:
    try:
        read = np.array(values, dtype=np.float64)
    except OverflowError:
        raise ValueError("numbers of ordinary size") from None
    if np.count_nonzero(np.abs(read) <= LARGEST) + values.count(None) < len(values):
        raise ValueError("finite numbers of ordinary size")
    return read


def _rewriting(read: Read, becomes: Mapping[str, str | None]) -> Read:
    def rewrite(value: object) -> object:
        if isinstance(value, str) and value.strip(AROUND) in becomes:
            return read(becomes[value.strip(AROUND)])
        found = read(value)
        written = _written(found)
        return read(becomes[written]) if written is not None and written in becomes else found

    return rewrite


def _written(value: object) -> str | None:
    """Return a value as the table's own text has it, see ``engine.problem.rewriting.texts``."""
    if isinstance(value, float):
        return text_of(value) if math.isfinite(value) else None
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value.astype("datetime64[s]")).removesuffix(_MIDNIGHT)
    return value if isinstance(value, str) else None
