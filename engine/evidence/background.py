"""The rows that explanations compare with: typical ones, made up, never copied from people."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import ColumnType, DataContract
from engine.domain.evidence import Background
from engine.evidence.wording import significant
from engine.problem.words import counted

Array = NDArray[np.float64]
Cell = str | float | None

_TYPICAL = 25
_AT_LEAST = 10  # rows behind every value
_SAMPLE = 3000
_FEW_COLUMNS = 3  # with so few, a combination of usual values cannot but occur in the table


def summarise(learn: pd.DataFrame, columns: Sequence[str], contract: DataContract, *, seed: int) -> Background:
    """Make typical rows and their weights from the learn rows.

    Similar rows are gathered by k-means; each typical row is made of the medians and the most common values of at least
    ten of them. Free text stays empty, as do values seen fewer than ten times. With more than three columns no typical
    row equals a row of the table: one that does has its medians replaced by means, then single values by nothing.

    Parameters
    ----------
    learn : DataFrame
        Canonical; holds ``columns``.
    columns : sequence of str
        The model's features.
    contract : DataContract
        Knows their types.
    """
    columns = list(columns)
    types = {name: contract.column(name).type for name in columns}
    usual = {name: _usual(learn[name]) for name in columns if types[name] is ColumnType.CATEGORY}
    rows = np.sort(np.random.default_rng(seed).permutation(len(learn))[:_SAMPLE])
    sample = learn.iloc[rows][columns]
    members = _clusters(_places(sample, types), seed)
    seen = set(pd.util.hash_pandas_object(learn[columns], index=False)) if len(columns) > _FEW_COLUMNS else set()
    made = [_unlike(_middle(sample.iloc[m], types, usual), sample.iloc[m], types, seen) for m in members]
    total = sum(len(m) for m in members)
    return Background(
        rows=tuple({name: cell(row[name].iloc[0]) for name in columns} for row in made),
        weights=tuple(len(m) / total for m in members),
        described=_described(len(made), min(len(m) for m in members), private=bool(seen)),
    )


def typed(background: Background, like: pd.DataFrame) -> pd.DataFrame:
    """Return the typical rows as a canonical frame with the columns and types of ``like``."""
    columns: dict[str, Any] = {}
    for name in like.columns:
        values: list[Any] = [row[name] for row in background.rows]
        kind = like[name].dtype
        columns[name] = pd.Series(np.array(values, dtype="M8[ns]") if kind.kind == "M" else values, dtype=kind)
    return pd.DataFrame(columns)


def _usual(values: "pd.Series[Any]") -> frozenset[str]:
    counts = values.value_counts()
    return frozenset(str(v) for v in counts.index[counts >= _AT_LEAST])


def _places(sample: pd.DataFrame, types: dict[str, ColumnType]) -> Array:
    """Every row as a point: numbers by their rank, categories as one axis a value."""
    axes: list[Array] = []
    for name, kind in types.items():
        values = sample[name]
        if kind is ColumnType.CATEGORY:
            common = values.value_counts().index[:12]
            axes.extend(np.asarray(values == value, dtype=np.float64) / 2 for value in common)
        elif kind is not ColumnType.TEXT:
            axes.append(np.asarray(values.rank(pct=True).fillna(-0.5), dtype=np.float64))
    return np.stack(axes, axis=1) if axes else np.zeros((len(sample), 1))


def _clusters(points: Array, seed: int) -> list[NDArray[np.intp]]:
    """Positions of the rows of each cluster; clusters of fewer than ten rows join the largest."""
    from sklearn.cluster import KMeans

    k = max(1, min(_TYPICAL, len(points) // (2 * _AT_LEAST), len(np.unique(points, axis=0))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct points than clusters is no harm here
        label = KMeans(n_clusters=k, n_init=1, random_state=seed).fit_predict(points)
    size = np.bincount(label, minlength=k)
    label = np.where(size[label] >= _AT_LEAST, label, int(size.argmax()))
    return [np.flatnonzero(label == c) for c in np.unique(label)]


def _middle(
    rows: pd.DataFrame, types: dict[str, ColumnType], usual: dict[str, frozenset[str]], *, mean: bool = False
) -> pd.DataFrame:
    """One row of medians (or means) and most common values."""
    made: dict[str, Any] = {}
    for name, kind in types.items():
        values = rows[name]
        if kind in {ColumnType.CATEGORY, ColumnType.TEXT}:
            counts = values[values.isin(usual.get(name, frozenset()))].value_counts()
            common = len(counts) and counts.iloc[0] >= values.isna().sum()
            made[name] = pd.Series([str(counts.index[0]) if common else None], dtype=object)
        elif values.isna().mean() > 0.5 or not values.notna().any():
            made[name] = pd.Series([None], dtype=values.dtype)
        else:
            middle: Any = values.mean() if mean else values.median()
            if kind is ColumnType.DATETIME:
                middle = pd.Timestamp(middle).floor("D")
            else:
                middle = float(round(middle)) if kind is ColumnType.INTEGER else float(f"{middle:.4g}")
            made[name] = pd.Series([middle], dtype=values.dtype)
    return pd.DataFrame(made)


def _unlike(made: pd.DataFrame, rows: pd.DataFrame, types: dict[str, ColumnType], seen: set[int]) -> pd.DataFrame:
    """Return the typical row changed until it is no row of the table."""
    if not _is_in(made, seen):
        return made
    usual = {name: frozenset({made[name].iloc[0]}) for name, kind in types.items() if kind is ColumnType.CATEGORY}
    made = _middle(rows, types, usual, mean=True)
    for name in types:
        if not _is_in(made, seen):
            break
        made[name] = pd.Series([None], dtype=made[name].dtype)
    return made


def _is_in(row: pd.DataFrame, seen: set[int]) -> bool:
    return int(pd.util.hash_pandas_object(row, index=False).iloc[0]) in seen


def cell(value: Any) -> Cell:
    """Return one value of a canonical frame as a noun holds it: text, number, or nothing; dates as ISO 8601."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value if isinstance(value, str) else float(value)


def _described(rows: int, smallest: int, *, private: bool) -> str:
    copied = " None of them is a row of the table." if private else ""
    return (
        f"{counted(rows, 'made-up typical row')}: similar learn rows were gathered, and every value is the median or "
        f"the most common value of at least {significant(smallest)} of them; free text is left empty.{copied}"
    )
