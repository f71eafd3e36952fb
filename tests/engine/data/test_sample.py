"""The sample table tells the truth its docstring states."""

import numpy as np
import pandas as pd
import pytest

from engine.data.read import read_file
from engine.data.sample import TRUTH, churn
from engine.problem.metric import METRICS


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return churn()


@pytest.fixture(scope="module")
def left(frame) -> np.ndarray:
    return (frame["churned"] == "yes").to_numpy()


def _auc(left: np.ndarray, score: np.ndarray) -> float:
    return METRICS["roc_auc"].function(left.astype(float), np.column_stack([1 - score, score]))


def test_the_same_seed_gives_the_same_table(frame):
    pd.testing.assert_frame_equal(frame, churn())
    assert not frame.equals(churn(seed=8))


def test_it_has_a_few_thousand_rows_and_names_its_truth(frame, left):
    assert 4000 < len(frame) < 8000
    assert {name for key, name in TRUTH.items() if key != "positive"} <= set(frame)
    assert 0.17 < left.mean() < 0.23


def test_customers_have_several_rows_and_none_after_they_left(frame, left):
    rows = frame["customer_id"].value_counts()
    assert rows.max() == 4
    assert (rows > 1).mean() > 0.5
    assert not left[frame["customer_id"].duplicated(keep="last")].any()


def test_the_column_written_afterwards_gives_the_answer_away(frame, left):
    assert _auc(left, frame["retention_call_minutes"].to_numpy()) > 0.93


def test_the_groups_differ(frame, left):
    rates = pd.Series(left).groupby(frame["gender"]).mean()
    assert 0.04 < rates["female"] - rates["male"] < 0.08


def test_there_are_gaps(frame):
    gaps = frame.isna().mean()
    assert set(gaps[gaps > 0].index) == {"data_gb", "region"}


def test_an_honest_model_is_good_but_not_too_good(frame, left):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    not_known = ["churned", "row_id", "customer_id", "retention_call_minutes", "gender"]
    columns = pd.get_dummies(frame.drop(columns=not_known)).fillna(0)
    learn = frame["customer_id"] < "C11600"
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(columns[learn], left[learn])
    assert 0.75 < _auc(left[~learn], model.predict_proba(columns[~learn])[:, 1]) < 0.85


def test_it_is_read_back_as_it_was_written(frame, tmp_path):
    path = tmp_path / "churn.csv"
    frame.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_file(path).frame, frame)
