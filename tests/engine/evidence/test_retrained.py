"""A model trained in another way is a point beside the thresholds: at the same costs, or picking as many."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.policy import Policy, PolicyKind
from engine.domain.run import Plan
from engine.evidence.judged import Judged
from engine.evidence.mitigation import mitigations
from engine.evidence.retrained import called, retrained
from tests.engine.evidence.test_mitigation import POLICY, PROBLEM, applicants


@pytest.mark.parametrize(
    "policy", [POLICY, Policy(kind=PolicyKind.MANUAL, threshold=0.5)], ids=["by costs", "by a threshold"]
)
def test_a_fairer_model_lies_further_left(policy):
    ours = applicants(0)
    blind = Judged(ours.frame, ours.y, np.clip(ours.chance - 0.2 * (ours.frame["sex"] == "male"), 0, 1))
    (found,) = mitigations(ours, PROBLEM, policy)
    point = retrained("without ‘club’", blind, ours, PROBLEM, policy, found)
    assert point.gap < 0.08 < found.candidates[0].gap
    assert point.cost > found.candidates[0].cost
    assert point.label == "without ‘club’"
    if policy.kind is PolicyKind.MANUAL:
        assert point.picked == pytest.approx(found.candidates[0].picked, abs=0.01)


def test_where_groups_cannot_be_compared_there_is_no_point():
    ours = applicants(0)
    (found,) = mitigations(ours, PROBLEM, POLICY)
    few = applicants(1, rows=40)
    other = Judged(pd.DataFrame({"age": np.zeros(3000)}), ours.y, ours.chance)
    assert retrained("x", few, ours, PROBLEM, POLICY, found) is None
    assert retrained("x", other, ours, PROBLEM, POLICY, found) is None


def test_a_plan_says_what_it_does():
    assert called(Plan()) == "trained as the question says"
    assert (
        called(Plan(without=("zip", "club"), reweigh="sex")) == "without ‘zip’ and ‘club’ and rows reweighed by ‘sex’"
    )
