"""What stands in for a sensitive attribute once it is withheld."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Severity, Verdict
from tests.engine.guardrails.checking import check, fixed, flagged


@pytest.fixture
def people(clean: pd.DataFrame) -> pd.DataFrame:
    """The calls with the sex of the person called, which nothing tells."""
    random = np.random.default_rng(2)
    return clean.assign(sex=random.choice(["male", "female"], len(clean)).astype(object))


def leaning(people: pd.DataFrame, share: float) -> np.ndarray:
    """The sex where a coin falls so, else anything."""
    random = np.random.default_rng(3)
    sex = (people["sex"] == "male").to_numpy()
    return np.where(random.random(len(people)) < share, sex, random.random(len(people)) < 0.5)


def test_a_column_that_says_the_same_is_a_stand_in(people):
    frame = people.assign(c1=np.where(leaning(people, 0.95), "Berg", "Tal").astype(object))
    outcomes = check("FA002", frame)
    found = flagged(outcomes)["sex"]
    assert found.severity is Severity.WARNING
    assert found.remedy is not None
    assert (found.remedy.action, found.remedy.columns) == (Action.WITHHOLD, ("c1",))
    assert found.proof is not None
    assert found.proof.metric == "roc_auc"
    assert "‘c1’" in found.problem
    assert found.evidence["strongest_share"] > 0.5
    assert found.picture is not None
    assert found.picture.bars[0].label == "c1"
    assert found.picture.bars[0].value == found.evidence["strongest_share"]
    assert not flagged(fixed(frame, outcomes)[1])


def test_a_weaker_one_is_a_note_to_compare_by(people):
    found = flagged(check("FA002", people.assign(c1=leaning(people, 0.6).astype(float))))["sex"]
    assert (found.severity, found.remedy) == (Severity.NOTE, None)
    assert 0.7 <= found.evidence["roc_auc"] < 0.85


def test_several_columns_can_stand_in_together(people):
    parts = {f"c{i}": leaning(people, 0.0).astype(float) for i in range(2)}
    random = np.random.default_rng(4)
    first = random.random(len(people)) < 0.5
    # Neither tells anything alone; they agree for women only.
    parts["c0"], parts["c1"] = first.astype(float), (first ^ (people["sex"] == "male")).astype(float)
    found = flagged(check("FA002", people.assign(**parts)))["sex"]
    assert found.evidence["roc_auc"] > 0.8
    assert found.remedy is None


def test_ages_are_halved(people):
    age = 20 + people["visits"] * 5 + np.random.default_rng(5).integers(0, 3, len(people))
    found = flagged(check("FA002", people.assign(age=age)))["age"]
    assert "more than" in found.problem
    assert found.evidence["strongest_gini"] > 0.8


def test_what_tells_nothing_passes(people):
    assert not flagged(check("FA002", people))


def test_what_is_used_on_purpose_needs_no_stand_in(people):
    frame = people.assign(c1=leaning(people, 0.95).astype(float))
    assert not flagged(check("FA002", frame, use_sensitive=["sex"]))


def test_a_second_sensitive_column_is_no_stand_in(people):
    frame = people.assign(gender=people["sex"].str[:1])
    assert not flagged(check("FA002", frame))


def test_without_sensitive_columns_there_is_nothing_to_look_at(clean):
    assert [o.verdict for o in check("FA002", clean)] == [Verdict.NOT_APPLICABLE]
