"""Whom acting on the top reaches, and what that brings in money."""

import numpy as np
import pytest

from engine.domain.evidence import Confusion, Estimate, Evidence
from engine.domain.policy import Policy, PolicyKind
from engine.domain.problem import Problem, Question, Task
from engine.evidence.curves import confusion, curves
from engine.evidence.score import draw
from engine.evidence.value import (
    for_card,
    gains,
    money_at,
    money_beside,
    money_in_words,
    near_in_words,
    profit,
    reach,
    reach_in_words,
    within,
)
from engine.policy.beside import beside
from engine.policy.decision import tabulate

PROBLEM = Problem(
    task=Task.BINARY,
    target="left",
    classes=("no", "yes"),
    positive="yes",
    metric="roc_auc",
    question=Question(who="customer"),
)


def made_up(rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 5, rows).round(3)
    return (rng.random(rows) < p).astype(float), p


def evidence(y: np.ndarray, p: np.ndarray) -> Evidence:
    both = np.column_stack([1 - p, p])
    score = Estimate(metric="roc_auc", value=0.8, interval=(0.7, 0.9), rows=len(y))
    pictures = curves(y, both, PROBLEM, draw(len(y), seed=0, times=200))
    return Evidence(score=score, curves=pictures, confusion=confusion(y, both, PROBLEM, 0.5))


@pytest.mark.parametrize("top", [37, 500, 4000])
def test_the_top_reaches_as_many_as_are_counted(top):
    y, p = made_up()
    p += np.random.default_rng(1).random(len(p)) / 1e6  # no two are alike
    found = reach(evidence(y, p), top)
    assert found.found == pytest.approx(y[np.argsort(-p)[:top]].sum(), abs=1.5)
    assert found.cases == y.sum()
    assert found.interval[0] <= found.found <= found.interval[1]
    assert found.lift == pytest.approx(found.found / top / y.mean())


def test_more_than_there_are_is_all_of_them():
    y, p = made_up()
    found = reach(evidence(y, p), 1_000_000)
    assert (found.top, found.found, found.interval) == (4000, y.sum(), (y.sum(), y.sum()))


def test_rows_that_are_alike_are_shared_out():
    y = np.r_[np.ones(50), np.zeros(50)]
    curve = gains(y, np.full(100, 0.5), draw(100, seed=0, times=50))
    assert curve.y == pytest.approx(curve.x)
    assert curve.low == pytest.approx(curve.x)


def test_the_band_holds_what_new_rows_of_the_same_kind_reach():
    inside, (fresh_y, fresh_p) = 0, made_up(200_000, 1000)
    truth = fresh_y[np.argsort(-fresh_p)[:40_000]].sum() / fresh_y.sum()
    for seed in range(60):
        y, p = made_up(1000, seed)
        curve = gains(y, p, draw(1000, seed=seed, times=200))
        inside += np.interp(0.2, curve.x, curve.low) <= truth <= np.interp(0.2, curve.x, curve.high)
    assert 53 <= inside <= 60


def test_the_sentence_says_number_and_interval_beside_what_chance_finds():
    y, p = made_up()
    found = reach(evidence(y, p), 500)
    assert reach_in_words(found, PROBLEM) == (
        f"If you act on the top 500 of 4,000 customers, you reach {found.found:,.0f} of the {y.sum():,.0f} with ‘left’"
        f" = ‘yes’ (95 % interval {found.interval[0]:,.0f} to {found.interval[1]:,.0f}); as many picked at random would"
        f" reach {y.mean() * 500:,.0f}."
    )


def test_evidence_of_another_question_or_an_older_version_is_no_blank():
    score = Estimate(metric="rmse", value=1, interval=(0.9, 1.1), rows=10)
    assert reach(Evidence(score=score), 5) is None
    assert near_in_words(Evidence(score=score), PROBLEM, 5) == ""
    old = Evidence(score=score, confusion=Confusion(classes=("a", "b"), counts=((5, 1), (1, 3))), curves=())
    assert reach(old, 5) is None


def test_what_a_threshold_picks_is_counted_and_what_nobody_is_off_by_more_is_read_off_the_rows():
    y, p = made_up(rows=4000)
    table = tabulate(y, p)
    for top, hits in list(zip(table.flagged, table.hits, strict=True))[::20]:
        assert reach(evidence(y, p), top, table).found == hits
    truth = np.random.default_rng(0).normal(100, 10, 1237)
    off = np.sort(np.abs(truth - 100))
    curve = within(truth, np.full(1237, 100.0), draw(1237, seed=0, times=50), "spent")
    assert curve.where(0.9) == off[int(np.ceil(0.9 * 1237)) - 1]
    assert curve.where(0.5) == off[int(np.ceil(0.5 * 1237)) - 1]


def test_money_is_what_is_saved_less_what_is_spent():
    y, p = made_up()
    table = tabulate(y, p)
    curve = profit(table, 20, 120)
    assert (curve.x[0], curve.y[0], curve.x[-1]) == (0, 0, 1)
    acted = p >= 0.2
    made = 1000 * (120 * (acted & (y == 1)).sum() - 20 * (acted & (y == 0)).sum()) / len(y)
    money, low, high = money_at(table, table.thresholds[int(np.searchsorted(table.thresholds, 0.2))], 20, 120)
    assert money == pytest.approx(made, rel=0.02)
    assert low < money < high


def test_the_interval_of_money_holds_as_often_as_it_says():
    inside = 0
    for seed in range(100):
        y, p = made_up(800, seed)
        _, low, high = money_at(tabulate(y, p), 0.2, 20, 120)
        # Of chances that come true as often as they say: the mean of beta(1, 5) above 0.2, and what lies above it.
        grid = np.random.default_rng(7).beta(1, 5, 100_000).round(3)
        truth = 1000 * np.where(grid >= 0.2, 120 * grid - 20 * (1 - grid), 0).mean()
        inside += low <= truth <= high
    assert 88 <= inside <= 100


def owners(people: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers with one to nine rows each, all with the same chance and the same answer: who owns which row, too."""
    rng = np.random.default_rng(seed)
    y, p = made_up(people, seed)
    owner = np.repeat(np.arange(people), rng.integers(1, 10, people))
    return y[owner], p[owner], owner


def test_rows_of_one_owner_are_drawn_together_as_a_bootstrap_of_owners_has_it():
    y, p, owner = owners(400, 3)
    table = tabulate(y, p, also=(0.2,), groups=owner)
    money, low, high = money_at(table, 0.2, 20, 120)
    made = np.where(p >= 0.2, 120 * y - 20 * (1 - y), 0.0)
    drawn = draw(len(y), seed=0, times=2000, groups=owner).astype(float)
    spread = float((1000 * drawn @ made / drawn.sum(axis=1)).std())
    assert money == pytest.approx(1000 * made.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * spread, rel=0.08)
    blind = money_at(tabulate(y, p, also=(0.2,)), 0.2, 20, 120)
    assert blind[2] - blind[1] < 0.55 * (high - low)


def test_rows_that_stand_alone_have_the_same_interval_as_groups_of_one():
    y, p = made_up(500)
    alone, by_one = (profit(tabulate(y, p, groups=groups), 20, 120) for groups in (None, np.arange(500)))
    assert by_one.low == pytest.approx(alone.low)
    assert by_one.high == pytest.approx(alone.high)


def test_the_interval_of_money_of_related_rows_holds_as_often_as_it_says():
    y, p, _ = owners(20_000, 99)
    truth = 1000 * np.where(p >= 0.2, 120 * y - 20 * (1 - y), 0).mean()
    inside = 0
    for seed in range(100):
        y, p, owner = owners(300, seed)
        _, low, high = money_at(tabulate(y, p, also=(0.2,), groups=owner), 0.2, 20, 120)
        inside += low <= truth <= high
    assert 88 <= inside <= 100


@pytest.mark.parametrize("owned", [False, True], ids=["rows alone", "rows of owners"])
@pytest.mark.parametrize("way", ["everybody", "today"])
def test_money_beside_another_way_is_paired_as_a_bootstrap_has_it(way, owned):
    y, p, owner = owners(400, 3)
    groups = owner if owned else None
    rule = np.random.default_rng(1).random(len(y)) < np.where(p > 0.2, 0.7, 0.2)
    table = beside(tabulate(y, p, also=(0.2,), groups=groups), y, p, today=rule, groups=groups)
    found = table.everybody if way == "everybody" else table.today
    acts = (p >= 0.2) * 1.0 - (rule if way == "today" else 1.0)
    made = acts * np.where(y == 1, 120, -20)
    drawn = draw(len(y), seed=0, times=2000, groups=groups).astype(float)
    spread = float((1000 * drawn @ made / drawn.sum(axis=1)).std())
    money, low, high = money_beside(table, found, 0.2, 20, 120)
    assert money == pytest.approx(1000 * made.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * spread, rel=0.08)


@pytest.mark.parametrize(
    ("costs", "rule", "way"),
    [((40, 120), None, "acting on nobody"), ((1, 120), None, "acting on everybody"), ((40, 120), 0.3, "today's rule")],
)
def test_what_acting_brings_is_against_the_cheapest_way_without_it(costs, rule, way):
    y, p = made_up()
    today = None if rule is None else p + np.random.default_rng(1).normal(0, 0.05, len(p)) > rule
    table = beside(tabulate(y, p, also=(0.2,)), y, p, today=today, groups=None)
    policy = Policy(kind=PolicyKind.COSTS, threshold=0.2, cost_wrong_yes=costs[0], cost_missed_yes=costs[1])
    said = money_in_words(table, policy, "customer")
    assert f"per 1,000 customers against {way} (95 % interval " in said
    assert ("today's rule" in said) == (rule is not None)
    old = money_in_words(tabulate(y, p, also=(0.2,)), policy, "customer")
    assert ("95 % interval" in old) == (rule is not None or way == "acting on nobody")


def test_a_number_is_off_by_at_most_so_much_for_a_share_of_the_rows():
    rng = np.random.default_rng(0)
    y = rng.normal(100, 10, 3000)
    p = y + rng.normal(0, 5, 3000)
    curve = within(y, p, draw(3000, seed=0, times=200), "spent")
    assert np.interp(5, curve.x, curve.y) == pytest.approx(0.683, abs=0.03)
    score = Estimate(metric="rmse", value=5, interval=(4.9, 5.1), rows=3000)
    said = near_in_words(Evidence(score=score, curves=(curve,)), PROBLEM, 10)
    assert said.startswith("For 95 % of the 3,000 customers it is at most 10 off (95 % interval 9")


def test_the_card_says_whom_it_reaches_and_what_that_brings():
    y, p = made_up()
    table = tabulate(y, p)
    threshold = table.thresholds[120]
    policy = Policy(kind=PolicyKind.COSTS, threshold=threshold, cost_wrong_yes=40, cost_missed_yes=120)
    said = dict(for_card(evidence(y, p), PROBLEM, policy, table))
    assert said["Reached"].startswith(f"If you act on the top {(p >= threshold).sum():,} of 4,000 customers, you")
    assert "per 1,000 customers against acting on nobody (95 % interval " in said["Brings"]
    assert "; counted on 4,000 rows). Its mistakes cost " in said["Brings"]
    free = Policy(kind=PolicyKind.MANUAL, threshold=0.2)
    assert "Brings" not in dict(for_card(evidence(y, p), PROBLEM, free, table))


def test_the_card_says_how_often_a_number_is_near_enough():
    y = np.random.default_rng(0).normal(100, 10, 500)
    curve = within(y, y + np.random.default_rng(1).normal(0, 5, 500), draw(500, seed=0, times=50), "spent")
    score = Estimate(metric="rmse", value=5, interval=(4.9, 5.1), rows=500)
    asked = PROBLEM.model_copy(update={"task": Task.REGRESSION, "target": "spent"})
    said = for_card(Evidence(score=score, curves=(curve,)), asked, Policy(kind=PolicyKind.VALUE), None)
    assert [label for label, _ in said] == ["Near enough", "Near enough"]
    assert said[1][1].startswith("For 90 % of the 500 customers it is at most ")
