"""LK001: a number that goes on from row to row by the answers."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from engine.guardrails.base import Case
from engine.guardrails.neighbours import so_far
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import check, flagged, table


@pytest.fixture
def orders() -> pd.DataFrame:
    """800 orders of 150 customers, the oldest first, one a day; nothing is wrong here."""
    random = np.random.default_rng(4)
    customer = random.integers(150, size=800)
    return pd.DataFrame(
        {
            "customer": np.array([f"C{number}" for number in customer], dtype=object),
            "age": (20 + customer % 60).astype(float),
            "amount": random.gamma(2, 30, 800).round(2),
        }
    )


def made(orders: pd.DataFrame) -> dict[str, "pd.Series[float]"]:
    """Numbers that hold the amount of their own row."""
    amount, each = orders["amount"], orders.groupby("customer")["amount"]
    return {
        "total": amount.cumsum(),
        "total of the rest": amount[::-1].cumsum()[::-1],
        "mean of five": amount.rolling(5).mean().round(3),
        "faded mean": amount.ewm(alpha=0.2).mean().round(4),
        "mean so far": amount.expanding().mean(),
        "total of the customer": each.cumsum(),
        "mean of the customer": each.transform(lambda of: of.expanding().mean()),
    }


def said(frame: pd.DataFrame, names: list[str]) -> dict[str, str]:
    tested = table(frame)
    case = Case(tested, formulate(tested.contract, tested.profile, target="amount"))
    return {rule.columns[0]: rule.sentence for rule in so_far(case, names, ["customer"])}


def test_what_goes_on_by_the_answer_is_found(orders):
    wanted = made(orders)
    found = said(orders.assign(**wanted), list(wanted))
    assert set(found) == set(wanted)
    for name, sentence in found.items():
        of = " with the same ‘customer’" if "customer" in name else ""
        assert f"by the answer of each row{of}, as a total or a mean so far" in sentence


def test_a_running_total_is_stopped(orders):
    found = flagged(check("LK001", orders.assign(so_far=made(orders)["total"]), "amount"))
    assert list(found) == ["so_far"]
    assert found["so_far"].severity is Severity.BLOCKER


@pytest.mark.parametrize("newest_first", [False, True], ids=["oldest first", "newest first"])
def test_what_was_there_before_the_row_is_no_secret(orders, newest_first):
    known = {
        name: values.groupby(orders["customer"]).shift() if "customer" in name else values.shift()
        for name, values in made(orders).items()
        if name != "total of the rest"
    }
    frame = orders.assign(**known)
    frame = frame.iloc[::-1].reset_index(drop=True) if newest_first else frame
    assert not said(frame, list(known))


def test_yes_and_no_are_counted_too(orders):
    large = orders["amount"] > 70
    frame = orders.drop(columns="amount").assign(
        large=np.where(large, "yes", "no"), so_far=large.cumsum().astype(float)
    )
    assert list(flagged(check("LK001", frame, "large"))) == ["so_far"]


def test_the_answer_before_is_the_next_row_where_the_newest_stands_first(orders):
    frame = orders.assign(day=pd.date_range("2024-01-01", periods=800), last=orders["amount"].shift())
    assert not flagged(check("LK001", frame, "amount"))
    assert not flagged(check("LK001", frame.iloc[::-1].reset_index(drop=True), "amount"))


def test_numbers_that_rise_with_the_rows_are_none_of_it(orders):
    random = np.random.default_rng(6)
    frame = orders.assign(
        walk=random.normal(size=800).cumsum(),
        wave=np.sin(np.arange(800) / 9).round(3),
        hint=orders["amount"] + random.normal(0, 60, 800),
    )
    assert not flagged(check("LK001", frame, "amount"))
