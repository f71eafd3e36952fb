import contextlib
import threading

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Gate, Severity, Verdict
from engine.guardrails import base
from engine.guardrails.base import Case, Finding
from engine.guardrails.evaluation import judged
from engine.guardrails.evaluation_score import Worthwhile
from engine.guardrails.leakage import StrongColumns
from engine.guardrails.run import run
from engine.guardrails.suite import GUARDRAILS
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import table
from tests.engine.guardrails.judging import GOOD

CODES = sorted(guardrail.code for guardrail in GUARDRAILS)


def test_every_code_has_an_outcome_in_order(clean):
    tested = table(clean)
    outcomes = run(tested, formulate(tested.contract, tested.profile, target="bought"))
    assert [o.code for o in outcomes] == CODES
    said = {o.code: o.verdict for o in outcomes}
    assert said.pop("US002") is Verdict.NOT_APPLICABLE
    assert set(said.values()) <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}
    assert said["LK001"] is said["DA001"] is Verdict.PASSED
    assert {o.rows_examined for o in outcomes if o.verdict is Verdict.PASSED} == {600}


def test_without_a_question_only_those_run_that_need_none(clean):
    assert [o.code for o in run(table(clean), None)] == sorted(g.code for g in GUARDRAILS if not g.needs_target)


def test_data_and_leakage_guard_training_and_the_others_nothing():
    for guardrail in GUARDRAILS:
        assert guardrail.gate is (Gate.TRAINING if guardrail.code[:2] in {"DA", "LK"} else None)


def test_a_crash_is_an_outcome(clean, monkeypatch):
    def broken(self: StrongColumns, case: Case) -> list[object]:
        raise ValueError("a bug")

    monkeypatch.setattr(StrongColumns, "check", broken)
    tested = table(clean)
    problem = formulate(tested.contract, tested.profile, target="bought")
    said = {o.code: o.verdict for o in run(tested, problem)}
    assert said["LK002"] is Verdict.COULD_NOT_RUN
    assert said["LK001"] is Verdict.PASSED


def test_a_crash_of_what_judges_a_model_is_an_outcome_too(monkeypatch):
    def broken(self: Worthwhile, evidence: object) -> list[object]:
        raise ValueError("a bug")

    monkeypatch.setattr(Worthwhile, "check", broken)
    said = {o.code: o for o in judged(GOOD)}
    assert said["EV001"].verdict is Verdict.COULD_NOT_RUN
    assert said["EV001"].problem == "This check failed, so nobody has looked."
    assert said["EV003"].verdict is not Verdict.COULD_NOT_RUN


@pytest.mark.parametrize("name", ["<b>bold</b> **x**", "a" * 300, "zwei\nzeilen", "`code`", "100 %"])
def test_odd_names_do_no_harm(clean, name):
    frame = clean.rename(columns={"income": name}).assign(copy=clean["bought"].str.upper())
    frame[name + " copy"] = frame["copy"]
    tested = table(frame)
    problem = formulate(tested.contract, tested.profile, target="bought")
    outcomes = run(tested, problem)
    assert Verdict.COULD_NOT_RUN not in {o.verdict for o in outcomes}
    assert all("\n" not in o.problem + o.fix for o in outcomes)


@pytest.mark.parametrize("rows", [4, 9, 30])
@pytest.mark.parametrize("target", ["bought", "income", "visits"])
def test_tiny_tables_are_judged_too(clean, rows, target):
    tested = table(clean.head(rows))
    outcomes = run(tested, formulate(tested.contract, tested.profile, target=target))
    assert Verdict.COULD_NOT_RUN not in {o.verdict for o in outcomes}
    assert "DA001" in {o.code for o in outcomes if o.verdict is Verdict.FLAGGED}


def test_columns_of_every_kind_are_survived(clean):
    frame = clean.assign(
        when=pd.date_range("2020-01-01", periods=len(clean)).where(clean.index % 7 > 0),
        empty=float("nan"),
        blank=pd.Series([None] * len(clean), dtype=object),
        remark=[f"text {i}" for i in clean.index],
        gaps=clean["weight"].where(clean.index % 2 == 0),
    )
    for target in ("bought", "income", "region"):
        tested = table(frame)
        outcomes = run(tested, formulate(tested.contract, tested.profile, target=target))
        assert Verdict.COULD_NOT_RUN not in {o.verdict for o in outcomes}


def test_a_guardrail_that_takes_too_long_is_interrupted_and_the_others_go_on(clean, monkeypatch):
    def endless(self: StrongColumns, case: Case) -> list[Finding]:
        while True:
            with contextlib.suppress(Exception):
                sum(range(1_000))

    monkeypatch.setattr(StrongColumns, "check", endless)
    tested = table(clean)
    problem = formulate(tested.contract, tested.profile, target="bought")
    said = {o.code: o for o in run(tested, problem, only={"DA001", "LK002", "LK007"}, seconds=0.5)}
    assert said["LK002"].verdict is Verdict.COULD_NOT_RUN
    assert said["LK002"].problem == "This check ran out of its 0.5 seconds, so nobody has looked."
    assert {said["DA001"].verdict, said["LK007"].verdict} == {Verdict.PASSED}


def test_beside_the_main_thread_nothing_is_interrupted(clean):
    tested = table(clean)
    problem = formulate(tested.contract, tested.profile, target="bought")
    said = []
    beside = threading.Thread(target=lambda: said.extend(run(tested, problem, only={"LK002"}, seconds=1e-6)))
    beside.start()
    beside.join()
    assert [o.verdict for o in said] == [Verdict.PASSED]


def test_who_waits_hears_which_check_runs(clean):
    heard: list[tuple[str, int, int]] = []
    run(table(clean), None, only={"DA003", "DA001"}, on_check=lambda g, number, of: heard.append((g.code, number, of)))
    assert heard == [("DA001", 0, 2), ("DA003", 1, 2)]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch, clean: pd.DataFrame) -> pd.DataFrame:
    """Six hundred rows where two hundred are many; ``hint`` gives the answer away in all rows."""
    monkeypatch.setattr(base, "MOST_ROWS", 200)
    return clean.assign(hint=clean["bought"].map({"yes": "A", "no": "B"}))


def test_of_a_large_table_a_part_is_looked_at_and_what_stops_somebody_is_confirmed_on_all_rows(large):
    tested = table(large)
    outcomes = run(tested, formulate(tested.contract, tested.profile, target="bought"))
    rows = {(o.code, o.columns): o.rows_examined for o in outcomes}
    assert rows["LK001", ("hint",)] == 600
    assert rows["LK002", ()] == 200
    assert {rows[code, ()] for code in ("DA001", "DA002", "DA003", "DA006", "LK005", "LK008")} == {600}


def test_what_all_rows_do_not_bear_out_stops_nobody(large):
    problem = formulate(table(large).contract, table(large).profile, target="bought")
    part = Case(table(large), problem).frame.index
    others = ~large.index.isin(part)
    mixed = large["hint"].where(~others, pd.Series(np.where(large.index % 2, "A", "B"), index=large.index))
    tested = table(large.assign(hint=mixed))
    (outcome,) = run(tested, problem, only={"LK001"})
    assert outcome.verdict is Verdict.PASSED


def test_a_blocker_that_could_not_be_confirmed_in_time_stands(large, monkeypatch):
    def slow(self: StrongColumns, case: Case) -> list[Finding]:
        while not case.sampled:
            sum(range(1_000))
        return [Finding(Severity.BLOCKER, "It knows.", "Leave it out.", columns=("hint",))]

    monkeypatch.setattr(StrongColumns, "check", slow)
    tested = table(large)
    problem = formulate(tested.contract, tested.profile, target="bought")
    (outcome,) = run(tested, problem, only={"LK002"}, seconds=0.5)
    assert (outcome.severity, outcome.rows_examined) == (Severity.BLOCKER, 200)


def test_the_part_is_the_same_each_time_and_in_table_order(large):
    problem = formulate(table(large).contract, table(large).profile, target="bought")
    case = Case(table(large), problem)
    assert case.sampled
    assert not case.entire.sampled
    assert case.frame.index.is_monotonic_increasing
    assert case.frame.index.equals(Case(table(large), problem).frame.index)
    assert len(case.entire.frame) == len(case.whole) == 600
    assert case.about({"hint"}).features == ("hint",)
