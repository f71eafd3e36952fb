import numpy as np

from engine.domain.outcome import Action, Severity
from engine.guardrails.run import run
from tests.engine.guardrails.checking import check, fixed, flagged, table


def test_a_sensitive_feature_is_withheld_and_kept_to_judge_by(clean):
    frame = clean.assign(sex=np.where(clean.index % 2 == 0, "male", "female"))
    outcomes = check("FA001", frame)
    found = flagged(outcomes)
    assert list(found) == ["sex"]
    assert found["sex"].severity is Severity.WARNING
    assert found["sex"].gate is None
    assert found["sex"].remedy is not None
    assert found["sex"].remedy.action is Action.WITHHOLD
    problem, after = fixed(frame, outcomes)
    assert problem.sensitive == ("sex",)
    assert flagged(after)["sex"].severity is Severity.NOTE


def test_what_the_analyst_calls_sensitive_is_noted(clean):
    found = flagged(check("FA001", clean, sensitive=["region"]))
    assert found["region"].severity is Severity.NOTE


def test_what_is_used_on_purpose_keeps_its_warning_without_a_remedy(clean):
    found = flagged(check("FA001", clean, use_sensitive=["region"]))
    assert found["region"].severity is Severity.WARNING
    assert found["region"].remedy is None


def test_the_target_is_no_attribute_of_its_own(clean):
    frame = clean.assign(sex=np.where(clean.index % 2 == 0, "male", "female"))
    assert not flagged(check("FA001", frame, target="sex"))


def test_no_question_is_needed(clean):
    assert "age" in flagged(run(table(clean.assign(age=clean["visits"] + 20)), None, only={"FA001"}))
