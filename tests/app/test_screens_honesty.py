"""The panel that sets what a random test would promise beside what an honest one shows."""

import json

import pytest

from engine.domain.evidence import Honesty
from tests.app.prepared import EVIDENCE, NASTY, prepare
from tests.app.reading import Opener, read


def understood(home, opened: Opener, found: Honesty | None):
    _, project_id = prepare(home, "trained", evidence=EVIDENCE.model_copy(update={"honesty": found}))
    return opened("steps/understand.py", project=project_id)


def honesty(**said) -> Honesty:
    known = {
        "metric": "roc_auc",
        "greater_is_better": True,
        "promised": 0.95,
        "honest": 0.71,
        "rows": 1234,
        "far": True,
    }
    sentence = "With rows drawn at random, a quick model would look like 0.95 and work like 0.71 (ROC AUC)."
    return Honesty(**{**known, "sentence": sentence, "columns": (NASTY,), **said})


def pictures(at) -> str:
    return " ".join(json.dumps(json.loads(c.proto.spec)) for c in at.get("plotly_chart"))


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ({}, "A quick model would look better than it works"),
        ({"standing": ("LK005",)}, "Your model looks better than it will work"),
        ({"far": False, "columns": ()}, "Here an honest test costs nothing"),
    ],
    ids=["tested honestly", "a leak was kept", "no gap"],
)
def test_the_promise_stands_beside_the_work_and_todays_rule(home, opened, said, title):
    at = understood(home, opened, honesty(**said))
    assert not at.exception
    (folded,) = [group for group in at.expander if "look like" in group.label]
    assert folded.proto.expanded == said.get("far", True)
    text = read(at)
    assert "a quick model would look like 0.95 and work like 0.71" in text
    assert "1,234 rows" in text
    drawn = pictures(at)
    assert title in drawn
    for label in ("A random test promises", "The honest test shows", "Today's rule", "This model"):
        assert label in drawn


def test_where_the_test_was_a_random_one_nothing_is_said(home, opened):
    at = understood(home, opened, None)
    assert not at.exception
    assert "promises" not in pictures(at)
