"""Several classes, decided by what mistakes cost: the amounts a person says, the decision, and what it brings."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Estimate, Evidence
from engine.domain.outcome import Action, Remedy
from engine.domain.policy import MistakeCosts, PolicyKind
from engine.domain.problem import Mistake, Problem, Question, Task
from engine.errors import UnusableOption
from engine.evidence.expected_cost import expected_cost
from engine.evidence.judged import Judged, read, write
from engine.evidence.rejudge import under
from engine.policy.by_cost import cheapest, in_words
from engine.policy.decision import decide
from engine.problem.costs import check_costs, costs_for, costs_of
from engine.problem.remedies import apply_remedy

CLASSES = ("cold", "flu", "plague")


def costs(*said: tuple[str, str, float]) -> tuple[Mistake, ...]:
    return tuple(Mistake(said=one, truth=other, cost=cost) for one, other, cost in said)


def asked(*said: tuple[str, str, float], task: Task = Task.MULTICLASS, **more: float) -> Problem:
    question = Question(who="patient", costs=costs(*said), **more)
    classes = {Task.MULTICLASS: CLASSES, Task.BINARY: ("no", "yes"), Task.REGRESSION: ()}[task]
    return Problem(task=task, target="illness", classes=classes, metric="log_loss", question=question)


MISSED = ("*", "plague", 50.0)
PROBLEM = asked(MISSED)
PLAGUE = costs_of(PROBLEM.question.costs, CLASSES)


def patients(rows: int = 4000, seed: int = 0, each: int = 1) -> Judged:
    """Honest chances of three illnesses, the plague seldom; every patient comes ``each`` times with the same ones."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet((2.0, 1.5, 0.15), rows)
    y = (rng.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1).astype(float)
    owner = np.repeat(np.arange(rows), each) if each > 1 else None
    return Judged(pd.DataFrame(index=range(rows * each)), np.repeat(y, each), np.repeat(p, each, axis=0), owner)


def test_a_mistake_that_nobody_named_costs_one_and_a_right_answer_nothing():
    assert PLAGUE.amounts == ((0, 1, 50), (1, 0, 50), (1, 1, 0))
    later = costs_of(costs(MISSED, ("flu", "plague", 7)), CLASSES)
    assert later.amounts == ((0, 1, 50), (1, 0, 7), (1, 1, 0))
    assert costs_of(costs(("plague", "*", 3)), CLASSES).amounts[2] == (3, 3, 0)


def test_costs_follow_where_classes_are_united():
    rare = Remedy(action=Action.MERGE_LEVELS, columns=("illness",), values=("flu", "plague"))
    named = asked(("cold", "plague", 9.0), ("flu", "plague", 5.0), ("flu", "cold", 2.0))
    two = apply_remedy(named, rare)
    assert (two.task, two.classes) == (Task.BINARY, ("cold", "flu or plague"))
    assert (two.question.cost_wrong_yes, two.question.cost_missed_yes) == (2, 9)
    four = named.model_copy(update={"classes": (*CLASSES, "ache")})
    three = apply_remedy(four, rare)
    amounts = costs_for(three)
    assert three.question == four.question
    assert amounts.classes == ("ache", "cold", "flu or plague")
    assert amounts.amounts == ((0, 1, 1), (1, 0, 9), (1, 2, 0))
    assert costs_for(asked()) is None


def test_of_united_classes_the_dearer_mistake_counts_and_nothing_is_lost_where_none_is_left():
    united = Remedy(action=Action.MERGE_LEVELS, columns=("illness",), values=("flu", "plague"))
    fell_together = asked(("cold", "plague", 100.0), ("cold", "flu", 5.0))
    four = fell_together.model_copy(update={"classes": (*CLASSES, "ache")})
    amounts = costs_for(apply_remedy(four, united))
    assert amounts.amounts[amounts.classes.index("cold")][amounts.classes.index("flu or plague")] == 100
    between = asked(("*", "*", 0.0), ("flu", "plague", 3.0)).model_copy(update={"classes": (*CLASSES, "ache")})
    assert costs_for(between).amounts
    assert costs_for(apply_remedy(between, united)) is None


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (asked(("cold", "plague", float("inf"))), "costs inf makes no sense"),
        (asked(("cold", "plague", float("nan"))), "costs nan makes no sense"),
        (asked(("cold", "plague", -1.0)), "costs -1 makes no sense"),
        (asked(("cold", "plague", 1e300)), "makes no sense"),
        (asked(("cold", "pest", 5.0)), "no class ‘pest’"),
        (asked(("cold", "cold", 5.0)), "is no mistake"),
        (asked(("*", "*", 0.0)), "No mistake costs anything"),
        (asked(("no", "yes", 5.0), task=Task.BINARY), "several classes"),
        (asked(("no", "yes", 5.0), task=Task.REGRESSION), "several classes"),
        (asked(cost_wrong_yes=5.0), "only fit a yes/no question"),
        (asked(capacity=5), "only fit a yes/no question"),
    ],
)
def test_costs_that_make_no_sense_are_refused_in_words(problem, words):
    with pytest.raises(UnusableOption, match=words):
        check_costs(problem)


def test_the_decision_is_the_class_with_the_least_expected_cost():
    rows = patients()
    amounts = np.asarray(PLAGUE.amounts)
    brute = [min(range(3), key=lambda i: sum(p[j] * amounts[i, j] for j in range(3))) for p in rows.chance]
    assert cheapest(PLAGUE, rows.chance).tolist() == brute
    assert (cheapest(PLAGUE, rows.chance) != rows.chance.argmax(axis=1)).mean() > 0.3


def test_two_classes_are_decided_as_by_the_threshold_of_the_two_costs():
    """Elkan's rule: with costs 10 and 40, act from a chance of 10 / (10 + 40) up."""
    two = MistakeCosts(classes=("no", "yes"), amounts=((0, 40), (10, 0)))
    p = np.random.default_rng(0).random(1000)
    assert (cheapest(two, np.column_stack([1 - p, p])) == (p >= 0.2)).all()


@pytest.mark.parametrize("amount", [1.0, 1e-9, 0.1, 1e12])
def test_costs_that_are_all_equal_take_the_most_probable_class(amount):
    p = np.r_[patients(500).chance, np.full((1, 3), 1 / 3), [[0.4, 0.4, 0.2]]]
    assert (cheapest(costs_of(costs(("*", "*", amount)), CLASSES), p) == p.argmax(axis=1)).all()


def test_what_it_brings_is_counted_beside_the_two_simple_ways():
    rows = patients()
    found = expected_cost(PLAGUE, rows, PROBLEM)
    amounts, y = np.asarray(PLAGUE.amounts), rows.y.astype(int)
    assert found.cost.value == pytest.approx(amounts[cheapest(PLAGUE, rows.chance), y].mean())
    assert found.likeliest.value == pytest.approx(amounts[rows.chance.argmax(axis=1), y].mean())
    assert found.single == "plague"
    assert found.always.value == pytest.approx(min(amounts[i, y].mean() for i in range(3)))
    for way in (found.cost, found.always, found.likeliest):
        assert way.interval[0] < way.value < way.interval[1]
    assert found.against_likeliest[0] > 0
    assert found.against_always[0] > 0
    assert "of the rows" in found.sentence
    assert "Always to say ‘plague’ would cost" in found.sentence


def test_the_cheapest_single_class_is_found_on_the_choose_rows():
    healthy = Judged(pd.DataFrame(index=range(50)), np.zeros(50), patients(50).chance)
    assert expected_cost(PLAGUE, patients(), PROBLEM, choose=healthy).single == "cold"


def test_rows_that_belong_together_make_it_less_sure():
    alone, thrice = (expected_cost(PLAGUE, patients(700, each=each), PROBLEM) for each in (1, 3))
    assert thrice.cost.value == pytest.approx(alone.cost.value)
    blind = expected_cost(
        PLAGUE, Judged(*(getattr(patients(700, each=3), f) for f in ("frame", "y", "chance"))), PROBLEM
    )
    width = lambda e: e.cost.interval[1] - e.cost.interval[0]  # noqa: E731
    assert width(thrice) == pytest.approx(width(alone), rel=0.15)
    assert width(blind) < 0.7 * width(thrice)


def test_hard_rows_make_a_sentence():
    one = expected_cost(PLAGUE, patients(1), PROBLEM)
    assert "Counted on 1 row" in one.sentence
    assert "interval" not in one.sentence
    same = Judged(pd.DataFrame(index=range(40)), patients(40).y, np.tile([0.6, 0.3, 0.1], (40, 1)))
    assert expected_cost(PLAGUE, same, PROBLEM).changed == 1
    absent = Judged(pd.DataFrame(index=range(40)), np.zeros(40), patients(40).chance)
    found = expected_cost(PLAGUE, absent, PROBLEM)
    assert (found.single, found.always.value) == ("cold", 0)
    assert "more" not in found.sentence.partition("Always")[2].partition(".")[0]
    big = costs_of(costs(("*", "*", 1e12)), CLASSES)
    assert np.isfinite(expected_cost(big, patients(), PROBLEM).cost.interval).all()


def test_the_policy_holds_the_costs_and_says_what_they_bring():
    policy = decide(None, PROBLEM, choose=patients())
    assert (policy.kind, policy.costs, policy.threshold) == (PolicyKind.COSTS, PLAGUE, None)
    assert "to say another class where ‘plague’ is true costs 50; every other mistake costs 1" in policy.sentence
    assert "per 1,000 patients" in policy.sentence
    assert decide(None, asked()).kind is PolicyKind.MOST_LIKELY


def test_the_words_name_what_differs():
    assert in_words(costs_of(costs(("*", "*", 3)), CLASSES)) == "every mistake costs 3"
    said = in_words(costs_of(costs(("cold", "flu", 7.5)), CLASSES))
    assert said == "to say ‘cold’ where ‘flu’ is true costs 7.5; every other mistake costs 1"
    many = tuple(str(i) for i in range(40))
    every = [(a, b, float(i + 2)) for i, (a, b) in enumerate((a, b) for a in many for b in many if a != b)]
    assert len(in_words(costs_of(costs(*every), many))) < 800


def test_the_rows_are_kept_with_the_chances_of_every_class(tmp_path):
    write(tmp_path / "rows", patients(30), patients(20, each=2))
    choose, test = read(tmp_path / "rows")
    assert (choose.chance == patients(30).chance).all()
    assert (test.y == patients(20, each=2).y).all()
    assert (test.entity == np.repeat(np.arange(20), 2)).all()


def test_groups_of_several_classes_are_compared_as_costs_decide():
    rng = np.random.default_rng(0)
    sex = np.where(rng.random(3000) < 0.5, "f", "m").astype(object)
    # Both sexes have the same most probable class, but men a chance of the plague that costs make decide.
    chance = np.where((sex == "m")[:, None], [0.6, 0.3, 0.1], [0.65, 0.345, 0.005])
    y = (rng.random(3000)[:, None] > chance.cumsum(axis=1)).sum(axis=1).astype(float)
    rows = Judged(pd.DataFrame({"sex": sex}, dtype=object), y, chance)
    asked_ = PROBLEM.model_copy(update={"sensitive": ("sex",)})
    score = Estimate(metric="log_loss", value=0.8, interval=(0.7, 0.9), rows=3000)
    by_costs = under(Evidence(score=score), rows, asked_, decide(None, asked_), choose=rows)
    parity = next(f for f in by_costs.fairness if f.measure == "demographic_parity_difference")
    assert parity.value == pytest.approx(1.0)
    assert "is given" in parity.sentence
    back = under(by_costs, rows, asked_, decide(None, asked()), choose=rows)
    assert back.expected_cost is None
    assert next(f for f in back.fairness if f.measure == "demographic_parity_difference").value == pytest.approx(0.0)
    never = Evidence(score=score)
    assert under(never, rows, asked_, decide(None, asked()), choose=rows) is never
