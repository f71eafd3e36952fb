"""The cheapest threshold for each group at every difference between the groups that may be left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.policy import DecisionTable, Policy, PolicyKind
from engine.policy.decision import tabulate

Array = NDArray[np.float64]

LEVELS = (0.2, 0.15, 0.1, 0.05, 0.02, 0.0)  # differences that may be left
_WIDTHS = (*LEVELS[:-1], 0.005)
_STARTS = np.linspace(0, 1, 101)
_NEAR = 0.005  # of the smallest difference there is: taken for none

# The rates that a measure compares, by the rows among which they are counted.
PICKED, FOUND, WRONGLY, WRONG_AMONG_PICKED = "picked", "found", "wrongly", "wrong among the picked"
RATES = {
    "demographic_parity_difference": (PICKED,),
    "equal_opportunity_difference": (FOUND,),
    "false_positive_rate_difference": (WRONGLY,),
    "equalized_odds_difference": (FOUND, WRONGLY),
    "predictive_parity_difference": (WRONG_AMONG_PICKED,),
}


@dataclass(frozen=True)
class Costs:
    """What a wrong and a missed yes cost; ``money`` where somebody said so."""

    wrong: float
    missed: float
    money: bool

    def of(self, y: Array, picked: NDArray[np.bool_]) -> Array:
        """Return what the mistake of each row costs."""
        return np.where(picked, (1 - y) * self.wrong, y * self.missed)


def costs_of(policy: Policy) -> Costs:
    """Return what mistakes cost by a policy.

    Where nobody said, a missed yes counts one, and a wrong yes as much as makes the threshold the right one: acting
    from a chance t on is right where a wrong yes costs t / (1 - t) missed ones.
    """
    wrong, missed = policy.cost_wrong_yes, policy.cost_missed_yes
    if wrong is not None and missed is not None and np.isfinite([wrong, missed]).all():
        return Costs(wrong, missed, money=True)
    at = min(max(0.5 if policy.threshold is None else policy.threshold, 0.01), 0.99)
    return Costs(at / (1 - at), 1.0, money=False)


def rates(y: Array, picked: NDArray[np.bool_], name: str) -> tuple[Array, Array]:
    """Return what a rate counts and among what, as numbers a row."""
    counted, among = {
        PICKED: (picked, np.ones(len(y))),
        FOUND: (picked * y, y),
        WRONGLY: (picked * (1 - y), 1 - y),
        WRONG_AMONG_PICKED: (picked * (1 - y), picked),
    }[name]
    return np.asarray(counted, dtype=np.float64), np.asarray(among, dtype=np.float64)


def search(
    groups: Sequence[tuple[Array, Array]], policy: Policy, measure: str
) -> "dict[float, tuple[float, ...] | None]":
    """Return for each of ``LEVELS`` the cheapest threshold of each group that leaves no larger difference.

    Parameters
    ----------
    groups : sequence of (y, chance)
        The rows of each group: which are positive (1), and their chances.
    policy : Policy
        Its costs are what is kept low. Where a capacity set it, no more rows are picked than by its one threshold.

    Returns
    -------
    dict
        None for a level that no thresholds reach.
    """
    tables = [tabulate(y, chance) for y, chance in groups]
    price, gap, picked, at = _pool(tables, costs_of(policy), RATES[measure])
    allowed = np.ones(len(price), dtype=bool)
    if policy.kind is PolicyKind.CAPACITY and policy.threshold is not None:
        allowed = picked <= sum(int((chance >= policy.threshold).sum()) for _, chance in groups)
    smallest = float(gap[allowed].min(initial=np.inf))
    found: dict[float, tuple[float, ...] | None] = {}
    for level in LEVELS:
        reached = np.flatnonzero(allowed & (gap <= max(level, smallest + _NEAR if level == 0 else level)))
        best = reached[price[reached].argmin()] if len(reached) else None
        found[level] = (
            None if best is None else tuple(min(t.thresholds[i], 1.0) for t, i in zip(tables, at[best], strict=True))
        )
    return found


def _pool(
    tables: Sequence[DecisionTable], costs: Costs, compared: tuple[str, ...]
) -> tuple[Array, Array, Array, NDArray[np.intp]]:
    """Return many ways to set the thresholds: their price, the difference they leave, the picked rows, the places.

    Within every window of a rate each group takes its cheapest threshold.
    """
    known = [{name: _rate(table, name) for name in compared} for table in tables]
    flagged = [np.array(t.flagged, dtype=np.float64) for t in tables]
    hits = [np.array(t.hits, dtype=np.float64) for t in tables]
    prices = [
        (f - h) * costs.wrong + (t.positives - h) * costs.missed for f, h, t in zip(flagged, hits, tables, strict=True)
    ]
    places = []
    for name in compared:
        for width in _WIDTHS:
            windows = [_cheapest(own[name], price, width) for own, price in zip(known, prices, strict=True)]
            inside = np.all([own >= 0 for own in windows], axis=0)
            places.append(np.stack(windows, axis=1)[inside])
    at = np.unique(np.concatenate(places), axis=0)
    gaps = [np.ptp(np.stack([own[name][at[:, g]] for g, own in enumerate(known)]), axis=0) for name in compared]
    total = [np.sum([of[g][at[:, g]] for g in range(len(tables))], axis=0) for of in (prices, flagged)]
    return total[0], np.nan_to_num(np.max(gaps, axis=0), nan=np.inf), total[1], at


def _cheapest(rate: Array, price: Array, width: float) -> NDArray[np.intp]:
    """Return where the price is lowest within each window of the rate; -1 where no threshold lies in it."""
    with np.errstate(invalid="ignore"):
        inside = (rate >= _STARTS[:, None] - 1e-9) & (rate <= _STARTS[:, None] + width + 1e-9)
    return np.where(inside.any(axis=1), np.where(inside, price, np.inf).argmin(axis=1), -1)


def _rate(table: DecisionTable, name: str) -> Array:
    flagged, hits = np.array(table.flagged, dtype=np.float64), np.array(table.hits, dtype=np.float64)
    counted, among = {
        PICKED: (flagged, table.rows),
        FOUND: (hits, table.positives),
        WRONGLY: (flagged - hits, table.rows - table.positives),
        WRONG_AMONG_PICKED: (flagged - hits, flagged),
    }[name]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counted / np.asarray(among, dtype=np.float64))
