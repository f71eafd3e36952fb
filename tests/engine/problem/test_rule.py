import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.errors import UnusableOption
from engine.problem.rule import parse

KINDS = {"balance": "number", "loan": "category", "paid until": "datetime", "and": "integer", "age": "integer"}
CONTRACT = DataContract(columns=tuple(ColumnContract(name=n, type=ColumnType(t)) for n, t in KINDS.items()))
WORDS = ["balance", "loan", "`paid until`", "`and`", "age", "and", "or", "not", "(", ")", "==", "<", ">=", "!=", "="]
WORDS += ["1", "-2.5", "1e3", "'no'", '"yes"', "'2024-01-01'", "nobody", "__import__('os')", "`", "'", "."]


@pytest.fixture
def people() -> pd.DataFrame:
    """Four people; the third has no balance and no loan entry."""
    return pd.DataFrame(
        {
            "balance": [500.0, 1500.0, np.nan, 3000.0],
            "loan": ["no", "yes", None, "no"],
            "paid until": pd.to_datetime(["2024-01-01", "2024-06-01", None, "2025-01-01"]),
            "and": [1.0, 2.0, 3.0, 4.0],
            "age": [20.0, 30.0, 40.0, 1500.0],
        }
    )


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("balance > 1000", [1, 3]),
        ("1000 < balance", [1, 3]),
        ("balance > 1000 and loan == 'no'", [3]),
        ("balance > 1000 or age <= 20", [0, 1, 3]),
        ("balance > 1000 or age = 20 and loan == 'yes'", [1, 3]),
        ("not loan == 'no'", [1, 2]),
        ("loan != 'no'", [1]),
        ("not (balance > 1000 or age < 25)", [2]),
        ("400 < balance <= 1500", [0, 1]),
        ("`paid until` >= '2024-06-01'", [1, 3]),
        ("`and` > 2", [2, 3]),
        ("balance > age", [0, 1, 3]),
        ("BALANCE > 1", None),
    ],
)
def test_a_rule_says_yes_where_it_should(people, text, yes):
    if yes is None:
        with pytest.raises(UnusableOption, match="not a column"):
            parse(text, CONTRACT)
        return
    said = parse(text, CONTRACT).apply(people)
    assert said.dtype == bool
    assert np.flatnonzero(said).tolist() == yes


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("balance >", "stops in the middle"),
        ("balance", "‘balance’ with anything"),
        ("balance > 1 balance", "goes on with ‘balance’"),
        ("balance > 1 and", "stops in the middle"),
        ("(balance > 1", "not closed"),
        ("balence > 1", "‘balence’, which is not a column; perhaps ‘balance’ is meant, or the text 'balence'."),
        ("balance > 'much'", "‘much’"),
        ("loan < 'no'", "only be compared with == or !="),
        ("1 < 2", "one must be a column"),
        ("`paid until` > 'soon'", "‘soon’ is not a date"),
        ("balance > 1; drop", "‘; drop’"),
        ("balance.values > 1", "‘.values > 1’"),
        ("loan == balance", "cannot be compared"),
        ("and == 1", "where a column or a value should stand"),
        ("(" * 100 + "balance > 1" + ")" * 100, "too many brackets"),
        ("balance > 1 or " * 400 + "age > 1", "characters"),
    ],
)
def test_what_is_not_understood_is_named(text, part):
    with pytest.raises(UnusableOption) as refusal:
        parse(text, CONTRACT)
    assert part in refusal.value.problem
    assert refusal.value.fix


def test_a_table_without_the_column_is_refused(people):
    rule = parse("balance > 1", CONTRACT)
    with pytest.raises(UnusableOption, match="‘balance’"):
        rule.apply(people.drop(columns="balance"))


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
@example("not " * 400 + "age > 1")
@example("`paid until` > '9999999-01-01'")
@example("`paid until` == 'nan'")
@example("age > 1e999")
@example("age == 0x10")
def test_any_text_is_understood_or_refused(text):
    try:
        rule = parse(text, CONTRACT)
    except UnusableOption:
        return
    frame = pd.DataFrame(
        {
            "balance": [1.0, np.nan],
            "loan": ["no", None],
            "paid until": pd.to_datetime(["2024-01-01", None]),
            "and": [1.0, 2.0],
            "age": [3.0, np.nan],
        }
    )
    assert rule.apply(frame).shape == (2,)
