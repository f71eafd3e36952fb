"""How sure a score is: bootstrap intervals, paired where two ways are compared on the same rows.

A resample is a count per row (how often the row was drawn), so every metric becomes arithmetic on a matrix of counts
and nothing is sorted or scored again per resample.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Estimate
from engine.domain.problem import Task
from engine.evidence.intervals import Array, Draws, Groups, Statistic, corrected, interval, of_mean, over
from engine.problem.metric import metric_for

__all__ = ["Draws", "difference", "draw", "estimate", "interval", "over", "resampled", "statistic"]

TIMES = 600


def draw(rows: int, *, seed: int, times: int = TIMES, groups: Groups | None = None) -> Draws:
    """Draw bootstrap resamples.

    Parameters
    ----------
    rows : int
        Number of rows scored.
    seed : int
        The same seed draws the same resamples.
    times : int, default TIMES
        Number of resamples.
    groups : array of shape (rows,), optional
        Number of the entity each row belongs to. Entities are drawn whole then: their rows are not independent.

    Returns
    -------
    array of shape (times, rows)
        How often each row stands in each resample.
    """
    rng = np.random.default_rng(seed)
    units = rows if groups is None else int(groups.max()) + 1
    drawn = np.empty((times, units), dtype=np.uint16)
    for i in range(times):
        drawn[i] = np.bincount(rng.integers(units, size=units), minlength=units)
    return drawn if groups is None else drawn[:, groups]


def estimate(name: str, task: Task, y: Array, p: Array, *, draws: Draws, groups: Groups | None = None) -> Estimate:
    """Return a metric with its 95 % bootstrap interval.

    Parameters
    ----------
    draws : array
        From ``draw``, for the same ``groups``.
    groups : array of shape (rows,), optional
        Number of the entity each row belongs to.

    Raises
    ------
    UnusableOption
        If the metric does not fit the task.
    """
    value = metric_for(name, task).function(y, p)
    if name == "rmse":
        low, high = (float(np.sqrt(end)) for end in of_mean((y - p) ** 2, draws, groups))
        between = (low, high)
    elif name in _LOSSES:
        between = of_mean(_LOSSES[name](y, p), draws, groups)
    else:
        between = corrected(statistic(name, y, p), value, draws, groups)
    return Estimate(metric=name, value=value, interval=between, rows=len(y))


def resampled(name: str, y: Array, p: Array, draws: Draws) -> Array:
    """Return the metric of every resample, shape (resamples,); NaN where it has no meaning there."""
    return over(statistic(name, y, p), draws)


def difference(name: str, task: Task, ours: Array, theirs: Array) -> tuple[float, float]:
    """Return the paired 95 % interval of ours minus theirs, positive where ours is better.

    Both are what ``resampled`` gave for the same draws.

    Raises
    ------
    UnusableOption
        If the metric does not fit the task.
    """
    sign = 1.0 if metric_for(name, task).greater_is_better else -1.0
    return interval(sign * (ours - theirs), 0.0)


def statistic(name: str, y: Array, p: Array) -> Statistic:
    """Return the metric called ``name`` as a function of the counts of each row.

    ``y`` and ``p`` are as in ``engine.problem.metric.Metric``. The function takes counts of shape (resamples, rows)
    and gives one value a resample; NaN where the metric has no meaning there.
    """
    return _mean(_LOSSES[name](y, p)) if name in _LOSSES else _STATISTICS[name](y, p)


def _mean(losses: Array) -> Statistic:
    return lambda w: np.asarray(w @ losses / w.sum(axis=1))


def _log_loss(y: Array, p: Array) -> Array:
    picked = p[np.arange(len(y)), y.astype(int)] / p.sum(axis=1)
    return np.asarray(-np.log(np.clip(picked, 1e-15, 1.0)))


def _rmse(y: Array, p: Array) -> Statistic:
    squared = _mean((y - p) ** 2)
    return lambda w: np.sqrt(squared(w))


def _r2(y: Array, p: Array) -> Statistic:
    centred, error = y - y.mean(), (y - p) ** 2

    def of(w: Array) -> Array:
        spread = w @ centred**2 - (w @ centred) ** 2 / w.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(spread > 0, 1 - (w @ error) / spread, np.nan))

    return of


def _ranked(y: Array, p: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return the rows from the lowest score up, where each new score starts, and which of them are positive."""
    score = p[:, 1]
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    return order, starts, y[order]


def _roc_auc(y: Array, p: Array) -> Statistic:
    score = p[:, 1]
    yes, no = np.flatnonzero(y == 1), np.flatnonzero(y != 1)
    no = no[np.argsort(score[no])]
    # Noes with a lower score than each yes, and those with the same, which count half.
    lower = np.searchsorted(score[no], score[yes], side="left")
    upper = np.searchsorted(score[no], score[yes], side="right")

    def of(w: Array) -> Array:
        below = np.zeros((len(w), len(no) + 1))
        np.cumsum(w[:, no], axis=1, out=below[:, 1:])
        weight = w[:, yes]
        pairs = weight.sum(axis=1) * below[:, -1]
        won = (weight * (below[:, lower] + below[:, upper])).sum(axis=1) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(pairs > 0, won / pairs, np.nan))

    return of


def _average_precision(y: Array, p: Array) -> Statistic:
    order, starts, positive = _ranked(y, p)

    def of(w: Array) -> Array:
        sorted_w = w[:, order]
        yes = np.add.reduceat(sorted_w * positive, starts, axis=1)[:, ::-1]
        named = np.cumsum(np.add.reduceat(sorted_w, starts, axis=1)[:, ::-1], axis=1)
        hits = np.cumsum(yes, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = np.where(named > 0, hits / named, 0.0)
            return np.asarray(np.where(hits[:, -1] > 0, (yes * precision).sum(axis=1) / hits[:, -1], np.nan))

    return of


def _per_class(y: Array, p: Array) -> tuple[list[tuple[Array, Array, Array]], Array]:
    """For each class that occurs: actual, named and hit rows as 0/1; and the classes."""
    label, classes = p.argmax(axis=1), np.unique(y)
    rows = [((y == c) * 1.0, (label == c) * 1.0, ((y == c) & (label == c)) * 1.0) for c in classes]
    return rows, classes


def _balanced_accuracy(y: Array, p: Array) -> Statistic:
    rows, _ = _per_class(y, p)

    def of(w: Array) -> Array:
        actual = np.stack([w @ a for a, _, _ in rows])
        hits = np.stack([w @ h for _, _, h in rows])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.nanmean(np.where(actual > 0, hits / actual, np.nan), axis=0))

    return of


def _f1_of(actual: Array, named: Array, hit: Array) -> Statistic:
    def of(w: Array) -> Array:
        both = w @ actual + w @ named
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(both > 0, 2 * (w @ hit) / both, 0.0))

    return of


def _f1(y: Array, p: Array) -> Statistic:
    label = p.argmax(axis=1)
    return _f1_of((y == 1) * 1.0, (label == 1) * 1.0, ((y == 1) & (label == 1)) * 1.0)


def _f1_macro(y: Array, p: Array) -> Statistic:
    rows, _ = _per_class(y, p)
    parts = [(actual, _f1_of(actual, named, hit)) for actual, named, hit in rows]

    def of(w: Array) -> Array:
        return np.asarray(np.nanmean([np.where(w @ actual > 0, part(w), np.nan) for actual, part in parts], axis=0))

    return of


# Metrics that are a mean of something about each row, none of it below 0.
_LOSSES: dict[str, Callable[[Array, Array], Array]] = {
    "brier": lambda y, p: (p[:, 1] - y) ** 2,
    "log_loss": _log_loss,
    "mae": lambda y, p: np.abs(y - p),
}
_STATISTICS: dict[str, Callable[[Array, Array], Statistic]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "f1": _f1,
    "accuracy": lambda y, p: _mean((p.argmax(axis=1) == y) * 1.0),
    "balanced_accuracy": _balanced_accuracy,
    "f1_macro": _f1_macro,
    "rmse": _rmse,
    "r2": _r2,
}
