"""Twelve hundred calls over two years: what leads to a sale turns around in the last fifth, or nothing changes."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity, Verdict
from engine.domain.problem import SplitKind
from engine.problem.rows import usable
from engine.problem.split import cut
from tests.engine.guardrails.checking import check, fixed, flagged

N = 1_200
DAYS = pd.Series(pd.date_range("2022-01-01", periods=N, freq="14h"))


def calls(*, turns: bool) -> pd.DataFrame:
    """In order of time. ``income`` sells more, but where it ``turns`` less in the last fifth."""
    random = np.random.default_rng(5)
    income = random.normal(size=N)
    leaning = 2 * income * np.where(turns & (np.arange(N) >= 0.8 * N), -1, 1)
    return pd.DataFrame(
        {
            "income": income.round(3),
            "region": random.choice(["north", "south"], N).astype(object),
            "bought": np.where(random.random(N) < 1 / (1 + np.exp(-leaning)), "yes", "no").astype(object),
        }
    )


WRITTEN = {
    "date": DAYS.dt.normalize(),
    "timestamp": DAYS,
    "yyyymmdd": (DAYS.dt.year * 10_000 + DAYS.dt.month * 100 + DAYS.dt.day).astype(float),
    "yyyymm": (DAYS.dt.year * 100 + DAYS.dt.month).astype(float),
    "epoch": (DAYS.astype("int64") // 10**9).astype(float),
    "epoch in ms": (DAYS.astype("int64") // 10**6).astype(float),
    "month in words": DAYS.dt.strftime("%Y-%m").astype(object),
    "quarter in words": (DAYS.dt.year.astype(str) + "Q" + DAYS.dt.quarter.astype(str)).astype(object),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=list(WRITTEN))
def test_rows_in_order_of_time_are_tested_on_the_latest(written):
    frame = calls(turns=True).assign(c1=written)
    outcomes = check("LK006", frame)
    found = flagged(outcomes)["c1"]
    assert found.severity is Severity.BLOCKER
    assert found.evidence["random"] > found.evidence["forward"] + 0.2
    assert found.proof.as_it_stands == found.evidence["random"]
    assert found.remedy.action is Action.TIME_SPLIT
    problem, after = fixed(frame, outcomes)
    assert (problem.split.kind, problem.time) == (SplitKind.TIME, "c1")
    assert "c1" not in problem.features(fixed_contract(frame))
    assert [o.verdict for o in after] == [Verdict.NOT_APPLICABLE]
    parts = cut(usable(frame, problem), problem)
    assert frame["c1"].iloc[parts.learn].max() < frame["c1"].iloc[parts.test].min()


def fixed_contract(frame):
    from tests.engine.guardrails.checking import table

    return table(frame).contract


def test_where_time_does_no_harm_it_is_worth_a_look():
    found = flagged(check("LK006", calls(turns=False).assign(c1=DAYS)))["c1"]
    assert found.severity is Severity.WARNING
    assert found.evidence["random"] == pytest.approx(found.evidence["forward"], abs=0.12)


def test_an_answer_that_drifts_stops():
    frame = calls(turns=False)
    frame["bought"] = np.where(np.random.default_rng(0).random(N) < np.linspace(0.1, 0.6, N), "yes", "no")
    assert flagged(check("LK006", frame.assign(c1=DAYS)))["c1"].severity is Severity.BLOCKER


@pytest.mark.parametrize("name", ["order_date", "Bestelldatum", "call_timestamp", "fecha", "week"])
def test_in_no_order_its_name_says_it(name):
    random = np.random.default_rng(1)
    for turns, severity in ((True, Severity.BLOCKER), (False, Severity.NOTE)):
        frame = calls(turns=turns).assign(**{name: DAYS + pd.to_timedelta(random.integers(0, 99_999, N), unit="s")})
        frame = frame.sample(frac=1, random_state=3).reset_index(drop=True)
        assert flagged(check("LK006", frame))[name].severity is severity


def test_in_no_order_and_without_a_name_an_even_record_is_one_of_time():
    shuffled = calls(turns=True).assign(c1=DAYS).sample(frac=1, random_state=3).reset_index(drop=True)
    assert flagged(check("LK006", shuffled))["c1"].severity is Severity.BLOCKER


def test_in_no_order_without_a_name_and_uneven_it_may_be_anything():
    random = np.random.default_rng(1)
    anyhow = pd.Series(pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(random.integers(0, 700, N)), unit="D"))
    for turns in (True, False):
        frame = calls(turns=turns).assign(c1=anyhow).sample(frac=1, random_state=3).reset_index(drop=True)
        found = flagged(check("LK006", frame))
        assert {o.severity for o in found.values()} == ({Severity.WARNING} if turns else set())


@pytest.mark.parametrize("days", [365 * 60, 365 * 6], ids=["birth", "contract start"])
@pytest.mark.parametrize("names", [("date_of_birth", "contract_start"), ("c1", "c1")], ids=["named", "nameless"])
def test_a_date_that_belongs_to_the_customer_is_not_the_time_of_the_row(names, days):
    random = np.random.default_rng(2)
    when = pd.Timestamp("2022-01-01") - pd.to_timedelta(random.integers(0, days, N), unit="D")
    name = names[0] if days > 10_000 else names[1]
    assert not flagged(check("LK006", calls(turns=True).assign(**{name: when})))


def test_who_leaves_because_the_contract_is_young_is_no_matter_of_time():
    random = np.random.default_rng(2)
    age = random.integers(0, 2_000, N)
    frame = calls(turns=False).assign(contract_start=pd.Timestamp("2022-01-01") - pd.to_timedelta(age, unit="D"))
    frame["bought"] = np.where(random.random(N) < 1 / (1 + age / 400), "yes", "no")
    assert not flagged(check("LK006", frame))
    in_order = frame.sort_values("contract_start", ignore_index=True)
    assert flagged(check("LK006", in_order))["contract_start"].severity is Severity.NOTE


def test_year_and_month_are_found_together_and_the_number_of_the_row_along_with_them():
    parts = calls(turns=True).assign(c1=DAYS.dt.year * 1.0, c2=DAYS.dt.month * 1.0, c3=DAYS.dt.day * 1.0)
    assert "c1 c2 c3" in flagged(check("LK006", parts))
    problem, _ = fixed(parts, check("LK006", parts))
    assert (problem.split.columns, problem.split.moments) == (("c1", "c2", "c3"), 3)
    counted = parts.assign(nr=np.arange(N) * 1.0)
    assert "nr" in flagged(check("LK006", counted, roles={"nr": Role.IDENTIFIER}))


def test_numbers_that_are_no_dates_are_left_alone():
    random = np.random.default_rng(3)
    frame = calls(turns=True).assign(
        limit=random.integers(1, 80, N) * 10_000.0,
        built=random.integers(1900, 2020, N) * 1.0,
        visits=np.sort(random.integers(1, 13, N)) * 1.0,
        revenue=random.integers(400_000_000, 2_000_000_000, N) * 1.0,
        age=random.integers(18, 90, N) * 1.0,
        code=[f"{a}-{b}" for a, b in zip(random.integers(1000, 9999, N), random.integers(10, 99, N), strict=True)],
    )
    assert not flagged(check("LK006", frame))


def test_entities_that_come_back_later_are_divided_by_time_and_by_entity():
    frame = calls(turns=True).assign(date=DAYS, customer_id=np.random.default_rng(0).integers(0, 900, N) * 1.0)
    problem, after = fixed(frame, (*check("LK006", frame), *check("LK005", frame)))
    assert problem.split.kind is SplitKind.GROUP_TIME
    assert problem.split.columns == ("date", "customer_id")
    assert not flagged(after)


def test_missing_dates_do_no_harm():
    frame = calls(turns=True).assign(date=DAYS.where(np.arange(N) % 9 > 0))
    assert flagged(check("LK006", frame))["date"].severity is Severity.BLOCKER


def test_a_few_rows_and_a_table_without_time_say_nothing(clean):
    assert not flagged(check("LK006", clean))
    few = calls(turns=True).assign(date=DAYS).head(60)
    assert [o.verdict for o in check("LK006", few)] == [Verdict.NOT_APPLICABLE]
