"""A service decides for the class whose mistakes cost the least; what it predicts stays the most probable class."""

import numpy as np
import pytest

from engine.domain.policy import Abstention, MistakeCosts, Policy, PolicyKind
from engine.domain.problem import Task
from engine.domain.service import Served
from engine.serving.answers import answers
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served

# At an age of 40 the chances of a, b and c are 0.6, 0.3 and 0.1.
COSTS = MistakeCosts(classes=("a", "b", "c"), amounts=((0, 1, 10), (1, 0, 10), (1, 1, 0)))
POLICY = Policy(kind=PolicyKind.COSTS, costs=COSTS)


def test_the_decision_is_what_costs_least_and_the_prediction_what_is_most_probable() -> None:
    scorer = Scorer(make_served(Task.MULTICLASS, policy=POLICY), Fake(Task.MULTICLASS))
    told = scorer.predict([{**ROW, "age": 40}, {**ROW, "age": 20}])
    assert [(one.prediction, one.decision) for one in told] == [("a", "c"), ("a", "a")]
    assert told[0].probabilities == pytest.approx({"a": 0.6, "b": 0.3, "c": 0.1})


def test_a_row_that_is_left_to_a_person_is_not_decided() -> None:
    unsure = Abstention(coverage=0.9, limits=(0.5, 0.75, 0.8))
    served = make_served(Task.MULTICLASS, policy=POLICY.model_copy(update={"abstention": unsure}), limits=unsure)
    told = answers(served, np.array([[0.6, 0.3, 0.1], [0.9, 0.05, 0.05]]))
    assert told.decisions.tolist() == ["ask a person", "a"]
    assert told.predictions.tolist() == ["a", "a"]


def test_costs_go_through_the_file_beside_the_model() -> None:
    served = make_served(Task.MULTICLASS, policy=POLICY)
    assert Served.model_validate_json(served.model_dump_json()) == served


def test_a_policy_of_before_there_were_costs_still_loads() -> None:
    old = {"kind": "manual", "threshold": 0.4, "sentence": "Nobody gave costs or a capacity."}
    loaded = Policy.model_validate(old)
    assert (loaded.kind, loaded.costs) == (PolicyKind.MANUAL, None)
