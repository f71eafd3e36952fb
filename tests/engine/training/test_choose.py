import numpy as np
import pytest

from engine.domain.problem import Problem, Task
from engine.domain.run import LeaderboardRow
from engine.problem.metric import metric_for
from engine.training.choose import Validated, plain, recommend

BINARY = Problem(task=Task.BINARY, target="left", classes=("no", "yes"), positive="yes", metric="roc_auc")
REGRESSION = Problem(task=Task.REGRESSION, target="price", metric="rmse")


def board(problem, y, models):
    """A leaderboard row and the answers per model, from (noise, milliseconds a row)."""
    random = np.random.default_rng(0)
    rows, answers = [], {}
    function = metric_for(problem.metric, problem.task).function
    for name, (noise, ms) in models.items():
        told = y + noise * random.normal(size=len(y))
        if problem.task is Task.BINARY:
            p = 1 / (1 + np.exp(-told))
            told = np.c_[1 - p, p]
        answers[name] = told
        rows.append(LeaderboardRow(model=name, score=function(y, told), ms_per_row=ms, megabytes=1.0))
    return rows, answers


@pytest.fixture
def yes_no():
    """Four hundred answers, half of them yes."""
    return np.tile([0.0, 1.0], 200)


def test_the_best_is_recommended_where_others_are_worse(yes_no):
    rows, answers = board(BINARY, yes_no, {"CatBoost": (0.3, 1.0), "LightGBM": (3.0, 0.01)})
    choice = recommend(rows, answers, yes_no, problem=BINARY)
    assert choice.model == "CatBoost"
    assert choice.reason.startswith("CatBoost: the best on the rows to choose by (ROC AUC ")


def alike(y, *, apart, ms):
    """Two models that err on the same rows: the blend a little better, the other ``ms`` milliseconds a row."""
    random = np.random.default_rng(0)
    blend = y + 0.6 * random.normal(size=len(y))
    told = {"WeightedEnsemble_L2_FULL": blend, "LightGBM_FULL": blend + apart * random.normal(size=len(y))}
    answers = {name: np.c_[1 - 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-z))] for name, z in told.items()}
    function = metric_for("roc_auc", Task.BINARY).function
    rows = [
        LeaderboardRow(model=name, score=function(y, p), ms_per_row=cost, megabytes=1.0)
        for (name, p), cost in zip(answers.items(), (1.0, ms), strict=True)
    ]
    assert rows[0].score > rows[1].score
    return rows, answers


def test_a_much_faster_one_that_is_as_good_wins(yes_no):
    rows, answers = alike(yes_no, apart=0.01, ms=0.1)
    choice = recommend(rows, answers, yes_no, problem=BINARY)
    assert choice.model == "LightGBM_FULL"
    assert choice.reason.startswith("LightGBM: as good as the best (0.")
    assert choice.reason.endswith("on the rows to choose by) and 10 times faster.")


def test_speed_does_not_buy_more_than_a_little_score():
    y = np.tile([0.0, 1.0], 20)  # too few rows to tell anything apart
    rows, answers = board(BINARY, y, {"CatBoost": (0.3, 1.0), "LightGBM": (0.9, 0.01)})
    assert rows[0].score - rows[1].score > 0.01
    assert recommend(rows, answers, y, problem=BINARY).model == "CatBoost"


def test_twice_as_fast_is_not_enough(yes_no):
    rows, answers = alike(yes_no, apart=0.01, ms=0.5)
    assert recommend(rows, answers, yes_no, problem=BINARY).model == "WeightedEnsemble_L2_FULL"


def test_what_validation_saw_counts_by_its_rows(yes_no):
    rows, answers = board(BINARY, yes_no, {"CatBoost": (0.9, 0.1), "LightGBM": (1.0, 0.1)})
    validated = Validated({"CatBoost": 0.70, "LightGBM": 0.80}, rows=4000)
    assert rows[0].score > rows[1].score
    choice = recommend(rows, answers, yes_no, problem=BINARY, validated=validated)
    assert choice.model == "LightGBM"
    assert "CatBoost, first on these alone" in choice.reason
    few = Validated(validated.scores, rows=1)
    assert recommend(rows, answers, yes_no, problem=BINARY, validated=few).model == "CatBoost"


def test_a_smaller_error_is_better():
    y = np.random.default_rng(1).normal(size=300)
    rows, answers = board(REGRESSION, y, {"CatBoost": (0.1, 1.0), "LightGBM": (1.0, 0.9)})
    choice = recommend(rows, answers, y, problem=REGRESSION)
    assert choice.model == "CatBoost"
    assert "RMSE" in choice.reason


def test_a_single_model_is_said_to_be_the_only_one(yes_no):
    rows, answers = board(BINARY, yes_no, {"CatBoost": (0.5, 1.0)})
    reason = recommend(rows, answers, yes_no, problem=BINARY).reason
    assert reason == "CatBoost: the only one that can be served (ROC AUC 0.938 on the rows to choose by)."


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("LightGBMXT_BAG_L1_FULL", "LightGBM (extra random)"),
        ("LightGBM_FULL", "LightGBM"),
        ("WeightedEnsemble_L2_FULL", "A blend of several models"),
        ("CatBoost_c1_BAG_L1", "CatBoost c1"),
        ("LightGBMPrep_r13_BAG_L1_FULL", "LightGBM (with combined columns) r13"),
        ("XGBoost", "XGBoost"),
    ],
)
def test_models_are_called_what_people_call_them(model, words):
    assert plain(model) == words
