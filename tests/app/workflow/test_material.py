"""The rows of a problem with fixes: the model, its contract and today's rule each see what they should."""

import numpy as np
import pandas as pd
import pytest

from app.workflow.judging import baselines, best_simple_score
from app.workflow.training import Material, material
from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Question
from engine.evidence.card import to_html, to_markdown
from engine.problem.formulate import formulate
from engine.problem.remedies import apply_remedy
from tests.app.workflow.judged import card_of
from tests.engine.tables import described


@pytest.fixture
def fixed() -> Material:
    """Nine hundred calls; ``days`` is -1 for who was never called, which a fix counts as missing."""
    random = np.random.default_rng(1)
    days = np.where(random.random(900) < 0.4, -1.0, random.integers(1, 300, 900))
    bought = np.where(random.random(900) < np.where(days == -1, 0.8, 0.2), "yes", "no").astype(object)
    frame = pd.DataFrame({"days": days, "noise": random.normal(size=900), "bought": bought})
    contract, profile = described(frame)
    problem = formulate(contract, profile, target="bought", question=Question(rule="days == -1"))
    remedy = Remedy(action=Action.SET_MISSING, columns=("days",), values=("-1",))
    return material(frame, contract, apply_remedy(problem, remedy))


@pytest.fixture
def risen() -> Material:
    """A thousand days, on which the price was raised within the choose rows: fewer are sold since."""
    random = np.random.default_rng(0)
    price = np.where(np.arange(1000) < 690, 10.0, 30.0) + random.integers(0, 5, 1000)
    frame = pd.DataFrame(
        {"day": pd.date_range("2023-01-01", periods=1000), "price": price, "noise": random.normal(size=1000)}
    )
    frame["sold"] = sold(frame) + random.normal(size=1000)
    contract, profile = described(frame)
    problem = formulate(contract, profile, target="sold", time="day")
    remedy = Remedy(action=Action.TIME_SPLIT, columns=("day",))
    return material(frame, contract, apply_remedy(problem, remedy))


def sold(frame: pd.DataFrame) -> np.ndarray:
    """How many are sold, but for chance: a model that knows."""
    return (100 - 30 * (frame["price"] > 20) + 6 * (frame["noise"] > 0)).to_numpy()


def test_the_model_sees_nothing_and_the_service_is_told_so(fixed):
    assert fixed.learn["days"].min() >= 1
    days = fixed.contract.column("days")
    assert days.read_as == {"-1": None}
    assert days.minimum is not None
    assert days.minimum >= 1
    assert days.missing_rate == pytest.approx(0.4, abs=0.05)


def test_one_rule_can_tell_what_is_missing(fixed):
    (one,) = [way for way in baselines(fixed) if way.name == "one_rule"]
    assert one.rule.startswith("no ‘days’: 79")


def test_todays_rule_sees_rows_as_they_came(fixed):
    (today,) = [way for way in baselines(fixed) if way.name == "today"]
    said = today.predict(fixed.choose)[:, 1]
    never = fixed.choose["days"].isna().to_numpy()
    assert said[never].min() > said[~never].max()


def test_simple_ways_are_judged_after_all_that_the_model_has_learned_from(risen):
    """What is served was refitted with the choose rows; while it is searched for, nothing has learned from them."""
    card = card_of(risen, sold).card
    scored = {b.name: b.value for b in card.evidence.baselines}
    before, after = risen.choose["sold"], risen.test["sold"]
    known = np.append(risen.learn["sold"], before)
    assert scored["mean"] == pytest.approx(np.sqrt(((after - known.mean()) ** 2).mean()))
    assert scored["one_rule"] < 4
    assert best_simple_score(risen) > 15  # no learn row has a price as high
    text = "The simpler ways learned from 800 rows: those to learn from and those to choose by."
    assert text in to_markdown(card)
    assert to_html(card).count(text) == 2  # beside them, and where it is said that nothing simpler does as well
