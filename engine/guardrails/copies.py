"""Whether one column determines the answer: by a map of its values, on another scale, in the same order, by an edge."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from engine.domain.problem import Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.base import Case
from engine.guardrails.formulas import single
from engine.problem.moments import moments

# A map of more values, or of fewer rows per value, could be chance or memory.
_MOST_VALUES, _ROWS_PER_VALUE, _FEWEST_ROWS = 1000, 10, 20
# Up to one row in a thousand may be a slip of the pen; of ranges that follow each other, one in a hundred.
_EXACT, _IN_ORDER, _ALONG = 0.999, 0.99, 0.5
_LINE = 1e-6
_SMALLEST_PART = 0.05
# A recoding of numbers that repeat: enough rows must repeat for it to be more than chance.
_REPEATED = 0.05
# An edge: rows nearest to it on both sides, how far apart they may lie (in deviations), and how many may be wrong.
_EDGE_ROWS, _EDGE_SHARE, _EDGE_WIDTH, _EDGE_WRONG, _WRONG, _FEW = 5, 0.05, 0.4, 0.05, 0.02, 0.01
# The same number in so many rows, of so many values, and so many times oftener than by chance.
_OFTEN_SAME, _VALUES_SAME, _OVER_CHANCE = 0.3, 20, 3.0
# How many words are looked at first, and what the number of a word looks like.
_LOOK, _GLANCE, _IN_TEXT = 50, 1_000, 0.95
_DIGIT, _SEVERAL = re.compile(r"\d"), re.compile(r"^\D*\d+(?:[.,]\d+)?\D+\d")
_NUMBER_LAST, _NUMBER_FIRST = re.compile(r"([-−]?\d{1,15}(?:[.,]\d+)?)\D*$"), re.compile(r"(\d{1,15}(?:[.,]\d+)?)")
_GLUED = re.compile(r"[^\s]-\d")
# Marks between thousands, where one of them can only be that: in 1,234.50 or 1.234.567.
_MARKED, _MARK = re.compile(r"\d[,.' ]\d{3}[,.' ]\d"), re.compile(r"(?<=\d)[,.' ](?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Exact:
    """How a column determines the answer; ``share`` of its ``rows`` follow."""

    sentence: str
    share: float
    rows: int


def exact(case: Case, name: str) -> Exact | None:
    """Return how the column called ``name`` determines the answer, or None."""
    key = ("exact", name)
    if key not in case.memory:
        case.memory[key] = _exact(case, name)
    found: Exact | None = case.memory[key]
    return found


def _exact(case: Case, name: str) -> Exact | None:
    values = case.frame[name]
    present = values.notna().to_numpy()
    answers = case.answers.values
    if int(present.sum()) < _FEWEST_ROWS or len(np.unique(answers[present])) < 2:
        return None
    regression = case.problem.task is Task.REGRESSION
    found = recoded(case.levels(name)[0][present], answers[present], regression=regression)
    for x in (numbers_of(case, name), first_number(values)):
        if not found and x is not None:
            found = _read(x[np.isfinite(x)], answers[np.isfinite(x)], regression=regression)
    return found or (_renamed(case, name) if regression else None)


def _read(x: Floats, y: Floats, *, regression: bool) -> Exact | None:
    """Return how a number determines the answer."""
    if not regression:
        return cut(x, y)
    line = single(x, y)
    if line:
        share, rows, rounded = line
        if rounded:
            return _said("the same number on another scale", share, rows)
        return Exact("almost exactly the same number on another scale", share, rows)
    return _in_order(x, y)


def numbers_of(case: Case, name: str) -> Floats | None:
    """Return what ``numeric`` says of a column; it is asked once."""
    key = ("numbers", name)
    if key not in case.memory:
        case.memory[key] = numeric(case.frame[name])
    found: Floats | None = case.memory[key]
    return found


def numeric(values: "pd.Series[Any]") -> Floats | None:
    """Return a column as numbers, NaN where missing: dates as days, words by the number that nearly all hold."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray(moments(values) / 86_400e9)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64)
    codes, distinct = pd.factorize(values)
    if not _most_match(distinct, _DIGIT):
        return None
    marked = any(_MARKED.search(text) for text in distinct[:_GLANCE])
    return _found_in(codes, distinct, partial(_last, marked=marked))


def first_number(values: "pd.Series[Any]") -> Floats | None:
    """Return the number that words begin with, NaN where missing; None where most hold none, or only one."""
    if values.dtype != object:
        return None
    codes, distinct = pd.factorize(values)
    return _found_in(codes, distinct, _first, everywhere=False) if _most_match(distinct, _SEVERAL) else None


def _most_match(distinct: Any, pattern: re.Pattern[str]) -> bool:
    """Whether the pattern is found in most of the first words."""
    head = distinct[:_LOOK]
    return len(head) > 0 and sum(bool(pattern.search(text)) for text in head) >= _IN_TEXT * len(head)


def _found_in(
    codes: Codes, distinct: Any, find: Callable[[str], str | None], *, everywhere: bool = True
) -> Floats | None:
    """Return for each row the number that is found in its word; None where it should be in most words and is not."""
    number = np.asarray(pd.to_numeric(np.array([*map(find, distinct), None], dtype=object)), dtype=np.float64)
    if everywhere and not np.isfinite(number[:-1]).mean() >= _IN_TEXT:
        return None
    return np.asarray(number[codes], dtype=np.float64)


def _last(text: str, *, marked: bool) -> str | None:
    """Return the number that a word ends with; ``marked`` ones have marks between thousands."""
    found = _NUMBER_LAST.search(_MARK.sub("", text) if marked else text)
    if not found:
        return None
    number = found[1].replace(",", ".").replace("−", "-")
    # The hyphen of a code such as A-17 is no sign.
    return number.lstrip("-") if "-" in number and _GLUED.search(text) else number


def _first(text: str) -> str | None:
    found = _NUMBER_FIRST.search(text)
    return found[1].replace(",", ".") if found else None


def often_the_same(x: Floats, y: Floats) -> float:
    """Return the share of rows in which a number is the answer, but for one amount or factor; 0 where they are few."""
    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    values, counts = np.unique(y[here], return_counts=True)
    if len(here) < _FEWEST_ROWS or len(values) < _VALUES_SAME:
        return 0.0
    # That both are often 0 says nothing.
    telling = here[(y[here] != values[counts.argmax()]) & (x[here] != 0)]
    shuffled = np.random.default_rng(0).permutation(telling)
    own, other, answers, step = x[telling], x[shuffled], y[telling], 1e-9 * float(y[here].std())
    differences = np.round((answers - own) / step), np.round((answers - other) / step)
    factors = np.round(answers / own, 9), np.round(answers / other, 9)
    for same, by_chance in (differences, factors):
        found, rows = np.unique(same, return_counts=True)
        if not len(found) or len(np.unique(answers[same == found[rows.argmax()]])) < _VALUES_SAME:
            continue
        share = float(rows.max() / len(here))
        chance = float(np.unique(by_chance, return_counts=True)[1].max() / len(here))
        if share >= max(_OFTEN_SAME, _OVER_CHANCE * chance):
            return share
    return 0.0


def recoded(codes: Codes, answers: Floats, *, regression: bool) -> Exact | None:
    """Return how values, each standing in many rows, go with one answer each; None where they do not."""
    _, codes = np.unique(codes, return_inverse=True)
    size = int(codes.max(initial=0)) + 1
    if not 2 <= size <= min(_MOST_VALUES, len(codes) // _ROWS_PER_VALUE):
        return None
    rows = np.bincount(codes)
    if regression:
        centred = answers - answers.mean()
        means = np.bincount(codes, weights=centred) / rows
        share = float((means**2 * rows).sum() / max((centred**2).sum(), 1e-300))
        return _said("each of its values goes with one answer", share, len(codes)) if 1 - share <= _LINE else None
    kinds = int(answers.max()) + 1
    table = np.bincount(codes * kinds + answers.astype(np.intp), minlength=size * kinds).reshape(size, kinds)
    best = table.argmax(axis=1)
    share = float(table.max(axis=1).sum() / table.sum())
    # Every answer that occurs must be told by some value, or a rare answer would be missed within the tolerance.
    told = np.isin(np.flatnonzero(table.sum(axis=0) > (1 - _EXACT) * table.sum()), best).all()
    if share < _EXACT or not told or len(np.unique(best)) < 2:
        return None
    return _said("each of its values goes with one answer", share, len(codes))


def cut(x: Floats, answers: Floats) -> Exact | None:
    """Return how a number tells classes by sharp edges: rows close to an edge are on the right side of it.

    Where classes merely lie apart, the rows next to an edge are few and far between, or wrong.
    """
    kinds, members, rows = np.unique(answers, return_inverse=True, return_counts=True)
    # A handful of rows has no edge; where these are hardly any of all, the other answers say enough.
    told = rows >= 2 * _EDGE_ROWS
    if not told.all() and 1 - rows[told].sum() / len(x) <= _FEW:
        here = told[members]
        x, (kinds, members) = x[here], np.unique(answers[here], return_inverse=True)
    spread = float(x.std())
    if len(x) < _FEWEST_ROWS or not 2 <= len(kinds) <= 30 or spread == 0:
        return None
    middle = np.array([np.median(x[members == kind]) for kind in range(len(kinds))])
    place = np.argsort(np.argsort(middle, kind="stable"), kind="stable")[members]
    order = np.argsort(x, kind="stable")
    x, place = x[order] / spread, place[order]
    wrong = 0
    for edge in range(1, len(kinds)):
        errors = _errors_at_edge(x, place >= edge)
        if errors is None:
            return None
        wrong += errors
    return _said("its ranges go with one answer each", max(0.0, 1 - wrong / len(x)), len(x))


def _errors_at_edge(x: Floats, above: np.ndarray) -> int | None:
    """Return rows on the wrong side of the best edge through sorted numbers; None where the edge is not sharp."""
    small = int(min(above.sum(), (~above).sum()))
    errors = np.concatenate([[0], np.cumsum(above)]) + np.concatenate([np.cumsum(~above[::-1])[::-1], [0]])
    between = np.concatenate([[True], x[1:] > x[:-1], [True]])
    edge = int(np.where(between, errors, len(x) + 1).argmin())
    near = max(_EDGE_ROWS, round(_EDGE_SHARE * small))
    if errors[edge] > _WRONG * small or not near <= edge <= len(x) - near:
        return None
    beside = above[edge - near : edge + near] != (np.arange(2 * near) >= near)
    if x[edge + near - 1] - x[edge - near] > _EDGE_WIDTH or beside.mean() > _EDGE_WRONG:
        return None
    return int(errors[edge])


def _in_order(x: Floats, y: Floats) -> Exact | None:
    """Return how the answer rises or falls with a number in every row; equal numbers may share a range of answers."""
    _, group, rows = np.unique(x, return_inverse=True, return_counts=True)
    if len(rows) < 2 or (len(rows) == 2 and rows.min() < max(_FEWEST_ROWS, _SMALLEST_PART * len(x))):
        return None
    low, high = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    np.minimum.at(low, group, y)
    np.maximum.at(high, group, y)
    # Neighbours of the same single answer say nothing.
    telling = (low[1:] != high[:-1]) | (high[1:] != low[:-1])
    if not telling.any() or len(np.unique(y)) < min(3, len(rows)):
        return None
    # Neighbours may be in order where the whole is not: in pieces laid end to end.
    if abs(np.corrcoef(group, np.searchsorted(np.sort(y), y))[0, 1]) < _ALONG:
        return None
    for up in ((high[:-1] <= low[1:])[telling], (low[:-1] >= high[1:])[telling]):
        # A few groups prove it only where none of them is an accident of two or three rows.
        if up.mean() >= _IN_ORDER and (telling.sum() >= _FEWEST_ROWS or rows.min() >= _FEWEST_ROWS):
            return _said("both rise and fall together", float(up.mean()), len(x))
    return None


def _renamed(case: Case, name: str) -> Exact | None:
    """Return how values and answers, both with many repeats, stand for each other; rows that are twins count once."""
    once = ~pd.Series(case.twins).duplicated().to_numpy() & case.frame[name].notna().to_numpy()
    codes = pd.factorize(case.frame[name].to_numpy()[once])[0]
    kinds, answers = np.unique(case.answers.values[once], return_inverse=True)
    if len(kinds) < 3 or len(codes) < _FEWEST_ROWS:
        return None
    both = np.unique(np.column_stack([codes, answers]), axis=0)
    repeats = len(codes) - len(both)
    if repeats < max(_FEWEST_ROWS, _REPEATED * len(codes)) or len(both) > 1.01 * len(np.unique(codes)):
        return None
    if len(both) > 1.01 * len(kinds):
        return None
    return _said("each of its values stands for one answer", 1.0, len(codes))


def _said(how: str, share: float, rows: int) -> Exact:
    wrong = round(rows * (1 - share))
    where = "in every row" if not wrong else f"in all but {wrong:,} of {rows:,} rows"
    return Exact(f"{how} {where}", share, rows)
