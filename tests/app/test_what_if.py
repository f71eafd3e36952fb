"""A case whose values are changed: the answer and its reasons move, and leaving the data is warned about."""

import pytest

from app.components import reasons_view
from app.wording import class_name
from app.workflow import asking, registry
from app.workflow.asking import Standing
from engine.domain.evidence import Explanation
from engine.domain.failure import Failure
from engine.domain.problem import Task
from engine.domain.service import Prediction, Reason
from store import db, jobs
from tests.app.prepared import NASTY, PROBLEM, prepare
from tests.app.reading import everything, read


def answer(home, shown, row, policy):
    """Yes with a tenth of the calls; more than nine of them nobody has seen."""
    calls = row["calls"] or 0.0
    part = calls / 10 - 0.2
    why = Explanation(of="yes", base=0.2, value=calls / 10, contributions={**dict.fromkeys(row, 0.0), "calls": part})
    reasons = (Reason(code="out_of_range", column="calls", message=f"'calls' is {calls}."),) if calls > 9 else ()
    told = Prediction(
        decision_id="d",
        prediction="yes",
        decision="call" if calls / 10 >= (policy.threshold or 0.5) else "do not call",
        trust="caution" if reasons else "ok",
        reasons=reasons,
        explanation=why,
    )
    return told, False


@pytest.fixture
def ready(monkeypatch):
    monkeypatch.setattr(asking, "standing", lambda home, shown: Standing.READY)
    monkeypatch.setattr(asking, "ask", answer)


def test_without_a_worker_the_button_is_closed_and_says_why(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    assert next(b for b in at.button if b.label == "Load the model").disabled
    assert "No worker is running" in read(at)


def test_the_button_says_to_the_worker_what_is_wanted(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    with db.writing(opened_home.engine) as session:
        jobs.beat(session=session, worker_id="w", pid=1)
    at = opened("steps/decide.py", project=project_id)
    next(b for b in at.button if b.label == "Load the model").click().run()
    shown = registry.show(opened_home, "leaving:1")
    assert asking.standing(opened_home, shown) is Standing.LOADING
    assert asking.take(opened_home).reference == "leaving:1"


@pytest.mark.usefixtures("ready")
def test_a_changed_value_moves_the_answer_and_leaving_the_data_is_warned_about(home, opened) -> None:
    _, project_id = prepare(home, "decided")
    at = opened("steps/decide.py", project=project_id)
    assert not at.exception
    calls = next(n for n in at.number_input if n.label == "calls")
    calls.set_value(9.5).run()
    assert not at.exception
    said = read(at)
    assert "The answer moves from 0 % to 95 %, most of all through calls (+95 points)" in said
    assert "leaves what the model has learned from" in said
    assert NASTY not in everything(at)
    next(b for b in at.button if b.label == "Back to the values it began with").click().run()
    assert "leaves what the model" not in read(at)
    assert next(n for n in at.number_input if n.label == "calls").value is None


@pytest.mark.usefixtures("ready")
def test_a_test_row_is_a_case_too_and_a_value_can_be_taken_away(home, opened) -> None:
    prepare(home, "released")
    at = opened("screens/model.py", model="leaving:1")
    start = next(s for s in at.selectbox if s.label == "Start from")
    assert len(start.options) == 4
    start.set_value(start.options[1]).run()
    next(n for n in at.number_input if n.label == "calls").set_value(None).run()
    assert not at.exception
    assert not at.error


def test_a_class_that_is_a_number_is_said_with_what_it_means(home, opened, monkeypatch) -> None:
    def of_number(*asked):
        told, estimated = answer(*asked)
        why = told.explanation.model_copy(update={"of": "1"})
        return told.model_copy(update={"prediction": "1", "explanation": why}), estimated

    monkeypatch.setattr(asking, "standing", lambda home, shown: Standing.READY)
    monkeypatch.setattr(asking, "ask", of_number)
    prepare(home, "released", problem=PROBLEM.model_copy(update={"classes": ("0", "1"), "positive": "1"}))
    at = opened("screens/model.py", model="leaving:1")
    assert r"1 \(yes\)" in [metric.label for metric in at.metric]


def test_a_test_case_is_called_by_what_its_classes_mean() -> None:
    problem = PROBLEM.model_copy(update={"classes": ("0", "1"), "positive": "1"})
    assert (class_name("0", problem), class_name("1", problem)) == ("0 (no)", "1 (yes)")
    assert class_name("stays", PROBLEM) == "stays"
    several = problem.model_copy(update={"task": Task.MULTICLASS, "target": "quality", "classes": ("6", "7", "a")})
    assert [class_name(label, several) for label in ("7", "3.5", "a")] == ["quality 7", "quality 3.5", "a"]


@pytest.mark.parametrize(
    ("base", "part", "axis"),
    [(0.16, 0.31, [0, 0.5875]), (0.5, -0.4, [-0.025, 0.625]), (-4.0, 6.0, [-5.5, 3.5])],
    ids=["up", "down", "across"],
)
def test_the_bars_of_two_answers_stand_on_nought(monkeypatch, base, part, axis) -> None:
    drawn = []
    monkeypatch.setattr(reasons_view.pictures, "show", lambda figure, **_: drawn.append(figure))
    why = Explanation(of="yes", base=base, value=base + part, contributions={"calls": part})
    reasons_view.waterfall({"calls": 7}, why, PROBLEM, key="w")
    assert list(drawn[0].layout.xaxis.range) == pytest.approx(axis)


def test_a_model_that_cannot_be_opened_says_why(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    shown = registry.show(opened_home, "leaving:1")
    failure = Failure(code="tampered_artifact", problem="The files were changed.", fix="Restore the backup.")
    at_ = asking.At(stamp=asking.stamp(shown), pid=1, failure=failure)
    asking.write(asking.place(opened_home), at_)
    assert "The files were changed" in opened("steps/decide.py", project=project_id).error[0].value
