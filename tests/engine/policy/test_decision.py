"""Decisions: thresholds from costs and capacity, and what they bring."""

import numpy as np
import pytest

from engine.domain.policy import Policy, PolicyKind
from engine.domain.problem import Problem, Question, Task
from engine.errors import UnusableOption
from engine.policy.decision import decide, from_threshold, outcome_at, tabulate

Y = np.array([0, 0, 1, 0, 1, 1], dtype=float)
P = np.array([0.1, 0.2, 0.3, 0.4, 0.8, 0.8])


def problem(**question: object) -> Problem:
    return Problem(
        task=Task.BINARY,
        target="left",
        classes=("no", "yes"),
        positive="yes",
        metric="roc_auc",
        question=Question.model_validate({"who": "customer", "action": "call them", **question}),
    )


def big(rows: int = 5000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, rows)
    return (rng.random(rows) < p).astype(float), p


def test_every_threshold_is_counted_exactly():
    table = tabulate(Y, P)
    assert table.thresholds[:-1] == (0.1, 0.2, 0.3, 0.4, 0.8)
    assert table.thresholds[-1] > 0.8
    assert table.flagged == (6, 5, 4, 3, 2, 0)
    assert table.hits == (3, 3, 3, 2, 2, 0)
    assert (table.rows, table.positives) == (6, 3)


def test_a_long_table_has_at_most_200_thresholds_counted_exactly():
    y, p = big()
    table = tabulate(y, p)
    assert 150 <= len(table.thresholds) <= 200
    for t, flagged, hits in zip(table.thresholds, table.flagged, table.hits, strict=True):
        assert flagged == (p >= t).sum()
        assert hits == y[p >= t].sum()


def test_thresholds_that_are_asked_for_are_counted_exactly():
    rng = np.random.default_rng(0)
    p = rng.random(3000)
    y = (rng.random(3000) < p).astype(float)
    for threshold in (0.07, 0.123456, 1.0):
        said = outcome_at(tabulate(y, p, also=(0.07, 0.123456, 1.0)), threshold)
        picked = p >= threshold
        assert (said.flagged, said.hits) == (picked.sum(), y[picked].sum())
    assert outcome_at(tabulate(y, p), 0.123456).flagged != (p >= 0.123456).sum()


def test_costs_choose_the_cheapest_threshold():
    y, p = big()
    table = tabulate(y, p)
    policy = decide(table, problem(cost_wrong_yes=10, cost_missed_yes=40))
    assert policy.kind is PolicyKind.COSTS
    # With honest probabilities the best threshold is where both mistakes cost the same: 10 / (10 + 40).
    assert policy.threshold == pytest.approx(0.2, abs=0.05)
    cost = lambda t: 10 * ((p >= t) & (y == 0)).sum() + 40 * ((p < t) & (y == 1)).sum()  # noqa: E731
    assert cost(policy.threshold) == min(cost(t) for t in table.thresholds)
    assert "acting on nobody costs" in policy.sentence


def test_where_acting_never_pays_nobody_is_picked():
    policy = decide(tabulate(Y, P), problem(cost_wrong_yes=1000, cost_missed_yes=0))
    assert policy.threshold > P.max()
    assert policy.sentence.startswith("Nobody would be picked")


def test_capacity_takes_the_best_of_a_batch():
    y, p = big()
    table = tabulate(y, p)
    policy = decide(table, problem(capacity=200))
    assert policy.kind is PolicyKind.CAPACITY
    assert 150 < (p >= policy.threshold).sum() <= 200
    assert policy.batch == 5000
    assert "200 can be acted on out of every 5,000 customers (as many as we counted on;" in policy.sentence
    half = decide(table, problem(capacity=200), batch=2500)
    assert 350 < (p >= half.threshold).sum() <= 400
    assert half.batch == 2500
    assert "out of every 2,500 customers." in half.sentence


def test_only_a_capacity_is_out_of_a_batch():
    assert decide(tabulate(Y, P), problem(cost_wrong_yes=1, cost_missed_yes=1, capacity=3), batch=6).batch is None
    assert from_threshold(tabulate(Y, P), 0.5, problem(capacity=3)).batch is None
    old = {"kind": "capacity", "threshold": 0.7, "capacity": 300}  # as it was kept before
    assert Policy.model_validate(old).batch is None


def test_capacity_beyond_the_batch_takes_everybody():
    policy = decide(tabulate(Y, P), problem(capacity=100))
    assert (policy.threshold <= P).all()


def test_capacity_beyond_the_batch_is_said():
    said = decide(tabulate(Y, P), problem(capacity=100)).sentence
    assert "All of 6 customers can be acted on: there is room for 100." in said


@pytest.mark.parametrize("cost", [float("inf"), float("nan"), -5.0, 1e300], ids=str)
def test_a_cost_that_is_no_amount_is_refused(cost):
    asked = problem()
    question = asked.question.model_copy(update={"cost_wrong_yes": cost, "cost_missed_yes": 5.0})
    with pytest.raises(UnusableOption, match=r"A mistake that costs .* makes no sense\. Give an amount"):
        decide(tabulate(Y, P), asked.model_copy(update={"question": question}))


def test_a_batch_of_nothing_is_refused():
    with pytest.raises(UnusableOption, match="batch of 0"):
        decide(tabulate(Y, P), problem(capacity=3), batch=0)


def test_without_costs_or_capacity_as_many_are_picked_as_there_are():
    policy = decide(tabulate(Y, P), problem())
    assert policy.kind is PolicyKind.PROPOSED
    assert policy.threshold == 0.4
    assert (policy.yes, policy.no) == ("call them", "do not call them")
    assert "Nobody gave costs or a capacity" in policy.sentence


@pytest.mark.parametrize(
    ("task", "kind"), [(Task.MULTICLASS, PolicyKind.MOST_LIKELY), (Task.REGRESSION, PolicyKind.VALUE)]
)
def test_other_questions_have_no_threshold(task, kind):
    other = Problem(task=task, target="quality", classes=(), metric="accuracy")
    policy = decide(None, other)
    assert policy.kind is kind
    assert policy.threshold is None
    assert "quality" in policy.sentence


def test_what_a_person_set_and_what_nobody_chose_are_told_apart():
    table = tabulate(Y, P)
    nobody = decide(table, problem())
    by_hand = from_threshold(table, float(nobody.threshold or 0), problem())
    assert (nobody.kind, by_hand.kind) == (PolicyKind.PROPOSED, PolicyKind.MANUAL)
    assert nobody.threshold == by_hand.threshold
    assert "Nobody gave costs" in nobody.sentence
    assert "Nobody gave costs" not in by_hand.sentence
    assert "A person set the threshold." in by_hand.sentence


def test_what_a_threshold_brings_is_counted_and_priced():
    table = tabulate(Y, P)
    policy = from_threshold(table, 0.4, problem(cost_wrong_yes=2, cost_missed_yes=5))
    found = outcome_at(table, 0.4, policy)
    assert (found.flagged, found.hits, found.missed) == (3, 2, 1)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert (found.money, found.money_nobody, found.money_everybody) == (-7, -15, -6)
    assert outcome_at(table, 0.4, policy, scale_rows=60).flagged == 30
    assert outcome_at(table, 0.4).money is None


def test_a_threshold_between_two_takes_the_counts_above_it():
    assert outcome_at(tabulate(Y, P), 0.5).flagged == 2
    assert outcome_at(tabulate(Y, P), 1.0).flagged == 0


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_an_impossible_threshold_is_refused(threshold):
    with pytest.raises(UnusableOption, match="makes no sense"):
        from_threshold(tabulate(Y, P), threshold, problem())


def test_the_sentence_speaks_of_people_and_rounds():
    y, p = big()
    policy = from_threshold(tabulate(y, p), 0.3, problem())
    assert policy.sentence.startswith("Of 1,000 customers, ")
    assert "(call them)" in policy.sentence


def test_a_fraction_of_a_person_is_not_said():
    table = tabulate(np.r_[np.ones(1), np.zeros(4999)], np.linspace(1, 0, 5000))
    assert "fewer than one of them rightly" in from_threshold(table, 0.5, problem()).sentence
