import pytest

from engine.domain.evidence import Estimate, Evidence, Honesty
from engine.domain.outcome import Outcome, Severity, Verdict
from engine.guardrails.evaluation import judged


def outcome(**said: object) -> Outcome:
    score = Estimate(metric="roc_auc", value=0.7, interval=(0.6, 0.8), rows=200)
    found = {"metric": "roc_auc", "greater_is_better": True, "promised": 0.95, "honest": 0.71, "rows": 200, "far": True}
    honesty = Honesty(**{**found, "sentence": "It would look like 0.95.", **said}) if said.pop("there", True) else None
    return next(o for o in judged(Evidence(score=score, honesty=honesty)) if o.code == "EV006")


def test_an_honest_model_with_a_flattering_split_is_a_note():
    found = outcome(columns=("letter",))
    assert (found.verdict, found.severity, found.columns) == (Verdict.FLAGGED, Severity.NOTE, ("letter",))
    assert found.evidence == {"promised": 0.95, "honest": 0.71, "rows": 200}
    assert found.problem == "It would look like 0.95."
    assert not found.blocks


def test_a_leak_that_was_kept_is_a_warning_that_names_it():
    found = outcome(standing=("LK005", "LK006"))
    assert found.severity is Severity.WARNING
    assert "LK005, LK006" in found.fix


@pytest.mark.parametrize(
    ("said", "verdict"),
    [({"far": False}, Verdict.PASSED), ({"there": False}, Verdict.NOT_APPLICABLE)],
    ids=["no gap", "a random test without leaks"],
)
def test_where_nothing_is_promised_nothing_is_flagged(said, verdict):
    assert outcome(**said).verdict is verdict
