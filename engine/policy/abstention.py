"""When the model should not answer: class-conditional split conformal prediction.

On the choose rows, which the model answered before it learned from them, it is counted how improbable the true class
may look. A class stays possible for a new row while it looks no more improbable than that was for ``coverage`` of the
rows of this very class (label-conditional conformal prediction, Vovk 2012): a rare class is covered as often as a
common one, which one limit for all classes does not do. Classes of fewer than 50 or 5 % of the choose rows share the
limit of all rows: to keep a class possible that the model never learned to name, it would have to abstain from nearly
every row. A row for which no class or several stay possible is left to
a person, as is one for which only a class stays possible that is not the likeliest.

For a number, the half width of the range is the ``coverage`` quantile of the absolute errors among rows with a similar
prediction (Mondrian split conformal prediction, Vovk et al. 2005), and a row is left to a person where the range is
wider than is accepted. What is accepted does not change with the coverage: the more often a range is to hold the true
number, the wider all of them, and the more rows are left.

Nothing of this is promised for rows of another kind than the choose rows, such as later ones.
"""

from collections.abc import Iterable
from math import ceil

import numpy as np
from numpy.typing import NDArray

from engine.domain.policy import Abstention
from engine.domain.problem import Problem, Task
from engine.errors import UnusableOption

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

COVERAGES = (0.8, 0.85, 0.9, 0.95, 0.98)
USUAL = 0.9
_BINS, _ROWS_PER_BIN = 10, 60
_ACCEPTED = 0.8  # of the rows at most so many have a range, at the usual coverage, that is not too wide
_FOLDS = 5
_FEWEST, _RARE = 50, 0.05  # rows, and share of them, from which a class has a limit of its own


def calibrate(
    y: Array, p: Array, problem: Problem, *, coverage: float = USUAL, widest: float | None = None
) -> Abstention:
    """Return the limits that keep the true answer among the possible ones for a share of ``coverage``.

    Parameters
    ----------
    y, p : arrays
        Answers and what the model said before it learned from these rows, as ``engine.problem.metric.Metric`` has them.
    coverage : float, default 0.9
        From 0.5 to below 1; for each class, or for rows with a similar prediction.
    widest : float, optional
        For a number: the largest half width that is accepted; by default that which the surest four fifths of the rows
        have at the usual coverage, and none where the rows are too few to tell surer ones from others.

    Raises
    ------
    UnusableOption
        If the coverage is not from 0.5 to below 1, or the width is not positive.
    """
    if not 0.5 <= coverage < 1:
        raise UnusableOption(f"A coverage of {coverage:g} makes no sense.", fix="Choose from 50 % to below 100 %.")
    if widest is not None and not (np.isfinite(widest) and widest > 0):
        raise UnusableOption(f"A range of ± {widest:g} makes no sense.", fix="Give a number above 0.")
    limits = _limits(y, p, problem, coverage, widest)
    left, wrong = _seen(y, p, problem, coverage, widest), mistakes(y, p, problem)
    return limits.model_copy(
        update={
            "abstained": float(left.mean()) if len(y) else 0.0,
            "error": float(wrong.mean()) if len(y) else 0.0,
            "error_answered": float(wrong[~left].mean()) if (~left).any() else None,
            "rows": len(y),
        }
    )


def usual(choices: Iterable[Abstention]) -> Abstention | None:
    """Return the limits of the usual coverage among ``choices``, None where there are none."""
    return next((limits for limits in choices if limits.coverage == USUAL), None)


def possible(limits: Abstention, p: Array) -> Bools:
    """Return which classes stay possible, shape (n, n_classes)."""
    return np.asarray(1 - p <= np.asarray(limits.limits) + 1e-12, dtype=bool)


def half_widths(limits: Abstention, p: Array) -> Array:
    """Return the half width of each row's range, shape (n,)."""
    return np.asarray(limits.widths)[np.searchsorted(limits.edges, p, side="right")]


def abstains(limits: Abstention, p: Array) -> Bools:
    """Whether each row is left to a person, shape (n,)."""
    if limits.limits:
        stays, likeliest = possible(limits, p), p.argmax(axis=1)
        return np.asarray((stays.sum(axis=1) != 1) | ~stays[np.arange(len(p)), likeliest])
    if limits.widest is None:
        return np.zeros(len(p), dtype=bool)
    return np.asarray(half_widths(limits, p) > limits.widest)


def mistakes(y: Array, p: Array, problem: Problem) -> Array:
    """Return what is counted against each row: how far off a number is, or 1 where the best guess is wrong."""
    return np.asarray(np.abs(y - p) if problem.task is Task.REGRESSION else p.argmax(axis=1) != y, dtype=np.float64)


def _limits(y: Array, p: Array, problem: Problem, coverage: float, widest: float | None) -> Abstention:
    if problem.task is not Task.REGRESSION:
        strange = 1 - p[np.arange(len(y)), y.astype(int)]
        shared = _quantile(strange, coverage, otherwise=1.0)
        enough = max(_FEWEST, _RARE * len(y))
        of_class = [strange[y == k] for k in range(p.shape[1])]
        found = [_quantile(s, coverage, otherwise=1.0) if len(s) >= enough else shared for s in of_class]
        return Abstention(coverage=coverage, limits=tuple(found))
    bins = max(1, min(_BINS, len(y) // _ROWS_PER_BIN))
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1])) if bins > 1 else np.empty(0)
    place, off = np.searchsorted(edges, p, side="right"), np.abs(y - p)
    largest = float(off.max(initial=0.0))

    def widths_at(share: float) -> list[float]:
        return [_quantile(off[place == b], share, otherwise=largest) for b in range(len(edges) + 1)]

    widths = widths_at(coverage)
    if widest is None and len(edges):
        widest = float(np.quantile(np.asarray(widths_at(USUAL))[place], _ACCEPTED, method="lower"))
    return Abstention(coverage=coverage, edges=tuple(edges.tolist()), widths=tuple(widths), widest=widest)


def _quantile(values: Array, coverage: float, *, otherwise: float) -> float:
    """Return the value that new ones exceed with a probability of at most ``1 - coverage``; too few say nothing."""
    rank = ceil((len(values) + 1) * coverage)
    return float(np.sort(values)[rank - 1]) if rank <= len(values) else otherwise


def _seen(y: Array, p: Array, problem: Problem, coverage: float, widest: float | None) -> Bools:
    """Whether each of these rows would be left to a person, judged by the limits that the others set."""
    fold = np.random.default_rng(problem.seed).permutation(len(y)) % _FOLDS
    left = np.zeros(len(y), dtype=bool)
    for k in range(_FOLDS):
        if (fold == k).any() and (fold != k).any():
            left[fold == k] = abstains(_limits(y[fold != k], p[fold != k], problem, coverage, widest), p[fold == k])
    return left
