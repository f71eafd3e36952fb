"""From resampled scores to a 95 % interval."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draws = NDArray[np.uint16]
Groups = NDArray[np.intp]
Statistic = Callable[[Array], Array]

_PARTS, _LEAST_SHARE = 100, 0.2
_CELLS = 60_000  # numbers worked on at once: they fit a processor's cache
_FEWEST = 20  # usable resamples


def over(of: Statistic, draws: Draws) -> Array:
    """Return the statistic of every resample, computed a block of resamples at a time."""
    block = max(1, _CELLS // max(1, draws.shape[1]))
    parts = [of(draws[i : i + block].astype(np.float64)) for i in range(0, len(draws), block)]
    return np.concatenate(parts)


def interval(values: Array, value: float) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % quantiles; resamples in which the metric has no meaning do not count."""
    usable = values[np.isfinite(values)]
    if not len(usable):
        return (value, value)
    low, high = np.quantile(usable, (0.025, 0.975))
    return (float(low), float(high))


def corrected(of: Statistic, value: float, draws: Draws, groups: Groups | None = None) -> tuple[float, float]:
    """Return the interval once bias and skewness are reckoned (BCa; Efron 1987).

    ``value`` is the statistic of the rows as they are. Plain quantiles of the resamples hold too seldom where a score
    is skewed.
    """
    values = over(of, draws)
    usable = values[np.isfinite(values)]
    below = float((usable < value).mean() + (usable == value).mean() / 2) if len(usable) else 0.5
    if not _LEAST_SHARE < below < 1 - _LEAST_SHARE:
        return interval(values, value)
    normal, acceleration = NormalDist(), _acceleration(of, draws.shape[1], groups)
    shift = normal.inv_cdf(below)
    ends = []
    for tail in (0.025, 0.975):
        moved = shift + normal.inv_cdf(tail)
        ends.append(normal.cdf(shift + moved / max(0.1, 1 - acceleration * moved)))
    low, high = np.quantile(usable, ends)
    return (float(low), float(high))


def of_mean(losses: Array, draws: Draws, groups: Groups | None = None) -> tuple[float, float]:
    """Return the interval of a mean of losses, none below 0: bootstrap-t of its logarithm (Hall 1988).

    A few rows with large losses decide over such a mean and over its spread alike, so that quantiles of the mean alone,
    corrected or not, hold too seldom; how far it lies off in units of its own spread depends on them far less.
    """
    value = float(losses.mean())

    def apart(w: Array) -> Array:
        rows = w.sum(axis=1)
        mean = w @ losses / rows
        spread = np.sqrt(_squared(w, losses, groups, mean)) / rows
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((np.log(mean) - np.log(value)) * mean / spread)

    ones = np.ones((1, len(losses)))
    unit = float(np.sqrt(_squared(ones, losses, groups, np.array([value])))[0]) / len(losses)
    found = over(apart, draws) if value > 0 and unit > 0 else np.empty(0)
    usable = found[np.isfinite(found)]
    if len(usable) < _FEWEST:
        return interval(over(lambda w: np.asarray(w @ losses / w.sum(axis=1)), draws), value)
    low, high = np.quantile(usable, (0.025, 0.975))
    return float(value * np.exp(-high * unit / value)), float(value * np.exp(-low * unit / value))


def of_share(share: float, rows: int) -> tuple[float, float]:
    """Return the 95 % interval of a share that was counted on so many rows (Wilson 1927): it holds for few rows too."""
    z = NormalDist().inv_cdf(0.975)
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    off = z / (1 + z**2 / rows) * ((share * (1 - share) + z**2 / (4 * rows)) / rows) ** 0.5
    return max(0.0, middle - off), min(1.0, middle + off)


def _squared(w: Array, losses: Array, groups: Groups | None, mean: Array) -> Array:
    """Return the sum of squared deviations from the mean of each resample: of rows, or of whole groups of rows."""
    if groups is None:
        return np.asarray(np.maximum(w @ losses**2 - mean**2 * w.sum(axis=1), 0.0))
    # A group is drawn whole: each of its rows was drawn as often as its first.
    first = np.unique(groups, return_index=True)[1]
    total, size = np.bincount(groups, weights=losses), np.bincount(groups).astype(np.float64)
    total, size, drawn = total[size > 0], size[size > 0], w[:, first]
    return np.asarray(drawn @ total**2 - 2 * mean * (drawn @ (total * size)) + mean**2 * (drawn @ size**2))


def _acceleration(of: Statistic, rows: int, groups: Groups | None) -> float:
    """Return how the spread of a score changes with its value, from leaving out a hundredth of the rows at a time."""
    units = rows if groups is None else int(groups.max()) + 1
    parts = min(units, _PARTS)
    place = np.random.default_rng(0).permutation(units) % parts
    place = place if groups is None else place[groups]
    left = np.array([of((place != part)[None, :].astype(np.float64))[0] for part in range(parts)])
    apart = np.nanmean(left) - left if np.isfinite(left).any() else np.zeros(1)
    spread = float(np.nansum(apart**2)) ** 1.5
    return float(np.nansum(apart**3)) / (6 * spread) if spread > 0 else 0.0
