"""What it would cost to pick groups more alike, by a threshold for each: every candidate with its price.

Thresholds are found on the choose rows and shown on the test rows. They are deterministic: two rows of one group with
the same chance are treated the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Mitigation, Mitigations
from engine.domain.problem import Problem
from engine.evidence.groups import groups
from engine.evidence.intersections import FEWEST_ROWS, FEWEST_YESES
from engine.evidence.wording import significant
from engine.policy.decision import tabulate
from engine.problem.words import quoted

Array = NDArray[np.float64]

_GAPS = (0.2, 0.15, 0.1, 0.05, 0.02, 0.0)  # that are allowed on the choose rows
_STARTS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Judged:
    """Rows, which of them are positive (1), and the chance given for each before the model learned from it."""

    frame: pd.DataFrame
    y: Array
    chance: Array


@dataclass(frozen=True)
class _Costs:
    wrong: float
    missed: float
    money: bool

    def of(self, y: Array, picked: NDArray[np.bool_]) -> float:
        """Return what mistakes cost per 1,000 rows."""
        return 1000 * float(np.where(picked, (1 - y) * self.wrong, y * self.missed).mean())


def mitigations(choose: Judged, test: Judged, problem: Problem, *, threshold: float) -> tuple[Mitigations, ...]:
    """Return for each sensitive column the cheapest thresholds that keep how often groups are picked within some gaps.

    Groups of fewer than 30 rows or 10 yeses, and rows of no group, keep ``threshold``, the one for all that is compared
    with. A column without two groups that are large enough on both sides has no candidates and is left out.
    """
    found = (_of(column, choose, test, problem, threshold) for column in problem.sensitive)
    return tuple(one for one in found if one is not None)


def _of(column: str, choose: Judged, test: Judged, problem: Problem, threshold: float) -> Mitigations | None:
    if column not in choose.frame.columns or column not in test.frame.columns:
        return None
    of_choose, of_test = (groups(rows.frame[column]).to_numpy() for rows in (choose, test))
    names = [
        name
        for name in sorted(set(of_choose) & set(of_test))
        if _large(of_choose == name, choose.y) and _large(of_test == name, test.y)
    ]
    if len(names) < 2:
        return None
    costs = _costs(problem, threshold)
    chosen = [dict.fromkeys(names, threshold), *_search(names, of_choose, choose, costs)]
    candidates = tuple(_on_test(thresholds, of_test, test, costs, threshold) for thresholds in chosen)
    return Mitigations(
        column=column, money=costs.money, candidates=candidates, sentence=_sentence(column, candidates, costs)
    )


def _large(rows: NDArray[np.bool_], y: Array) -> bool:
    return bool(rows.sum() >= FEWEST_ROWS and y[rows].sum() >= FEWEST_YESES)


def _costs(problem: Problem, threshold: float) -> _Costs:
    wrong, missed = problem.question.cost_wrong_yes, problem.question.cost_missed_yes
    if wrong is not None and missed is not None and np.isfinite([wrong, missed]).all():
        return _Costs(wrong, missed, money=True)
    # Acting from a chance t on is right where a wrong yes costs t / (1 - t) missed ones.
    at = min(max(threshold, 0.01), 0.99)
    return _Costs(at / (1 - at), 1.0, money=False)


def _search(names: list[str], of: NDArray[np.object_], choose: Judged, costs: _Costs) -> Iterator[dict[str, float]]:
    """Yield for each allowed gap the cheapest thresholds: within every window of shares each group takes its own."""
    tables = [tabulate(choose.y[of == name], choose.chance[of == name]) for name in names]
    shares = [np.array(t.flagged) / t.rows for t in tables]
    prices = [
        (np.array(t.flagged) - t.hits) * costs.wrong + (t.positives - np.array(t.hits)) * costs.missed for t in tables
    ]
    for gap in _GAPS:
        # A group has no more shares than thresholds: the narrowest window is as wide as their steps.
        width = max(gap, *(float(-np.diff(share).min(initial=-0.01)) for share in shares)) if gap == 0 else gap
        best, cheapest = None, np.inf
        for start in _STARTS:
            inside = [(share >= start - 1e-9) & (share <= start + width + 1e-9) for share in shares]
            if not all(one.any() for one in inside):
                continue
            at = [int(np.where(one, price, np.inf).argmin()) for one, price in zip(inside, prices, strict=True)]
            price = sum(float(p[i]) for p, i in zip(prices, at, strict=True))
            if price < cheapest:
                best, cheapest = at, price
        if best is not None:
            yield {name: min(t.thresholds[i], 1.0) for name, t, i in zip(names, tables, best, strict=True)}


def _on_test(
    thresholds: dict[str, float], of: NDArray[np.object_], test: Judged, costs: _Costs, otherwise: float
) -> Mitigation:
    picked = test.chance >= np.array([thresholds.get(name, otherwise) for name in of])
    shares = [float(picked[of == name].mean()) for name in thresholds]
    return Mitigation(thresholds=thresholds, gap=max(shares) - min(shares), cost=costs.of(test.y, picked))


def _sentence(column: str, candidates: tuple[Mitigation, ...], costs: _Costs) -> str:
    now, alike = candidates[0], min(candidates, key=lambda c: (c.gap, c.cost))
    unit = "" if costs.money else " missed cases"
    if alike.gap >= now.gap:
        return f"By {quoted(column)}: no thresholds for each group were found that bring the groups closer together."
    return (
        f"By {quoted(column)}: a threshold for each group would bring the difference in who is picked from "
        f"{significant(100 * now.gap)} to {significant(100 * alike.gap)} points; mistakes would cost "
        f"{significant(alike.cost, 3)}{unit} instead of {significant(now.cost, 3)} per 1,000 cases."
    )
