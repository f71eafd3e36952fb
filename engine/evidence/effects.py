"""What the explained rows say together: how much each column counts, and how its value goes with its contribution."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Effect, EffectPoint, Explanation, Importance, Related
from engine.evidence.background import cell
from engine.evidence.groups import REST

Array = NDArray[np.float64]

RELATED = 0.8
_DRAWS = 500
_EFFECTS, _PARTS, _LEVELS = 6, 8, 10  # columns, and points of each
_FEWEST = 3  # rows behind a point
_LEAST = 0.01  # share of a column whose effect is worth a picture
_NOTHING = 1e-12  # what rounding leaves of a contribution of 0
_COMPARED, _SAMPLE = 30, 2000  # columns and rows that are looked at for relations
_ROWS_PER_LEVEL = 5


def importance(found: Sequence[Explanation], columns: Sequence[str], seed: int) -> tuple[Importance, ...]:
    """Return the mean absolute SHAP value of each column, the largest first, its share with a bootstrap interval."""
    sizes = np.array([[abs(e.contributions[name]) for name in columns] for e in found])
    mean = sizes.mean(axis=0)
    share = _shares(mean)
    again = np.random.default_rng(seed).multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=_DRAWS)
    low, high = np.quantile(_shares(again @ sizes / len(sizes)), (0.025, 0.975), axis=0)
    return tuple(
        Importance(
            column=columns[i], value=float(mean[i]), share=float(share[i]), interval=(float(low[i]), float(high[i]))
        )
        for i in np.argsort(-mean, kind="stable").tolist()
    )


def _shares(mean: Array) -> Array:
    total = mean.sum(axis=-1, keepdims=True)
    return np.where(total > 0, mean / np.where(total > 0, total, 1), 1 / mean.shape[-1])


def effects(found: Sequence[Explanation], rows: pd.DataFrame, ranked: Sequence[Importance]) -> tuple[Effect, ...]:
    """Return how the values of the strongest columns go with their contributions.

    Parameters
    ----------
    found : sequence of Explanation
        All of the same class, or of the value; one for each of ``rows``.
    rows : DataFrame
        Canonical.
    ranked : sequence of Importance
        The strongest column first; those below 1 % are left out.
    """
    strongest = [i.column for i in ranked if i.share >= _LEAST and i.value > _NOTHING][:_EFFECTS]
    return tuple(
        Effect(column=name, of=found[0].of, points=points)
        for name in strongest
        if (points := _points(rows[name], np.array([e.contributions[name] for e in found])))
    )


def _points(values: "pd.Series[Any]", parts: Array) -> tuple[EffectPoint, ...]:
    missing = values.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        points = [_point(values, parts, group) for group in _ranges(values, ~missing)]
    else:
        rows = values[~missing].value_counts()
        common = rows.index[:_LEVELS][rows[:_LEVELS] >= _FEWEST]
        groups = [np.flatnonzero((values == level).to_numpy()) for level in common]
        others = np.flatnonzero(~missing & ~values.isin(common).to_numpy())
        points = [_point(values, parts, group) for group in groups]
        if len(others) >= _FEWEST:
            points.append(_point(values, parts, others).model_copy(update={"at": REST}))
    gone = np.flatnonzero(missing)
    if len(gone) >= _FEWEST:
        points.append(_point(values, parts, gone))
    return tuple(points)


def _ranges(values: "pd.Series[Any]", present: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the positions of rows with values close to each other, in rising order; equal values stay together.

    A value that fills a part has it for itself, so that most rows do not hide the others; rare ones are gathered.
    """
    numbers = values.to_numpy().astype(np.float64)
    distinct, rows = np.unique(numbers[present], return_counts=True)
    few = len(distinct) <= _PARTS
    alone = rows >= (_FEWEST if few else rows.sum() / _PARTS)
    size = _FEWEST if few else max(_FEWEST, rows[~alone].sum() / max(1, _PARTS - alone.sum()))
    part = _parted(rows, alone, size)
    place = np.minimum(np.searchsorted(distinct, numbers), len(distinct) - 1)
    of = np.where(present, part[place], -1) if len(distinct) else np.full(len(numbers), -1)
    groups = [np.flatnonzero(of == one) for one in np.unique(part)]
    return sorted((g for g in groups if len(g) >= _FEWEST), key=lambda g: float(np.median(numbers[g])))


def _parted(rows: NDArray[np.intp], alone: NDArray[np.bool_], size: float) -> NDArray[np.intp]:
    """Return the part of each value, by the rows each has in rising order: of about ``size`` beside those alone."""
    part, filled = np.zeros(len(rows), dtype=np.intp), 0
    for i, many in enumerate(rows):
        if i:
            ends = alone[i] or alone[i - 1] or filled >= size
            part[i], filled = part[i - 1] + ends, 0 if ends else filled
        filled += many
    for last in np.unique(part)[:0:-1]:
        its, before = part == last, part == last - 1
        if rows[its].sum() < max(_FEWEST, size / 2) and not alone[its | before].any():
            part[its] = last - 1
    rare = np.isin(part, [one for one in np.unique(part) if rows[part == one].sum() < _FEWEST])
    part[rare] = part[rare].min(initial=len(rows))  # what is left between values that stand alone
    return part


def _point(values: "pd.Series[Any]", parts: Array, group: NDArray[np.intp]) -> EffectPoint:
    low, high = np.quantile(parts[group], (0.1, 0.9))
    some = values.iloc[group].sort_values()
    return EffectPoint(
        at=cell(some.iloc[len(some) // 2]),
        mean=float(parts[group].mean()),
        low=float(low),
        high=float(high),
        rows=len(group),
    )


def related(rows: pd.DataFrame, columns: Sequence[str]) -> tuple[Related, ...]:
    """Return the groups of columns that are strongly associated, pair by pair, with each other.

    Two numbers or dates by Spearman's correlation, two categories by Cramer's V (bias-corrected, Bergsma 2013), one of
    each by the correlation ratio of the ranks; from 0.8 on. Of many columns the first 30 are looked at.

    Parameters
    ----------
    rows : DataFrame
        Canonical learn rows; 2,000 of them, evenly taken, are looked at.
    columns : sequence of str
        The most important first.
    """
    few = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).astype(np.intp))]
    coded = {name: _coded(few[name]) for name in columns[:_COMPARED]}
    group = {name: name for name in coded}
    weakest: dict[str, float] = {}
    for one, other in combinations(coded, 2):
        strength = _association(coded[one], coded[other])
        if strength < RELATED:
            continue
        kept, gone = group[one], group[other]
        weakest[kept] = min(strength, weakest.get(kept, 1.0), weakest.pop(gone, 1.0) if gone != kept else 1.0)
        group = {name: kept if at == gone else at for name, at in group.items()}
    return tuple(
        Related(columns=tuple(name for name, at in group.items() if at == kept), strength=strength)
        for kept, strength in weakest.items()
    )


def _coded(values: "pd.Series[Any]") -> "tuple[bool, pd.Series[float]]":
    """Return whether a column is ordered, and its ranks or the codes of its levels, NaN where missing."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return True, values.rank().reset_index(drop=True)
    codes = pd.Series(pd.factorize(values)[0], dtype=float)
    return False, codes.mask(codes < 0)


def _association(one: "tuple[bool, pd.Series[float]]", other: "tuple[bool, pd.Series[float]]") -> float:
    both = (one[1].notna() & other[1].notna()).to_numpy()
    a, b = (np.asarray(side[1], dtype=np.float64)[both] for side in (one, other))
    if len(a) < 2 * _ROWS_PER_LEVEL or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    if one[0] and other[0]:
        return abs(float(np.corrcoef(a, b)[0, 1]))
    if one[0] or other[0]:
        return _ratio(*((a, b) if other[0] else (b, a)))
    return _cramer(a, b)


def _ratio(levels: Array, ranks: Array) -> float:
    """Return the correlation ratio, corrected for the number of levels (Kelley's epsilon)."""
    _, code = np.unique(levels, return_inverse=True)
    rows = np.bincount(code)
    if len(ranks) < _ROWS_PER_LEVEL * len(rows):
        return 0.0
    left = ranks - (np.bincount(code, weights=ranks) / rows)[code]
    within = float((left**2).sum() / ((ranks - ranks.mean()) ** 2).sum())
    return float(np.sqrt(max(0.0, 1 - within * (len(ranks) - 1) / (len(ranks) - len(rows)))))


def _cramer(a: Array, b: Array) -> float:
    table = pd.crosstab(a, b).to_numpy().astype(np.float64)
    n, (r, k) = table.sum(), table.shape
    if n < _ROWS_PER_LEVEL * max(r, k):
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = max(0.0, ((table - expected) ** 2 / expected).sum() / n - (r - 1) * (k - 1) / (n - 1))
    size = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(1.0, phi / size))) if size > 0 else 0.0
