"""The rows that explanations compare with: typical ones, made up, never copied from people."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import ColumnType, DataContract
from engine.domain.evidence import Background
from engine.problem.words import counted

if TYPE_CHECKING:
    from engine.evidence.mixtures import Predict

Array = NDArray[np.float64]
Cell = str | float | None

_TYPICAL = 40
_CLUSTERS = 25
_AT_LEAST = 10  # rows behind every value
_SAMPLE = 3000
_ASKED = 1000  # made-up rows that the model answers
_NEAR = 40  # rows with about the same answer, to choose one from
_FEW_COLUMNS = 3  # with so few, a combination of usual values cannot but occur in the table


def summarise(
    learn: pd.DataFrame,
    columns: Sequence[str],
    contract: DataContract,
    *,
    model: "Predict",
    answers: Array,
    seed: int,
    known: pd.DataFrame | None = None,
    owner: NDArray[np.intp] | None = None,
) -> Background:
    """Make typical rows that the model answers as it answers rows in general.

    Similar learn rows are gathered by k-means, and within them each column is shuffled on its own. A value stands for
    at least ten rows: a rarer number becomes the mean of ten neighbours, a rarer word the usual one, free text stays
    empty. With more than three columns no made-up row equals a row of the table. Of these rows those are taken that
    the model answers as it answers equal parts of ``answers``: so the base of every explanation is the mean answer.
    (Rows of medians and most common values are nobody: on the income table the model gave them 3 % where its mean
    answer is 24 %, and having gained nothing, as nine of ten, seemed to raise an answer by 20 points.)

    Parameters
    ----------
    learn : DataFrame
        Canonical; holds ``columns``.
    columns : sequence of str
        The model's features.
    contract : DataContract
        Knows their types.
    model : callable
        Takes a canonical frame with ``columns``; gives (n, n_classes) probabilities, or (n,) numbers.
    answers : array of shape (m, n_classes) or (m,)
        What it says of rows that it had not learned from.
    known : DataFrame, optional
        All rows that none of them may equal; the learn rows if left out.
    owner : array of shape (n,), optional
        Whose row each learn row is: one row of each is taken, so that ten rows are ten people.
    """
    if owner is not None:
        learn = learn[~pd.Series(owner, index=learn.index).duplicated()]
    columns = list(columns)
    types = {name: contract.column(name).type for name in columns}
    rows = np.sort(np.random.default_rng(seed).permutation(len(learn))[:_SAMPLE])
    made = _shuffled(learn, learn.iloc[rows], types, seed)
    made = _unlike(
        made.sample(min(len(made), _ASKED), random_state=seed, ignore_index=True),
        (learn if known is None else known)[columns],
        types,
        model,
    )
    count = int(np.clip(len(learn) // (2 * _AT_LEAST), 1, min(_TYPICAL, len(made))))
    taken = made.iloc[_chosen(np.asarray(model(made)), answers, _places(made, types), count, seed)]
    return Background(
        rows=tuple({name: cell(row[name]) for name in columns} for _, row in taken.iterrows()),
        weights=(1 / count,) * count,
        described=_described(count, private=sum(kind is not ColumnType.TEXT for kind in types.values()) > _FEW_COLUMNS),
    )


def typed(background: Background, like: pd.DataFrame) -> pd.DataFrame:
    """Return the typical rows as a canonical frame with the columns and types of ``like``."""
    columns: dict[str, Any] = {}
    for name in like.columns:
        values: list[Any] = [row[name] for row in background.rows]
        kind = like[name].dtype
        columns[name] = pd.Series(np.array(values, dtype="M8[ns]") if kind.kind == "M" else values, dtype=kind)
    return pd.DataFrame(columns)


def _shuffled(learn: pd.DataFrame, sample: pd.DataFrame, types: dict[str, ColumnType], seed: int) -> pd.DataFrame:
    """Return as many rows as ``sample``: within each cluster, every column's usual values in an order of their own."""
    shuffle, members = np.random.default_rng(seed), _clusters(_places(sample, types), seed)
    usual = {name: _usual(learn[name]) for name in types}
    parts: dict[str, list[pd.Series[Any]]] = {name: [] for name in types}
    for rows in members:
        for name, kind in types.items():
            values = _folded(sample[name].iloc[rows].reset_index(drop=True), kind, usual[name])
            parts[name].append(values.iloc[shuffle.permutation(len(values))])
    return pd.DataFrame({name: pd.concat(values, ignore_index=True) for name, values in parts.items()})


def _usual(values: "pd.Series[Any]") -> "pd.Index[Any]":
    """Return the values, missing ones among them, that at least ten rows have."""
    counts = values.value_counts(dropna=False)
    return counts.index[counts >= _AT_LEAST]


def _folded(values: "pd.Series[Any]", kind: ColumnType, usual: "pd.Index[Any]") -> "pd.Series[Any]":
    """Return one column of a cluster with every rare value replaced by one that stands for at least ten rows."""
    if kind is ColumnType.TEXT:
        return pd.Series([None] * len(values), dtype=object)
    rare = ~values.isin(usual)
    if not rare.any():
        return values
    if kind is ColumnType.CATEGORY:
        common = values[~rare].dropna().mode()
        return values.mask(rare, common.iloc[0] if len(common) else None)
    known = values[rare].dropna().sort_values()
    blocks = len(known) // _AT_LEAST
    folded = values.mask(rare)
    if blocks == 0:
        # Too few for a mean of their own: that of all of the cluster, where that is one of enough rows.
        return folded.mask(rare, _rounded(values.mean(), kind)) if values.count() >= _AT_LEAST else folded
    for block in np.array_split(np.arange(len(known)), blocks):
        neighbours = known.iloc[block]
        folded.loc[neighbours.index] = _rounded(neighbours.mean(), kind)
    return folded


def _rounded(value: Any, kind: ColumnType) -> Any:
    if kind is ColumnType.DATETIME:
        return pd.Timestamp(value).floor("D")
    return float(round(value)) if kind is ColumnType.INTEGER else float(f"{value:.4g}")


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

    k = max(1, min(_CLUSTERS, len(points) // (2 * _AT_LEAST), len(np.unique(points, axis=0))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct points than clusters is no harm here
        label = KMeans(n_clusters=k, n_init=1, random_state=seed).fit_predict(points)
    size = np.bincount(label, minlength=k)
    label = np.where(size[label] >= _AT_LEAST, label, int(size.argmax()))
    return [np.flatnonzero(label == c) for c in np.unique(label)]


def _unlike(made: pd.DataFrame, table: pd.DataFrame, types: dict[str, ColumnType], model: "Predict") -> pd.DataFrame:
    """Return the rows with values taken out of those that are in the table, first where that moves answers least.

    Free text, which is empty in them, makes no row another one.
    """
    told = [name for name, kind in types.items() if kind is not ColumnType.TEXT]
    copies = _hashed(made[told]).isin(seen := _hashed(table[told]))
    if len(told) <= _FEW_COLUMNS or not copies.any():
        return made
    given = np.asarray(model(made[copies]))

    def moved(name: str) -> tuple[float, int]:
        less = made[copies].assign(**{name: made[name][:0].reindex(made.index[copies])})
        return float(np.abs(np.asarray(model(less)) - given).mean()), table[name].nunique()

    for name in sorted(told, key=moved):
        made[name] = made[name].mask(copies)
        copies &= _hashed(made[told]).isin(seen)
        if not copies.any():
            break
    return made


def _hashed(rows: pd.DataFrame) -> "pd.Series[Any]":
    return pd.util.hash_pandas_object(rows, index=False)


def _chosen(made: Array, answers: Array, places: Array, count: int, seed: int) -> list[int]:
    """Return the positions of ``count`` rows, answered like the means of equal parts of ``answers``, lowest first.

    Of the rows with the nearest answers, each part takes the one that brings the mean of those taken so far nearest to
    that of all rows (herding; Welling 2009). Answers of several classes are put in order along the direction in which
    they differ most.
    """
    made, answers = made.reshape(len(made), -1), answers.reshape(len(answers), -1)
    middle = answers.mean(axis=0)
    along = np.linalg.svd(answers - middle, full_matrices=False)[2][0]
    ordered = answers[np.argsort((answers - middle) @ along, kind="stable")]
    if len(ordered) < count:
        ordered = np.repeat(ordered, -(-count // len(ordered)), axis=0)
    parts = np.array_split(ordered, count)
    spread = places - places.mean(axis=0)
    total, taken = np.zeros(places.shape[1]), dict[int, int]()
    for number in np.random.default_rng(seed).permutation(count):
        off = ((made - parts[number].mean(axis=0)) ** 2).sum(axis=1)
        off[list(taken.values())] = np.inf
        near = np.argsort(off, kind="stable")[: min(_NEAR, len(made) - len(taken))]
        best = near[((total + spread[near]) ** 2).sum(axis=1).argmin()]
        taken[int(number)] = int(best)
        total += spread[best]
    return [taken[number] for number in range(count)]


def cell(value: Any) -> Cell:
    """Return one value of a canonical frame as a noun holds it: text, number, or nothing; dates as ISO 8601."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value if isinstance(value, str) else float(value)


def _described(rows: int, *, private: bool) -> str:
    copied = " None of them is a row of the table." if private else ""
    return (
        f"{counted(rows, 'made-up typical row')}: among similar learn rows each column was shuffled on its own, and "
        f"every value stands for at least {_AT_LEAST} rows or is the mean of as many; free text is left empty. The "
        f"model answers them as it answers rows in general, on average and in their spread.{copied}"
    )
