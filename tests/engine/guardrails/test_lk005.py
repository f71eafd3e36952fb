import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import Role
from engine.domain.outcome import NEARLY, Action, Severity
from engine.domain.problem import SplitKind
from engine.guardrails.run import run
from engine.problem.split import cut
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


def surveyed(*, varying: tuple[str, ...] = (), jitter: float = 0.0, share: float = 1.0, seed: int = 7) -> pd.DataFrame:
    """People asked three times: what they are stays, ``varying`` answers do not, and no scale shows the same twice."""
    random = np.random.default_rng(seed)
    n = 300
    people = pd.DataFrame(
        {
            "born": random.integers(1940, 2005, n) * 1.0,
            "height": random.normal(170, 10, n).round(1),
            "income": random.gamma(3, 1_000, n).round(),
            "region": random.choice(["north", "south", "west"], n).astype(object),
            "job": random.choice([f"job {i}" for i in range(12)], n).astype(object),
            "children": random.poisson(1, n) * 1.0,
            "owns": random.choice(["yes", "no"], n).astype(object),
            "bought": random.choice(["yes", "no"], n).astype(object),
        }
    )
    again = np.concatenate([np.arange(n), np.repeat(np.arange(int(share * n)), 2)])
    frame = people.iloc[random.permutation(again)].reset_index(drop=True)
    for name in varying:
        frame[name] = people[name].to_numpy()[random.integers(0, n, len(frame))]
    for name in ("height", "income"):
        frame[name] += random.normal(0, jitter * people[name].std(), len(frame)).round(4) if jitter else 0
    return frame


@pytest.mark.parametrize(
    "spoilt",
    [{"varying": ("children",)}, {"varying": ("income",)}, {"jitter": 0.01}, {"varying": ("owns",), "jitter": 0.01}],
    ids=["one column changes", "a number changes", "measured again", "both"],
)
@pytest.mark.parametrize("renamed", [False, True], ids=["named", "c1..cn"])
def test_who_comes_back_without_a_key_is_found_by_what_stays(spoilt, renamed):
    frame = surveyed(**spoilt)
    if renamed:
        frame = frame.rename(columns={name: f"c{i}" for i, name in enumerate(frame) if name != "bought"})
    outcomes = check("LK005", frame)
    found = flagged(outcomes)[""]
    assert found.severity is Severity.WARNING
    assert found.evidence["share_of_rows"] > 0.8
    assert found.evidence["rows_per_entity"] == pytest.approx(2.8, abs=0.5)
    assert found.evidence["entities"] == pytest.approx(300, rel=0.15)
    assert found.remedy.values == (NEARLY,)
    assert found.examples[0].startswith("row ")
    problem, after = fixed(frame, outcomes)
    assert problem.split.keep_together
    assert not flagged(after)


def test_some_who_come_back_are_enough_to_be_found():
    assert "" in flagged(check("LK005", surveyed(varying=("children",), share=0.4)))


def test_near_twins_stay_on_one_side():
    frame = surveyed(varying=("children",), jitter=0.01)
    problem, _ = fixed(frame, check("LK005", frame))
    parts = cut(frame, problem)
    who = frame["born"].astype(str) + frame["region"] + frame["job"] + frame["height"].round(-1).astype(str)
    learned = set(who.iloc[np.concatenate([parts.learn, parts.choose])])
    assert np.mean([w in learned for w in who.iloc[parts.test]]) < 0.1
    assert len(parts.test) == pytest.approx(0.2 * len(frame), rel=0.1)


def test_a_key_says_more_than_what_stays():
    frame = surveyed(varying=("children",))
    key = frame.groupby(["born", "height", "region", "job"]).ngroup().astype(float)
    assert list(flagged(check("LK005", frame.assign(customer_id=key)))) == ["customer_id"]
    assert not flagged(check("LK005", frame.assign(customer_id=key), group="customer_id"))


def test_rows_that_are_the_same_are_not_nearly_the_same():
    frame = surveyed()
    assert not flagged(check("LK005", frame))


def test_people_of_one_kind_are_no_twins():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"q{i}": random.choice(["a", "b", "c"], 2_000).astype(object) for i in range(7)})
    dense = pd.DataFrame({f"x{i}": random.gamma(0.3, 1, 2_000).round(2) for i in range(6)})
    for table_ in (frame, dense, dense.assign(y=dense["x0"] * 2, z=dense["x1"] + dense["x2"])):
        assert not flagged(check("LK005", table_.assign(bought=random.choice(["yes", "no"], 2_000))))


def test_the_key_of_near_twins_is_found_under_any_name():
    random = np.random.default_rng(0)
    who = random.permutation(np.repeat(np.arange(300), 4))
    measured = {f"c{i}": random.normal(size=300)[who] + random.normal(0, 0.01, 1_200) for i in range(6)}
    keys = random.permutation(90_000)[:300] + 10_000
    frame = pd.DataFrame({**measured, "c7": [f"C{k}" for k in keys[who]]})
    frame["bought"] = np.where(random.random(300) < 0.4, "yes", "no")[who]
    outcomes = check("LK005", frame)
    assert {name: o.remedy.action for name, o in flagged(outcomes).items()} == {"c7": Action.GROUP_SPLIT}
    _, after = fixed(frame, outcomes)
    assert not flagged(after)
