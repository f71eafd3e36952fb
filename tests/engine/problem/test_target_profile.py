"""How the answer goes with every column."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import Role
from engine.domain.problem import TargetProfile
from engine.problem.formulate import formulate
from engine.problem.target_profile import against
from tests.engine.tables import described


@pytest.fixture
def loans() -> pd.DataFrame:
    """Four hundred loans: the old and those from Ulm default; one amount, one town and one answer are missing."""
    age = np.tile(np.arange(20.0, 60.0), 10)
    town = np.where(np.arange(400) % 4 == 0, "Ulm", "Bonn").astype(object)
    frame = pd.DataFrame({"age": age, "town": town, "day": pd.date_range("2024-01-01", periods=400)})
    frame["who"] = [f"name {i % 40}" for i in range(400)]
    frame["defaulted"] = np.where((age >= 40) | (town == "Ulm"), "yes", "no").astype(object)
    frame.loc[0, "age"], frame.loc[1, "town"], frame.loc[2, "defaulted"] = np.nan, None, None
    return frame


def profiled(frame: pd.DataFrame, target: str) -> TargetProfile:
    contract, profile = described(frame, who=Role.PERSONAL)
    return against(frame, contract, profile, formulate(contract, profile, target=target))


def test_every_bar_has_its_share_of_the_positive_answer(loans):
    found = profiled(loans, "defaulted")
    answered = loans[loans["defaulted"].notna()]
    assert (found.answer, found.overall) == ("yes", pytest.approx((answered["defaulted"] == "yes").mean()))
    town = found.column("town")
    assert town.levels == ("Bonn", "Ulm")
    assert town.rows == tuple((answered["town"] == t).sum() for t in town.levels)
    assert town.values == (pytest.approx((answered[answered["town"] == "Bonn"]["defaulted"] == "yes").mean()), 1.0)
    assert town.missing == (1, None)
    age = found.column("age")
    assert sum(age.rows) + age.missing[0] == sum(town.rows) + town.missing[0] == 399
    assert len(age.edges) == len(age.rows) + 1
    assert age.values[-1] == 1.0
    assert age.values[0] < 0.5


def test_of_a_number_the_mean_is_shown_and_dates_are_bars_too(loans):
    found = profiled(loans, "age")
    assert found.answer is None
    assert found.overall == pytest.approx(loans["age"].mean())
    day = found.column("day")
    assert sum(day.rows) == 399
    assert np.average([v or 0 for v in day.values], weights=day.rows) == pytest.approx(found.overall)


def test_of_several_kinds_the_commonest_is_shown(loans):
    kinds = loans.assign(kind=np.where(loans.index % 2, "a", np.where(loans.index % 3, "b", "c")))
    assert profiled(kinds, "kind").answer == "a"


def test_many_levels_are_counted_together_and_persons_not_at_all(loans):
    frame = loans.assign(shop=[f"shop {i % 50:02d}" for i in range(400)])
    found = profiled(frame, "defaulted")
    assert {c.name for c in found.columns} == {"age", "town", "day", "shop"}
    shop = found.column("shop")
    assert len(shop.levels) == 20
    assert set(shop.values) == {None}  # eight rows each
    assert (shop.others[0], shop.others[1] is not None) == (399 - sum(shop.rows), True)
