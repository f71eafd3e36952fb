"""Four answers lead to a difference; what is decided by groups is said on the card."""

import pytest

from engine.domain.dataset import ColumnContract, ColumnType
from engine.domain.fair import Fairness, FairnessAnswers, GroupKind, GroupRule, GroupThresholds, Harm, Treated
from engine.domain.policy import Policy, PolicyKind
from engine.domain.problem import Task
from engine.policy.fair import for_card
from engine.policy.fair_measure import leading, recommended


@pytest.mark.parametrize(
    ("task", "record", "harm", "scarce", "measure"),
    [
        (Task.BINARY, False, Harm.MISSED, False, "demographic_parity_difference"),
        (Task.BINARY, True, Harm.MISSED, True, "equal_opportunity_difference"),
        (Task.BINARY, True, Harm.PICKED, True, "predictive_parity_difference"),
        (Task.BINARY, True, Harm.PICKED, False, "false_positive_rate_difference"),
        (Task.BINARY, True, Harm.BOTH, False, "equalized_odds_difference"),
        (Task.MULTICLASS, False, Harm.BOTH, False, "demographic_parity_difference"),
        (Task.MULTICLASS, True, Harm.BOTH, False, "error_rate_difference"),
        (Task.MULTICLASS, True, Harm.PICKED, False, "equalized_odds_difference"),
        (Task.REGRESSION, False, Harm.BOTH, False, "mean_prediction_difference"),
        (Task.REGRESSION, True, Harm.BOTH, False, "mean_absolute_error_difference"),
        (Task.REGRESSION, True, Harm.MISSED, False, "calibration_difference"),
    ],
)
def test_four_answers_lead_to_the_difference_that_matters(task, record, harm, scarce, measure):
    answers = FairnessAnswers(record_is_fair=record, harm=harm, scarce=scarce, group_may_be_used=True)
    choice = recommended(answers, task)
    assert choice.measure == measure
    assert choice.why.endswith((".", "first."))


def test_it_stands_first_of_each_column():
    compared = [
        Fairness(column=column, measure=measure, value=0, interval=None, groups=())
        for column in ("sex", "age")
        for measure in ("a", "b", "c")
    ]
    assert [(f.column, f.measure) for f in leading(compared, "b")] == [
        ("sex", "b"), ("sex", "a"), ("sex", "c"), ("age", "b"), ("age", "a"), ("age", "c")
    ]  # fmt: skip
    assert leading(compared, None) == tuple(compared)


def test_the_card_names_thresholds_their_effect_and_the_law():
    by = GroupThresholds(
        column=ColumnContract(name="sex", type=ColumnType.CATEGORY),
        rule=GroupRule(kind=GroupKind.VALUE, names=("f", "m")),
        thresholds={"f": 0.3, "m": 0.45},
    )
    policy = Policy(kind=PolicyKind.COSTS, threshold=0.4, group_thresholds=by)
    treated = Treated(
        column="sex", measure="demographic_parity_difference", rows=100, positives=20, flagged=30, hits=15, gap=0.01,
        gap_interval=(0, 0.05), gap_before=0.2, cost=10, cost_interval=(9, 11), cost_before=9, money=True,
        sentence="It is closer.",
    )  # fmt: skip
    said = dict(for_card(policy, treated))
    assert said["Thresholds by ‘sex’"] == "‘f’ from 30 %, ‘m’ from 45 %; everybody else from 40 %"
    assert said["Groups on the test rows"] == "It is closer."
    assert said["On the test rows"] == "30 of 100 picked, 15 rightly (50 %); 75 % of all real cases found"
    assert "ask a lawyer first" in said["Caution"]
    assert for_card(Policy(kind=PolicyKind.COSTS), None) == []
