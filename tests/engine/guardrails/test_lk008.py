import numpy as np
import pandas as pd

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


def twice(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    return pd.concat([frame, frame.head(rows)], ignore_index=True)


def test_a_row_in_training_and_test_is_flagged_and_kept_together(clean):
    frame = twice(clean, 60)
    outcomes = check("LK008", frame)
    found = flagged(outcomes)[""]
    assert found.severity is Severity.WARNING
    assert 0 < found.evidence["share"] < 0.3
    assert found.remedy is not None
    assert found.remedy.action is Action.KEEP_TOGETHER
    problem, after = fixed(frame, outcomes)
    assert problem.split.keep_together
    assert not flagged(after)


def test_a_table_that_is_there_twice_is_stopped(clean):
    assert flagged(check("LK008", twice(clean, 600)))[""].severity is Severity.BLOCKER


def test_a_number_of_its_own_does_not_hide_the_same_row(clean):
    frame = twice(clean, 100)
    frame["nr"] = np.arange(len(frame), dtype=float)
    assert flagged(check("LK008", frame, roles={"nr": Role.IDENTIFIER}))


def test_another_answer_makes_another_row(clean):
    frame = twice(clean, 100)
    frame.loc[600:, "bought"] = np.where(frame.loc[600:, "bought"] == "yes", "no", "yes")
    assert not flagged(check("LK008", frame))


def test_where_few_different_rows_are_possible_repeats_prove_nothing():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({c: random.choice(["a", "b", "c"], 500).astype(object) for c in ("x", "y", "bought")})
    assert not flagged(check("LK008", frame))


def test_clean_rows_pass(clean):
    assert not flagged(check("LK008", clean))
