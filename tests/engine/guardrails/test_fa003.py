"""Groups, and pairs of groups, that nobody can judge a model by."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from tests.engine.guardrails.checking import check, flagged


@pytest.fixture
def people(clean: pd.DataFrame) -> pd.DataFrame:
    """The calls with the sex of the person called, half and half."""
    return pd.concat([clean] * 5, ignore_index=True).assign(
        sex=lambda t: np.where(t.index % 2 == 0, "male", "female").astype(object)
    )


def test_a_small_group_is_named_with_its_rows(people):
    frame = people.assign(race=np.where(people.index % 100 == 0, "Samoan", "Other").astype(object))
    found = flagged(check("FA003", frame))["race"]
    assert found.severity is Severity.NOTE
    assert "‘Samoan’ in ‘race’ has too few test rows to say" in found.problem
    assert "(at least 30 in the test)" in found.fix
    assert found.evidence["smallest"] < 30
    assert "test row" in found.examples[0]


def test_where_the_analyst_wants_to_judge_by_it_it_is_a_warning(people):
    frame = people.assign(race=np.where(people.index % 100 == 0, "Samoan", "Other").astype(object))
    assert flagged(check("FA003", frame, sensitive=["race"]))["race"].severity is Severity.WARNING


def test_a_group_without_a_yes_is_too_small(people):
    frame = people.assign(race=np.where(people.index % 4 == 0, "A", "B").astype(object))
    frame.loc[frame["race"] == "A", "bought"] = "no"
    found = flagged(check("FA003", frame, sensitive=["race"]))["race"]
    assert "‘A’ in ‘race’ has too few test rows with a yes to say" in found.problem
    assert "(at least 10 with a yes in the test)" in found.fix


def test_of_groups_that_lack_rows_and_groups_that_lack_yeses_both_are_said(people):
    frame = people.assign(race=np.where(people.index % 4 == 0, "A", "B").astype(object))
    frame.loc[frame["race"] == "A", "bought"] = "no"
    frame.loc[frame.index % 100 == 1, "race"] = "Samoan"
    found = flagged(check("FA003", frame, sensitive=["race"]))["race"]
    assert "have too few test rows, or too few with a yes, to say" in found.problem
    assert "(at least 30, and 10 with a yes, in the test)" in found.fix


def test_a_pair_of_groups_can_be_too_small(people):
    married = np.where(people["sex"] == "male", people.index % 4 == 0, people.index % 60 == 1)
    frame = people.assign(married=np.where(married, "yes", "no").astype(object))
    found = flagged(check("FA003", frame))
    assert list(found) == ["sex married"]
    assert found["sex married"].severity is Severity.NOTE
    assert "‘sex female, married yes’" in found["sex married"].examples[0]


def test_a_pair_of_groups_can_have_too_few_with_a_yes(people):
    race = np.where(people.index % 4 < 2, "A", "B").astype(object)
    frame = people.assign(race=race)
    frame.loc[(race == "A") & (people["sex"] == "male"), "bought"] = "no"
    found = flagged(check("FA003", frame))["sex race"]
    assert "1 group of ‘sex’ and ‘race’ has too few test rows with a yes to judge" in found.problem


def test_large_groups_pass_and_ages_are_banded(people):
    age = pd.Series(np.random.default_rng(1).integers(18, 80, len(people)).astype(float))
    assert not flagged(check("FA003", people.assign(age=age)))


def test_a_regression_needs_no_yeses(people):
    frame = people.assign(race=np.where(people.index % 100 == 0, "Samoan", "Other").astype(object))
    assert "race" in flagged(check("FA003", frame, "weight"))
