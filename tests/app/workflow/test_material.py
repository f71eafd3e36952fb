"""The rows of a problem with fixes: the model, its contract and today's rule each see what they should."""

import numpy as np
import pandas as pd
import pytest

from app.workflow.judging import baselines
from app.workflow.training import Material, material
from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Question
from engine.problem.formulate import formulate
from engine.problem.remedies import apply_remedy
from tests.engine.tables import described


@pytest.fixture
def fixed() -> Material:
    """Nine hundred calls; ``days`` is -1 for who was never called, which a fix counts as missing."""
    random = np.random.default_rng(0)
    days = np.where(random.random(900) < 0.4, -1.0, random.integers(1, 300, 900))
    bought = np.where(random.random(900) < np.where(days == -1, 0.8, 0.2), "yes", "no").astype(object)
    frame = pd.DataFrame({"days": days, "noise": random.normal(size=900), "bought": bought})
    contract, profile = described(frame)
    problem = formulate(contract, profile, target="bought", question=Question(rule="days == -1"))
    remedy = Remedy(action=Action.SET_MISSING, columns=("days",), values=("-1",))
    return material(frame, contract, apply_remedy(problem, remedy))


def test_the_model_sees_nothing_and_the_service_is_told_so(fixed):
    assert fixed.learn["days"].min() >= 1
    days = fixed.contract.column("days")
    assert days.read_as == {"-1": None}
    assert days.minimum is not None
    assert days.minimum >= 1
    assert days.missing_rate == pytest.approx(0.4, abs=0.05)


def test_one_rule_can_tell_what_is_missing(fixed):
    (one,) = [way for way in baselines(fixed) if way.name == "one_rule"]
    assert one.rule.startswith("no ‘days’: 8")


def test_todays_rule_sees_rows_as_they_came(fixed):
    (today,) = [way for way in baselines(fixed) if way.name == "today"]
    said = today.predict(fixed.choose)[:, 1]
    never = fixed.choose["days"].isna().to_numpy()
    assert said[never].min() > said[~never].max()
