from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


def test_personal_data_the_model_would_use_is_withheld(clean):
    frame = clean.assign(mail=[f"person{i}@example.org" for i in clean.index])
    outcomes = check("US003", frame)
    found = flagged(outcomes)["mail"]
    assert found.severity is Severity.WARNING
    assert "e-mail" in found.problem
    assert found.remedy is not None
    assert found.remedy.action is Action.WITHHOLD
    assert flagged(fixed(frame, outcomes)[1])["mail"].severity is Severity.NOTE


def test_what_is_withheld_already_is_a_note(clean):
    frame = clean.assign(mail=[f"person{i}@example.org" for i in clean.index])
    found = flagged(check("US003", frame, roles={"mail": Role.PERSONAL}))["mail"]
    assert (found.severity, found.remedy) == (Severity.NOTE, None)


def test_other_columns_are_not_personal(clean):
    assert not flagged(check("US003", clean))
