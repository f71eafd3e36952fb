import pandas as pd
import pytest

from engine.domain.outcome import Gate, Verdict
from engine.guardrails.base import Case
from engine.guardrails.leakage import StrongColumns
from engine.guardrails.run import run
from engine.guardrails.suite import GUARDRAILS
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import table

CODES = [*("DA001", "DA002", "DA003", "DA006"), "FA001", *("LK001", "LK002", "LK004", "LK005", "LK007", "LK008")]
CODES += ["US001", "US002", "US003"]


def test_every_code_has_an_outcome_in_order(clean):
    tested = table(clean)
    outcomes = run(tested, formulate(tested.contract, tested.profile, target="bought"))
    assert [o.code for o in outcomes] == CODES
    said = {o.code: o.verdict for o in outcomes}
    assert said.pop("US002") is Verdict.NOT_APPLICABLE
    assert set(said.values()) == {Verdict.PASSED}
    assert {o.rows_examined for o in outcomes if o.verdict is Verdict.PASSED} == {600}


def test_without_a_question_only_those_run_that_need_none(clean):
    assert [o.code for o in run(table(clean), None)] == ["DA001", "DA002", "DA003", "FA001", "LK005", "US003"]


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
