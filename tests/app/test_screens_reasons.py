"""What the model leans on: with its interval, its relatives and its effects, and not at all where it beats nothing."""

import json

import pytest

from engine.domain.evidence import Baseline, Effect, EffectPoint, Evidence, Importance, Related
from tests.app.prepared import EVIDENCE, NASTY, prepare
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
    assert "calls around 8 raises the answer by 20.0 points, around 0.5 it lowers the answer by 10.0 points" in said
    assert "Where it is missing: raises the answer by 3.0 points (20 explained rows)" in said
    assert "Whiskers: where a share may lie" in said


@pytest.mark.parametrize("column", [NASTY, "since"])
def test_words_and_dates_have_their_effects_too(home, opened, column) -> None:
    at = understood(home, opened, **RICH)
    next(s for s in at.selectbox if s.key == "effect").set_value(column).run()
    assert not at.exception
    assert not at.error
    assert NASTY not in everything(at)
    drawn = " ".join(json.dumps(json.loads(c.proto.spec)) for c in at.get("plotly_chart"))
    assert "moves the answer by" in drawn


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
