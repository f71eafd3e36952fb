"""What each column looks like."""

from collections.abc import Mapping
from heapq import nsmallest
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.snapshot import as_text
from engine.domain.dataset import NUMERIC, Column, ColumnType, Histogram, Level, Profile
from engine.errors import EmptyTable

EXAMPLES = 5
LEVELS = 100
BINS = 20
_UNEVEN = 1000  # times as many whole numbers as bars: then one more or less in a bar is not seen
QUANTILES = np.linspace(0, 1, 21)
_LOOK = 1_000  # rows among which examples are looked for first


def describe(frame: pd.DataFrame, types: Mapping[str, ColumnType]) -> Profile:
    """Summarise every column of a canonical table.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Canonical; column names are unique strings.
    types : mapping
        The type of each column.

    Returns
    -------
    Profile
        One ``Column`` per column, in table order. Levels are counted for categories, and for numbers with at most
        100 different values.

    Raises
    ------
    EmptyTable
        If there is no row or no column.
    """
    if frame.empty:
        raise EmptyTable("The table has no rows to describe.", fix="Bring a table with at least one row.")
    return Profile(rows=len(frame), columns=tuple(_column(name, frame[name], types[name]) for name in map(str, frame)))


def _column(name: str, values: pd.Series, kind: ColumnType) -> Column:
    if kind in NUMERIC:
        found = _numbers(values.to_numpy("float64"), whole=kind is ColumnType.INTEGER)
    elif kind is ColumnType.DATETIME:
        found = _dates(values)
    else:
        found = _words(values, counted=kind is ColumnType.CATEGORY)
    return Column(name=name, type=kind, rows=len(values), examples=_examples(values, found["distinct"]), **found)


def _examples(values: pd.Series, distinct: int) -> tuple[str, ...]:
    """Return the first different values."""
    seen = values.head(_LOOK).dropna().drop_duplicates()
    if len(seen) < min(EXAMPLES, distinct):
        seen = values.dropna().drop_duplicates()
    return tuple(str(text) for text in as_text(seen.head(EXAMPLES)))


def _numbers(values: NDArray[np.float64], *, whole: bool) -> dict[str, Any]:
    ordered = np.sort(values)  # missing ones last; all that follows is read off the order
    ordered = ordered[: len(values) - int(np.isnan(values).sum())]
    found: dict[str, Any] = {"missing": len(values) - len(ordered), "distinct": _distinct(ordered)}
    if not len(ordered):
        return found
    quantiles = tuple(_quantiles(ordered).tolist())
    return found | {
        "minimum": quantiles[0],
        "maximum": quantiles[-1],
        "mean": float(ordered.mean()),
        "deviation": float(ordered.std(ddof=1)) if len(ordered) > 1 else 0.0,
        "quartiles": quantiles[5:16:5],
        "quantiles": quantiles,
        "histogram": _histogram(ordered, whole=whole),
        "levels": _number_levels(ordered) if found["distinct"] <= LEVELS else (),
    }


def _dates(values: pd.Series) -> dict[str, Any]:
    moments = np.sort(values.dropna().to_numpy("datetime64[ns]").astype(np.int64))
    found: dict[str, Any] = {"missing": len(values) - len(moments), "distinct": _distinct(moments)}
    if not len(moments):
        return found
    ordered = moments / 1e9
    return found | {
        "first": values.min().isoformat(),
        "last": values.max().isoformat(),
        "quantiles": tuple(_quantiles(ordered).tolist()),
        "histogram": _histogram(ordered, whole=False),
    }


def _words(values: pd.Series, *, counted: bool) -> dict[str, Any]:
    codes, different = pd.factorize(values.to_numpy())
    rows = np.bincount(codes[codes >= 0], minlength=len(different))
    found: dict[str, Any] = {"missing": int((codes < 0).sum()), "distinct": len(different)}
    if not len(different):
        return found
    lengths = np.fromiter(map(len, different), dtype=np.intp, count=len(different))
    at_most = np.cumsum(np.bincount(lengths, weights=rows))
    middle = int(np.searchsorted(at_most, at_most[-1] / 2))
    return found | {
        "lengths": (int(lengths.min()), middle, int(lengths.max())),
        "levels": _levels(different, rows) if counted else (),
    }


def _distinct(ordered: NDArray[Any]) -> int:
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1])) if len(ordered) else 0


def _quantiles(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quantiles at 0, 5, ..., 100 %, between two values in proportion."""
    at = QUANTILES * (len(ordered) - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, len(ordered) - 1)
    share = at - low
    found: NDArray[np.float64] = ordered[low] * (1 - share) + ordered[high] * share
    return np.where(ordered[low] == ordered[high], ordered[low], found)


def _levels(different: NDArray[Any], rows: NDArray[np.intp]) -> tuple[Level, ...]:
    """Return the most frequent values; equally frequent ones in their own order, so that equal tables look equal."""
    often = np.arange(len(rows))
    if len(rows) > LEVELS:
        fewest = np.partition(rows, -LEVELS)[-LEVELS]
        above, at = np.flatnonzero(rows > fewest), np.flatnonzero(rows == fewest)
        # A column of a million different values has no frequent ones.
        more = nsmallest(LEVELS - len(above), at, key=different.__getitem__) if fewest > 1 or len(above) else []
        often = np.concatenate([above, np.array(more, dtype=np.intp)])
    ordered = sorted(often, key=lambda i: (-rows[i], different[i]))
    return tuple(Level(value=str(different[i]), rows=int(rows[i])) for i in ordered)


def _number_levels(ordered: NDArray[np.float64]) -> tuple[Level, ...]:
    different, rows = np.unique(ordered, return_counts=True)
    often = np.argsort(-rows, kind="stable")
    texts = as_text(pd.Series(different[often]))
    return tuple(Level(value=str(text), rows=int(n)) for text, n in zip(texts, rows[often], strict=True))


def _whole_edges(low: float, values: int) -> NDArray[np.float64]:
    """Return edges between whole numbers: every bar holds as many of them as the others, the last as nearly as can be.

    Bars of any other width hold now one whole number more, now one less, and show twice as many rows where there are
    as many.
    """
    widths = range(ceil(values / BINS), max(1, values * 2 // BINS) + 1)
    width = min(widths, key=lambda w: (-values % w / w, w))
    return low - 0.5 + width * np.arange(ceil(values / width) + 1, dtype=np.float64)


def _histogram(ordered: NDArray[np.float64], *, whole: bool) -> Histogram:
    low, high = float(ordered[0]), float(ordered[-1])
    if whole and high - low < BINS * _UNEVEN:
        edges = _whole_edges(low, int(high - low) + 1)
    elif low == high:
        half = max(0.5, abs(low) * 1e-6)
        edges = np.array([low - half, low + half])
    else:
        edges = np.linspace(low, high, BINS + 1)
    before = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff([0, *before.tolist(), len(ordered)])
    return Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))
