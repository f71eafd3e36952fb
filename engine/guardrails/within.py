"""A column that gives the answer within each value of another one (prices in currencies), or within one of them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.domain.problem import Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.base import Case
from engine.guardrails.copies import cut, numbers_of, recoded
from engine.guardrails.formulas import single
from engine.guardrails.rules import Rule, purity
from engine.problem.words import quoted

_MOST_LEVELS, _FEWEST_ROWS, _LOOK, _MOST_COLUMNS = 12, 30, 4_000, 60
_LINE = 0.999
_FEWEST_OF_PART, _SMALLEST_PART, _GLANCE = 100, 0.05, 600
# What tells nearly everything elsewhere too does so by itself, and here in every row by chance.
_TOLD_ELSEWHERE = 0.9


def within(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield pairs of a column of few values and a number that gives the answer within each of these."""
    y, regression = case.answers.values, case.problem.task is Task.REGRESSION
    few = np.random.default_rng(case.problem.seed).permutation(len(y))[:_LOOK]
    columns = {name: numbers_of(case, name) for name in names}
    numbers = {name: x for name, x in columns.items() if x is not None and len(np.unique(x[few])) > _MOST_LEVELS}
    taken: set[str] = set()
    for kind in names:
        codes = case.levels(kind)[0]
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


def within_one(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield pairs of a column of few values and one that gives the answer where the first has one of these values."""
    y, regression = case.answers.values, case.problem.task is Task.REGRESSION
    few = np.random.default_rng(case.problem.seed).permutation(len(y))[:_LOOK]
    columns = {name: case.levels(name)[0] for name in names}
    taken: set[str] = set()
    for kind in names:
        codes, levels = case.levels(kind)
        if not 2 <= len(levels) <= _MOST_LEVELS:
            continue
        for level, value in enumerate(levels):
            here = np.flatnonzero(codes == level)
            if not max(_FEWEST_OF_PART, _SMALLEST_PART * len(y)) <= len(here) <= (1 - _SMALLEST_PART) * len(y):
                continue
            look = few[codes[few] == level][:_GLANCE]
            for name in (n for n in names if n != kind and not {n, kind} & taken):
                read = numbers_of(case, name) if regression else None
                if not _tells(columns[name][look], y[look], read if read is None else read[look]):
                    continue
                share = _tells(columns[name][here], y[here], read if read is None else read[here])
                if share and (regression or not _tells_elsewhere(columns[name], y, codes != level)):
                    taken |= {kind, name}
                    sentence = f"where {quoted(kind)} is {quoted(str(value))}, {quoted(name)} tells it"
                    yield Rule((kind, name), sentence, share, len(here))


def _tells_elsewhere(codes: Codes, y: Floats, elsewhere: NDArray[np.bool_]) -> bool:
    return purity(codes[elsewhere] + 1, y[elsewhere].astype(np.intp)) > _TOLD_ELSEWHERE


def _tells(codes: Codes, y: Floats, x: Floats | None) -> float:
    """Return the share of rows of which a column tells the answer; 0 where few rows have another than the usual one."""
    if x is not None:
        here = np.isfinite(x)
        return _line(x[here], y[here]) if here.sum() >= _FEWEST_OF_PART // 2 else 0.0
    here = codes >= 0
    _, counts = np.unique(y[here], return_counts=True)
    if here.sum() < _FEWEST_OF_PART // 2 or np.sort(counts)[:-1].sum() < max(_FEWEST_ROWS // 2, 0.02 * here.sum()):
        return 0.0
    found = recoded(codes[here], y[here], regression=False)
    return found.share if found else 0.0


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
