"""A number that gives the answer within each value of another column: prices in currencies, a limit per plan."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from engine.domain.problem import Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.base import Case
from engine.guardrails.copies import cut, numbers_of
from engine.guardrails.formulas import single
from engine.guardrails.rules import Rule
from engine.problem.words import quoted

_MOST_LEVELS, _FEWEST_ROWS, _LOOK, _MOST_COLUMNS = 12, 30, 4_000, 60
_LINE = 0.999


def within(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield pairs of a column of few values and a number that gives the answer within each of these."""
    y, regression = case.answers.values, case.problem.task is Task.REGRESSION
    few = np.random.default_rng(case.problem.seed).permutation(len(y))[:_LOOK]
    columns = {name: numbers_of(case, name) for name in names}
    numbers = {name: x for name, x in columns.items() if x is not None and len(np.unique(x[few])) > _MOST_LEVELS}
    taken: set[str] = set()
    for kind in names:
        codes = pd.factorize(case.frame[kind])[0]
        sizes = np.bincount(codes[few][codes[few] >= 0])
        if kind in numbers or not 2 <= len(sizes) <= _MOST_LEVELS or sizes.min() < _FEWEST_ROWS:
            continue
        for name in list(numbers)[:_MOST_COLUMNS]:
            x = numbers[name]
            if name in taken or kind in taken or not _told(x[few], y[few], codes[few], regression=regression):
                continue
            share = _told(x, y, codes, regression=regression)
            if share:
                taken |= {kind, name}
                sentence = f"within each value of {quoted(kind)}, {quoted(name)} tells it"
                yield Rule((kind, name), sentence, share, len(y))


def _told(x: Floats, y: Floats, codes: Codes, *, regression: bool) -> float:
    """Return the share of rows of which a number tells the answer; 0 where it does not in every level."""
    rows, told, ways = 0, 0.0, 0
    for level in range(int(codes.max()) + 1):
        here = (codes == level) & np.isfinite(x)
        if here.sum() < _FEWEST_ROWS // 2:
            return 0.0
        rows += int(here.sum())
        if np.ptp(y[here]) == 0:
            told += here.sum()
            continue
        share = _line(x[here], y[here]) if regression else _cut(x[here], y[here])
        if not share:
            return 0.0
        told, ways = told + share * here.sum(), ways + 1
    return told / rows if ways >= 2 else 0.0


def _line(x: Floats, y: Floats) -> float:
    if np.ptp(x) == 0 or abs(np.corrcoef(x, y)[0, 1]) < _LINE:
        return 0.0
    found = single(x, y)
    return found[0] if found and found[2] else 0.0


def _cut(x: Floats, y: Floats) -> float:
    found = cut(x, y)
    return found.share if found else 0.0
