"""Two tables become one: what matches, what lies before a decision, and what is refused rather than multiplied."""

import numpy as np
import pandas as pd
import pytest

from engine.data.combine import apply
from engine.data.matching import match
from engine.domain.dataset import Added, Measure, Recipe
from engine.errors import UnusableInput, UnusableOption

BY_ID = (("id", "customer"),)


def at(*days: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(days))).astype("datetime64[ns]")


@pytest.fixture
def customers() -> pd.DataFrame:
    """Five decisions: ``a`` twice, ``c`` without orders, one without a key, one without a time."""
    return pd.DataFrame(
        {
            "id": ["a", "b", "a", "c", None, "b"],
            "signed": at("2024-03-01", "2024-03-01", "2024-05-01", "2024-03-01", "2024-03-01", None),
        }
    )


@pytest.fixture
def orders() -> pd.DataFrame:
    """Orders out of order; one on the day of the decision, two at once, one without time, one of nobody."""
    return pd.DataFrame(
        {
            "customer": ["a", "a", "a", "b", "b", None, "z", "a", "b"],
            "on": at(
                *("2024-04-01", "2024-01-01", "2024-03-01", "2024-02-01", "2024-02-01"),
                *("2024-01-01", "2024-01-01", None, "2024-06-01"),
            ),
            "amount": [8.0, 1.0, 4.0, 10.0, np.nan, 99.0, 99.0, 99.0, 99.0],
            "kind": ["new", "old", None, "first", "second", "x", "y", "z", "late"],
        }
    )


@pytest.fixture
def plans() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer": ["b", "a", "z"],
            "plan": ["gold", None, "x"],
            "fee": [9.5, 3.0, 1.0],
            "from": at("2020-01-01", "2024-04-01", "2020-01-01"),
        }
    )


def recipe(*added: tuple[str, str | None], time: bool = True, keys=BY_ID) -> Recipe:
    return Recipe(
        keys=keys,
        added=tuple(
            Added(name=f"{measure} {column or ''}".strip(), measure=Measure(measure), column=column)
            for measure, column in added
        ),
        time="signed" if time else None,
        other_time="on" if time else None,
    )


def values(frame: pd.DataFrame, name: str) -> list[object]:
    return [None if pd.isna(value) else value for value in frame[name]]


def test_only_what_lies_before_the_decision_counts(customers, orders) -> None:
    made = apply(
        recipe(
            ("count", None),
            ("sum", "amount"),
            ("mean", "amount"),
            ("min", "amount"),
            ("max", "amount"),
            ("since", None),
        ),
        customers,
        orders,
    )
    # The order on the day of the decision is not before it; nobody knows when the last row was decided.
    assert values(made.frame, "count") == [1, 2, 3, 0, None, None]
    assert values(made.frame, "sum amount") == [1, 10, 13, 0, None, None]
    assert values(made.frame, "mean amount") == [1, 10, pytest.approx(13 / 3), None, None, None]
    assert values(made.frame, "min amount") == [1, 10, 1, None, None, None]
    assert values(made.frame, "max amount") == [1, 10, 8, None, None, None]
    assert values(made.frame, "since") == [60, 29, 30, None, None, None]
    assert list(made.frame)[:2] == ["id", "signed"]
    pd.testing.assert_frame_equal(made.frame[["id", "signed"]], customers)


def test_the_last_value_is_the_last_that_is_there_and_of_equal_times_the_last_row(customers, orders) -> None:
    made = apply(recipe(("last", "kind"), ("last", "amount"), ("last", "on"), ("max", "on")), customers, orders).frame
    assert values(made, "last kind") == ["old", "second", "new", None, None, None]
    assert values(made, "last amount") == [1, 10, 8, None, None, None]
    assert made["last on"].dtype == made["max on"].dtype == "datetime64[ns]"
    assert made["last kind"].dtype == object
    assert [str(day)[:10] for day in made["last on"]] == ["2024-01-01", "2024-02-01", "2024-04-01", "NaT", "NaT", "NaT"]
    assert made["max on"].equals(made["last on"])
    assert made["last kind"][3] is None


def test_it_is_counted_what_matched_and_what_lies_after(customers, orders) -> None:
    matched, _ = match(BY_ID, customers, orders, time="signed", other_time="on")
    assert (matched.rows, matched.matched, matched.no_key, matched.no_time) == (6, 4, 1, 1)
    assert (matched.other_rows, matched.other_matched, matched.other_no_time) == (9, 7, 1)
    # b's order of June is before no decision; a's of March and April are before the second one only.
    assert (matched.other_after, matched.other_partly) == (1, 2)
    assert (matched.keys_twice, matched.other_keys_twice, matched.most) == (2, 2, 4)


def test_without_a_time_all_rows_of_a_key_count(customers, orders) -> None:
    made = apply(recipe(("count", None), ("sum", "amount"), ("mean", "amount"), time=False), customers, orders).frame
    assert values(made, "count") == [4, 3, 4, 0, None, 3]
    assert values(made, "sum amount") == [112, 109, 112, 0, None, 109]
    late = recipe(("last", "kind"), time=False).model_copy(update={"other_time": "on"})
    assert values(apply(late, customers, orders).frame, "last kind") == ["new", "late", "new", None, None, "late"]


def test_a_plain_join_keeps_every_row_once_and_every_type(customers, plans) -> None:
    made = apply(recipe(("value", "plan"), ("value", "fee"), ("value", "from"), time=False), customers, plans)
    assert values(made.frame, "value plan") == [None, "gold", None, None, None, "gold"]
    assert values(made.frame, "value fee") == [3, 9.5, 3, None, None, 9.5]
    assert [str(kind) for kind in made.frame.dtypes[2:]] == ["object", "float64", "datetime64[ns]"]
    assert (made.matched.matched, made.matched.other_keys_twice) == (4, 0)


def test_a_plain_join_respects_time_too(customers, plans) -> None:
    dated = Recipe(
        keys=BY_ID, added=(Added(name="fee", measure=Measure.VALUE, column="fee"),), time="signed", other_time="from"
    )
    assert values(apply(dated, customers, plans).frame, "fee") == [None, 9.5, 3, None, None, None]


def test_a_plain_join_that_would_multiply_rows_is_refused_with_the_worst_key(customers, orders) -> None:
    with pytest.raises(UnusableOption, match=r"2 keys have several rows .* 'a' with 4: .* multiply.*last before"):
        apply(recipe(("value", "amount"), time=False), customers, orders)


def test_a_row_that_stands_twice_word_for_word_counts_once(customers, plans) -> None:
    twice = pd.concat([plans, plans.head(1)], ignore_index=True)
    made = apply(recipe(("value", "fee"), time=False), customers, twice)
    assert values(made.frame, "value fee") == [3, 9.5, 3, None, None, 9.5]
    assert any("1 row of the second table repeat" in note for note in made.notes)


@pytest.mark.parametrize(
    ("left", "right", "found", "said"),
    [
        (["007", "8", "x9"], [7.0, 8.0, 9.0], [1, 2, None], r"'007' is 7; 1 row, such as 'x9', cannot"),
        ([7.0, 8.0, np.nan], ["007", None, "8.0"], [1, 3, None], r"'007' is 7"),
        (["é", "zoë", "数"], ["e\u0301", "数", "Zoë"], [1, None, 2], None),
        ([np.nan, 1.0, -0.0], [np.nan, 0.0, 1.0], [None, 3, 2], None),
        ([None, "a", "A"], [None, "a", "b"], [None, 2, None], None),
        (
            ["2024-01-01", "x", None],
            at("2024-01-01", "2024-02-01", None),
            [1, None, None],
            r"'2024-01-01' is 2024-01-01;",
        ),
    ],
    ids=[
        "text and numbers",
        "numbers and text",
        "composed letters",
        "missing numbers",
        "missing text",
        "text and dates",
    ],
)
def test_keys_meet_by_what_they_say(left, right, found, said) -> None:
    base, other = pd.DataFrame({"id": left}), pd.DataFrame({"customer": right, "n": [1.0, 2.0, 3.0]})
    made = apply(recipe(("value", "n"), time=False), base, other)
    assert values(made.frame, "value n") == found
    assert len(made.notes) == (said is not None)
    if said:
        assert pd.Series(made.notes).str.contains(said, regex=True).all()


def test_several_key_columns_must_all_agree() -> None:
    base = pd.DataFrame({"shop": ["n", "n", "s", None], "month": [1.0, 2.0, 1.0, 1.0]})
    other = pd.DataFrame(
        {"shop": ["n", "s", "n", "n"], "m": [1.0, 1.0, 2.0, np.nan], "target": [10.0, 20.0, 30.0, 40.0]}
    )
    made = apply(recipe(("value", "target"), time=False, keys=(("shop", "shop"), ("month", "m"))), base, other)
    assert values(made.frame, "value target") == [10, 30, 20, None]
    assert made.matched.no_key == 1


def test_times_may_be_numbers_that_count_the_same() -> None:
    base = pd.DataFrame({"id": ["a", "a"], "signed": [10.0, 3.0]})
    other = pd.DataFrame({"customer": ["a", "a"], "on": [3.0, 7.5], "amount": [1.0, 2.0]})
    made = apply(recipe(("sum", "amount"), ("since", None)), base, other).frame
    assert values(made, "sum amount") == [3, 0]
    assert values(made, "since") == [2.5, None]


def test_values_that_are_all_missing_make_no_sum(customers, orders) -> None:
    made = apply(recipe(("sum", "amount"), ("last", "kind")), customers, orders.assign(amount=np.nan, kind=None)).frame
    assert values(made, "sum amount") == [None, None, None, 0, None, None]
    assert values(made, "last kind") == [None] * 6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"keys": (("id", "kunde"),)}, r"second table has no column called 'kunde'.*'customer'"),
        ({"keys": (("id", "on"),)}, r"No row finds its key .*'id' = 'on': here it is 'a' or 'b', there '2024-04-01'"),
        ({"keys": (("signed", "amount"),)}, r"'signed' holds dates and 'amount' numbers: they cannot be the same key"),
        ({"added": (Added(name="x", measure=Measure.SUM, column="kind"),)}, r"'kind' holds no numbers"),
        ({"added": (Added(name="x", measure=Measure.MAXIMUM, column="kind"),)}, r"'kind' holds text"),
        ({"added": (Added(name="x", measure=Measure.SUM, column="price"),)}, r"no column called 'price'"),
        ({"added": (Added(name="signed", measure=Measure.COUNT),)}, r"a column called 'signed' already"),
        ({"other_time": None}, r"'signed' says when a row is decided, but not"),
        ({"time": None, "added": (Added(name="x", measure=Measure.SINCE),)}, r"without a time in both tables"),
        ({"time": "id"}, r"'id' holds text, so rows cannot be put in order"),
        ({"other_time": "amount"}, r"One of 'signed' and 'amount' holds dates, the other numbers"),
    ],
)
def test_what_makes_no_sense_is_refused(customers, orders, changes, words) -> None:
    with pytest.raises((UnusableOption, UnusableInput), match=words):
        apply(recipe(("count", None)).model_copy(update=changes), customers, orders)


def test_a_second_table_that_only_knows_the_time_after_is_refused(customers, orders) -> None:
    later = orders.assign(on=orders["on"] + pd.DateOffset(years=1))
    with pytest.raises(UnusableInput, match=r"No row of the second table lies before a decision: 'on' is never before"):
        apply(recipe(("count", None)), customers, later)


def test_what_is_last_needs_a_time(customers, orders) -> None:
    with pytest.raises(UnusableOption, match="cannot be told without a time"):
        apply(recipe(("last", "kind"), time=False), customers, orders)


def test_the_same_recipe_gives_the_same_columns_for_newer_tables(customers, orders) -> None:
    wanted = recipe(("count", None), ("last", "kind"))
    whole = apply(wanted, customers, orders).frame
    part = apply(wanted, customers.tail(4).reset_index(drop=True), orders).frame
    pd.testing.assert_frame_equal(part, whole.tail(4).reset_index(drop=True))
