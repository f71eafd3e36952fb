"""Which differences between groups are surely there, of all that are compared on a card."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.problem import Task
from engine.evidence.rates import Rate, Table

Array = NDArray[np.float64]

_CHANCE = 0.05  # of calling any difference of a card sure that is none
_KINDS = {Task.BINARY: 6, Task.MULTICLASS: 5, Task.REGRESSION: 4}  # of rates that are compared, each with its share
_BORROWED = 100  # rows by which a group's spread is drawn to that of all groups: few rows may look alike by chance


def surely(rate: Rate, kept: NDArray[np.bool_], table: Table) -> Array:
    """Return by how much each group's rate surely exceeds each other's.

    Each two groups are judged by their own noise, whatever other groups and rates are like: the interval of their
    difference is put together from the interval of each rate (Zou and Donner 2008, "MOVER"), exact ones (Clopper and
    Pearson) for shares of rows. The chance of a false claim is divided evenly: over the tables, the kinds of rates and
    the rates of a kind, and all pairs of groups. So a rate is judged the same in whatever measure it stands.

    Returns
    -------
    array of shape (groups, groups)
        The higher one's row, the lower one's column; 0 or less where it may be chance, and for groups not judged.
    """
    found = np.full((len(kept), len(kept)), -np.inf)
    judged = np.flatnonzero(kept)
    pairs = len(judged) * (len(judged) - 1) / 2
    if pairs:
        tail = _CHANCE / table.tables / _KINDS[table.problem.task] / rate.of_kind / pairs / 2
        points = rate.points[judged]
        low, high = (_exact if rate.yes_no else _usual)(rate, judged, tail)
        noise = np.hypot((points - low)[:, None], (high - points)[None, :])
        found[np.ix_(judged, judged)] = points[:, None] - points[None, :] - noise
    return found


def _exact(rate: Rate, judged: NDArray[np.intp], tail: float) -> tuple[Array, Array]:
    """Limits of shares of rows; where rows belong together, of as many rows as would vary as much."""
    from scipy.special import betaincinv

    points, rows = rate.points[judged], rate.rows[judged]
    alone = points * (1 - points) / rows
    with np.errstate(divide="ignore", invalid="ignore"):
        wider = np.nanvar(rate.resampled[:, judged], axis=0) / alone
    # A group in which all rows are alike does not show how many of them belong together: then as in the worst other.
    wider = np.maximum(np.where(alone > 0, wider, np.max(wider[alone > 0], initial=1.0)), 1.0)
    n = rows / wider
    yes, no = points * n, (1 - points) * n
    low = np.where(yes > 0, betaincinv(np.maximum(yes, 1e-9), no + 1, tail), 0.0)
    high = np.where(no > 0, betaincinv(yes + 1, np.maximum(no, 1e-9), 1 - tail), 1.0)
    return low, high


def _usual(rate: Rate, judged: NDArray[np.intp], tail: float) -> tuple[Array, Array]:
    """Limits of means and scores, by Student's distribution."""
    from scipy.special import stdtrit

    points, rows = rate.points[judged], rate.rows[judged]
    spread = np.nanvar(rate.resampled[:, judged], axis=0) * rows
    shared = np.average(spread, weights=rows)
    drawn = np.maximum(spread, (rows * spread + _BORROWED * shared) / (rows + _BORROWED))
    noise = stdtrit(rows - 1, 1 - tail) * np.sqrt(drawn / rows)
    return points - noise, points + noise
