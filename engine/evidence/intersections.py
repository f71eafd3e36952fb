"""Which groups are compared: those of every sensitive column, and those of two columns crossed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.fair import GroupRule
from engine.domain.problem import Problem, Task
from engine.evidence.groups import grouped, rule_of

FEWEST_ROWS = 30
FEWEST_YESES = 10
SMALLER = "smaller groups"
_MOST_CROSSED = 5  # columns; their pairs are ten


@dataclass(frozen=True)
class Grouping:
    """The group of every row. ``kept`` are the groups large enough to judge, in the order of ``names``."""

    label: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    member: NDArray[np.float64]  # (rows, groups) of 0 and 1
    kept: NDArray[np.bool_]


def groupings(
    test: pd.DataFrame, y: NDArray[np.float64], problem: Problem, rules: Mapping[str, GroupRule]
) -> tuple[Grouping, ...]:
    """Return the groups of every sensitive column in ``test``, then those of every two columns crossed.

    Crossed groups that are too small to judge are gathered as "smaller groups", and pairs of columns that leave fewer
    than two groups to compare are left out. Of more than five sensitive columns the first five are crossed.
    """
    told = {
        name: grouped(test[name], rules.get(name) or rule_of(test[name]))
        for name in problem.sensitive
        if name in test.columns
    }
    single = tuple(_grouping(name, (name,), of, y, problem) for name, of in told.items())
    return single + tuple(_crossed({name: told[name] for name in list(told)[:_MOST_CROSSED]}, y, problem))


def _crossed(told: "dict[str, pd.Series[Any]]", y: NDArray[np.float64], problem: Problem) -> Iterator[Grouping]:
    for pair in combinations(told, 2):
        both = told[pair[0]] + ", " + told[pair[1]]
        codes, names = pd.factorize(both, sort=True)
        large = _large(np.bincount(codes), np.bincount(codes, weights=y), problem)
        if large.sum() >= 2:
            both = pd.Series(np.where(large[codes], both, SMALLER), dtype=object)
            yield _grouping(f"{pair[0]} and {pair[1]}", pair, both, y, problem)


def _grouping(
    label: str, columns: tuple[str, ...], of: "pd.Series[Any]", y: NDArray[np.float64], problem: Problem
) -> Grouping:
    codes, names = pd.factorize(of, sort=True)
    member = np.eye(len(names))[codes]
    kept = _large(member.sum(axis=0), y @ member, problem)
    if len(columns) > 1:
        kept &= np.asarray(names) != SMALLER
    return Grouping(label, columns, tuple(str(n) for n in names), member, kept)


def _large(rows: NDArray[Any], total: NDArray[Any], problem: Problem) -> NDArray[np.bool_]:
    large = rows >= FEWEST_ROWS
    if problem.task is Task.BINARY:
        large &= total >= FEWEST_YESES
    return np.asarray(large)
