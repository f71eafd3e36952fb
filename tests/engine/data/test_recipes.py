"""What a second table could add, how its columns are called, and what is said of the result."""

import pandas as pd
import pytest

from engine.data import recipes
from engine.data.combine import apply
from engine.data.profile import describe
from engine.domain.dataset import (
    Added,
    ColumnType,
    Combination,
    DataContract,
    KnownWhen,
    Matched,
    Measure,
    Recipe,
    Role,
)
from tests.engine.tables import described

COUNT, SUM, LAST = Measure.COUNT, Measure.SUM, Measure.LAST


@pytest.fixture
def orders() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["a", "a", "b"],
            "on": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-01-01"]),
            "amount": [1.0, 2.0, 3.5],
            "kind": ["new", "old", "new"],
            "mail": ["a@x.org", "a@x.org", "b@x.org"],
        }
    )


@pytest.fixture
def contract(orders) -> DataContract:
    return described(orders, id=Role.IDENTIFIER, on=Role.TIME, mail=Role.PERSONAL)[0]


def combination(recipe: Recipe, **found: int) -> Combination:
    counts = {"rows": 3, "matched": 2, "other_rows": 3, "other_matched": 3} | found
    return Combination(
        base="b", base_name="customers", other="o", other_name="orders", recipe=recipe, matched=Matched(**counts)
    )


def test_many_rows_are_counted_summed_and_the_last_is_taken(contract) -> None:
    wanted = recipes.usual(contract, ["id"], one_row=False, other_time="on", time="signed")
    assert wanted == (
        (COUNT, None),
        (Measure.SINCE, None),
        (SUM, "amount"),
        (Measure.MEAN, "amount"),
        (LAST, "amount"),
        (LAST, "kind"),
    )


def test_without_times_nothing_is_last(contract) -> None:
    wanted = recipes.usual(contract, ["id"], one_row=False, other_time=None, time=None)
    assert wanted == ((COUNT, None), (SUM, "amount"), (Measure.MEAN, "amount"))


def test_one_row_per_key_is_taken_as_it_stands_without_people(contract) -> None:
    wanted = recipes.usual(contract, ["id"], one_row=True, other_time=None, time=None)
    assert [column for _, column in wanted] == ["on", "amount", "kind"]


def test_a_name_that_is_taken_is_told_from_the_other_and_said() -> None:
    wanted = ((Measure.VALUE, "fee"), (Measure.VALUE, "zone"), (COUNT, None), (SUM, "fee"))
    added, notes = recipes.named(wanted, ["fee", "fee_sum", "fee_sum (Orders 2024!)"], "Orders 2024!")
    assert [a.name for a in added] == ["fee (Orders 2024!)", "zone", "Orders_2024_count", "fee_sum (Orders 2024! 2)"]
    assert len(notes) == 2
    assert "'fee' already; the new one is called 'fee (Orders 2024!)'" in notes[0]


def test_types_follow_from_the_measure() -> None:
    added = [Added(name=m, measure=m, column=None if m in {COUNT, Measure.SINCE} else "c") for m in Measure]
    kinds = recipes.types(Recipe(keys=(("a", "b"),), added=tuple(added)), {"c": ColumnType.INTEGER})
    assert {name for name, kind in kinds.items() if kind is ColumnType.NUMBER} == {"mean", "since"}


def test_what_no_time_was_compared_for_is_proposed_as_known_afterwards() -> None:
    added = (Added(name="n", measure=COUNT), Added(name="fee", measure=Measure.VALUE, column="fee"))
    timeless = Recipe(keys=(("a", "b"),), added=added)
    assert recipes.known(timeless) == {"n": KnownWhen.AFTER}
    assert recipes.known(timeless.model_copy(update={"time": "t", "other_time": "u"})) == {}
    said = " ".join(recipes.told(combination(timeless, other_keys_twice=1, most=2)))
    assert "may hold what happened after the decision" in said
    assert "Nothing says when the values of 'orders' were written" in said
    assert "1 key has several rows there, at most 2" in said


def test_what_was_left_out_is_said_in_numbers() -> None:
    timed = Recipe(keys=(("a", "b"),), added=(Added(name="n", measure=COUNT),), time="signed", other_time="on")
    counts = {"other_after": 7, "other_partly": 1, "other_no_time": 2, "no_time": 3, "no_key": 4}
    said = recipes.told(combination(timed, **counts))
    assert said[0] == "2 of 3 rows (67 %) find their key in 'orders' by 'a' = 'b'."
    text = " ".join(said)
    for part in (
        "4 rows without a key",
        "7 lie at or after every decision ('signed') and are left out",
        "1 row count for some decisions",
        "2 rows of 'orders' without 'on' are left out",
        "3 rows without 'signed'",
    ):
        assert part in text


def test_what_was_said_of_a_column_still_holds_and_each_new_one_says_why(orders, contract) -> None:
    base = pd.DataFrame(
        {"id": ["a", "b"], "signed": pd.to_datetime(["2024-03-01", "2024-03-01"]), "left": ["no", "yes"]}
    )
    before = described(base, id=Role.IGNORED)[0]
    added = (
        Added(name="amount_sum", measure=SUM, column="amount"),
        Added(name="mail_last", measure=LAST, column="mail"),
    )
    recipe = Recipe(keys=(("id", "id"),), added=added, time="signed", other_time="on")
    made = apply(recipe, base, orders)
    kinds = {c.name: c.type for c in before.columns} | recipes.types(recipe, {c.name: c.type for c in contract.columns})
    whole = recipes.contract(made.frame, describe(made.frame, kinds), before, contract, combination(recipe))
    assert whole.names == ("id", "signed", "left", "amount_sum", "mail_last")
    assert whole.column("id").role is Role.IGNORED
    assert whole.column("mail_last").role is Role.PERSONAL
    assert whole.column("amount_sum").role_reason == "From 'orders': sum of 'amount', before 'signed'."
    assert (whole.column("amount_sum").minimum, whole.column("amount_sum").maximum) == (3, 3.5)
