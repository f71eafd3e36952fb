"""What the model leans on: with its interval, its relatives and its effects, and not at all where it beats nothing."""

import json

import pytest

from engine.domain.evidence import (
    Baseline,
    Effect,
    EffectPoint,
    Evidence,
    Importance,
    Interaction,
    InteractionPoint,
    Related,
)
from engine.domain.problem import Task
from tests.app.prepared import EVIDENCE, NASTY, PROBLEM, prepare
from tests.app.reading import everything, read

IMPORTANCE = (
    Importance(column="calls", value=0.1, share=0.6, interval=(0.5, 0.72)),
    Importance(column=NASTY, value=0.05, share=0.3, interval=(0.2, 0.4)),
    Importance(column="since", value=0.02, share=0.1, interval=(0.05, 0.2)),
)


def point(at, mean) -> EffectPoint:
    return EffectPoint(at=at, mean=mean, low=mean - 0.01, high=mean + 0.01, rows=20)


EFFECTS = (
    Effect(column="calls", of="yes", points=(point(0.5, -0.1), point(4.0, 0.02), point(8.0, 0.2), point(None, 0.03))),
    Effect(column=NASTY, of="yes", points=(point("<i>a</i>", 0.01), point("b", 0.04))),
    Effect(column="since", of="yes", points=(point("2024-06-01T00:00:00", -0.02), point("2025-06-01T00:00:00", 0.01))),
)
TOGETHER = Interaction(
    columns=("calls", NASTY),
    strength=0.44,
    of="yes",
    points=tuple(
        InteractionPoint(at=at, beside=beside, answer=answer)
        for beside, line in (("<i>a</i>", (0.2, 0.7)), ("b", (0.3, 0.4)))
        for at, answer in zip((1.0, 8.0), line, strict=True)
    ),
)
RICH = {"importance": IMPORTANCE, "effects": EFFECTS, "related": (Related(columns=("calls", "since"), strength=0.9),)}


def understood(home, opened, **changes):
    _, project_id = prepare(home, "trained", evidence=EVIDENCE.model_copy(update=changes))
    at = opened("steps/understand.py", project=project_id)
    assert not at.exception
    assert not at.error
    return at


def test_relatives_and_effects_are_said_in_words(home, opened) -> None:
    at = understood(home, opened, **RICH)
    said = read(at)
    assert "calls and since say much the same" in said
    assert "calls around 8 raises the answer by 20 points, around 0.5 it lowers the answer by 10 points" in said
    assert "Where it is missing: raises the answer by 3 points (20 explained rows)" in said
    assert "Whiskers: where a share may lie" in said


def test_a_column_with_one_point_is_said_to_hardly_vary_and_is_drawn(home, opened) -> None:
    at = understood(
        home, opened, importance=IMPORTANCE, effects=(Effect(column="calls", of="yes", points=(point(8.0, 0.2),)),)
    )
    assert "calls hardly varies here: around 8 it raises the answer by 20 points" in read(at)


@pytest.mark.parametrize("column", [NASTY, "since"])
def test_words_and_dates_have_their_effects_too(home, opened, column) -> None:
    at = understood(home, opened, **RICH)
    next(s for s in at.selectbox if s.key == "effect").set_value(column).run()
    assert not at.exception
    assert not at.error
    assert NASTY not in everything(at)
    drawn = " ".join(json.dumps(json.loads(c.proto.spec)) for c in at.get("plotly_chart"))
    assert "moves the answer by" in drawn


def test_columns_that_work_together_are_told_with_where(home, opened) -> None:
    at = understood(home, opened, **RICH, interactions=(TOGETHER, TOGETHER.model_copy(update={"of": "yes"})))
    said = read(at)
    assert "work together: where calls is 8, the answer with" in said
    assert "30 points higher than with b; where calls is 1, it is 10 points lower" in said
    assert NASTY not in everything(at)


def test_that_no_two_work_together_is_said_too(home, opened) -> None:
    assert "no two work together enough to be worth knowing" in read(understood(home, opened, **RICH, interactions=()))


def test_every_picture_of_reasons_says_what_they_are_not(home, opened) -> None:
    at = understood(home, opened, **RICH, interactions=(TOGETHER,))
    drawn = [json.dumps(json.loads(chart.proto.spec)) for chart in at.get("plotly_chart")]
    assert sum("What the model leans on, not what causes the outcome" in spec for spec in drawn) == 4


def test_of_several_classes_one_is_chosen(home, opened) -> None:
    other = EFFECTS[0].model_copy(update={"of": "maybe", "points": (point(0.5, 0.3), point(8.0, -0.3))})
    kinds = PROBLEM.model_copy(
        update={"task": Task.MULTICLASS, "classes": ("maybe", "no", "yes"), "positive": None, "metric": "log_loss"}
    )
    _, project_id = prepare(
        home, "trained", problem=kinds, evidence=EVIDENCE.model_copy(update={**RICH, "effects": (*EFFECTS, other)})
    )
    at = opened("steps/understand.py", project=project_id)
    assert not at.exception
    assert "calls around 8 raises the answer by 20 points" in read(at)
    next(s for s in at.selectbox if s.key == "effect:of").set_value("maybe").run()
    assert not at.exception
    assert "calls around 0.5 raises the answer by 30 points" in read(at)


@pytest.mark.parametrize("name", ["majority", "one_rule"])
def test_a_model_that_beats_nothing_is_not_explained(home, opened, name) -> None:
    rival = Baseline(name=name, label="one rule", value=0.82, difference=(-0.04, 0.01))
    said = read(understood(home, opened, **RICH, baselines=(rival,)))
    assert "There is nothing to explain: the model is not surely better than one rule" in said
    assert "It leans most on" not in said


def test_evidence_of_before_is_still_read(home, opened) -> None:
    old = EVIDENCE.model_dump(mode="json", exclude={"related", "effects"})
    for one in old["importance"]:
        del one["interval"]
    assert Evidence.model_validate_json(json.dumps(old)) == EVIDENCE
    assert "It leans most on" in read(understood(home, opened))
