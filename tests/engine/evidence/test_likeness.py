"""Rows whose values are usual one by one, and unheard of together."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.evidence.background import summarise
from engine.evidence.likeness import Neighbourhood, calibrate

CONTRACT = DataContract(
    columns=(
        ColumnContract(name="age", type=ColumnType.INTEGER),
        ColumnContract(name="job", type=ColumnType.CATEGORY),
        ColumnContract(name="income", type=ColumnType.NUMBER),
        ColumnContract(name="since", type=ColumnType.DATETIME),
    )
)


def people(rows: int, seed: int) -> pd.DataFrame:
    """Pupils are young and poor, workers older and paid, and long in the file."""
    random = np.random.default_rng(seed)
    pupil = random.random(rows) < 0.4
    days = np.where(pupil, random.integers(600, 700, rows), random.integers(0, 100, rows))
    return pd.DataFrame(
        {
            "age": np.where(pupil, random.integers(10, 18, rows), random.integers(30, 60, rows)).astype(float),
            "job": pd.Series(np.where(pupil, "pupil", "worker"), dtype=object),
            "income": np.where(pupil, random.random(rows) * 10, 2000 + random.random(rows) * 800),
            "since": pd.Timestamp("2023-01-01") + pd.to_timedelta(days, unit="D"),
        }
    )


def earns(rows: pd.DataFrame) -> np.ndarray:
    return (rows["income"].fillna(0) > 100).to_numpy() * 1.0


BACKGROUND = summarise(
    people(3000, 1), list(CONTRACT.names), CONTRACT, model=earns, answers=earns(people(500, 6)), seed=0
)


@pytest.fixture(scope="module")
def known() -> Neighbourhood:
    likeness = calibrate(BACKGROUND, people(3000, 1), people(1000, 2))
    return Neighbourhood(likeness, BACKGROUND, people(1, 1))


def test_usual_values_in_an_unheard_of_combination_are_unlike(known) -> None:
    odd = people(200, 3).assign(job="pupil", age=55.0, income=lambda t: t["income"].where(t["income"] < 100, 5.0))
    assert known.unlike(odd).mean() > 0.9


def test_new_rows_of_the_same_kind_are_like(known) -> None:
    assert known.unlike(people(4000, 4)).mean() < 0.02


def test_words_that_differ_after_a_nul_differ_in_any_number(known) -> None:
    """Rows beside them, and how many there are, change nothing."""
    rows = people(2000, 4)
    rows.loc[1::2, "job"] += "\0x"
    assert known.distances(rows).tolist() == [
        d for start in range(0, 2000, 500) for d in known.distances(rows[start : start + 500])
    ]


def test_missing_values_count_as_unlike_and_break_nothing(known) -> None:
    gaps = people(50, 5).assign(age=np.nan, job=None, since=pd.NaT)
    assert np.isfinite(known.distances(gaps)).all()
    assert known.unlike(gaps).all()


def test_of_many_rows_the_same_are_unlike_as_one_by_one(known) -> None:
    mixed = pd.concat([people(5000, 7), people(1000, 8).assign(job="pupil", age=55.0)], ignore_index=True)
    mixed.loc[::50, "income"] = np.nan
    some = range(0, len(mixed), 10)
    assert 0.05 < known.unlike(mixed).mean() < 0.5
    assert [known.unlike(mixed.iloc[[i]])[0] for i in some] == known.unlike(mixed)[some].tolist()


def test_too_few_rows_know_nothing_of_what_is_rare() -> None:
    assert calibrate(BACKGROUND, people(500, 1), people(100, 2)) is None
