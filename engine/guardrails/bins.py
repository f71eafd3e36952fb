"""A column cut into the few bars that a picture has room for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.problem.rows import text_of, texts

MOST_BARS, MOST_LEVELS = 8, 7
# A value that fewer rows hold could point at a person: it is counted among the others.
FEWEST_ROWS = 10
EMPTY, OTHERS = "empty", "others"


@dataclass(frozen=True, eq=False)
class Bins:
    """A bar's number per row, and what the bars are called."""

    codes: NDArray[np.intp]
    labels: tuple[str, ...]


def by_value(values: "pd.Series[Any]", *, even: bool = False) -> Bins:
    """Cut a column into bars: ranges of a number or date, the commonest of words, what is empty apart.

    Parameters
    ----------
    values : Series
        Canonical.
    even : bool
        Whether ranges are equally wide, as in a histogram; else they hold equally many rows.
    """
    missing = values.isna().to_numpy()
    present = values[~missing]
    many = _is_ordered(values) and present.nunique() > MOST_BARS
    found = _ranges(present, even=even) if many else _levels(present)
    codes = np.full(len(values), len(found.labels), dtype=np.intp)
    codes[~missing] = found.codes
    return Bins(codes, (*found.labels, EMPTY) if missing.any() else found.labels)


def in_order(values: "pd.Series[Any]", bars: int) -> Bins:
    """Cut a column into bars that rise with it and hold about equally many rows; what is empty comes first."""
    ranks = values.rank(method="min", na_option="top").to_numpy()
    part = np.minimum((ranks - 1) * bars // max(1, len(values)), bars - 1).astype(np.intp)
    used, codes = np.unique(part, return_inverse=True)
    labels = [_first(values[codes == number]) for number in range(len(used))]
    return Bins(codes.astype(np.intp), tuple(labels))


def _is_ordered(values: "pd.Series[Any]") -> bool:
    return bool(pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values))


def _ranges(present: "pd.Series[Any]", *, even: bool) -> Bins:
    days = pd.api.types.is_datetime64_any_dtype(present)
    numbers = present.astype("int64").to_numpy(dtype=float) if days else present.to_numpy(dtype=float)
    if even:
        low, high = np.quantile(numbers, [0.005, 0.995])
        edges = np.linspace(low, high, MOST_BARS + 1)
    else:
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, MOST_BARS + 1), method="lower"))
    inner = np.unique(edges[1:-1])
    codes = np.searchsorted(inner, numbers, side="right")
    used, codes = np.unique(codes, return_inverse=True)
    labels = [_span(numbers[codes == number], days=days) for number in range(len(used))]
    return Bins(codes.astype(np.intp), tuple(labels))


def _levels(present: "pd.Series[Any]") -> Bins:
    words = _day(present) if pd.api.types.is_datetime64_any_dtype(present) else texts(present)
    counts = words.value_counts()
    often = counts[counts >= FEWEST_ROWS].index[:MOST_LEVELS] if len(counts) > 2 else counts.index
    shown = list(often)
    if pd.api.types.is_numeric_dtype(present):
        shown.sort(key=float)
    place = {word: number for number, word in enumerate(shown)}
    codes = words.map(lambda word: place.get(word, len(shown))).to_numpy(dtype=np.intp)
    others = len(counts) - len(shown)
    return Bins(codes, (*map(str, shown), f"{OTHERS} ({others:,} different)") if others else tuple(map(str, shown)))


def _span(numbers: NDArray[np.float64], *, days: bool) -> str:
    low, high = float(numbers.min()), float(numbers.max())
    if days:
        return f"from {pd.Timestamp(int(low)):%Y-%m-%d}"
    return _number(low) if low == high else f"{_number(low)} to {_number(high)}"


def _first(values: "pd.Series[Any]") -> str:
    first = values.min()
    if pd.isna(first):
        return EMPTY
    if isinstance(first, pd.Timestamp):
        return f"{first:%Y-%m-%d}"
    return _number(float(first)) if isinstance(first, float | np.floating) else str(first)


def _number(value: float) -> str:
    return text_of(value) if value.is_integer() and abs(value) < 1e7 else f"{value:.4g}"


def _day(values: "pd.Series[Any]") -> "pd.Series[str]":
    days: pd.Series[str] = values.dt.strftime("%Y-%m-%d")
    return days
