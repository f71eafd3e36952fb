"""The simple ways of acting that stand beside every threshold: on everybody, and by today's rule."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.policy import Beside, DecisionTable, Together

Array = NDArray[np.float64]
Groups = NDArray[np.intp]


def beside(
    table: DecisionTable, y: Array, p: Array, *, today: NDArray[np.bool_] | None, groups: Groups | None
) -> DecisionTable:
    """Return the decision table of these rows with what everybody and today's rule would be beside each threshold.

    ``today`` says whom today's rule acts on, shape (n,); None where there is none. ``groups`` as for ``tabulate``.
    """
    alone = np.arange(len(y)) if groups is None else groups
    thresholds = np.asarray(table.thresholds)

    def way(acts: Array) -> Beside:
        apart = together(y, p, thresholds, alone, other=acts)
        return Beside(flagged=int(acts.sum()), hits=int((acts * y).sum()), apart=apart)

    ways = {"everybody": way(np.ones(len(y)))}
    if today is not None:
        ways["today"] = way(today.astype(np.float64))
    return table.model_copy(update=ways)


def together(y: Array, p: Array, thresholds: Array, groups: Groups, *, other: Array | None = None) -> Together:
    """Return how the counts of each threshold, less those of another way of acting, fall on groups of rows."""
    rows = np.bincount(groups).astype(np.float64)
    less = np.zeros(len(y)) if other is None else other
    sums = []
    for threshold in thresholds:
        acts = (p >= threshold) - less
        some = acts != 0
        hits, all_ = (np.bincount(groups[some], weights=w[some], minlength=len(rows)) for w in (acts * y, acts))
        wrong = all_ - hits
        sums.append((hits @ hits, wrong @ wrong, hits @ wrong, hits @ rows, wrong @ rows))
    columns = (tuple(float(n) for n in column) for column in zip(*sums, strict=True))
    names = ("hits_hits", "wrong_wrong", "hits_wrong", "hits_rows", "wrong_rows")
    return Together(**dict(zip(names, columns, strict=True)), rows_rows=float(rows @ rows))
