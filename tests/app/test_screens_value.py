"""What a model is worth: whom acting on the top reaches, and how often a number is near enough."""

import json

from engine.domain.evidence import Curve, Estimate
from engine.domain.problem import Problem, Task
from tests.app.prepared import EVIDENCE, prepare
from tests.app.reading import read

GAINS = Curve(name="gains", x=(0, 0.25, 1), y=(0, 0.6, 1), low=(0, 0.5, 1), high=(0, 0.7, 1))
BINARY = EVIDENCE.model_copy(update={"curves": (GAINS,)})
WITHIN = Curve(name="within", x=(0, 10, 50), y=(0, 0.6, 1), low=(0, 0.5, 1), high=(0, 0.7, 1), x_label="spent, off by")
NUMBER = EVIDENCE.model_copy(
    update={
        "curves": (WITHIN,),
        "confusion": None,
        "mitigations": (),
        "fairness": (),
        "score": Estimate(metric="rmse", value=12, interval=(11, 13), rows=400),
        "baselines": (),
    }
)


def pictures(at) -> str:
    return " ".join(json.dumps(json.loads(c.proto.spec)) for c in at.get("plotly_chart"))


def test_acting_on_the_top_reaches_so_many_and_the_number_can_be_changed(home, opened):
    _, project_id = prepare(home, "trained", evidence=BINARY)
    at = opened("steps/understand.py", project=project_id)
    assert not at.exception
    # As many as there are real cases, unless a capacity was said: 100 of 400.
    assert "top 100 of 400 customers, you reach 60 of the 100" in read(at)
    assert "(95 % interval 50 to 70)" in read(at)
    top = next(n for n in at.number_input if n.label.startswith("Act on the top"))
    top.set_value(10_000).run()
    assert "top 400 of 400 customers, you reach 100 of the 100" in read(at)
    assert "that is all of them" in read(at)


def test_lift_says_how_many_times_as_many(home, opened):
    _, project_id = prepare(home, "trained", evidence=BINARY)
    at = opened("steps/understand.py", project=project_id)
    next(c for c in at.button_group if "lift" in c.key or "gains" in c.key).set_value("lift").run()
    assert not at.exception
    assert "times as many as at random" in pictures(at)


def test_a_number_is_near_enough_for_a_share_of_the_rows(home, opened):
    asked = Problem(task=Task.REGRESSION, target="spent", metric="rmse")
    _, project_id = prepare(home, "trained", evidence=NUMBER, problem=asked)
    at = opened("steps/understand.py", project=project_id)
    assert not at.exception
    near = next(n for n in at.number_input if n.label.startswith("Near enough"))
    near.set_value(10.0).run()
    assert "For 60 % of the 400 rows it is at most 10 off (95 % interval 50 % to 70 %)" in read(at)


def test_nearly_all_answers_are_counted_on_the_rows_that_the_picture_shows(home, opened):
    off = Curve(name="residuals", x=(-5, 0, 5), y=(100, 200, 100), x_label="spent, predicted minus actual")
    evidence = NUMBER.model_copy(update={"curves": (WITHIN, off), "typical_error": 70.0})
    asked = Problem(task=Task.REGRESSION, target="spent", metric="rmse")
    _, project_id = prepare(home, "trained", evidence=evidence, problem=asked)
    at = opened("steps/understand.py", project=project_id)
    assert "Nine out of ten answers are at most 50 off" in read(at)
    assert "The first and the last bar hold everything beyond" in read(at)
    numbers = next(d.value for d in at.dataframe if "holds" in d.value)
    assert list(numbers["holds"]) == ["and everything below", "", "and everything above"]


def test_money_is_shown_against_the_cheapest_way_without_it(home, opened):
    _, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    assert not at.exception
    assert "brought by 1,000 cases" in pictures(at)
    assert "against acting on everybody (counted on 100 rows). Its mistakes cost" in read(at)
