import numpy as np
import pandas as pd
import pytest

from engine.data.contract import correct
from engine.domain.dataset import KnownWhen, Role
from engine.guardrails.base import Table
from engine.guardrails.suspects import Suspicion, by_name, suspects
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import table


def asked(frame: pd.DataFrame, target: str = "bought", roles: dict[str, Role] | None = None) -> dict[str, Suspicion]:
    tested = table(frame, roles)
    return suspects(tested, formulate(tested.contract, tested.profile, target=target))


@pytest.fixture
def late(clean, truth) -> pd.DataFrame:
    """Five columns are known too late, each in its own way; ``duration`` only sounds like it."""
    random = np.random.default_rng(3)
    return clean.assign(
        duration=random.gamma(2, 100, len(truth)),
        talk_time=random.gamma(2, 100, len(truth)) * np.where(truth, 4, 1),
        c1=truth * 2.0 + random.normal(0, 0.35, len(truth)),
        c2=truth * 1.0,
        c3=np.where(truth & (random.random(len(truth)) < 0.8), random.random(len(truth)), np.nan),
        churn_reason=random.choice(["price", "service"], len(truth)),
    )


def test_the_suspicious_stand_in_order_with_an_answer_and_a_reason(late):
    found = asked(late)
    assert list(found) == ["churn_reason", "c2", "c1", "talk_time", "c3", "duration"]
    assert {name for name, why in found.items() if why.known is KnownWhen.AFTER} == {
        "churn_reason", "c2", "c1", "talk_time"}  # fmt: skip
    assert "Sounds written afterwards" in found["talk_time"].reason
    assert "almost alone" in found["c2"].reason
    assert "Filled in mostly for one answer" in found["c3"].reason
    assert "is it?" in found["duration"].reason


def test_a_clean_table_asks_nothing(clean):
    assert asked(clean) == {}


def test_of_a_number_the_values_alone_do_not_say_what_is_late(late):
    price = late.assign(bought=late["talk_time"] * 2 + np.random.default_rng(0).normal(0, 400, len(late)))
    found = asked(price)["talk_time"]
    assert found.known is KnownWhen.BEFORE
    assert "tells the answer" in found.reason


def test_what_is_never_shown_to_a_model_is_not_asked(late):
    found = asked(late, roles={"c2": Role.IDENTIFIER, "churn_reason": Role.PERSONAL})
    assert not {"c2", "churn_reason"} & set(found)


def test_what_was_said_of_the_table_goes_before_what_is_guessed(late):
    tested = table(late)
    said = correct(correct(tested.contract, "churn_reason", known=KnownWhen.AT), "income", known=KnownWhen.AFTER)
    problem = formulate(said, tested.profile, target="bought")
    found = suspects(Table(late, said, tested.profile), problem)
    assert (found["churn_reason"].known, found["income"].known) == (KnownWhen.AT, KnownWhen.AFTER)
    assert by_name(said, "bought")["income"] == found["income"]


def test_without_rows_the_names_are_asked_about(late):
    found = by_name(table(late).contract, "bought")
    assert list(found) == ["churn_reason", "duration", "talk_time"]
    assert found["churn_reason"].known is KnownWhen.AFTER
    assert by_name(table(late).contract, "duration").keys() == {"churn_reason", "talk_time"}


def test_odd_columns_and_tiny_tables_are_taken_as_they_are(clean):
    odd = clean.assign(nothing=np.nan, none=None, same=1.0, first=[1.0] + [np.nan] * 599)
    assert asked(odd) == {}
    assert asked(odd.iloc[[0, 1, 2, 3]].assign(bought=["yes", "no", "yes", "no"])) is not None
