"""Where the model fails: parts of the data, by one or two conditions, in which its answers are worth little.

Candidates are found on the choose rows, which the model answered before it learned from them, and confirmed on the
test rows, which had no part in finding them (the idea of SliceFinder, Chung et al. 2019, with rows of their own for
each half). What is confirmed is corrected for the number of candidates (Bonferroni).

Where a class is predicted, a row counts by what the model's probability tells beyond the overall shares: the log of
their ratio. Counting errors instead would always point at the part with the most positives. A part is weak where this
gain is less than a seventh of the overall one. For a number, a row counts by its absolute error, and a part is weak
where that is a quarter larger than elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Slice
from engine.domain.problem import Problem, Task
from engine.evidence.conditions import Bools, Condition, conditions
from engine.problem.metric import metric_for
from engine.problem.words import alike, percent, quoted

Array = NDArray[np.float64]

LEAST_SHARE, LEAST_ROWS = 0.03, 30
_GAIN_LEFT, _ERROR_MORE = 0.15, 1.25
_RANKING_LEFT, _OFF = 0.5, 0.03  # of the ranking elsewhere, to call it a guess; of the probabilities, to say so
_SINGLES, _CANDIDATES, _SHOWN = 60, 8, 5
_BETTER = 1.15  # a second condition has to make it so much worse
_ERROR_RATE = 0.05


@dataclass(frozen=True, eq=False)
class Scored:
    """Rows with their answers and what the model said: ``y`` and ``p`` as ``engine.problem.metric.Metric`` has them."""

    frame: pd.DataFrame
    y: Array
    p: Array


@dataclass(frozen=True, eq=False)
class _Candidate:
    parts: tuple[Condition, ...]
    rows: Bools  # of the rows it was found on
    size: float  # how far below the allowed gain, or above the allowed error, in standard errors


def weak_slices(
    found_on: Scored, confirmed_on: Scored, *, problem: Problem, columns: Sequence[str]
) -> tuple[Slice, ...]:
    """Find where the model is worth little.

    Parameters
    ----------
    found_on, confirmed_on : Scored
        Rows the model had not learned from when it answered; no row in both.
    columns : sequence of str
        Columns that conditions may name: features and sensitive columns.

    Returns
    -------
    tuple of Slice
        At most five, the largest loss first; empty where nothing is confirmed, or there are too few rows to tell.
    """
    least = max(LEAST_ROWS, int(LEAST_SHARE * len(found_on.y)))
    if len(found_on.y) < 4 * least or len(confirmed_on.y) < 4 * LEAST_ROWS:
        return ()
    shares = _shares(found_on.y, problem)
    badness, allowed = _badness(found_on, problem, shares)
    candidates = _search(found_on.frame, columns, badness - allowed, least)
    sure = NormalDist().inv_cdf(1 - _ERROR_RATE / max(1, len(candidates)))
    badness, allowed = _badness(confirmed_on, problem, shares)
    found = []
    explained = np.zeros(len(badness), dtype=bool)
    for candidate in candidates:
        rows = _all(candidate.parts, confirmed_on.frame)
        left = rows & ~explained
        if left.sum() >= LEAST_ROWS and _size((badness - allowed)[left]) > sure:
            found.append((float((badness - allowed)[rows].sum()), _slice(candidate, rows, confirmed_on, problem)))
            explained |= rows
    return tuple(told for _, told in sorted(found, key=lambda pair: -pair[0])[:_SHOWN])


def _shares(y: Array, problem: Problem) -> Array:
    if problem.task is Task.REGRESSION:
        return np.empty(0)
    counts = np.bincount(y.astype(int), minlength=len(problem.classes)) + 0.5
    return np.asarray(counts / counts.sum())


def _badness(scored: Scored, problem: Problem, shares: Array) -> tuple[Array, float]:
    """Return how bad each answer is, and how bad the answers of a part may be on average."""
    if problem.task is Task.REGRESSION:
        off = np.abs(scored.y - scored.p)
        return off, _ERROR_MORE * float(off.mean())
    label = scored.y.astype(int)
    told = np.clip(scored.p[np.arange(len(label)), label], 1e-4, 1.0)
    loss = -np.log(told / shares[label])
    return loss, min(0.0, _GAIN_LEFT * float(loss.mean()))


def _size(excess: Array) -> float:
    error = float(excess.std(ddof=1)) / np.sqrt(len(excess))
    return float(excess.mean()) / error if error > 0 else 0.0


def _search(frame: pd.DataFrame, columns: Sequence[str], excess: Array, least: int) -> list[_Candidate]:
    """Return the worst parts by one or two conditions, those that overlap named once."""
    singles = conditions(frame, columns, least=least)
    members = np.array([c.holds(frame) for c in singles], dtype=bool).reshape(len(singles), len(frame))
    ranked = [_Candidate((c,), rows, _size(excess[rows])) for c, rows in zip(singles, members, strict=True)]
    ranked.sort(key=lambda c: -c.size)
    found = [c for c in ranked if c.size > 1]
    for first, second in combinations(ranked[:_SINGLES], 2):
        if first.parts[0].column == second.parts[0].column:
            continue
        rows = first.rows & second.rows
        if int(rows.sum()) < least:
            continue
        worst = max(excess[first.rows].mean(), excess[second.rows].mean())
        size = _size(excess[rows])
        # The narrower part has to be worse than both that it is made of, not only rarer.
        if size > 1 and excess[rows].mean() > max(0.0, worst) * _BETTER and size > 0.8 * max(first.size, second.size):
            found.append(_Candidate((*first.parts, *second.parts), rows, size))
    kept: list[_Candidate] = []
    explained = np.zeros(len(frame), dtype=bool)
    named: set[frozenset[str]] = set()
    for candidate in sorted(found, key=lambda c: -c.size):
        left = candidate.rows & ~explained
        columns_ = frozenset(part.column for part in candidate.parts)
        # What only shares the rows of a worse part, or draws its border elsewhere, is no finding of its own.
        if columns_ in named:
            continue
        if len(kept) < _CANDIDATES and left.sum() >= least / 2 and _size(excess[left]) > 1:
            kept.append(candidate)
            named.add(columns_)
            explained |= candidate.rows
    return kept


def _all(parts: Sequence[Condition], frame: pd.DataFrame) -> Bools:
    return np.asarray(np.logical_and.reduce([c.holds(frame) for c in parts]), dtype=bool)


def _slice(candidate: _Candidate, rows: Bools, scored: Scored, problem: Problem) -> Slice:
    name, inside, outside = _compared(rows, scored, problem)
    where = " and ".join(part.words for part in candidate.parts)
    label = "off by" if name == "mae" else metric_for(name, problem.task).label
    share = float(rows.mean())
    there, elsewhere = alike(inside, beside=[outside])
    return Slice(
        conditions=tuple(part.words for part in candidate.parts),
        columns=tuple(part.column for part in candidate.parts),
        rows=int(rows.sum()),
        share=share,
        metric=name,
        value=inside,
        elsewhere=outside,
        sentence=f"Where {where}, {_failing(name, rows, scored, problem)}: {label} {there} there,"
        f" {elsewhere} elsewhere ({int(rows.sum()):,} of the test rows, {percent(share)}).",
    )


def _failing(name: str, rows: Bools, scored: Scored, problem: Problem) -> str:
    """Say in which way it fails there."""
    if name in {"roc_auc", "mae"}:
        return {"roc_auc": "the model is hardly better than a guess", "mae": "it is further off than elsewhere"}[name]
    told, were = float(scored.p[rows, 1].mean()), float(scored.y[rows].mean())
    if problem.task is Task.MULTICLASS or abs(told - were) < _OFF:
        return "its answers tell little more than how common each is"
    return (
        f"its probabilities are {'too high' if told > were else 'too low'}, {percent(told)} on average where "
        f"{percent(were)} have {quoted(problem.target)} = {quoted(problem.positive or '')}"
    )


def _compared(rows: Bools, scored: Scored, problem: Problem) -> tuple[str, float, float]:
    """Return a metric that shows the weakness and has a meaning inside and outside of the part, and its values there.

    A yes/no answer that ranks well there, and is weak all the same, is so for its probabilities.
    """

    def both(name: str) -> tuple[str, float, float]:
        of = metric_for(name, problem.task).function
        return name, of(scored.y[rows], scored.p[rows]), of(scored.y[~rows], scored.p[~rows])

    if problem.task is not Task.BINARY:
        return both("accuracy" if problem.task is Task.MULTICLASS else "mae")
    if min(len(np.unique(scored.y[some])) for some in (rows, ~rows)) > 1:
        ranked = both("roc_auc")
        if ranked[1] - 0.5 < _RANKING_LEFT * (ranked[2] - 0.5):
            return ranked
    return both("log_loss")
