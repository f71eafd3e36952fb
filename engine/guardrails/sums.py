"""A weighted sum of several columns that tells one of two answers by a threshold: five parts that pass together."""

from collections.abc import Iterator, Sequence

import numpy as np

from engine.domain.problem import Task
from engine.guardrails.association import Floats
from engine.guardrails.base import Case
from engine.guardrails.copies import cut, numbers_of
from engine.guardrails.rules import Rule
from engine.problem.words import listed

_LOOK, _FEWEST_ROWS, _ROWS_PER_COLUMN = 4_000, 300, 20
_FEWEST, _MOST, _MOST_COLUMNS, _FILLED = 3, 12, 60, 0.95
# Rows wrong that were not learned from, as a mean over the answers: to go on looking, and to be told.
_WORTH_A_LOOK, _WRONG = 0.1, 0.02
_RIDGE, _STEPS = 1e-3, 25


def sums(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield three or more numbers of which a weighted sum tells the answer by a sharp threshold."""
    if case.problem.task is not Task.BINARY:
        return
    columns = {name: numbers_of(case, name) for name in names}
    numbers = {n: x for n, x in columns.items() if x is not None and np.isfinite(x).mean() >= _FILLED}
    chosen = [n for n, x in numbers.items() if len(np.unique(x[np.isfinite(x)][:_LOOK])) > 2][:_MOST_COLUMNS]
    if len(chosen) < _FEWEST:
        return
    x = np.column_stack([numbers[name] for name in chosen])
    here = np.isfinite(x).all(axis=1)
    x, y = x[here], case.answers.values[here]
    if len(x) < max(_FEWEST_ROWS, _ROWS_PER_COLUMN * len(chosen)):
        return
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    few = np.random.default_rng(case.problem.seed).permutation(len(x))[:_LOOK]
    learn, test = few[::2], few[1::2]
    weights = _direction(x[learn], y[learn])
    if _wrong(x[test] @ weights, y[test]) > _WORTH_A_LOOK:
        return
    strongest = np.argsort(-np.abs(weights))
    for size in range(_FEWEST, min(_MOST, len(chosen)) + 1):
        some = np.sort(strongest[:size])
        if _wrong(x[np.ix_(test, some)] @ _direction(x[np.ix_(learn, some)], y[learn]), y[test]) <= _WRONG:
            found = cut(x[:, some] @ _direction(x[np.ix_(few, some)], y[few]), y)
            if found:
                told = tuple(chosen[column] for column in some)
                yield Rule(told, f"a weighted sum of {listed(told)} tells it by a threshold", found.share, found.rows)
            return


def _direction(x: Floats, y: Floats) -> Floats:
    """Return the weights of a logistic regression with hardly any penalty, by Newton's method."""
    design, weights = np.column_stack([x, np.ones(len(x))]), np.zeros(x.shape[1] + 1)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (y - chance) - _RIDGE * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + _RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(curve, slope)
    found: Floats = weights[:-1]
    return found


def _wrong(values: Floats, y: Floats) -> float:
    """Return the share of rows on the wrong side of the best threshold, as a mean over the two answers."""
    order = np.argsort(values, kind="stable")
    yes = y[order] == 1
    below = np.concatenate([[0.0], np.cumsum(yes)]) / max(1, yes.sum())
    above = 1 - np.concatenate([[0.0], np.cumsum(~yes)]) / max(1, (~yes).sum())
    return float((below + above).min() / 2)
