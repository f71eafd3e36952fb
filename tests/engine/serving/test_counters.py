"""What the service counts for whoever watches it."""

import numpy as np
import prometheus_client
import pytest

from engine.domain.problem import Task
from engine.domain.service import Prediction
from engine.serving import counters
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served


def value(name: str, **labels: str) -> float:
    return prometheus_client.REGISTRY.get_sample_value(f"handrail_{name}_total", labels) or 0.0


def answered(*rows: dict[str, object], model: str) -> list[Prediction]:
    served = make_served(model=model)
    told = Scorer(served, Fake()).predict(rows)
    counters.answered(served, told)
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
    counters.answered(make_served(model=f"c:{trust}"), [told])
    assert value("decisions", model=f"c:{trust}", decision=decision, trust=trust) == 1


def test_outcomes_are_counted() -> None:
    counters.reported("d:1", 3)
    assert value("outcomes", model="d:1") == 3


def test_classes_and_chances_are_counted_so_that_a_shift_shows() -> None:
    answered(ROW, {**ROW, "age": 20}, {**ROW, "age": 90}, {**ROW, "age": 100}, model="e:1")
    assert value("answers", model="e:1", answer="no") == 2
    assert value("answers", model="e:1", answer="yes") == 2
    assert value("chances", model="e:1", chance="0.2 to 0.3") == 1
    assert value("chances", model="e:1", chance="0.9 to 1.0") == 2  # 0.9 and 1


def test_values_are_counted_by_range() -> None:
    served = make_served(Task.REGRESSION, model="f:1", ranges=(100.0, 400.0, 1000.0))
    rows = [{**ROW, "age": age} for age in (5, 40, 90, 100, 110)]
    counters.answered(served, Scorer(served, Fake(Task.REGRESSION)).predict(rows))
    ranges = ("below 100", "100 to 400", "400 to 1000", "from 1000")
    assert [value("answers", model="f:1", answer=name) for name in ranges] == [1, 0, 2, 2]
    plain = make_served(Task.REGRESSION, model="g:1")
    counters.answered(plain, Scorer(plain, Fake(Task.REGRESSION)).predict(rows))
    assert value("answers", model="g:1", answer="value") == 5


@pytest.mark.parametrize(
    ("task", "label", "known"),
    [(Task.BINARY, "answer", {}), (Task.BINARY, "chance", {}), (Task.REGRESSION, "answer", {"ranges": (250.0, 500.0)})],
    ids=["classes", "chances", "values"],
)
def test_a_service_tells_how_rows_were_answered_in_training(task: Task, label: str, known: dict[str, object]) -> None:
    """Of the same rows the counters say now what the gauges say of then."""
    rows = [{**ROW, "age": age} for age in (20, 20, 30, 90, 90, 90, 90, 90)]
    model = f"usual:{task}:{label}"
    scorer = Scorer(make_served(task, model=model, **known), Fake(task))
    raw = scorer.answer(scorer.reader.read(rows).frame)
    served = scorer.served.model_copy(update={"usual": counters.usual(scorer.served, raw)})
    assert sum(served.usual[f"{label}s"].values()) == pytest.approx(1)
    assert len(served.usual[f"{label}s"]) > 1
    assert ("chances" in served.usual) == (task is Task.BINARY)
    counters.trained(served)
    counters.answered(served, scorer.predict(rows))
    for name, share in served.usual[f"{label}s"].items():
        labels = {"model": model, label: name}
        assert prometheus_client.REGISTRY.get_sample_value(f"handrail_{label}s_in_training", labels) == share
        assert value(f"{label}s", **labels) / len(rows) == share


@pytest.mark.parametrize("task", Task)
def test_what_training_never_answered_is_told_as_none(task: Task) -> None:
    """Or PromQL, which takes one figure from another of the same label, would never tell of it."""
    served = make_served(task, ranges=(250.0, 500.0) if task is Task.REGRESSION else ())
    raw = np.full(9, 100.0) if task is Task.REGRESSION else np.eye(len(served.classes))[[0] * 9]
    usual = counters.usual(served, raw)
    answers = {"below 250": 1, "250 to 500": 0, "from 500": 0}
    assert usual["answers"] == (
        answers if task is Task.REGRESSION else dict(zip(served.classes, (1, 0, 0), strict=False))
    )
    assert len(usual.get("chances", ())) == (0 if task is Task.REGRESSION else 10)


def test_labels_stay_few_whatever_callers_send() -> None:
    odd = [{**ROW, "job": f"job {i}", "age": i * 1e6, f"x{i}": i, "since": None} for i in range(200)]
    answered(*odd, model="h:1")
    for status in (404, 401) * 100:
        counters.called("h:1", "", "", status)
    series = [
        sample
        for metric in prometheus_client.REGISTRY.collect()
        for sample in metric.samples
        if sample.labels.get("model") == "h:1" and sample.name.endswith("_total")
    ]
    assert len(series) < 20
    assert value("reasons", model="h:1", code="new_category", column="job") == 200


def test_an_alert_tells_a_shift_from_the_counters_alone() -> None:
    """Out of 100 rows 40 lie outside in one column, as a rule over ``handrail_reasons`` and ``decisions`` sees it."""
    answered(*[{**ROW, "age": 95 if i < 40 else 40} for i in range(100)], model="i:1")
    rows = sum(value("decisions", model="i:1", decision="call", trust=trust) for trust in ("ok", "caution"))
    assert value("reasons", model="i:1", code="out_of_range", column="age") / rows == 0.4


def test_a_column_that_was_always_often_missing_sounds_no_alarm() -> None:
    """Of 20 rows 6 have no balance and 6 no job: in training a fifth and none had not."""
    served = make_served(model="j:1")
    counters.trained(served)
    counters.trained(served)  # a second service in the same process
    lacking = [{**ROW, "balance": None, "job": None}] * 6
    answered(*lacking, *[ROW] * 14, model="j:1")
    rows = sum(value("decisions", model="j:1", decision="call", trust=trust) for trust in ("ok", "caution"))

    def above(column: str) -> float:
        before = prometheus_client.REGISTRY.get_sample_value(
            "handrail_missing_in_training", {"model": "j:1", "column": column}
        )
        return value("reasons", model="j:1", code="missing", column=column) / rows - (before or 0.0)

    assert above("balance") == pytest.approx(0.1)
    assert above("job") == pytest.approx(0.3)
