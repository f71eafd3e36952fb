"""Groups: our rates are Fairlearn's, intervals hold the value, small groups are shown but not judged."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Task
from engine.evidence.fairness import fairness
from engine.evidence.groups import groups
from engine.evidence.score import draw

BINARY = Problem(
    task=Task.BINARY, target="hired", classes=("no", "yes"), positive="yes", metric="roc_auc", sensitive=("sex",)
)


@pytest.fixture
def applicants() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Men get higher scores at the same merit; eleven of a third group are too few to judge."""
    rng = np.random.default_rng(0)
    sex = np.repeat(["female", "male", "third"], [600, 600, 11]).astype(object)
    merit = rng.random(len(sex))
    y = (merit > 0.6).astype(float)
    score = np.clip(merit + 0.15 * (sex == "male") + rng.normal(0, 0.1, len(sex)), 0, 1)
    return pd.DataFrame({"sex": sex}), y, np.column_stack([1 - score, score])


def test_differences_are_fairlearns(applicants):
    from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference

    frame, y, p = applicants
    parity, odds = fairness(frame, y, p, BINARY, threshold=0.6, draws=draw(len(y), seed=0, times=200))
    large = (frame["sex"] != "third").to_numpy()
    said, sex = (p[:, 1] >= 0.6)[large], frame["sex"][large]
    assert parity.measure == "demographic_parity_difference"
    assert parity.value == pytest.approx(demographic_parity_difference(y[large], said, sensitive_features=sex))
    assert odds.measure == "equalized_odds_difference"
    assert odds.value == pytest.approx(equalized_odds_difference(y[large], said, sensitive_features=sex))
    for found in (parity, odds):
        assert found.interval[0] < found.value < found.interval[1]


def test_a_small_group_is_shown_but_not_judged(applicants):
    frame, y, p = applicants
    parity = fairness(frame, y, p, BINARY, threshold=0.6, draws=draw(len(y), seed=0, times=50))[0]
    third = parity.groups[-1]
    assert (third.group, third.rows, third.too_few) == ("third", 11, True)
    assert third.selection_rate == pytest.approx((p[-11:, 1] >= 0.6).mean())
    assert "Too few rows to judge ‘third’" in parity.sentence
    assert parity.sentence.startswith("Picked: ")
    assert "‘male’" in parity.sentence


def test_where_no_two_groups_can_be_judged_it_is_said(applicants):
    frame, y, p = applicants
    some = np.r_[0:600, 1200:1211]
    draws = draw(len(some), seed=0, times=50)
    parity = fairness(frame.iloc[some], y[some], p[some], BINARY, threshold=0.6, draws=draws)[0]
    assert parity.interval is None
    assert "cannot be compared" in parity.sentence
    assert len(parity.groups) == 2


def test_without_a_threshold_one_half_selects(applicants):
    frame, y, p = applicants
    draws = draw(len(y), seed=0, times=50)
    assert fairness(frame, y, p, BINARY, threshold=None, draws=draws) == fairness(
        frame, y, p, BINARY, threshold=0.5, draws=draws
    )


def test_classes_are_compared_one_by_one():
    problem = Problem(
        task=Task.MULTICLASS, target="level", classes=("a", "b", "c"), metric="log_loss", sensitive=("sex",)
    )
    sex = np.repeat(["f", "m"], 300).astype(object)
    said = np.r_[np.zeros(300), np.zeros(100), np.full(200, 2)].astype(int)
    y = np.r_[np.zeros(300), np.zeros(300)]
    parity, error = fairness(
        pd.DataFrame({"sex": sex}), y, np.eye(3)[said], problem, threshold=None, draws=draw(600, seed=0, times=50)
    )
    assert parity.value == pytest.approx(2 / 3)
    assert parity.sentence.startswith("Predicted ‘a’: 100 % where ‘sex’ is ‘f’, 33 %")
    assert (error.measure, error.value) == ("error_rate_difference", pytest.approx(2 / 3))


def test_numbers_are_compared_by_mean_and_error():
    problem = Problem(task=Task.REGRESSION, target="wage", metric="rmse", sensitive=("sex",))
    sex = np.repeat(["f", "m"], 200).astype(object)
    y = np.full(400, 100.0)
    p = np.r_[np.full(200, 80.0), np.full(200, 101.0)]
    mean, error = fairness(pd.DataFrame({"sex": sex}), y, p, problem, threshold=None, draws=draw(400, seed=0, times=50))
    assert (mean.measure, mean.value) == ("mean_prediction_difference", 21)
    assert (error.measure, error.value) == ("mean_absolute_error_difference", 19)
    assert mean.groups[0].selection_rate == 80
    assert "Average predicted ‘wage’: 101" in mean.sentence


def test_columns_that_are_not_there_are_passed_over(applicants):
    frame, y, p = applicants
    problem = BINARY.model_copy(update={"sensitive": ("race",)})
    assert fairness(frame, y, p, problem, threshold=0.5, draws=draw(len(y), seed=0, times=5)) == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([18.0, 25, 39, 40, 59, 60, None, *range(20, 30)], name="age"),
         ["under 25", "25 to 39", "25 to 39", "40 to 59", "40 to 59", "60 and over", "not given"]),
        (pd.Series([1.0, 2.0, None], name="grade"), ["1", "2", "not given"]),
        (pd.Series(pd.to_datetime(["1984-02-01", None, "1991-01-01"]), name="born"), ["1980s", "not given", "1990s"]),
        (pd.Series(["x", None], name="sex", dtype=object), ["x", "not given"]),
    ],
    ids=["age", "few numbers", "dates", "text"],
)  # fmt: skip
def test_groups_have_plain_names(values, expected):
    assert groups(values).tolist()[: len(expected)] == expected


def test_many_numbers_become_quarters():
    banded = groups(pd.Series(np.arange(100.0), name="income"))
    assert banded.value_counts().between(24, 26).all()
    assert banded.iloc[0] == "up to 24.75"
    assert banded.iloc[-1] == "above 74.25"


def test_many_texts_leave_the_common_ones():
    values = pd.Series([f"v{i}" for i in range(20) for _ in range(i + 1)], name="origin", dtype=object)
    found = groups(values)
    assert found.nunique() == 12
    assert found.iloc[0] == "all others"
    assert found.iloc[-1] == "v19"
