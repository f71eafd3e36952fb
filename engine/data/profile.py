"""What each column looks like."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engine.data.snapshot import as_text
from engine.domain.dataset import NUMERIC, Column, ColumnType, Histogram, Level, Profile
from engine.errors import EmptyTable

EXAMPLES = 5
LEVELS = 30
BINS = 20


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
        30 different values.

    Raises
    ------
    EmptyTable
        If there is no row or no column.
    """
    if frame.empty:
        raise EmptyTable("The table has no rows to describe.", fix="Bring a table with at least one row.")
    return Profile(rows=len(frame), columns=tuple(_column(name, frame[name], types[name]) for name in map(str, frame)))


def _column(name: str, values: pd.Series, kind: ColumnType) -> Column:
    counts = values.value_counts(sort=False)
    common = {
        "name": name,
        "type": kind,
        "rows": len(values),
        "missing": int(values.isna().sum()),
        "distinct": len(counts),
        "examples": tuple(text for text in as_text(pd.Series(counts.index[:EXAMPLES])) if text is not None),
    }
    present = values.dropna()
    if kind in NUMERIC:
        levels = _levels(counts) if len(counts) <= LEVELS else ()
        return Column(**common, levels=levels, **_numbers(present.to_numpy("float64"), kind))
    if kind is ColumnType.DATETIME:
        return Column(**common, **_dates(present))
    return Column(**common, levels=_levels(counts) if kind is ColumnType.CATEGORY else ())


def _levels(counts: pd.Series) -> tuple[Level, ...]:
    """Return the most frequent values; equally frequent ones in their own order, so that equal tables look equal."""
    ordered = counts.sort_index().sort_values(ascending=False, kind="stable").head(LEVELS)
    texts = as_text(pd.Series(ordered.index))
    return tuple(Level(value=str(text), rows=int(n)) for text, n in zip(texts, ordered, strict=True))


def _numbers(present: np.ndarray, kind: ColumnType) -> dict[str, object]:
    if not len(present):
        return {}
    low, first, middle, third, high = (float(q) for q in np.quantile(present, [0, 0.25, 0.5, 0.75, 1]))
    return {
        "minimum": low,
        "maximum": high,
        "mean": float(present.mean()),
        "deviation": float(present.std(ddof=1)) if len(present) > 1 else 0.0,
        "quartiles": (first, middle, third),
        "histogram": _histogram(present, whole=kind is ColumnType.INTEGER),
    }


def _dates(present: pd.Series) -> dict[str, object]:
    if not len(present):
        return {}
    seconds = present.to_numpy("datetime64[ns]").astype("int64") / 1e9
    return {
        "first": present.min().isoformat(),
        "last": present.max().isoformat(),
        "histogram": _histogram(seconds, whole=False),
    }


def _histogram(present: np.ndarray, *, whole: bool) -> Histogram:
    low, high = float(present.min()), float(present.max())
    if whole and high - low < BINS:
        edges = np.arange(low - 0.5, high + 1)
    elif low == high:
        half = max(0.5, abs(low) * 1e-6)
        edges = np.array([low - half, low + half])
    else:
        edges = np.linspace(low, high, BINS + 1)
    counts, edges = np.histogram(present, bins=edges)
    return Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))
