"""Answers of neighbouring rows in one number: the next row's, a running total, a mean over the last rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.domain.dataset import ColumnType
from engine.domain.problem import Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.base import Case
from engine.guardrails.copies import recoded
from engine.guardrails.rules import Rule
from engine.problem.rows import encode
from engine.problem.words import quoted

_LOOK, _CHANGES, _MOST_ROWS, _SHIFTED = 4_000, 0.05, 50_000, 0.9999
# Earlier answers that may stand in a number beside its own row's: in the whole table, and of one customer.
_BEFORE, _BEFORE_OF_KEY, _MOST_KEYS = 31, 1, 10
# How a step must go with the answer to be looked at, what the answer explains of what the past leaves open then, and
# what it explains by itself: such a number is a copy.
_WORTH_A_LOOK, _TOLD, _COPY = 0.2, 0.99, 0.97
_GLANCE, _FEWEST_ROWS, _ROWS_PER_ANSWER = 600, 50, 3


@dataclass(frozen=True, eq=False)
class _Order:
    """Rows one after the other, those of a key together: their answers, codes of the key and places within it."""

    rows: Codes
    y: Floats
    codes: Codes
    place: Floats
    before: int  # earlier answers that are looked at


def next_row(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield columns that hold the answer of the next row."""
    rows, y = _oldest_first(case)
    regression = case.problem.task is Task.REGRESSION
    if not _changes(y):
        return
    for name in names:
        first = _holds_next(rows[name].iloc[:_LOOK], y[:_LOOK], regression=regression)
        if first and _holds_next(rows[name], y, regression=regression):
            yield Rule((name,), f"{quoted(name)} holds the answer of the next row", 1.0, len(rows))


def so_far(case: Case, names: Sequence[str], keys: Sequence[str]) -> Iterator[Rule]:
    """Yield numbers that go on by the answer of each row, as a total or a mean so far does.

    Parameters
    ----------
    names : names
        Columns to look at.
    keys : names
        Columns that may say whose row it is.
    """
    rows, y = _oldest_first(case)
    if not _changes(y):
        return
    numbers = {
        name: rows[name].to_numpy(dtype=np.float64)
        for name in names
        if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].nunique() > 2
    }
    # A number that goes with the answer by itself is LK002's.
    numbers = {n: x for n, x in numbers.items() if correlation(x[np.isfinite(x)], y[np.isfinite(x)]) ** 2 < _COPY}
    for key in ["", *keys[:_MOST_KEYS]] if numbers else []:
        order = _order(rows, y, key)
        for name in [name for name, x in numbers.items() if name != key and _goes_on(x[order.rows], order)]:
            del numbers[name]
            of = f" with the same {quoted(key)}" if key else ""
            says = f"{quoted(name)} goes on by the answer of each row{of}, as a total or a mean so far does"
            yield Rule((name,), says, 1.0, len(rows))


def _changes(y: Floats) -> bool:
    changed = y[1:_LOOK] != y[:-1][: _LOOK - 1]
    return bool(len(changed)) and bool(changed.mean() >= _CHANGES)


def _oldest_first(case: Case) -> tuple[pd.DataFrame, Floats]:
    """Return the first rows, in the order of time where a column says that they stand in the opposite one."""
    rows = case.whole.iloc[:_MOST_ROWS]
    for column in case.contract.columns:
        if column.type is ColumnType.DATETIME and column.name in rows.columns:
            steps = rows[column.name].dropna().diff().dt.total_seconds().to_numpy()
            if (steps < 0).any() and not (steps > 0).any():
                rows = rows.iloc[::-1]
                break
    return rows, encode(rows, case.problem)


def _holds_next(values: "pd.Series[Any]", y: Floats, *, regression: bool) -> bool:
    here = values.notna().to_numpy()[:-1]
    before, later = y[:-1][here], y[1:][here]
    if here.sum() < max(20, len(here) / 2):
        return False
    if not regression:
        return recoded(pd.factorize(values.iloc[:-1][here])[0], later, regression=False) is not None
    if not pd.api.types.is_numeric_dtype(values):
        return False
    x = values.to_numpy(dtype=np.float64)[:-1][here]
    # Where the answer hardly moves from row to row, the row before and the row after are alike.
    return correlation(x, later) >= _SHIFTED and correlation(before, later) < _SHIFTED - 0.01


def _order(rows: pd.DataFrame, y: Floats, key: str) -> _Order:
    if not key:
        everyone = np.arange(len(rows))
        place = (everyone + 1).astype(np.float64)
        return _Order(everyone, y, np.zeros(len(rows), dtype=np.intp), place, min(_BEFORE, len(rows) // 10))
    codes = pd.factorize(rows[key])[0]
    order = np.argsort(codes, kind="stable")
    codes = codes[order]
    starts = np.concatenate([[True], codes[1:] != codes[:-1]])
    at = np.arange(len(codes))
    within_key = at + 1 - np.maximum.accumulate(np.where(starts, at, 0))
    return _Order(order, y[order], codes, within_key.astype(np.float64), _BEFORE_OF_KEY)


def _goes_on(x: Floats, order: _Order) -> bool:
    """Whether a number, or its total so far where it is a mean, goes on by the answers, in this order or the other."""
    ways = ((x, 1), (x, -1), (x * order.place, 1))
    return any(all(_told(number, order, way, n) for n in (_GLANCE, _LOOK, len(x))) for number, way in ways)


def _told(x: Floats, order: _Order, way: int, most: int) -> bool:
    """Whether, given the number in the row before and earlier answers, a row's answer adds all that is new.

    What only the answers before a row made is no secret: seen from the other end it loses a row's answer, here it
    gains it.
    """
    x, y, codes, before = x[:most][::way], order.y[:most][::way], order.codes[:most][::way], order.before
    step = np.diff(x, prepend=np.nan)
    step[1:][codes[1:] != codes[:-1]] = np.nan
    here = np.isfinite(step)
    if here.sum() < _FEWEST_ROWS or np.ptp(step[here]) == 0 or np.ptp(y[here]) == 0:
        return False
    if np.corrcoef(step[here], y[here])[0, 1] < _WORTH_A_LOOK:
        return False
    at = np.flatnonzero(here[before:]) + before
    at = at[codes[at] == codes[at - before]]
    if len(at) < max(_FEWEST_ROWS, _ROWS_PER_ANSWER * before):
        return False
    table = np.column_stack([x[at - 1], *(y[at - lag] for lag in range(1, before + 1)), y[at], step[at]])
    table = table - table.mean(axis=0)
    spread = table.std(axis=0)
    if not spread[-2:].all():
        return False
    alike = np.einsum("ki,kj->ij", *[table / np.where(spread > 0, spread, 1.0)] * 2) / len(table)
    past, new = alike[:-2, :-2], alike[:-2, -2:]
    left = alike[-2:, -2:] - new.T @ np.linalg.lstsq(past, new, rcond=1e-10)[0]
    own, both, number = left[0, 0], left[0, 1], left[1, 1]
    return bool(min(own, number) > 1e-6 and both > 0 and both**2 >= _TOLD * own * number)


def correlation(x: Floats, y: Floats) -> float:
    """Return how closely two numbers go along a line, 0 to 1."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return abs(float(np.corrcoef(x, y)[0, 1]))
