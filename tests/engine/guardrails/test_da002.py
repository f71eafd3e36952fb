import numpy as np
import pandas as pd

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity
from engine.guardrails.run import run
from tests.engine.guardrails.checking import check, fixed, flagged, table


def twice(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    return pd.concat([frame, frame.head(rows)], ignore_index=True)


def test_identical_rows_are_kept_together_not_dropped(clean):
    outcomes = check("DA002", twice(clean, 60))
    found = flagged(outcomes)[""]
    assert found.severity is Severity.WARNING
    assert found.evidence["rows"] == 60
    assert found.remedy is not None
    assert found.remedy.action is Action.KEEP_TOGETHER
    _, after = fixed(twice(clean, 60), outcomes)
    assert not flagged(after)


def test_with_a_key_that_repeats_they_are_recorded_twice(clean):
    frame = twice(clean.assign(call_id=np.arange(len(clean), dtype=float)), 60)
    roles = {"call_id": Role.IDENTIFIER}
    outcomes = check("DA002", frame, roles=roles)
    found = flagged(outcomes)[""]
    assert found.remedy is not None
    assert found.remedy.action is Action.DEDUPLICATE
    assert "‘call_id’" in found.problem
    _, after = fixed(frame, outcomes, roles=roles)
    assert after[0].rows_examined == len(clean)


def test_a_key_that_stands_for_several_different_rows_proves_nothing(clean):
    frame = twice(clean.assign(customer=np.arange(len(clean), dtype=float) // 3), 60)
    found = flagged(check("DA002", frame, roles={"customer": Role.IDENTIFIER}))[""]
    assert found.remedy is not None
    assert found.remedy.action is Action.KEEP_TOGETHER


def test_rows_of_a_few_kinds_repeat_by_themselves():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({c: random.choice(["a", "b", "c"], 500).astype(object) for c in ("x", "y", "bought")})
    assert not flagged(check("DA002", frame))


def test_no_question_is_needed(clean):
    assert flagged(run(table(twice(clean, 9)), None, only={"DA002"}))
