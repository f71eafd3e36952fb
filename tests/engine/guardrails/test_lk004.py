import numpy as np

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


def test_a_row_number_that_knows_the_answer_is_flagged(clean):
    frame = clean.sort_values("bought", ignore_index=True)
    frame["nr"] = np.arange(len(frame), dtype=float)
    outcomes = check("LK004", frame, roles={"nr": Role.IDENTIFIER})
    found = flagged(outcomes)
    assert list(found) == ["nr"]
    assert found["nr"].severity is Severity.WARNING
    assert found["nr"].remedy is not None
    assert found["nr"].remedy.action is Action.DROP_COLUMNS
    assert not flagged(fixed(frame, outcomes, roles={"nr": Role.IDENTIFIER})[1])


def test_a_row_number_the_model_would_use_is_stopped(clean):
    frame = clean.sort_values("bought", ignore_index=True)
    frame["nr"] = np.arange(len(frame), dtype=float)
    assert flagged(check("LK004", frame))["nr"].severity is Severity.BLOCKER


def test_digits_in_a_code_are_read(clean, truth):
    random = np.random.default_rng(0)
    number = np.argsort(np.argsort(truth + random.normal(0, 0.5, len(truth))))
    frame = clean.assign(case=[f"C-{n:06d}" for n in number])
    found = flagged(check("LK004", frame, roles={"case": Role.IDENTIFIER}))
    assert found["case"].evidence["gini"] > 0.5


def test_the_order_of_rows_alone_is_a_note(clean):
    found = flagged(check("LK004", clean.sort_values("bought", ignore_index=True)))
    assert list(found) == [""]
    assert found[""].severity is Severity.NOTE


def test_an_innocent_identifier_passes(clean):
    random = np.random.default_rng(0)
    frame = clean.assign(nr=np.arange(len(clean), dtype=float), case=random.permutation(600).astype(float))
    assert not flagged(check("LK004", frame, roles={"nr": Role.IDENTIFIER, "case": Role.IDENTIFIER}))


def test_in_time_the_order_of_rows_is_no_secret(clean):
    frame = clean.sort_values("bought", ignore_index=True)
    frame["day"] = np.arange(len(frame), dtype=float)
    assert not flagged(check("LK004", frame, time="day"))
