"""What was measured stands on the card with its neighbour; reasons of a model that beats nothing do not."""

import json

import pytest

from engine.domain.evidence import (
    Confusion,
    Effect,
    EffectPoint,
    Estimate,
    Evidence,
    Importance,
    Interaction,
    Related,
    Slice,
)
from engine.domain.fair import Fairness, GroupRate
from engine.domain.policy import Abstention, Policy, PolicyKind
from engine.domain.problem import Task
from engine.evidence.card import to_cyclonedx, to_html, to_markdown
from tests.engine.evidence.cards import make

PLAIN = make().evidence
FULL = PLAIN.model_copy(
    update={
        "threshold": 0.2,
        "confusion": Confusion(classes=("no", "yes"), counts=((4, 2), (1, 3))),
        "importance": (
            Importance(column="fee", value=0.02, share=0.8, interval=(0.7, 0.9)),
            Importance(column="plan", value=0.005, share=0.2, interval=(0.1, 0.3)),
        ),
        "related": (Related(columns=("fee", "plan"), strength=0.91),),
        "effects": (
            Effect(
                column="fee",
                of="yes",
                points=(
                    EffectPoint(at=12.0, mean=-0.03, low=-0.05, high=-0.01, rows=40),
                    EffectPoint(at=None, mean=0.01, low=0.0, high=0.02, rows=9),
                ),
            ),
        ),
        "interactions": (Interaction(columns=("fee", "plan"), strength=0.4, of="yes", points=()),),
        "slices": (
            Slice(
                conditions=("‘plan’ is ‘basic’", "‘fee’ is above 50"),
                columns=("plan", "fee"),
                rows=80,
                share=0.08,
                metric="roc_auc",
                value=0.61,
                elsewhere=0.83,
                sentence="It is weak there.",
            ),
        ),
        "limits": (
            Abstention(coverage=0.8, abstained=0.31, error=0.12, error_answered=0.05),
            Abstention(coverage=0.9, abstained=0.55, error=0.12, error_answered=0.03),
        ),
    }
)
# Every figure with what stands beside it.
SAID = {
    "importance": ("80 %", "70 % to 90 %", "2 points"),
    "related": ("say much the same (at least 0.91 of 1)",),
    "effects": ("from -3 points (12) to +1 point (missing)",),
    "interactions": ("work together: 40 % of how the answer varies with both comes from neither alone",),
    "slices": ("80 (8 %)", "0.61", "0.83", "It is weak there."),
    "limits": ("31 %", "5 %", "12 %", "55 %"),
}


def level(evidence: Evidence) -> Evidence:
    """The same evidence of a model that does not surely beat one rule."""
    rule = PLAIN.baselines[0].model_copy(update={"name": "one_rule", "difference": (-0.01, 0.02)})
    return evidence.model_copy(update={"baselines": (rule,)})


@pytest.mark.parametrize("document", [to_html, to_markdown])
@pytest.mark.parametrize("what", SAID)
def test_each_figure_stands_with_its_neighbour(document, what):
    text = document(make(evidence=FULL))
    without = document(make(evidence=PLAIN.model_copy(update={"importance": ()})))
    assert [words for words in SAID[what] if words not in text] == []
    assert all(words not in without for words in SAID[what][:1])


def test_the_machine_readable_card_has_them_too():
    model = to_cyclonedx(make(evidence=FULL))["components"][0]["modelCard"]
    figures = model["quantitativeAnalysis"]["performanceMetrics"]
    said = {p["name"].removeprefix("handrail:"): p["value"] for p in model["properties"]}
    weak = {"type": "roc_auc", "value": "0.61", "slice": "80 test rows where ‘plan’ is ‘basic’ and ‘fee’ is above 50"}
    assert weak in figures
    assert {"type": "abstained", "value": "0.31", "slice": "choose rows, coverage 0.8"} in figures
    assert said["importance_interval:fee"] == "0.7 to 0.9"
    assert said["related"] == "fee, plan (0.91)"
    assert said["interaction"] == "fee, plan on yes (0.4)"
    assert json.loads(said["effect:fee:yes"])[0]["rows"] == 40


@pytest.mark.parametrize("document", [to_html, to_markdown, lambda card: json.dumps(to_cyclonedx(card))])
def test_a_model_that_beats_nothing_gives_no_reasons(document):
    shown, hidden = document(make(evidence=FULL)), document(make(evidence=level(FULL)))
    assert "There is nothing to explain: it is not surely better than" in hidden
    assert "There is nothing to explain" not in shown
    for words in ("much the same", "-3 points", "importance:fee", "70 % to 90 %", "related", "work together"):
        assert words not in hidden


def test_the_answers_are_counted_as_the_policy_decides_now():
    card = make(evidence=FULL)
    assert "picked from a chance of 0.2 up" in to_html(card)
    for cells in ("| no | 4 | 2 | 6 |", "| yes | 1 | 3 | 4 |"):
        assert cells in to_markdown(card)
    stricter = make(evidence=FULL, policy=Policy(kind=PolicyKind.MANUAL, threshold=0.9))
    assert "| no | 6 | 0 | 6 |" in to_markdown(stricter)
    assert "Groups were compared as picked from a chance of 0.2 up; it decides by a chance of 0.9 now." in to_html(
        stricter
    )
    assert "Groups were compared as" not in to_html(card)


def test_a_threshold_between_those_that_were_counted_is_said_to_be_about():
    between = make(evidence=FULL, policy=Policy(kind=PolicyKind.MANUAL, threshold=0.15))
    assert "picked from a chance of about 0.15 up" in to_markdown(between)
    assert "about 5 of 10 picked" in to_markdown(between)


def test_an_effect_says_of_which_class_it_is_where_there_are_several():
    problem = make().problem.model_copy(update={"task": Task.MULTICLASS, "metric": "log_loss", "positive": None})
    assert "fee for ‘yes’" in to_html(make(evidence=FULL, problem=problem, policy_on_test=None))


def test_an_effect_of_one_point_is_said_to_hardly_vary():
    (effect,) = FULL.effects
    alone = FULL.model_copy(update={"effects": (effect.model_copy(update={"points": effect.points[:1]}),)})
    assert "- fee: -3 points; it hardly varies here (12)" in to_markdown(make(evidence=alone)).replace("\\", "")


def test_what_the_likelier_answer_makes_is_said_to_be_decided_at_one_half():
    accuracy = Estimate(metric="accuracy", value=0.84, interval=(0.8, 0.9), rows=1000)
    card = make(evidence=FULL.model_copy(update={"others": (accuracy,)}))
    assert "| accuracy, one half decides | 0.84 |" in to_markdown(card)
    assert "Best guess wrong (one half decides), where it answers" in to_html(card)
    assert '"slice": "test rows, one half decides"' in json.dumps(to_cyclonedx(card))


@pytest.mark.parametrize("document", [to_html, to_markdown])
def test_the_groups_of_several_classes_say_which_class_and_which_answer_is_counted(document):
    group = GroupRate(group="f", rows=40, selection_rate=0.3, error_rate=0.5, interval=(0.2, 0.4), rated="mid")
    compared = Fairness(
        column="sex", measure="demographic_parity_difference", value=0.1, interval=(0, 0.2), groups=(group,)
    )
    card = make(evidence=FULL.model_copy(update={"fairness": (compared,), "confusion": None, "threshold": None}))
    kinds = card.problem.model_copy(
        update={"task": Task.MULTICLASS, "classes": ("low", "mid", "top"), "metric": "log_loss"}
    )
    text = document(card.model_copy(update={"problem": kinds}))
    for heading in ("Given ‘mid’", "Wrong answers", "Chance of its best guess", "Best guess right"):
        assert heading in text
    assert "Picked" not in text
