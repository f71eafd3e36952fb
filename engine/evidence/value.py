"""What a model is worth beside its score: whom acting on the highest chances reaches, and what that brings in money."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Curve, Evidence
from engine.domain.policy import Beside, DecisionTable, Policy, Together
from engine.domain.problem import Problem, Task
from engine.evidence.score import Draws, over
from engine.policy.decision import outcome_at
from engine.problem.words import alike, counted, percent, plural, quoted, rounded

Array = NDArray[np.float64]

_POINTS, _NORMAL = 120, 1.96
_TOLD = (0.5, 0.9)  # shares of the rows for which it is told how far off a number is at most
NOBODY, EVERYBODY, TODAY = "acting on nobody", "acting on everybody", "today's rule"


@dataclass(frozen=True)
class Reach:
    """What acting on the ``top`` of ``rows`` rows finds of the ``cases`` real cases among them.

    ``interval`` (95 %) is of ``found``, None where it is not known; ``at_random`` is what as many picked blindly find.
    """

    top: int
    rows: int
    found: float
    cases: int
    interval: tuple[float, float] | None

    @property
    def at_random(self) -> float:
        """What picking as many blindly finds."""
        return self.cases * self.top / self.rows if self.rows else 0.0

    @property
    def lift(self) -> float:
        """How many times as many as at random."""
        return self.found / self.at_random if self.at_random else 1.0


def gains(y: Array, p: Array, draws: Draws) -> Curve:
    """Return the share of the yeses that is found by picking a share of the rows, the highest chances first.

    Rows with the same chance are shared out: half of them hold half of their yeses. ``low`` and ``high`` are the 95 %
    bootstrap band, each resample ranked by itself.
    """
    order = np.argsort(-p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) != 0])
    shares = _shares(len(y))

    def of(w: Array) -> Array:
        drawn = w[:, order]
        picked = np.cumsum(np.add.reduceat(drawn, starts, axis=1), axis=1)
        hits = np.cumsum(np.add.reduceat(drawn * y[order], starts, axis=1), axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(hits[:, -1:] > 0, hits / hits[:, -1:], np.nan)
        ways = zip(picked / picked[:, -1:], found, strict=True)
        return np.array([np.interp(shares, np.r_[0.0, x], np.r_[0.0, at]) for x, at in ways])

    labels = ("share of rows picked", "share of yeses found")
    return _banded("gains", shares, of(np.ones((1, len(y))))[0], over(of, draws), labels)


def within(y: Array, p: Array, draws: Draws, target: str) -> Curve:
    """Return the share of the rows whose prediction is at most so far off, with its 95 % bootstrap band."""
    off = np.abs(y - p)
    told = np.quantile(off, _TOLD, method="inverted_cdf")  # the errors of rows themselves: exact where they are told
    between = np.quantile(off, np.linspace(0.01, 0.99, _POINTS // 2))
    at = np.unique(np.r_[0.0, between, told, off.max(initial=0.0)])
    near = (off[:, None] <= at[None, :]).astype(np.float64)

    def of(w: Array) -> Array:
        return np.asarray(w @ near / w.sum(axis=1, keepdims=True))

    labels = (f"{target}, off by at most", "share of rows")
    return _banded("within", at, near.mean(axis=0), over(of, draws), labels)


def reach(evidence: Evidence, top: int, table: DecisionTable | None = None) -> Reach | None:
    """Return what acting on the ``top`` test rows with the highest chances finds; None unless the question is yes/no.

    More than there are rows is all of them. ``table``, counted on these rows, has it exactly where a threshold picks as
    many; between such numbers the curve tells.
    """
    curve = next((c for c in evidence.curves if c.name == "gains"), None)
    if curve is None or evidence.confusion is None:
        return None
    rows, cases = evidence.score.rows, sum(evidence.confusion.counts[-1])
    top = min(max(top, 0), rows)
    found, low, high = (
        float(np.interp(top / rows, curve.x, line or curve.y)) * cases for line in (curve.y, curve.low, curve.high)
    )
    if table is not None and top in table.flagged:
        found = table.hits[table.flagged.index(top)]
    return Reach(top, rows, found, cases, (low, high) if curve.low else None)


def reach_in_words(found: Reach, problem: Problem) -> str:
    """Say whom acting on the top reaches: "If you act on the top 500 of 9,043 customers, you reach 342 of ..."."""
    between = "" if found.interval is None else f" (95 % interval {found.interval[0]:,.0f} to {found.interval[1]:,.0f})"
    who = plural(problem.question.who)
    return (
        f"If you act on the top {found.top:,} of {found.rows:,} {who}, you reach {found.found:,.0f} of the "
        f"{found.cases:,} with {quoted(problem.target)} = {quoted(problem.positive or '')}{between}; "
        f"as many picked at random would reach {found.at_random:,.0f}."
    )


def near_in_words(evidence: Evidence, problem: Problem, off: float) -> str:
    """Say on how many rows a number is at most ``off`` wrong; nothing unless the question asks for a number."""
    curve = next((c for c in evidence.curves if c.name == "within"), None)
    if curve is None:
        return ""
    share, low, high = (float(np.interp(off, curve.x, line)) for line in (curve.y, curve.low, curve.high))
    return (
        f"For {percent(share)} of the {evidence.score.rows:,} {plural(problem.question.who)} it is at most "
        f"{rounded(off)} off (95 % interval {percent(low)} to {percent(high)})."
    )


def profit(table: DecisionTable, wrong_yes: float, missed_yes: float) -> Curve:
    """Return the money that acting brings against acting on nobody, per 1,000 rows, by the share of rows acted on.

    A real case that is found saves what missing it costs; acting for nothing costs what a wrong yes costs. ``low`` and
    ``high`` are the 95 % interval for a threshold that stands: money per row is a mean, so its spread is known. Where
    rows belong together it is that of the groups' sums (linearised, Cochran 1977, section 6.4).
    """
    flagged, hits = (np.asarray(n, dtype=np.float64) / table.rows for n in (table.flagged, table.hits))
    mean = hits * missed_yes - (flagged - hits) * wrong_yes
    spread = _spread(table, table.together, mean, wrong_yes, missed_yes)
    order = np.argsort(flagged, kind="stable")
    made, off = 1000 * mean[order], 1000 * _NORMAL * spread[order]
    return Curve(
        name="profit",
        x=tuple(flagged[order].tolist()),
        y=tuple(made.tolist()),
        x_label="share of rows acted on",
        y_label="money against acting on nobody, per 1,000 rows",
        low=tuple((made - off).tolist()),
        high=tuple((made + off).tolist()),
    )


def _spread(table: DecisionTable, one: Together | None, mean: Array, wrong_yes: float, missed_yes: float) -> Array:
    """Return the standard error of the mean money per row at each threshold; ``one`` is how its counts fall."""
    if one is None:
        flagged, hits = (np.asarray(n, dtype=np.float64) for n in (table.flagged, table.hits))
        apart = hits * missed_yes**2 + (flagged - hits) * wrong_yes**2 - mean**2 * table.rows
    else:
        squares = (
            missed_yes**2 * np.asarray(one.hits_hits)
            + wrong_yes**2 * np.asarray(one.wrong_wrong)
            - 2 * missed_yes * wrong_yes * np.asarray(one.hits_wrong)
        )
        by_size = missed_yes * np.asarray(one.hits_rows) - wrong_yes * np.asarray(one.wrong_rows)
        apart = squares - 2 * mean * by_size + mean**2 * one.rows_rows
    return np.asarray(np.sqrt(np.maximum(apart, 0)) / table.rows)


def money_at(table: DecisionTable, threshold: float, wrong_yes: float, missed_yes: float) -> tuple[float, float, float]:
    """Return what a threshold brings per 1,000 rows against acting on nobody, and its 95 % interval."""
    curve = profit(table, wrong_yes, missed_yes)
    # The curve goes from acting on few to acting on all: thresholds stand in it from the highest to the lowest.
    at = len(table.thresholds) - 1 - min(int(np.searchsorted(table.thresholds, threshold)), len(table.thresholds) - 1)
    return curve.y[at], curve.low[at], curve.high[at]


def money_beside(
    table: DecisionTable, way: Beside, threshold: float, wrong_yes: float, missed_yes: float
) -> tuple[float, float, float]:
    """Return what a threshold brings per 1,000 rows against another way of acting, and its 95 % interval, paired."""
    hits = np.asarray(table.hits, dtype=np.float64) - way.hits
    wrong = np.asarray(table.flagged, dtype=np.float64) - way.flagged - hits
    mean = (hits * missed_yes - wrong * wrong_yes) / table.rows
    spread = _spread(table, way.apart, mean, wrong_yes, missed_yes)
    at = min(int(np.searchsorted(table.thresholds, threshold)), len(table.thresholds) - 1)
    made, off = 1000 * mean[at], 1000 * _NORMAL * spread[at]
    return float(made), float(made - off), float(made + off)


def money_in_words(table: DecisionTable, policy: Policy, who: str) -> str:
    """Say what acting brings against the cheapest of the simple ways; nothing where no costs are known."""
    wrong, missed = policy.cost_wrong_yes, policy.cost_missed_yes
    if policy.threshold is None or wrong is None or missed is None:
        return ""
    found = outcome_at(table, policy.threshold, policy, scale_rows=1000)
    spent = {NOBODY: found.money_nobody, EVERYBODY: found.money_everybody, TODAY: found.money_today}
    costs = {way: -money for way, money in spent.items() if money is not None}
    best, ours = min(costs, key=costs.__getitem__), -(found.money or 0.0)
    interval = _between(table, best, policy.threshold, wrong, missed)
    made, *ends = alike(costs[best] - ours, *(interval or ()))
    sure = f"95 % interval {' to '.join(ends)}; " if ends else ""
    cost, *others = alike(ours, beside=tuple(costs.values()))
    told = ", ".join(f"{way} {other}" for way, other in zip(costs, others, strict=True))
    return (
        f"{made} per 1,000 {plural(who)} against {best} ({sure}counted on {counted(table.rows, 'row')}). Its mistakes "
        f"cost {cost}; {told}."
    )


def _between(
    table: DecisionTable, way: str, threshold: float, wrong_yes: float, missed_yes: float
) -> tuple[float, float] | None:
    """Return the interval of what a threshold brings against a simple way; None where an older table lacks it."""
    if way == NOBODY:
        return money_at(table, threshold, wrong_yes, missed_yes)[1:]
    beside = table.everybody if way == EVERYBODY else table.today
    return money_beside(table, beside, threshold, wrong_yes, missed_yes)[1:] if beside else None


def for_card(
    evidence: Evidence, problem: Problem, policy: Policy, table: DecisionTable | None
) -> list[tuple[str, str]]:
    """Return what the model is worth on the test rows, as labels and sentences; ``table`` was counted on them."""
    said: list[tuple[str, str]] = []
    if evidence.confusion is not None and problem.task is Task.BINARY and policy.group_thresholds is None:
        picked = sum(evidence.confusion.counts[-1])
        if table is not None and policy.threshold is not None:
            at = min(int(np.searchsorted(table.thresholds, policy.threshold)), len(table.thresholds) - 1)
            picked = table.flagged[at] or picked
            said.append(("Brings", money_in_words(table, policy, problem.question.who)))
        found = reach(evidence, picked, table)
        said.insert(0, ("Reached", reach_in_words(found, problem) if found else ""))
    curve = next((c for c in evidence.curves if c.name == "within"), None)
    for share in _TOLD if curve else ():
        off = curve.where(share) if curve else None
        said.append(("Near enough", near_in_words(evidence, problem, off) if off is not None else ""))
    if evidence.recalibration is not None:
        said.append(("Chances", evidence.recalibration.sentence))
    return [(label, text) for label, text in said if text]


def _shares(rows: int) -> Array:
    """Shares of the rows, closer together at the top, where most decisions fall."""
    few = np.geomspace(min(1.0, 1 / rows), 1.0, _POINTS // 2)
    return np.unique(np.r_[0.0, few, np.linspace(0, 1, _POINTS // 2)])


def _banded(name: str, x: Array, y: Array, drawn: Array, labels: tuple[str, str]) -> Curve:
    usable = drawn[np.isfinite(drawn).all(axis=1)]
    low, high = np.quantile(usable, (0.025, 0.975), axis=0) if len(usable) else (y, y)
    return Curve(
        name=name,
        x=tuple(x.tolist()),
        y=tuple(y.tolist()),
        x_label=labels[0],
        y_label=labels[1],
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
    )
