import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity
from engine.domain.problem import SplitKind
from engine.guardrails.run import run
from tests.engine.guardrails.checking import check, fixed, flagged, table


def entity(n: int, entities: int, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, entities, n).astype(float)


@pytest.mark.parametrize("name", ["customer_id", "CustomerID", "Kundennummer", "patient", "id_client", "member no"])
def test_a_customer_in_many_rows_stops_a_random_split(clean, name):
    frame = clean.assign(**{name: entity(600, 200)})
    outcomes = check("LK005", frame)
    found = flagged(outcomes)
    assert list(found) == [name]
    assert found[name].severity is Severity.BLOCKER
    assert found[name].remedy is not None
    assert found[name].remedy.action is Action.GROUP_SPLIT
    assert found[name].evidence["share_of_rows"] > 0.9
    assert found[name].evidence["entities"] == frame[name].nunique()
    problem, after = fixed(frame, outcomes)
    assert problem.split.kind is SplitKind.GROUP
    assert not flagged(after)


def test_the_analysts_own_group_is_enough(clean):
    assert not flagged(check("LK005", clean.assign(customer_id=entity(600, 200)), group="customer_id"))


def test_ordinary_numbers_and_words_are_no_entities(clean):
    random = np.random.default_rng(1)
    frame = clean.assign(
        age=random.integers(18, 80, 600).astype(float),
        hour=random.integers(0, 24, 600).astype(float),
        balance=random.integers(0, 900, 600).astype(float),
        zip_code=random.integers(100, 300, 600).astype(float),
        number_of_visits=random.integers(0, 60, 600).astype(float),
        account_balance=random.integers(0, 300, 600).astype(float),
        customer_age=random.integers(18, 80, 600).astype(float),
        town=[f"town {i}" for i in random.integers(0, 90, 600)],
        score=random.integers(0, 30, 600).astype(float),
    )
    assert not flagged(check("LK005", frame))


def test_a_nameless_key_is_known_by_what_repeats_with_it(clean):
    who = entity(600, 200).astype(int)
    random = np.random.default_rng(1)
    frame = clean.assign(
        ref_x=[f"K{w:04d}" for w in who],
        birth=random.integers(1940, 2000, 200)[who].astype(float),
        height=random.normal(170, 10, 200)[who],
    )
    found = flagged(check("LK005", frame, roles={"ref_x": Role.IDENTIFIER}))
    assert found["ref_x"].severity is Severity.WARNING


def test_a_key_that_hardly_repeats_does_no_harm(clean):
    who = np.arange(600, dtype=float)
    who[:10] = who[10:20]
    assert not flagged(check("LK005", clean.assign(customer_id=who)))


def test_one_entity_inside_another_is_asked_once(clean):
    who = entity(600, 200)
    frame = clean.assign(household_id=who // 2, customer_id=who)
    outcomes = check("LK005", frame)
    problem, after = fixed(frame, outcomes)
    assert "household_id" in problem.split.columns
    assert not flagged(after)


def test_keys_that_tie_everything_together_have_no_remedy(clean):
    frame = clean.assign(customer_id=entity(600, 60), employee_id=entity(600, 60, seed=9))
    found = flagged(check("LK005", frame))
    assert sorted(o.remedy is None for o in found.values()) == [False, True]
    assert {o.severity for o in found.values() if o.remedy is None} == {Severity.WARNING}


def test_it_needs_no_question(clean):
    assert "customer_id" in flagged(run(table(clean.assign(customer_id=entity(600, 200))), None, only={"LK005"}))


def test_dates_are_no_entities(clean):
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(entity(600, 100), unit="D")
    frame = clean.assign(day=day, weekday=day.dayofweek.astype(float), month=day.month.astype(float))
    assert not flagged(check("LK005", frame))
