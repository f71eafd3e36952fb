"""Treating groups more alike by a threshold for each: every candidate with the difference it leaves and its price.

Thresholds are found on the choose rows, and so is what they bring: each half of them by the thresholds that the other
half set. The test rows are not looked at before one is chosen. All is deterministic: two rows of one group with the
same chance are treated the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.fair import Mitigation, Mitigations, Treated
from engine.domain.policy import Policy
from engine.domain.problem import Problem
from engine.evidence.groups import MISSING, grouped, rule_of
from engine.evidence.intersections import FEWEST_ROWS, FEWEST_YESES
from engine.evidence.judged import Judged
from engine.evidence.mitigation_search import LEVELS, RATES, costs_of, rates, search
from engine.evidence.score import draw, interval, over
from engine.policy.fair import row_thresholds
from engine.policy.fair_measure import WORDS
from engine.problem.words import alike, percent, quoted, rounded

Array = NDArray[np.float64]
Picked = NDArray[np.bool_]

PARITY = "demographic_parity_difference"
_TIMES, _SAME = 200, 0.002


@dataclass(frozen=True)
class Fares:
    """What a way to decide brings on some rows: the difference between groups, the cost per 1,000 rows, shares."""

    gap: float
    gap_interval: tuple[float, float]
    cost: float
    cost_interval: tuple[float, float]
    picked: float
    found: float


@dataclass(frozen=True)
class _Groups:
    """The groups of one column that are large enough, and the rows of each."""

    names: tuple[str, ...]
    of: NDArray[np.object_]

    def member(self) -> Array:
        """Return 1 for a row's own group, shape (rows, groups)."""
        return np.asarray(self.of[:, None] == np.array(self.names, dtype=object)[None, :], dtype=np.float64)


def mitigations(choose: Judged, problem: Problem, policy: Policy, *, measure: str = PARITY) -> tuple[Mitigations, ...]:
    """Return for each sensitive column the cheapest thresholds that leave no more than some differences.

    Groups of fewer than 30 rows or 10 yeses, and rows of no group, keep the policy's own threshold, with which all is
    compared. A column without two groups that are large enough has no candidates and is left out.

    Parameters
    ----------
    policy : Policy
        Of a yes/no question, with its threshold; thresholds of groups that it has are not regarded.
    measure : str
        The difference to make smaller: one of ``RATES``, else how often groups are picked.
    """
    measure = measure if measure in RATES else PARITY
    found = (_of(column, choose, problem, policy, measure) for column in choose.frame.columns)
    return tuple(one for one in found if one is not None)


def treated(test: Judged, policy: Policy, *, measure: str = PARITY) -> Treated | None:
    """Return what the thresholds of groups bring on the test rows; None where the policy has one threshold for all."""
    by = policy.group_thresholds
    if by is None or by.column.name not in test.frame.columns:
        return None
    measure = measure if measure in RATES else PARITY
    values = test.frame[by.column.name]
    told = large(grouped(values, by.rule).to_numpy(), test.y, tuple(by.thresholds))
    picked = test.chance >= row_thresholds(policy, values)
    before = fares(test, told, test.chance >= row_thresholds(policy, None), policy, measure)
    now, money = fares(test, told, picked, policy, measure), costs_of(policy).money
    return Treated(
        column=by.column.name,
        measure=measure,
        rows=len(test.y),
        positives=int(test.y.sum()),
        flagged=int(picked.sum()),
        hits=int(test.y[picked].sum()),
        gap=now.gap,
        gap_interval=now.gap_interval,
        gap_before=before.gap,
        cost=now.cost,
        cost_interval=now.cost_interval,
        cost_before=before.cost,
        money=money,
        sentence=_effect(by.column.name, before, now, measure, money)
        if len(told.names) > 1
        else f"Fewer than two groups of {quoted(by.column.name)} have enough test rows to say what this brings.",
    )


def _of(column: str, choose: Judged, problem: Problem, policy: Policy, measure: str) -> Mitigations | None:
    values = choose.frame[column]
    if not values.notna().any():
        return None
    rule = rule_of(values)
    of = grouped(values, rule).to_numpy()
    told = large(of, choose.y, tuple(sorted(set(of) - {MISSING})))
    if len(told.names) < 2:
        return None
    plain = policy.model_copy(update={"group_thresholds": None})
    common = float(row_thresholds(plain, None)[0])
    one = fares(choose, told, choose.chance >= common, plain, measure)
    money = costs_of(plain).money
    first = candidate(dict.fromkeys(told.names, common), one, _plainly(one, measure, money))
    ways = _worthwhile(first, list(_ways(choose, told, plain, measure, one, problem.seed)))
    return Mitigations(
        column=column,
        money=money,
        candidates=(first, *ways),
        sentence=_summary(column, (first, *ways), measure, money),
        measure=measure,
        rule=rule,
    )


def _ways(choose: Judged, told: _Groups, policy: Policy, measure: str, one: Fares, seed: int) -> Iterator[Mitigation]:
    """Yield the thresholds of each level, judged on halves of the rows that did not set them."""
    half = _halves(choose, told.of, seed)
    sides = (np.ones(len(half), dtype=bool), half, ~half)
    rows = [_rows_of(choose, told, side) for side in sides]
    if not all(len(y) for side in rows for y, _ in side):
        return  # a group that one entity makes up cannot be halved
    everywhere, first, second = (search(side, policy, measure) for side in rows)
    common, money = float(row_thresholds(policy, None)[0]), costs_of(policy).money
    seen = set()
    for level in LEVELS:
        thresholds, by_first, by_second = everywhere[level], first[level], second[level]
        if thresholds is None or by_first is None or by_second is None or thresholds in seen:
            continue
        seen.add(thresholds)
        at = np.where(half, _by_group(by_second, told, common), _by_group(by_first, told, common))
        now = fares(choose, told, choose.chance >= at, policy, measure)
        known = dict(zip(told.names, thresholds, strict=True))
        each = ", ".join(f"{quoted(name)} from {percent(t)}" for name, t in known.items())
        yield candidate(known, now, f"{each}: {_compared(one, now, measure, money)}")


def _worthwhile(first: Mitigation, ways: list[Mitigation]) -> tuple[Mitigation, ...]:
    """Return the candidates that leave less of a difference; of those that leave about the same, the cheapest."""
    kept: list[Mitigation] = []
    for way in sorted((way for way in ways if way.gap < first.gap), key=lambda way: (way.cost, way.gap)):
        if all(way.gap < other.gap - _SAME for other in kept):
            kept.append(way)
    return tuple(kept)


def fares(judged: Judged, told: _Groups, picked: Picked, policy: Policy, measure: str) -> Fares:
    """Count what picking these rows brings, with intervals over resamples of rows, or of whole entities."""
    member, cost = told.member(), costs_of(policy).of(judged.y, picked)
    parts = [member * part[:, None] for name in RATES[measure] for part in rates(judged.y, picked, name)]
    summed = np.column_stack([*parts, cost])
    compared, groups = len(RATES[measure]), len(told.names)

    def of(w: Array) -> Array:
        # One block of columns after the other: what is counted, among what, for each rate; then the cost.
        total = w @ summed
        blocks = total[:, :-1].reshape(len(w), compared, 2, groups)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = blocks[:, :, 0] / blocks[:, :, 1]
        return np.column_stack([shares.reshape(len(w), compared * groups), total[:, -1] / w.sum(axis=1) * 1000])

    rows = len(judged.y)
    point = of(np.ones((1, rows)))[0]
    again = over(of, draw(rows, seed=0, times=_TIMES, groups=judged.entity))
    gap, between = _widest(point[:-1].reshape(compared, groups), again[:, :-1].reshape(_TIMES, compared, groups))
    yes = float(judged.y.sum())
    return Fares(
        gap=gap,
        gap_interval=between,
        cost=float(point[-1]),
        cost_interval=interval(again[:, -1], float(point[-1])),
        picked=float(picked.mean()),
        found=float(judged.y[picked].sum()) / yes if yes else 0.0,
    )


def _widest(points: Array, again: Array) -> tuple[float, tuple[float, float]]:
    """Return the largest difference between groups over some rates, and the interval of that between these two."""
    widest, between = 0.0, (0.0, 0.0)
    for rate, resampled in zip(points, again.swapaxes(0, 1), strict=True):
        known = np.flatnonzero(np.isfinite(rate))
        if len(known) < 2:
            continue
        low, high = known[rate[known].argmin()], known[rate[known].argmax()]
        gap = float(rate[high] - rate[low])
        if gap >= widest:
            sure = interval(resampled[:, high] - resampled[:, low], gap)
            widest, between = gap, (max(0.0, sure[0]), max(0.0, sure[1]))
    return widest, between


def large(of: NDArray[np.object_], y: Array, names: Sequence[str]) -> _Groups:
    """Return those of some groups that have enough rows, and enough yeses, to be judged."""
    kept = [n for n in names if (of == n).sum() >= FEWEST_ROWS and y[of == n].sum() >= FEWEST_YESES]
    return _Groups(tuple(kept), of)


def _rows_of(judged: Judged, told: _Groups, side: Picked) -> list[tuple[Array, Array]]:
    return [(judged.y[rows], judged.chance[rows]) for rows in ((told.of == name) & side for name in told.names)]


def _by_group(thresholds: Sequence[float], told: _Groups, common: float) -> Array:
    known = dict(zip(told.names, thresholds, strict=True))
    return np.array([known.get(name, common) for name in told.of])


def _halves(judged: Judged, of: NDArray[np.object_], seed: int) -> Picked:
    """Return which rows are of the first half: half of every group's yeses and noes, or half of the entities."""
    rng = np.random.default_rng(seed)
    if judged.entity is not None:
        return np.asarray(rng.permutation(int(judged.entity.max()) + 1)[judged.entity] % 2 == 0)
    half = np.zeros(len(of), dtype=bool)
    half[np.lexsort((rng.random(len(of)), judged.y, of.astype(str)))[::2]] = True
    return half


def candidate(thresholds: dict[str, float], now: Fares, sentence: str, label: str = "") -> Mitigation:
    """Return a way to decide, with how it fares; ``label`` names a model that was trained in another way."""
    return Mitigation(
        thresholds=thresholds,
        gap=now.gap,
        cost=now.cost,
        gap_interval=now.gap_interval,
        cost_interval=now.cost_interval,
        picked=now.picked,
        found=now.found,
        label=label,
        sentence=sentence,
    )


def _plainly(now: Fares, measure: str, money: bool) -> str:
    cost = rounded(now.cost) + ("" if money else " missed cases")
    gap, low, high = alike(100 * now.gap, *(100 * edge for edge in now.gap_interval), digits=2)
    return (
        f"One threshold for all: the difference in {WORDS[measure]} is {gap} points (interval {low} to {high}); "
        f"mistakes cost {cost} per 1,000 cases, and {percent(now.found)} of the real cases are found."
    )


def _compared(one: Fares, now: Fares, measure: str, money: bool) -> str:
    unit = "" if money else " missed cases"
    ends, (cost, before) = (100 * edge for edge in now.gap_interval), alike(now.cost, beside=[one.cost])
    gap, low, high, without = alike(100 * now.gap, *ends, beside=[100 * one.gap], digits=2)
    return (
        f"the difference in {WORDS[measure]} is {gap} points instead of {without} (interval {low} to {high}); "
        f"mistakes cost {cost}{unit} instead of {before} per 1,000 cases, and {percent(now.found)} of the real cases "
        f"are found instead of {percent(one.found)}."
    )


def _effect(column: str, one: Fares, now: Fares, measure: str, money: bool) -> str:
    return f"With a threshold for each group of {quoted(column)}, {_compared(one, now, measure, money)}"


def _summary(column: str, candidates: tuple[Mitigation, ...], measure: str, money: bool) -> str:
    now, closest = candidates[0], min(candidates, key=lambda c: (c.gap, c.cost))
    unit = "" if money else " missed cases"
    if closest.gap >= now.gap:
        return f"By {quoted(column)}: no thresholds for each group were found that bring the groups closer together."
    gap, closer = alike(100 * now.gap, beside=[100 * closest.gap], digits=2)
    left = "under 1 point" if closer == "0" else f"{closer} points"
    dearer, cost = alike(closest.cost, beside=[now.cost])
    return (
        f"By {quoted(column)}: a threshold for each group would bring the difference in {WORDS[measure]} from "
        f"{gap} to {left}; mistakes would cost {dearer}{unit} instead of {cost} per 1,000 cases."
    )
