"""From probabilities to decisions: by costs or capacity, and what that is expected to bring."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.policy import DecisionTable, MistakeCosts, Policy, PolicyKind
from engine.domain.problem import Problem, Task
from engine.errors import UnusableOption
from engine.evidence.expected_cost import expected_cost
from engine.evidence.judged import Judged
from engine.policy.beside import together
from engine.policy.by_cost import in_words
from engine.problem.costs import costs_for, require_amounts
from engine.problem.words import alike, counted, plural, quoted

Array = NDArray[np.float64]

_THRESHOLDS = 200
_WHO_SET = {
    PolicyKind.PROPOSED: "Nobody gave costs or a capacity, so as many are picked as there are real cases.",
    PolicyKind.MANUAL: "A person set the threshold.",
}


@dataclass(frozen=True)
class Expected:
    """What acting from a threshold up brings, per ``rows`` rows. Money is negative where it is lost.

    ``money``, ``money_nobody`` and ``money_everybody`` are None where no costs are known: the loss of this threshold,
    of acting on nobody, and of acting on everybody; ``money_today``, that of today's rule, also where there is none.
    """

    threshold: float
    rows: float
    flagged: float
    hits: float
    missed: float
    precision: float
    recall: float
    money: float | None
    money_nobody: float | None
    money_everybody: float | None
    money_today: float | None = None


def tabulate(
    y: Array, p_positive: Array, *, also: Iterable[float] = (), groups: NDArray[np.intp] | None = None
) -> DecisionTable:
    """Count what every threshold would bring.

    Parameters
    ----------
    y : array of shape (n,)
        1 where the answer is the positive class.
    p_positive : array of shape (n,)
        Probability of the positive class.
    also : iterable of float
        Thresholds that are to be counted exactly, beside those found here.
    groups : array of shape (n,), optional
        Number of the group of each row, where rows belong together: they say less than as many rows that do not.

    Returns
    -------
    DecisionTable
        At most 200 thresholds at quantiles of the scores, and those asked for; the last flags nobody.
    """
    distinct = np.unique(p_positive)
    if len(distinct) >= _THRESHOLDS:
        # Half by rank over rows, half over the distinct scores: common scores and rare high ones both get points.
        by_row = np.quantile(p_positive, np.linspace(0, 1, _THRESHOLDS * 3 // 4), method="lower")
        by_score = distinct[np.linspace(0, len(distinct) - 1, _THRESHOLDS // 4 - 1).astype(int)]
        distinct = np.unique(np.r_[by_row, by_score])
    thresholds = np.unique(np.r_[distinct, np.nextafter(distinct[-1], np.inf), np.fromiter(also, dtype=np.float64)])
    order = np.argsort(p_positive)
    below = np.asarray(np.searchsorted(p_positive[order], thresholds, side="left"))
    hits_from = np.r_[np.cumsum(y[order][::-1])[::-1], 0.0]
    return DecisionTable(
        thresholds=tuple(float(t) for t in thresholds),
        flagged=tuple(int(n) for n in len(y) - below),
        hits=tuple(int(h) for h in hits_from[below]),
        rows=len(y),
        positives=int(y.sum()),
        together=None if groups is None else together(y, p_positive, thresholds, groups),
    )


def decide(
    table: DecisionTable | None, problem: Problem, *, batch: int | None = None, choose: Judged | None = None
) -> Policy:
    """Propose how answers become decisions.

    The costs of mistakes decide if they are known (of a yes/no question both), else the capacity, else as many are
    flagged as are truly positive; of several classes the most probable is taken.

    Parameters
    ----------
    table : DecisionTable or None
        Counted on rows that were not learned from; None unless the question is yes/no.
    choose : Judged, optional
        Rows that were not learned from, where several classes are told apart: what costs bring is counted on them.
    batch : int, optional
        Rows that arrive at a time, of which ``question.capacity`` can be acted on; by default as many as the table has.

    Raises
    ------
    UnusableOption
        If ``batch`` is not positive, or a cost is no amount from 0 up.
    """
    question = problem.question
    if problem.task is Task.MULTICLASS and (costs := costs_for(problem)):
        return by_costs(costs, problem, choose)
    if table is None or problem.task is not Task.BINARY:
        return _without_threshold(problem)
    require_amounts(question.cost_wrong_yes, question.cost_missed_yes)
    limited = None
    if question.cost_wrong_yes is not None and question.cost_missed_yes is not None:
        kind, threshold = PolicyKind.COSTS, _cheapest(table, question.cost_wrong_yes, question.cost_missed_yes)
    elif question.capacity is not None:
        limited = table.rows if batch is None else batch
        kind, threshold = PolicyKind.CAPACITY, _within(table, question.capacity, limited)
    else:
        kind, threshold = PolicyKind.PROPOSED, _as_many_as_positive(table)
    return _policy(kind, threshold, table, problem, limited)


def by_costs(costs: MistakeCosts, problem: Problem, choose: Judged | None) -> Policy:
    """Return the policy that decides for the class whose mistakes are expected to cost the least.

    What that brings is counted on the choose rows, where they are known.
    """
    said = f"The {quoted(problem.target)} is taken whose mistakes are expected to cost the least: {in_words(costs)}."
    if choose is not None:
        said += f" {expected_cost(costs, choose, problem).sentence}"
    return Policy(kind=PolicyKind.COSTS, costs=costs, sentence=said)


def from_threshold(table: DecisionTable, threshold: float, problem: Problem) -> Policy:
    """Return the policy of a threshold that a person set.

    Raises
    ------
    UnusableOption
        If the threshold is not a number from 0 to 1.
    """
    if not 0 <= threshold <= np.nextafter(1.0, 2.0):
        raise UnusableOption(f"A threshold of {threshold} makes no sense.", fix="Choose a number from 0 to 1.")
    return _policy(PolicyKind.MANUAL, float(threshold), table, problem, None)


def outcome_at(
    table: DecisionTable, threshold: float, policy: Policy | None = None, *, scale_rows: int | None = None
) -> Expected:
    """Say what a threshold would bring, per ``scale_rows`` rows (by default the rows counted).

    Between two tabulated thresholds the counts of the next higher one are taken. ``policy`` gives the costs.
    """
    at = min(int(np.searchsorted(table.thresholds, threshold)), len(table.thresholds) - 1)
    scale = 1.0 if scale_rows is None else scale_rows / table.rows
    flagged, hits, positives, rows = (
        n * scale for n in (table.flagged[at], table.hits[at], table.positives, table.rows)
    )
    costs, rule = (policy.cost_wrong_yes, policy.cost_missed_yes) if policy else (None, None), table.today
    return Expected(
        threshold=threshold,
        rows=rows,
        flagged=flagged,
        hits=hits,
        missed=positives - hits,
        precision=hits / flagged if flagged else 0.0,
        recall=hits / positives if positives else 0.0,
        money=_money(flagged - hits, positives - hits, *costs),
        money_nobody=_money(0, positives, *costs),
        money_everybody=_money(rows - positives, 0, *costs),
        money_today=_money((rule.flagged - rule.hits) * scale, positives - rule.hits * scale, *costs) if rule else None,
    )


def sentence(policy: Policy, table: DecisionTable, problem: Problem) -> str:
    """Say in plain words what a yes/no policy is expected to bring, per 1,000 rows."""
    expected = outcome_at(table, policy.threshold if policy.threshold is not None else 0.5, policy, scale_rows=1000)
    who = plural(problem.question.who)
    picked = f"Of 1,000 {who}, {_count(expected.flagged)} would be picked ({policy.yes})"
    found = f"{_count(expected.hits)} of them rightly; {_count(expected.missed)} would be missed."
    said = (
        f"{picked}, {found}"
        if expected.flagged
        else f"Nobody would be picked; {_count(expected.missed)} of 1,000 {who} would be missed."
    )
    rows = f"Counted on {counted(table.rows, 'row')} to choose by."
    return " ".join(part for part in (said, _about_money(expected), rows, _about_kind(policy, table, who)) if part)


def _policy(kind: PolicyKind, threshold: float, table: DecisionTable, problem: Problem, batch: int | None) -> Policy:
    question = problem.question
    policy = Policy(
        kind=kind,
        threshold=threshold,
        **_words(problem),
        cost_wrong_yes=question.cost_wrong_yes,
        cost_missed_yes=question.cost_missed_yes,
        capacity=question.capacity,
        batch=batch,
    )
    said = " ".join(filter(None, (sentence(policy, table, problem), _WHO_SET.get(kind))))
    return policy.model_copy(update={"sentence": said})


def _words(problem: Problem) -> dict[str, str]:
    action = problem.question.action.strip()
    return {"yes": action, "no": f"do not {action}"} if action else {}


def _without_threshold(problem: Problem) -> Policy:
    if problem.task is Task.REGRESSION:
        return Policy(kind=PolicyKind.VALUE, sentence=f"The predicted {quoted(problem.target)} is used as it is.")
    return Policy(
        kind=PolicyKind.MOST_LIKELY,
        sentence=f"The most likely {quoted(problem.target)} is taken; there is no threshold.",
    )


def _cheapest(table: DecisionTable, wrong_yes: float, missed_yes: float) -> float:
    flagged, hits = np.array(table.flagged), np.array(table.hits)
    cost = (flagged - hits) * wrong_yes + (table.positives - hits) * missed_yes
    best = np.flatnonzero(cost <= cost.min() + 1e-12)
    return table.thresholds[int(best[-1])]  # of equally cheap ones the highest: it acts on the fewest


def _within(table: DecisionTable, capacity: int, batch: int) -> float:
    if batch <= 0:
        raise UnusableOption(
            f"A batch of {batch} rows makes no sense.", fix="Give the number of rows that arrive at a time."
        )
    allowed = capacity * table.rows / batch
    fits = np.flatnonzero(np.array(table.flagged) <= allowed)
    return table.thresholds[int(fits[0])]


def _as_many_as_positive(table: DecisionTable) -> float:
    return table.thresholds[int(np.argmin(np.abs(np.array(table.flagged) - table.positives)))]


def _money(wrong: float, missed: float, wrong_yes: float | None, missed_yes: float | None) -> float | None:
    if wrong_yes is None or missed_yes is None:
        return None
    return -(wrong * wrong_yes + missed * missed_yes)


def _about_money(expected: Expected) -> str:
    if expected.money is None or expected.money_nobody is None or expected.money_everybody is None:
        return ""
    simple = [-expected.money_nobody, -expected.money_everybody]
    if expected.money_today is not None:
        simple.append(-expected.money_today)
    ours, nobody, everybody, *today = alike(-expected.money, beside=simple)
    rule = f", today's rule {today[0]}" if today else ""
    return f"The mistakes cost {ours}; acting on nobody costs {nobody}, acting on everybody {everybody}{rule}."


def _about_kind(policy: Policy, table: DecisionTable, who: str) -> str:
    if policy.capacity is None or policy.batch is None:
        return ""
    if policy.capacity >= policy.batch:
        return f"All of {policy.batch:,} {who} can be acted on: there is room for {policy.capacity:,}."
    said = f"{policy.capacity:,} can be acted on out of every {policy.batch:,} {who}"
    if policy.batch != table.rows:
        return f"{said}."
    return f"{said} (as many as we counted on; say how many arrive at a time if it is another number)."


def _count(number: float) -> str:
    return "fewer than one" if 0 < number < 1 else f"{round(number):,}"
