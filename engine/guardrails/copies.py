"""Whether one column determines the answer exactly: by a map of few values, or by a straight line."""

from dataclasses import dataclass

import numpy as np

from engine.domain.problem import Task
from engine.guardrails.association import Floats
from engine.guardrails.base import Case

# A map of more values, or of fewer rows per value, could be chance or memory.
_MOST_VALUES, _ROWS_PER_VALUE, _FEWEST_ROWS = 50, 10, 20
# Up to one row in a thousand may be a slip of the pen.
_EXACT = 0.999
_LINE = 1e-6


@dataclass(frozen=True)
class Exact:
    """How a column determines the answer; ``share`` of its ``rows`` follow the map."""

    sentence: str
    share: float
    rows: int


def exact(case: Case, name: str) -> Exact | None:
    """Return how the column called ``name`` determines the answer, or None."""
    values = case.frame[name]
    present = values.notna().to_numpy()
    answers = case.answers.values
    if int(present.sum()) < _FEWEST_ROWS or len(np.unique(answers[present])) < 2:
        return None
    if case.problem.task is Task.REGRESSION and values.dtype == np.float64:
        found = _line(values.to_numpy()[present], answers[present])
        if found:
            return found
    column = case.coded(name)
    if column.size > _MOST_VALUES + 1:
        return None
    return _map(column.codes[present], answers[present], regression=case.problem.task is Task.REGRESSION)


def _line(x: Floats, y: Floats) -> Exact | None:
    x, y = x - x.mean(), y - y.mean()
    spread = float((x * x).sum()), float((y * y).sum())
    if not min(spread):
        return None
    left = 1 - float((x * y).sum()) ** 2 / (spread[0] * spread[1])
    return Exact("the same number on another scale", 1 - max(left, 0.0), len(x)) if left <= _LINE else None


def _map(codes: np.ndarray, answers: Floats, *, regression: bool) -> Exact | None:
    _, codes = np.unique(codes, return_inverse=True)
    size = int(codes.max()) + 1
    if not 2 <= size <= min(_MOST_VALUES, len(codes) // _ROWS_PER_VALUE):
        return None
    rows = np.bincount(codes)
    if regression:
        centred = answers - answers.mean()
        means = np.bincount(codes, weights=centred) / rows
        share = float((means**2 * rows).sum() / (centred**2).sum())
        return _said(share, len(codes)) if 1 - share <= _LINE else None
    kinds = int(answers.max()) + 1
    table = np.bincount(codes * kinds + answers.astype(np.intp), minlength=size * kinds).reshape(size, kinds)
    best = table.argmax(axis=1)
    share = float(table.max(axis=1).sum() / table.sum())
    # Every answer that occurs must be told by some value, or a rare answer would be missed within the tolerance.
    told = np.isin(np.flatnonzero(table.sum(axis=0) > (1 - _EXACT) * table.sum()), best).all()
    return _said(share, len(codes)) if share >= _EXACT and told and len(np.unique(best)) > 1 else None


def _said(share: float, rows: int) -> Exact:
    everywhere = "in every row" if share >= 1 else f"in all but {round(rows * (1 - share)):,} rows"
    return Exact(f"each of its values goes with one answer {everywhere}", share, rows)
