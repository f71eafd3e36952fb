"""Typical rows: made up, from at least ten rows each, never a row of the table."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Background
from engine.evidence.background import summarise, typed


def flat(rows: pd.DataFrame) -> np.ndarray:
    return np.zeros(len(rows))


def made_of(learn, columns, contract, *, model=flat, seed=0) -> Background:
    columns = list(columns)
    return summarise(learn, columns, contract, model=model, answers=model(learn[columns]), seed=seed)


def test_no_typical_row_is_a_row_of_the_table(churn):
    background = made_of(churn.learn, churn.features, churn.contract, model=churn.model)
    made = typed(background, churn.learn[list(churn.features)])
    both = made.merge(churn.learn, on=list(churn.features), how="inner")
    assert len(both) == 0
    assert len(made) == 40
    assert sum(background.weights) == pytest.approx(1)
    assert "None of them is a row of the table" in background.described


def test_even_where_every_combination_occurs():
    values = [(a, b, c, d) for a in "xy" for b in "xy" for c in "xy" for d in "xy"] * 20
    frame = pd.DataFrame(values, columns=list("abcd")).astype(object)
    contract = DataContract(columns=tuple(ColumnContract(name=n, type=ColumnType.CATEGORY) for n in "abcd"))
    background = made_of(frame, list("abcd"), contract)
    assert all(None in row.values() for row in background.rows)


def test_rare_values_and_free_text_stay_out(churn):
    learn = churn.learn.assign(note=[f"case {i}" for i in range(len(churn.learn))]).astype({"note": object})
    learn.loc[learn.index[:9], "plan"] = "secret"
    contract = DataContract(columns=(*churn.contract.columns, ColumnContract(name="note", type=ColumnType.TEXT)))
    rows = made_of(learn, (*churn.features, "note"), contract).rows
    assert {row["note"] for row in rows} == {None}
    assert {row["plan"] for row in rows} <= {"basic", "plus", "family", None}
    assert len({row["plan"] for row in rows}) > 1


def test_whole_numbers_stay_whole_and_dates_are_days(churn):
    for row in made_of(churn.learn, churn.features, churn.contract).rows:
        assert row["age"] == round(row["age"])
        assert row["joined"].endswith("T00:00:00")


@pytest.mark.parametrize(("rows", "typical"), [(1, 1), (5, 1), (25, 1), (60, 3)])
def test_small_tables_have_few_typical_rows(churn, rows, typical):
    background = made_of(churn.learn.head(rows), churn.features, churn.contract)
    assert len(background.rows) == typical
    assert sum(background.weights) == pytest.approx(1)


def test_columns_that_are_empty_or_constant_are_bearable():
    frame = pd.DataFrame({"a": np.nan, "b": 3.0, "c": pd.Series([None] * 50, dtype=object)}, index=range(50))
    types = {"a": ColumnType.NUMBER, "b": ColumnType.INTEGER, "c": ColumnType.CATEGORY}
    contract = DataContract(columns=tuple(ColumnContract(name=n, type=t) for n, t in types.items()))
    assert made_of(frame, list("abc"), contract).rows == ({"a": None, "b": 3.0, "c": None},) * 2


def test_the_same_seed_makes_the_same_rows(churn):
    made = [made_of(churn.learn, churn.features, churn.contract, seed=5) for _ in range(2)]
    assert made[0] == made[1]


def test_the_model_answers_them_as_it_answers_rows_in_general(churn, moods, spent):
    for case in (churn, moods, spent):
        answers = case.model(case.test)
        background = summarise(case.learn, case.features, case.contract, model=case.model, answers=answers, seed=0)
        given = case.model(typed(background, case.learn[list(case.features)]))
        assert np.abs(given.mean(axis=0) - answers.mean(axis=0)).max() < 0.1 * answers.std(axis=0).max()
        assert given.std(axis=0).max() == pytest.approx(answers.std(axis=0).max(), rel=0.25)


def test_an_amount_that_most_have_not_stays_nothing():
    """Nine of ten gained nothing: a typical row that gained the mean would be nobody, and its answer would mislead."""
    random = np.random.default_rng(0)
    gain = np.where(random.random(3000) < 0.9, 0.0, np.round(random.lognormal(9, 0.5, 3000)))
    frame = pd.DataFrame({"gain": gain, "a": random.integers(0, 3, 3000) * 1.0, "b": 1.0, "c": 2.0})
    contract = DataContract(columns=tuple(ColumnContract(name=n, type=ColumnType.INTEGER) for n in frame))
    background = made_of(frame, frame.columns, contract, model=lambda rows: (rows["gain"] > 5000).to_numpy() * 1.0)
    gains = [row["gain"] for row in background.rows]
    assert gains.count(0) >= 30
    assert all(gain == 0 or gain > 1500 for gain in gains)


def test_a_value_stands_for_ten_rows_or_is_a_mean_of_ten(churn):
    paid = np.random.default_rng(0).lognormal(10, 1, len(churn.learn)).round(2)
    learn = churn.learn.assign(paid=np.where(np.arange(len(paid)) % 5 == 0, 250.0, paid))
    contract = DataContract(columns=(*churn.contract.columns, ColumnContract(name="paid", type=ColumnType.NUMBER)))
    rows = made_of(learn, (*churn.features, "paid"), contract, model=churn.model).rows
    told = [row["paid"] for row in rows]
    assert 250.0 in told
    assert len(set(told)) > 10
    assert set(told) & set(paid) == set()


def test_what_few_people_have_is_nobodys_in_a_column_that_is_mostly_empty(churn):
    claim = np.full(len(churn.learn), np.nan)
    claim[::300] = 48_213.0 + np.arange(len(claim[::300]))
    learn = churn.learn.assign(claim=claim, since=pd.Series(pd.NaT, index=churn.learn.index))
    learn.loc[learn.index[7], "since"] = pd.Timestamp("1957-03-14")
    types = {"claim": ColumnType.NUMBER, "since": ColumnType.DATETIME}
    contract = DataContract(
        columns=(*churn.contract.columns, *(ColumnContract(name=n, type=t) for n, t in types.items()))
    )
    rows = made_of(learn, (*churn.features, *types), contract, model=churn.model).rows
    assert {row["claim"] for row in rows} == {None}
    assert {row["since"] for row in rows} == {None}


def test_free_text_does_not_hide_that_a_row_is_the_tables():
    values = [(a, b, c, d) for a in "xy" for b in "xy" for c in "xy" for d in "xy"] * 20
    frame = pd.DataFrame(values, columns=list("abcd")).astype(object)
    frame["note"] = pd.Series([f"case {i}" for i in range(len(frame))], dtype=object)
    types = dict.fromkeys("abcd", ColumnType.CATEGORY) | {"note": ColumnType.TEXT}
    contract = DataContract(columns=tuple(ColumnContract(name=n, type=t) for n, t in types.items()))
    rows = made_of(frame, types, contract).rows
    assert all(None in [row[name] for name in "abcd"] for row in rows)


def test_ten_rows_of_one_person_are_one(churn):
    person = np.where(np.arange(len(churn.learn)) % 4 == 0, 0, np.arange(len(churn.learn)))
    fee = churn.learn["fee"].where(person != 0, 7_777.0)
    learn, columns = churn.learn.assign(fee=fee), list(churn.features)
    about = {"model": churn.model, "answers": churn.model(learn[columns]), "seed": 0}
    alone = summarise(learn, columns, churn.contract, **about, owner=person)
    assert 7_777.0 in [row["fee"] for row in summarise(learn, columns, churn.contract, **about).rows]
    assert 7_777.0 not in [row["fee"] for row in alone.rows]
