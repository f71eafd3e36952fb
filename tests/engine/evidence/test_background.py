"""Typical rows: made up, from at least ten rows each, never a row of the table."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.evidence.background import summarise, typed


def test_no_typical_row_is_a_row_of_the_table(churn):
    background = summarise(churn.learn, churn.features, churn.contract, seed=0)
    made = typed(background, churn.learn[list(churn.features)])
    both = made.merge(churn.learn, on=list(churn.features), how="inner")
    assert len(both) == 0
    assert 20 <= len(made) <= 30
    assert sum(background.weights) == pytest.approx(1)
    assert "None of them is a row of the table" in background.described


def test_even_where_every_combination_occurs():
    values = [(a, b, c, d) for a in "xy" for b in "xy" for c in "xy" for d in "xy"] * 20
    frame = pd.DataFrame(values, columns=list("abcd")).astype(object)
    contract = DataContract(columns=tuple(ColumnContract(name=n, type=ColumnType.CATEGORY) for n in "abcd"))
    background = summarise(frame, list("abcd"), contract, seed=0)
    assert all(None in row.values() for row in background.rows)


def test_rare_values_and_free_text_stay_out(churn):
    learn = churn.learn.assign(note=[f"case {i}" for i in range(len(churn.learn))]).astype({"note": object})
    learn.loc[learn.index[:9], "plan"] = "secret"
    contract = DataContract(columns=(*churn.contract.columns, ColumnContract(name="note", type=ColumnType.TEXT)))
    rows = summarise(learn, (*churn.features, "note"), contract, seed=0).rows
    assert {row["note"] for row in rows} == {None}
    assert {row["plan"] for row in rows} <= {"basic", "plus", "family", None}
    assert len({row["plan"] for row in rows}) > 1


def test_whole_numbers_stay_whole_and_dates_are_days(churn):
    for row in summarise(churn.learn, churn.features, churn.contract, seed=0).rows:
        assert row["age"] == round(row["age"])
        assert row["joined"].endswith("T00:00:00")


@pytest.mark.parametrize("rows", [1, 5, 25, 60])
def test_small_tables_have_few_typical_rows(churn, rows):
    background = summarise(churn.learn.head(rows), churn.features, churn.contract, seed=0)
    assert len(background.rows) == max(1, rows // 20) or len(background.rows) < rows / 10
    assert sum(background.weights) == pytest.approx(1)


def test_columns_that_are_empty_or_constant_are_bearable():
    frame = pd.DataFrame({"a": np.nan, "b": 3.0, "c": pd.Series([None] * 50, dtype=object)}, index=range(50))
    types = {"a": ColumnType.NUMBER, "b": ColumnType.INTEGER, "c": ColumnType.CATEGORY}
    contract = DataContract(columns=tuple(ColumnContract(name=n, type=t) for n, t in types.items()))
    assert summarise(frame, list("abc"), contract, seed=0).rows == ({"a": None, "b": 3.0, "c": None},)


def test_the_same_seed_makes_the_same_rows(churn):
    made = [summarise(churn.learn, churn.features, churn.contract, seed=5) for _ in range(2)]
    assert made[0] == made[1]
