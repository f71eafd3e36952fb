"""LK001: a number made of the answers of many rows, or of the next one."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from tests.engine.guardrails.checking import check, flagged


@pytest.fixture
def visits() -> pd.DataFrame:
    """800 visits of 200 customers. ``usual`` is the mean answer of a customer, of all their visits."""
    random = np.random.default_rng(4)
    customer = random.integers(200, size=800)
    bought = (random.random(800) < 0.4).astype(float)
    frame = pd.DataFrame(
        {
            "customer": [f"C{number}" for number in customer],
            "age": (20 + customer % 60).astype(float),
            "bought": np.array(["no", "yes"], dtype=object)[bought.astype(int)],
        }
    )
    return frame.assign(usual=pd.Series(bought).groupby(customer).transform("mean").round(2))


@pytest.mark.parametrize("rows", [None, 300], ids=["all rows", "a part of the rows"])
def test_a_mean_of_the_answers_per_key_is_stopped(visits, rows, monkeypatch):
    if rows:
        monkeypatch.setattr("engine.guardrails.base.MOST_ROWS", rows)
    found = flagged(check("LK001", visits))
    assert list(found) == ["usual"]
    assert found["usual"].severity is Severity.BLOCKER
    assert "the mean of the answers of all rows with the same ‘customer’" in found["usual"].problem


def test_a_mean_of_a_customers_other_rows_is_stopped(visits):
    bought = (visits["bought"] == "yes").astype(float).groupby(visits["customer"])
    rows, total = bought.transform("size"), bought.transform("sum")
    own = (visits["bought"] == "yes").astype(float)
    others = ((total - own) / (rows - 1)).where(rows > 1)
    found = flagged(check("LK001", visits.assign(usual=others)))
    assert "all other rows" in found["usual"].problem


def test_a_mean_of_earlier_answers_is_none_of_it(visits):
    own = (visits["bought"] == "yes").astype(float)
    earlier = own.groupby(visits["customer"]).transform(lambda of: of.shift().expanding().mean())
    assert not flagged(check("LK001", visits.assign(usual=earlier)))


def test_numbers_that_belong_to_a_key_are_none_of_it(visits):
    random = np.random.default_rng(5)
    worth = pd.Series(random.normal(size=200))[[int(name[1:]) for name in visits["customer"]]].to_numpy()
    assert not flagged(check("LK001", visits.assign(usual=worth)))


def test_the_answer_of_the_next_row_gives_it_away(visits):
    found = flagged(check("LK001", visits.drop(columns="usual").assign(other=visits["bought"].shift(-1))))
    assert list(found) == ["other"]
    assert "the answer of the next row" in found["other"].problem


def test_the_answer_of_the_previous_row_does_not(visits):
    assert not flagged(check("LK001", visits.drop(columns="usual").assign(other=visits["bought"].shift(1))))


def test_the_next_number_gives_it_away(visits):
    amounts = visits.drop(columns="usual").assign(bought=np.random.default_rng(6).normal(size=800).round(3))
    found = flagged(check("LK001", amounts.assign(later=amounts["bought"].shift(-1))))
    assert list(found) == ["later"]
