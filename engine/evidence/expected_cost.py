"""What deciding by costs brings where several classes are told apart, beside the two ways that need no costs."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Estimate, ExpectedCost
from engine.domain.policy import MistakeCosts
from engine.domain.problem import Problem
from engine.evidence.intervals import Draws, Groups, of_mean
from engine.evidence.judged import Judged
from engine.evidence.score import draw, interval, over
from engine.policy.by_cost import cheapest, spent
from engine.problem.words import alike, counted, percent, plural, quoted

Array = NDArray[np.float64]
METRIC = "mean_cost"


def single(costs: MistakeCosts, y: Array) -> int:
    """Return the one class that it would be cheapest to say always."""
    shares = np.bincount(y.astype(np.intp), minlength=len(costs.classes))
    return int((np.asarray(costs.amounts) @ shares).argmin())


def expected_cost(costs: MistakeCosts, rows: Judged, problem: Problem, *, choose: Judged | None = None) -> ExpectedCost:
    """Return what mistakes cost on some rows, with 95 % intervals and beside the simple ways.

    Parameters
    ----------
    rows : Judged
        With the chances of every class, shape (n, n_classes).
    choose : Judged, optional
        The rows that say which one class is the cheapest to say always; by default ``rows``.
    """
    n = len(rows.y)
    draws = draw(n, seed=problem.seed, groups=rows.entity)
    always = single(costs, (choose or rows).y)
    likeliest = rows.chance.argmax(axis=1)
    decided = cheapest(costs, rows.chance)
    ours, one, best = (spent(costs, said, rows.y) for said in (decided, np.full(n, always), likeliest))
    found = ExpectedCost(
        cost=_mean(ours, draws, rows.entity),
        single=costs.classes[always],
        always=_mean(one, draws, rows.entity),
        likeliest=_mean(best, draws, rows.entity),
        against_always=_apart(one - ours, draws),
        against_likeliest=_apart(best - ours, draws),
        changed=float((decided != likeliest).mean()),
    )
    return found.model_copy(update={"sentence": sentence(found, problem)})


def sentence(found: ExpectedCost, problem: Problem) -> str:
    """Say what mistakes cost per 1,000 rows, and what the two simple ways would."""
    who = plural(problem.question.who)
    rows = found.cost.rows
    return (
        f"Counted on {counted(rows, 'row')}, the mistakes cost {_thousand(found.cost)} per 1,000 {who}. "
        f"Always to say {quoted(found.single)} would cost {_thousand(found.always)}: "
        f"{_against(found.cost, found.always, found.against_always)}. "
        f"The most probable class would cost {_thousand(found.likeliest)}: {_more_likely(found)}."
    )


def _more_likely(found: ExpectedCost) -> str:
    if not found.changed:
        return "it is the cheapest one for every row"
    apart = _against(found.cost, found.likeliest, found.against_likeliest)
    return f"{apart}; another one is cheaper to say for {percent(found.changed)} of the rows"


def compared(found: ExpectedCost) -> tuple[str, str]:
    """Say how much more always one class and the most probable one would cost, per 1,000 rows."""
    return _against(found.cost, found.always, found.against_always), _more_likely(found)


def _against(ours: Estimate, theirs: Estimate, between: tuple[float, float]) -> str:
    saved, low, high = (1000 * value for value in (theirs.value - ours.value, *between))
    if ours.rows > 1 and low > 0:
        said, least, most = alike(saved, low, high)
        return f"{said} more (95 % interval {least} to {most})"
    if ours.rows > 1 and high < 0:
        said, least, most = alike(-saved, -high, -low)
        return f"{said} less (95 % interval {least} to {most})"
    return "not surely another amount"


def _thousand(estimate: Estimate) -> str:
    value, low, high = alike(*(1000 * cost for cost in (estimate.value, *estimate.interval)))
    return f"{value} (95 % interval {low} to {high})" if estimate.rows > 1 else value


def _mean(spent_: Array, draws: Draws, groups: Groups | None) -> Estimate:
    return Estimate(
        metric=METRIC, value=float(spent_.mean()), interval=of_mean(spent_, draws, groups), rows=len(spent_)
    )


def _apart(difference: Array, draws: Draws) -> tuple[float, float]:
    found = over(lambda w: np.asarray(w @ difference / w.sum(axis=1)), draws)
    return interval(found, float(difference.mean()))
