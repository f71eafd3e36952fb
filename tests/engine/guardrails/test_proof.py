import numpy as np
import pandas as pd

from engine.domain.outcome import Outcome, Severity
from engine.domain.problem import Problem
from engine.guardrails import proof
from engine.guardrails.proof import proved
from engine.guardrails.run import run
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import table


def proofs(frame: pd.DataFrame, only: set[str]) -> dict[str, Outcome]:
    tested = table(frame)
    problem: Problem = formulate(tested.contract, tested.profile, target="bought")
    found = proved(tested, problem, run(tested, problem, only=only))
    return {f"{o.code} {' '.join(o.columns)}".strip(): o for o in found}


def test_a_leak_is_judged_with_all_others_out(clean, truth):
    """Two copies of the answer: beside the other one, neither would show a difference."""
    frame = clean.assign(paid=truth * 9.0, letter=np.where(truth, "sent", "none").astype(object))
    found = proofs(frame, {"LK001"})
    for name in ("LK001 paid", "LK001 letter"):
        shown = found[name].proof
        assert shown.as_it_stands == 1.0
        assert 0.5 < shown.remedied < 0.8
        assert (shown.metric, shown.greater_is_better, shown.rows) == ("roc_auc", True, 120)


def test_twins_on_both_sides_are_recognised(clean):
    frame = pd.concat([clean] * 3, ignore_index=True)
    shown = proofs(frame, {"LK008"})["LK008"].proof
    assert shown.as_it_stands > shown.remedied + 0.1


def test_what_cannot_be_scored_has_no_proof_and_what_passed_needs_none(clean, truth):
    few = clean.head(30).assign(paid=truth[:30] * 9.0)
    assert proofs(few, {"LK001"})["LK001 paid"].proof is None
    assert proofs(clean, {"LK001"})["LK001"].proof is None


def test_no_more_than_a_few_are_proved_blockers_first(clean, truth):
    strong = {f"c{i}": truth * 9.0 + i for i in range(8)}
    found = proofs(clean.assign(**strong), {"LK001", "LK008"})
    assert sum(o.proof is not None for o in found.values()) == proof.MOST_PROOFS


def test_no_more_time_is_spent_than_there_is(clean, truth, monkeypatch):
    monkeypatch.setattr(proof, "SECONDS", 0.0)
    assert proofs(clean.assign(paid=truth * 9.0), {"LK001"})["LK001 paid"].proof is None


def test_without_a_question_nothing_is_proved(clean):
    tested = table(pd.concat([clean] * 2, ignore_index=True))
    outcomes = run(tested, None)
    assert proved(tested, None, outcomes) == outcomes
    assert Severity.WARNING in {o.severity for o in outcomes}


def test_a_column_that_two_findings_would_leave_out_is_judged_with_it(clean, truth):
    calls = truth * 200.0 + np.random.default_rng(1).normal(0, 60, len(truth))
    found = proofs(clean.assign(call_duration=calls), {"LK002", "LK007"})
    for name in ("LK002 call_duration", "LK007 call_duration"):
        shown = found[name].proof
        assert shown.as_it_stands > shown.remedied + 0.1
