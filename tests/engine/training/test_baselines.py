"""Baselines: simpler ways to answer, each said in words."""

import pickle

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.problem import Problem, Task
from engine.problem.metric import metric_for
from engine.problem.today import Held, Says
from engine.training.baselines import FittedBaseline, fit_baselines

ROWS = 3000
FEATURES = ("age", "plan", "joined", "note")
CONTRACT = DataContract(
    columns=(
        ColumnContract(name="age", type=ColumnType.INTEGER),
        ColumnContract(name="plan", type=ColumnType.CATEGORY),
        ColumnContract(name="joined", type=ColumnType.DATETIME),
        ColumnContract(name="note", type=ColumnType.TEXT),
    )
)
BINARY = Problem(task=Task.BINARY, target="left", classes=("no", "yes"), positive="yes", metric="roc_auc")


@pytest.fixture
def people() -> pd.DataFrame:
    """Age decides little, the plan much; some values are missing, ``note`` is free text."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, ROWS).astype(float),
            "plan": rng.choice(["basic", "plus", "family"], ROWS).astype(object),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D"),
            "note": [f"said {i} things" for i in range(ROWS)],
        }
    )
    frame.loc[::20, "age"] = np.nan
    frame.loc[::30, "plan"] = None
    frame.loc[::40, "joined"] = pd.NaT
    return frame


def yes(frame: pd.DataFrame) -> np.ndarray:
    p = np.where(frame["plan"] == "basic", 0.6, 0.1) + 0.1 * (frame["age"] > 50)
    return (np.random.default_rng(2).random(len(frame)) < p).astype(float)


class Basic:
    """Today's rule: everybody on the basic plan."""

    says, in_words = Says.CLASS, "plan == 'basic'"

    def apply(self, frame: pd.DataFrame) -> np.ndarray:
        return (frame["plan"] == "basic").to_numpy(dtype=float)


class Stands:
    """Today's way that stands in a column of the rows asked."""

    def __init__(self, column: str, says: Says, **means: float) -> None:
        self.way, self.says, self.in_words = Held(column, says, means), says, column

    def apply(self, frame: pd.DataFrame) -> np.ndarray:
        return self.way.apply(frame)


def fit(frame, y, problem=BINARY, rule=None, features=FEATURES) -> dict[str, FittedBaseline]:
    found = fit_baselines(frame, y, problem=problem, features=features, contract=CONTRACT, rule=rule)
    return {b.name: b for b in found}


def test_every_way_answers_with_probabilities(people):
    y = yes(people)
    found = fit(people, y, rule=Basic())
    assert list(found) == ["majority", "one_rule", "linear", "today"]
    for baseline in found.values():
        p = baseline.predict(people)
        assert p.shape == (ROWS, 2)
        assert np.allclose(p.sum(axis=1), 1)
        assert np.isfinite(p).all()


def test_the_order_of_quality_is_as_made(people):
    y = yes(people)
    auc = metric_for("roc_auc", Task.BINARY).function
    found = {name: auc(y, b.predict(people)) for name, b in fit(people, y, rule=Basic()).items()}
    assert found["majority"] == 0.5
    assert found["today"] > 0.7
    assert found["linear"] > found["one_rule"] > 0.7


def test_the_one_rule_names_its_column_and_values(people):
    one = fit(people, yes(people))["one_rule"]
    assert one.label == "the best single column (‘plan’)"
    assert "‘plan’ is ‘basic’: 6" in one.rule


def test_a_numeric_rule_tells_the_cut_and_the_answer_of_each_side():
    frame = pd.DataFrame({"age": np.repeat([20.0, 40.0], 200)})
    one = fit(frame, np.repeat([0.0, 1.0], 200), features=("age",))["one_rule"]
    assert one.rule == "‘age’ up to 30: 0 % ‘yes’; ‘age’ above 30: 100 % ‘yes’"


def test_a_date_rule_names_a_day():
    days = pd.to_datetime(np.repeat(["2020-01-01", "2021-01-01"], 200)).astype("datetime64[ns]")
    frame = pd.DataFrame({"joined": days})
    one = fit(frame, np.repeat([0.0, 1.0], 200), features=("joined",))["one_rule"]
    assert "‘joined’ up to 2020-07-0" in one.rule


def test_values_never_seen_and_missing_are_answered(people):
    found = fit(people, yes(people))
    new = people.head(3).copy()
    new["plan"] = ["martian", None, "basic"]
    new["age"] = np.nan
    new["joined"] = pd.NaT
    for baseline in found.values():
        assert np.isfinite(baseline.predict(new)).all()


def test_missing_is_answered_where_none_was_learned(people):
    whole = people.dropna().reset_index(drop=True)
    found = fit(whole, yes(whole))
    assert np.isfinite(found["one_rule"].predict(people)).all()


def test_a_class_that_the_learn_rows_lack_gets_a_column(people):
    problem = Problem(task=Task.MULTICLASS, target="mood", classes=("a", "b", "c"), metric="log_loss")
    for baseline in fit(people, yes(people), problem).values():
        p = baseline.predict(people)
        assert p.shape == (ROWS, 3)
        assert np.isfinite(p).all()


def test_numbers_are_answered_with_numbers(people):
    problem = Problem(task=Task.REGRESSION, target="spent", metric="rmse")
    y = (people["age"].fillna(40) * 3 + (people["plan"] == "basic") * 20).to_numpy()
    found = fit(people, y, problem)
    assert list(found) == ["mean", "one_rule", "linear"]
    metric = metric_for("rmse", Task.REGRESSION).function
    rmse = {name: metric(y, b.predict(people)) for name, b in found.items()}
    assert rmse["linear"] < rmse["one_rule"] < rmse["mean"]
    assert found["mean"].rule.startswith("‘spent’ is 1")


def test_todays_rule_is_one_or_zero_but_for_metrics_that_punish_certainty(people):
    y = yes(people)
    hard = fit(people, y, rule=Basic())["today"]
    assert set(np.unique(hard.predict(people))) == {0.0, 1.0}
    assert hard.rule == "plan == 'basic'"
    soft = fit(people, y, BINARY.model_copy(update={"metric": "log_loss"}), Basic())["today"].predict(people)[:, 1]
    rate = y[(people["plan"] == "basic").to_numpy()].mean()
    assert soft.max() == pytest.approx(rate, abs=0.01)


@pytest.mark.parametrize("turn", [1, -1], ids=["higher means yes", "higher means no"])
def test_a_score_keeps_its_order_and_becomes_a_chance(people, turn):
    y = yes(people)
    people["score"] = turn * (y + np.random.default_rng(3).normal(0, 1, ROWS)) * 50 + 600
    people.loc[::25, "score"] = np.nan
    way = fit(people, y, rule=Stands("score", Says.SCORE))["today"]
    p = way.predict(people)
    given = people["score"].notna().to_numpy()
    ranked = metric_for("roc_auc", Task.BINARY).function
    alone = np.column_stack([-turn * people["score"], turn * people["score"]])[given]
    assert ranked(y[given], p[given]) == pytest.approx(ranked(y[given], alone))
    assert p[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)
    assert p[~given, 1] == pytest.approx(y.mean())


def test_a_score_that_is_always_the_same_says_how_often_it_is_so(people):
    people["score"] = 7.0
    assert fit(people, yes(people), rule=Stands("score", Says.SCORE))["today"].predict(people)[:, 1] == pytest.approx(
        yes(people).mean()
    )


def test_todays_answers_among_several_classes_and_todays_number(people):
    moods = Problem(task=Task.MULTICLASS, target="mood", classes=("a", "b", "c"), metric="log_loss")
    y = np.random.default_rng(5).integers(0, 3, ROWS).astype(float)
    people["said"] = np.where(np.arange(ROWS) % 4, np.array(["a", "b", "c"], dtype=object)[y.astype(int)], "a")
    people.loc[7, "said"] = None
    p = fit(people, y, moods, Stands("said", Says.CLASS, a=0.0, b=1.0, c=2.0))["today"].predict(people)
    assert p.sum(axis=1) == pytest.approx(1)
    named = (people["said"] == "b").to_numpy()
    assert p[named, 1].min() > 0.95
    assert p[7] == pytest.approx(np.bincount(y.astype(int)) / ROWS)
    spent = Problem(task=Task.REGRESSION, target="spent", metric="rmse")
    people["forecast"] = np.where(np.arange(ROWS) == 3, np.nan, y * 10)
    told = fit(people, y * 10 + 1, spent, Stands("forecast", Says.VALUE))["today"].predict(people)
    assert told[:3].tolist() == (y[:3] * 10).tolist()
    assert told[3] == pytest.approx(np.mean(y * 10 + 1))


def test_free_text_alone_leaves_the_constant_answer(people):
    assert list(fit(people, yes(people), features=("note",))) == ["majority"]


def test_a_baseline_survives_a_trip_between_processes(people):
    for baseline in fit(people, yes(people)).values():
        copy = pickle.loads(pickle.dumps(baseline))  # noqa: S301
        assert np.array_equal(copy.predict(people), baseline.predict(people))
