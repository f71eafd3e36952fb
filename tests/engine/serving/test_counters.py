"""What the service counts for whoever watches it."""

import prometheus_client
import pytest

from engine.domain.service import Prediction
from engine.serving import counters
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served


def value(name: str, **labels: str) -> float:
    return prometheus_client.REGISTRY.get_sample_value(f"handrail_{name}_total", labels) or 0.0


def answered(*rows: dict[str, object], model: str) -> list[Prediction]:
    told = Scorer(make_served(model=model), Fake()).predict(rows)
    counters.answered(model, told)
    return told


def test_decisions_are_counted_with_their_trust_and_reasons() -> None:
    answered(ROW, {**ROW, "age": 20}, {**ROW, "age": 99}, model="a:1")
    assert value("decisions", model="a:1", decision="call", trust="ok") == 1
    assert value("decisions", model="a:1", decision="do not call", trust="ok") == 1
    assert value("decisions", model="a:1", decision="call", trust="caution") == 1
    assert value("reasons", model="a:1", code="out_of_range", column="age") == 1


def test_names_that_callers_make_up_are_counted_as_one() -> None:
    answered({**ROW, "x1": 1}, {**ROW, "x2": 1}, model="b:1")
    assert value("reasons", model="b:1", code="extra_column", column="") == 2
    assert value("reasons", model="b:1", code="extra_column", column="x1") == 0


@pytest.mark.parametrize(("trust", "decision"), [("ok", "value"), ("abstain", "ask a person")])
def test_numbers_are_counted_as_a_value(trust: str, decision: str) -> None:
    told = Prediction.model_validate(
        {"decision_id": "1", "prediction": 3.25, "decision": "3.25" if trust == "ok" else decision, "trust": trust}
        | {"probabilities": None, "prediction_set": None, "interval": None, "reasons": ()}
    )
    counters.answered(f"c:{trust}", [told])
    assert value("decisions", model=f"c:{trust}", decision=decision, trust=trust) == 1


def test_outcomes_are_counted() -> None:
    counters.reported("d:1", 3)
    assert value("outcomes", model="d:1") == 3
