"""What a model's steps make of each column, found out by sending made-up rows through them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.training import inside

Matrix = NDArray[Any]
Formula = Callable[[NDArray[Any]], Matrix]

_UNKNOWN = "\N{REPLACEMENT CHARACTER} a word nobody used"
_NUMBERS = (0.0, 1.0, 2.0, -1.0, 0.123456789, -7.25, 1e6 + 0.5)
_DATES = np.array(
    ["1999-12-31T23:59:58", "2016-02-29", "2024-07-04T12:00:01", "2031-01-01T08:30"], dtype="datetime64[ns]"
)
_PARTS: dict[str, Callable[[pd.DatetimeIndex], Any]] = {
    "moment": lambda dates: dates.astype("int64"),
    "year": lambda dates: dates.year,
    "month": lambda dates: dates.month,
    "day": lambda dates: dates.day,
    "weekday": lambda dates: dates.dayofweek,
}


class NoShortcut(Exception):  # not an error: the long way is taken
    """The model, or what is done to its columns, is none that is known here."""


@dataclass(frozen=True)
class Words:
    """A column of words: what each known word becomes, the last row standing for every other."""

    at: NDArray[np.intp]
    known: Mapping[str | None, int]
    becomes: Matrix

    def write(self, values: NDArray[Any], matrix: Matrix) -> None:
        """Fill the column's places of a matrix."""
        other = len(self.becomes) - 1
        rows = [self.known.get(value, other) for value in values]
        matrix[:, self.at] = self.becomes[rows]


@dataclass(frozen=True)
class Formulas:
    """A column of numbers or dates: a formula for each place it goes to; what is missing stays as it is."""

    at: tuple[tuple[int, Formula], ...]

    def write(self, values: NDArray[Any], matrix: Matrix) -> None:
        """Fill the column's places of a matrix."""
        there = ~pd.isna(values)
        every = bool(there.all())
        for place, formula in self.at:
            if every:
                matrix[:, place] = formula(values)
            elif there.any():
                matrix[there, place] = formula(values[there])


def tried(predictor: Any) -> dict[str, pd.Series]:
    """Return for each column that goes in the values worth trying: missing first, an unknown word last.

    Raises
    ------
    NoShortcut
        If a column is of a kind that Handrail's tables do not have, or holds texts.
    """
    taken = predictor.feature_metadata_in
    if any(taken.type_group_map_special.values()):
        raise NoShortcut
    words, answers = inside.remembered(predictor)
    columns: dict[str, pd.Series] = {}
    for name, kind in taken.type_map_raw.items():
        yes = [answers[name]] if name in answers else []
        if kind == "object":
            known = dict.fromkeys([*words.get(name, ()), *yes])
            columns[name] = pd.Series([None, *known, _UNKNOWN], dtype=object)
        elif kind == "datetime":
            columns[name] = pd.Series([pd.NaT, *_DATES]).astype("datetime64[ns]")
        elif kind == "float":
            columns[name] = pd.Series([np.nan, *_NUMBERS, *yes], dtype=np.float64)
        else:
            raise NoShortcut
    return columns


class Probes:
    """Made-up rows: one without any value, then for each column one row for each value tried, the others missing."""

    def __init__(self, columns: Mapping[str, pd.Series]) -> None:
        self.columns = columns
        total = 1 + sum(len(values) for values in columns.values())
        frame: dict[str, pd.Series] = {}
        self.rows: dict[str, slice] = {}
        start = 1
        for name, values in columns.items():
            self.rows[name] = slice(start, start + len(values))
            column = pd.Series([values.iloc[0]] * total, dtype=values.dtype)
            column.iloc[self.rows[name]] = values.to_numpy()
            frame[name], start = column, start + len(values)
        self.frame = pd.DataFrame(frame)


def same(left: Matrix, right: Matrix) -> NDArray[np.bool_]:
    """Return where two arrays agree; missing values do."""
    return np.asarray((left == right) | (pd.isna(left) & pd.isna(right)), dtype=bool)


def way(values: pd.Series, became: Matrix, at: NDArray[np.intp]) -> Words | Formulas:
    """Return how a column's values are written into a matrix.

    Parameters
    ----------
    values : Series of length n
        What was tried, the first of them missing.
    became : array of shape (n, len(at))
        What it became.
    at : array of int
        The places it went to.

    Raises
    ------
    NoShortcut
        If no formula is known that makes the one of the other.
    """
    if values.dtype == object:
        return Words(at, {value: i for i, value in enumerate(values)}, became)
    tried = values.to_numpy()[1:]
    return Formulas(tuple((int(place), _formula(tried, became[1:, k])) for k, place in enumerate(at)))


def _formula(values: NDArray[Any], became: Matrix) -> Formula:
    for formula in _formulas(values):
        if same(formula(values).astype(became.dtype), became).all():
            return formula
    raise NoShortcut


def _formulas(values: NDArray[Any]) -> Iterator[Formula]:
    if values.dtype.kind == "M":
        for part in _PARTS.values():
            yield partial(_part, part)
        return
    yield _itself
    for yes in dict.fromkeys(values.tolist()):
        yield partial(_is, yes)


def _part(part: Callable[[pd.DatetimeIndex], Any], dates: NDArray[Any]) -> Matrix:
    return np.asarray(part(pd.DatetimeIndex(dates)))


def _itself(numbers: NDArray[Any]) -> Matrix:
    return numbers


def _is(yes: float, numbers: NDArray[Any]) -> Matrix:
    return np.asarray(numbers == yes, dtype=np.float64)
