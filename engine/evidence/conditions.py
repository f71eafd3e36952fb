"""Conditions that a person can read, such as "age under 25", as columns of a table of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.problem.words import quoted, rounded

Bools = NDArray[np.bool_]

_LEVELS = 20  # the most frequent ones of a column of words
_PARTS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


@dataclass(frozen=True)
class Condition:
    """A column and what its value is: a level, at least ``low`` and below ``high``, or missing where all are None.

    ``alone``: no other value than ``low`` lies there.
    """

    column: str
    level: str | None = None
    low: float | None = None
    high: float | None = None
    dated: bool = False
    alone: bool = False

    def holds(self, frame: pd.DataFrame) -> Bools:
        """Whether each row of a canonical frame is so, shape (n,)."""
        values = frame[self.column]
        if self.level is not None:
            return np.asarray(values == self.level, dtype=bool)
        if self.low is None and self.high is None:
            return values.isna().to_numpy()
        numbers = as_numbers(values)
        with np.errstate(invalid="ignore"):
            above = numbers >= self.low if self.low is not None else ~np.isnan(numbers)
            below = numbers < self.high if self.high is not None else ~np.isnan(numbers)
        return np.asarray(above & below, dtype=bool)

    @property
    def words(self) -> str:
        """The condition as part of a sentence."""
        name = quoted(self.column)
        if self.level is not None:
            return f"{name} is {quoted(self.level)}"
        if self.low is None and self.high is None:
            return f"{name} is missing"
        if self.alone:
            return f"{name} is {self._said(self.low)}"
        if self.low is None:
            return f"{name} is {'before' if self.dated else 'below'} {self._said(self.high)}"
        if self.high is None:
            return f"{name} is {self._said(self.low)} or {'later' if self.dated else 'more'}"
        return f"{name} is from {self._said(self.low)} to below {self._said(self.high)}"

    def _said(self, value: float | None) -> str:
        assert value is not None  # noqa: S101 - asked only for an end that there is
        return pd.Timestamp(int(value)).date().isoformat() if self.dated else rounded(value, 4)


def as_numbers(values: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return a numeric or date column as numbers, missing ones as NaN; dates in nanoseconds."""
    if pd.api.types.is_datetime64_any_dtype(values):
        whole = values.to_numpy("datetime64[ns]").astype("int64").astype(np.float64)
        return np.asarray(np.where(values.isna().to_numpy(), np.nan, whole), dtype=np.float64)
    return np.asarray(values.to_numpy(), dtype=np.float64)


def conditions(frame: pd.DataFrame, columns: Sequence[str], *, least: int) -> list[Condition]:
    """Return the conditions that at least ``least`` rows fulfil: frequent levels, ends and parts of numbers, missing.

    Parameters
    ----------
    frame : DataFrame
        Canonical; holds ``columns``. Columns of more than 20 words keep their 20 most frequent ones.
    """
    found = [c for name in columns for c in _of(name, frame[name])]
    return [c for c in found if least <= int(c.holds(frame).sum()) <= len(frame) - least]


def _of(name: str, values: "pd.Series[float]") -> list[Condition]:
    gaps = [Condition(name)] if values.isna().any() else []
    if values.dtype == object:
        levels = values.value_counts().head(_LEVELS).index
        return [Condition(name, level=str(level)) for level in levels] + gaps
    dated = pd.api.types.is_datetime64_any_dtype(values)
    numbers = as_numbers(values)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return gaps
    distinct = np.unique(numbers)
    if len(distinct) <= len(_PARTS):
        ends = [*distinct, None]
        each = [Condition(name, low=float(a), high=None if b is None else float(b), dated=dated, alone=True)
                for a, b in zip(ends[:-1], ends[1:], strict=True)]  # fmt: skip
        return each + gaps
    edges = np.unique(np.quantile(numbers, _PARTS, method="lower"))[1:-1]
    parts: list[Condition] = []
    for i, low in enumerate(edges):
        parts.append(Condition(name, high=float(low), dated=dated))
        parts.append(Condition(name, low=float(low), dated=dated))
        parts += [Condition(name, low=float(low), high=float(edges[i + 1]), dated=dated)] if i + 1 < len(edges) else []
    return parts + gaps
