"""Answers of many rows in one number: the mean answer, or the sum of the answers, per customer or place."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from engine.domain.problem import Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.base import Case
from engine.guardrails.neighbours import correlation
from engine.guardrails.rules import Rule
from engine.problem.rows import encode
from engine.problem.words import quoted

_FEWEST_KEYS, _ROWS_PER_KEY, _MOST_CLASSES = 3, 1.2, 12
# How a column must go with the answer to be looked at, which part of the rows follow, and how closely.
_WORTH_A_LOOK, _FOLLOW, _CLOSE, _LINE, _FOR_A_LINE = 0.05, 0.98, 0.05, 0.99999, 10
_LOOK, _GLANCE = 4_000, 300


def means(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield numbers that are the mean (or the sum) of the answers of all rows with the same key.

    Such a number holds the answer of its own row. Where a part of the rows is looked at, only columns that are the same
    in all rows of a key are followed up, with every row.
    """
    whole, kinds = case.whole, _kinds(case)
    numbers = [n for n in names if pd.api.types.is_numeric_dtype(case.frame[n]) and len(case.levels(n)[1]) > 2]
    targets = _targets(case.answers.values, kinds)
    suspects = [n for n in numbers if _goes_along(case.frame[n].to_numpy(dtype=np.float64), targets)]
    taken: set[str] = set()
    for key in keys(case) if numbers else ():
        asked = [n for n in (suspects if case.sampled else numbers) if n not in taken and n != key]
        codes = case.levels(key)[0]
        if case.sampled:
            asked = [n for n in asked if _constant(case.frame[n].to_numpy(dtype=np.float64), codes)]
        if asked and case.sampled:
            targets, codes = _targets(encode(whole, case.problem), kinds), pd.factorize(whole[key])[0]
        rows, sums = _per_key(codes, targets) if asked else (codes, [])
        for name in asked:
            x = whole[name].to_numpy(dtype=np.float64)
            # What belongs to a key and does not go along with the answer is no mean of it.
            worth_it = name in suspects or not _constant(x, codes)
            how = _mean_of(x, codes, rows, targets, sums) if worth_it else ""
            if how:
                taken.add(name)
                yield Rule((name,), f"{quoted(name)} is {how} with the same {quoted(key)}", 1.0, len(whole))


def _kinds(case: Case) -> int:
    return 0 if case.problem.task is Task.REGRESSION else len(case.problem.classes)


def _targets(y: Floats, kinds: int) -> list[Floats]:
    """Return the answer as numbers: itself, or for each of several classes whether it is that one."""
    return [y] if kinds <= 2 else [y, *((y == kind).astype(np.float64) for kind in range(min(kinds, _MOST_CLASSES)))]


def keys(case: Case) -> Iterator[str]:
    """Yield the columns that may say whose row it is: words or whole numbers that repeat."""
    for column in case.contract.columns:
        name = column.name
        if name == case.problem.target or name not in case.frame.columns:
            continue
        values = case.frame[name]
        if pd.api.types.is_numeric_dtype(values) and not (values.dropna().head(_LOOK) % 1 == 0).all():
            continue
        distinct = len(case.levels(name)[1])
        if distinct < _FEWEST_KEYS:
            continue
        # In a part of the rows a key seldom repeats.
        if distinct <= len(values) / _ROWS_PER_KEY or (
            case.sampled and case.different(name) <= len(case.whole) / _ROWS_PER_KEY
        ):
            yield name


def _goes_along(x: Floats, targets: list[Floats]) -> bool:
    here = np.isfinite(x)
    return any(correlation(x[here], target[here]) >= _WORTH_A_LOOK for target in targets)


def _per_key(codes: Codes, targets: list[Floats]) -> tuple[Codes, list[Floats]]:
    """Return for each row how many rows have its key (0 where it has none), and the sums of their answers."""
    known = codes >= 0
    rows = np.where(known, np.bincount(codes[known], minlength=1)[codes], 0)
    sums = [np.bincount(codes[known], weights=target[known], minlength=1)[codes] for target in targets]
    return rows, [np.asarray(one, dtype=np.float64) for one in sums]


def _mean_of(x: Floats, codes: Codes, rows: Codes, targets: list[Floats], sums: list[Floats]) -> str:
    """Return what a number is of the answers per key, in words; empty where it is nothing of the kind."""
    here = np.isfinite(x) & (rows > 0)
    again = np.flatnonzero(here & (rows > 1))
    if len(again) < max(20, len(x) / 5):
        return ""
    if _constant(x, codes):
        for total in sums:
            if _is(x[here], total[here] / rows[here], codes[here]):
                return "the mean of the answers of all rows"
            if _is(x[here], total[here], codes[here]):
                return "the sum of the answers of all rows"
        return ""
    for target, total in zip(targets, sums, strict=True):
        # A look at a few rows spares most of the work.
        for some in (again[:_GLANCE], again):
            others = (total[some] - target[some]) / (rows[some] - 1)
            if (np.abs(x[some] - others) <= _CLOSE * others.std()).mean() < _FOLLOW - 0.1 * (len(some) < len(again)):
                break
        else:
            if _close(x[again], others):
                return "the mean of the answers of all other rows"
    return ""


def _constant(x: Floats, codes: Codes) -> bool:
    """Whether a number is the same in nearly all rows of a key."""
    known = (codes >= 0) & np.isfinite(x)
    codes, x = codes[known], x[known]
    if not len(codes):
        return False
    one = np.empty(int(codes.max()) + 1)
    one[codes] = x
    return bool((one[codes] == x).mean() >= _FOLLOW)


def _is(x: Floats, wanted: Floats, codes: Codes) -> bool:
    many = len(np.unique(wanted)) >= _FOR_A_LINE and len(np.unique(codes)) >= _FOR_A_LINE
    return _close(x, wanted) or (many and correlation(x, wanted) >= _LINE)


def _close(x: Floats, wanted: Floats) -> bool:
    spread = float(wanted.std())
    if spread == 0 or len(np.unique(np.round(wanted, 9))) < _FEWEST_KEYS or x.std() == 0:
        return False
    # Rounded to two digits it is still the mean.
    return bool((np.abs(x - wanted) <= _CLOSE * spread).mean() >= _FOLLOW and correlation(x, wanted) >= 1 - _CLOSE**2)
