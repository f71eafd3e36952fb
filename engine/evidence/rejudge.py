"""What the evidence says once a model decides in another way: the same rows and answers, counted anew."""

import numpy as np

from engine.domain.evidence import Evidence
from engine.domain.policy import Policy
from engine.domain.problem import Problem, Task
from engine.evidence.curves import confusion
from engine.evidence.expected_cost import expected_cost
from engine.evidence.fairness import fairness
from engine.evidence.judged import Judged
from engine.evidence.mitigation import PARITY, treated
from engine.evidence.score import draw
from engine.policy.by_cost import cheapest
from engine.policy.fair import row_thresholds


def under(evidence: Evidence, test: Judged, problem: Problem, policy: Policy, *, choose: Judged) -> Evidence:
    """Return the evidence with how groups fare, and what mistakes there are or what they cost, under a policy.

    The groups of the column whose groups have thresholds are those of the thresholds.
    """
    if problem.task is Task.MULTICLASS:
        return _by_costs(evidence, test, problem, policy, choose)
    by = policy.group_thresholds
    values = test.frame[by.column.name] if by is not None and by.column.name in test.frame.columns else None
    thresholds = row_thresholds(policy, values)
    chances = np.column_stack([1 - test.chance, test.chance])
    compared = fairness(
        test.frame,
        test.y,
        chances,
        problem,
        threshold=thresholds,
        draws=draw(len(test.y), seed=problem.seed, groups=test.entity),
        rules={by.column.name: by.rule} if by is not None else {},
        quick=True,
    )
    measure = policy.fairness.measure if policy.fairness else PARITY
    return evidence.model_copy(
        update={
            "threshold": policy.threshold,
            "fairness": compared,
            "confusion": confusion(test.y, chances, problem, thresholds),
            "treated": treated(test, policy, measure=measure),
        }
    )


def _by_costs(evidence: Evidence, test: Judged, problem: Problem, policy: Policy, choose: Judged) -> Evidence:
    """Return the evidence of several classes as costs decide; what is measured of predictions stays as it is."""
    costs = policy.costs
    if costs is None and evidence.expected_cost is None:
        return evidence
    compared = fairness(
        test.frame,
        test.y,
        test.chance,
        problem,
        threshold=None,
        draws=draw(len(test.y), seed=problem.seed, groups=test.entity),
        decided=None if costs is None else cheapest(costs, test.chance),
        quick=True,
    )
    found = None if costs is None else expected_cost(costs, test, problem, choose=choose)
    return evidence.model_copy(update={"fairness": compared, "expected_cost": found})
