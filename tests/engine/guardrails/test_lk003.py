import numpy as np
import pytest

from engine.domain.dataset import KnownWhen
from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


def gaps_where(frame, name, where):
    return frame.assign(**{name: frame[name].mask(where)})


@pytest.mark.parametrize("name", ["income", "region"])
def test_gaps_that_follow_the_answer_are_stopped(clean, truth, name):
    frame = gaps_where(clean, name, truth)
    outcomes = check("LK003", frame)
    found = flagged(outcomes)
    assert {name: o.severity for name, o in found.items()} == {name: Severity.BLOCKER}
    assert found[name].evidence["gini"] == 1
    assert found[name].remedy is not None
    assert found[name].remedy.action is Action.DROP_COLUMNS
    assert not flagged(fixed(frame, outcomes)[1])


def test_gaps_are_not_said_twice(clean, truth):
    frame = gaps_where(clean, "weight", truth ^ (np.random.default_rng(0).random(len(truth)) < 0.01))
    assert flagged(check("LK003", frame))["weight"].severity is Severity.BLOCKER
    assert not flagged(check("LK002", frame))
    assert not flagged(check("LK001", frame))


def test_values_that_tell_beside_the_gaps_are_lk002s_too(clean, truth):
    random = np.random.default_rng(0)
    frame = clean.assign(hint=truth + random.normal(0, 0.1, len(truth)))
    frame = gaps_where(frame, "hint", truth & (random.random(len(truth)) < 0.7))
    assert flagged(check("LK003", frame))["hint"]
    assert flagged(check("LK002", frame))["hint"].severity is Severity.BLOCKER


@pytest.mark.parametrize(("wrong", "severity"), [(0.02, Severity.BLOCKER), (0.2, Severity.WARNING), (0.4, None)])
def test_severity_follows_the_gini(clean, truth, wrong, severity):
    other = np.random.default_rng(3).random(len(truth)) < wrong
    found = flagged(check("LK003", gaps_where(clean, "visits", truth ^ other)))
    assert (found["visits"].severity if found else None) is severity


def test_filled_in_only_for_some_of_one_answer(clean, truth):
    filled = truth & (np.random.default_rng(0).random(len(truth)) < 0.25)
    found = flagged(check("LK003", gaps_where(clean, "weight", ~filled)))
    assert "where it is filled in, the answer is ‘yes’ in 100 % of the rows" in found["weight"].problem


def test_gaps_by_chance_and_by_habit_pass(clean, truth):
    random = np.random.default_rng(0)
    frame = gaps_where(clean, "weight", random.random(len(truth)) < 0.3)
    frame = gaps_where(frame, "income", random.random(len(truth)) < np.where(truth, 0.4, 0.2))
    assert not flagged(check("LK003", frame))


def test_of_three_answers_one_given_away_is_enough(clean):
    assert flagged(check("LK003", gaps_where(clean, "weight", clean["region"] == "west"), "region"))["weight"]


def test_gaps_of_a_large_number_are_found(clean):
    frame = gaps_where(clean, "weight", clean["income"] > clean["income"].quantile(0.8))
    assert flagged(check("LK003", frame, "income"))["weight"].severity is Severity.BLOCKER


@pytest.fixture
def many(clean):
    random = np.random.default_rng(9)
    return clean.assign(**{f"m{i}": random.normal(size=len(clean)) for i in range(6)})


def test_how_many_are_missing_gives_the_answer_away(many, truth):
    names = [f"m{i}" for i in range(6)]
    random = np.random.default_rng(1)
    for row in range(len(many)):
        empty = random.choice(names, 4 if truth[row] else 2, replace=False)
        many.loc[row, list(empty)] = np.nan
    found = flagged(check("LK003", many))
    assert list(found) == [" ".join(names)]


def test_two_columns_empty_together_give_the_answer_away(many, truth):
    coin = np.random.default_rng(1).random(len(truth)) < 0.5
    frame = gaps_where(many, "m1", coin)
    frame = gaps_where(frame, "m4", coin ^ truth)
    frame = gaps_where(frame, "m5", np.random.default_rng(2).random(len(truth)) < 0.5)
    assert list(flagged(check("LK003", frame))) == ["m1 m4"]


def test_what_is_known_later_is_lk007s(clean, truth):
    frame = gaps_where(clean, "weight", ~truth)
    assert not flagged(check("LK003", frame, known={"weight": KnownWhen.AFTER}))
    assert not flagged(check("LK003", frame.rename(columns={"weight": "closing_date"})))


def test_what_is_filled_in_for_one_answer_only_needs_no_other_column(clean, truth):
    random = np.random.default_rng(2)
    frame = clean.assign(
        contact=clean["weight"].where(truth & (random.random(len(truth)) < 0.6)),
        weight=clean["weight"].mask(~truth & (random.random(len(truth)) < 0.7)),
    )
    assert "contact" in flagged(check("LK003", frame))
