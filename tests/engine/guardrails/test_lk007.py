import numpy as np
import pytest

from engine.domain.dataset import KnownWhen
from engine.domain.outcome import Action, Severity
from engine.problem.smells import perhaps_after, surely_after
from tests.engine.guardrails.checking import check, fixed, flagged


def test_what_the_analyst_calls_after_is_stopped(clean):
    outcomes = check("LK007", clean, known={"visits": KnownWhen.AFTER})
    found = flagged(outcomes)
    assert list(found) == ["visits"]
    assert found["visits"].severity is Severity.BLOCKER
    assert found["visits"].remedy is not None
    assert found["visits"].remedy.action is Action.DROP_COLUMNS
    assert "as you said" in found["visits"].problem
    assert not flagged(fixed(clean, outcomes)[1])


def test_known_at_the_decision_is_fine(clean):
    assert not flagged(check("LK007", clean, known={"visits": KnownWhen.AT}))


@pytest.mark.parametrize(
    "name", ["duration", "call_duration", "Gesprächsdauer", "durée", "duracion_segundos_resultado"]
)
def test_a_name_and_values_that_agree_are_stopped(clean, truth, name):
    seconds = np.random.default_rng(0).gamma(2, 100, len(truth)) * np.where(truth, 3, 1)
    found = flagged(check("LK007", clean.assign(**{name: seconds})))
    assert found[name].severity is Severity.BLOCKER
    assert found[name].evidence["gini"] >= 0.5


def test_written_down_only_where_the_answer_was_yes(clean, truth):
    late = np.random.default_rng(0).random(len(truth)) < 0.6
    frame = clean.assign(closedDate=np.where(truth & late, "2024-05-01", None))
    found = flagged(check("LK007", frame))
    assert found["closedDate"].evidence["gini"] >= 0.3
    frame = clean.assign(refunded=np.where(truth, np.where(late, 20.0, 10.0), 0.0))
    assert "‘no’ in 100 % of the rows" in flagged(check("LK007", frame))["refunded"].problem


@pytest.mark.parametrize("name", ["duration", "cancellation_reason"])
def test_a_name_alone_proves_nothing(clean, name):
    values = np.random.default_rng(0).gamma(2, 100, len(clean))
    assert not flagged(check("LK007", clean.assign(**{name: values})))


def test_values_alone_prove_nothing(clean, truth):
    hint = truth + np.random.default_rng(0).normal(0, 0.6, len(truth))
    assert not flagged(check("LK007", clean.assign(hint=hint)))


@pytest.mark.parametrize(
    ("name", "surely", "perhaps"),
    [
        ("cancellation_reason", True, True),
        ("date_closed", True, True),
        ("Kündigungsgrund", True, True),
        ("motif_resiliation", True, True),
        ("fecha_baja", True, True),
        ("duration", False, True),
        ("resolution", False, True),
        ("poutcome", False, False),
        ("previous_outcome", False, False),
        ("last_result", False, False),
        ("marital-status", False, False),
        ("loan_duration", False, False),
        ("pdays", False, False),
    ],
)
def test_names(name, surely, perhaps):
    assert (surely_after(name), perhaps_after(name)) == (surely, perhaps)


def test_for_a_number_the_doubtful_name_is_worth_a_look_only(clean):
    trip = clean["income"] + np.random.default_rng(0).normal(0, 400, len(clean))
    assert flagged(check("LK007", clean.assign(duration=trip), "income"))["duration"].severity is Severity.WARNING


@pytest.mark.parametrize("said", [KnownWhen.BEFORE, KnownWhen.AT])
def test_what_the_analyst_says_is_known_in_time_is_a_note_only(clean, truth, said):
    seconds = np.random.default_rng(0).gamma(2, 100, len(truth)) * np.where(truth, 3, 1)
    found = flagged(check("LK007", clean.assign(duration=seconds), known={"duration": said}))
    assert found["duration"].severity is Severity.NOTE
    assert found["duration"].problem.startswith("You said that ‘duration’ is known")
    assert found["duration"].remedy is None


def test_the_reason_is_the_word_in_the_name(clean, truth):
    frame = clean.assign(accountClosedDate=np.where(truth, "2024-05-01", None))
    assert "(‘closed date’)" in flagged(check("LK007", frame))["accountClosedDate"].problem


def test_a_value_that_says_it_has_happened_is_worth_a_look(clean, truth):
    some = np.random.default_rng(0).random(len(truth)) < 0.5
    status = np.where(truth & some, "Cancelled", np.where(some, "basic", "plus")).astype(object)
    found = flagged(check("LK007", clean.assign(c7=status)))
    assert found["c7"].severity is Severity.WARNING
    assert "‘Cancelled’, as if it had happened already" in found["c7"].problem
    assert not flagged(check("LK007", clean.assign(c7=np.where(some, "Cancelled", "basic"))))
