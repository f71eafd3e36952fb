"""The short way to a model's answers is AutoGluon's own answer, or it is not taken."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Task
from engine.training import columns, shortcut
from engine.training import predictor as predictor_module
from engine.training.described import TARGET, Described
from engine.training.predictor import Model

FEATURES = ("amount", "plan", "member", "since", "flag", "always", "many")
pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("ignore"),  # AutoGluon's own, as engine.training.predictor keeps them from people
]


def table(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Columns of every kind that Handrail's tables have, with gaps."""
    random = np.random.default_rng(seed)
    gaps = random.random(rows) < 0.1
    return pd.DataFrame(
        {
            "amount": np.where(gaps, np.nan, random.normal(50, 20, rows)),
            "plan": pd.Series(random.choice(["a", "b", "c, d", None], rows), dtype=object),
            "member": pd.Series(random.choice(["no", "yes"], rows), dtype=object),
            "since": pd.Series(pd.date_range("2021-03-01", periods=rows, freq="13h")).where(~gaps),
            "flag": random.integers(0, 2, rows).astype(float),
            "always": 1.0,
            "many": pd.Series([f"town {i}" for i in random.integers(0, 60, rows)], dtype=object),
        }
    )


def answers(frame: pd.DataFrame, task: Task) -> np.ndarray:
    drawn = frame["amount"].fillna(40) / 25 + (frame["member"] == "yes") + frame["flag"] + frame["since"].dt.month / 12
    drawn = drawn.fillna(3.0).to_numpy() + np.random.default_rng(1).normal(size=len(frame)) / 3
    return drawn if task is Task.REGRESSION else np.digitize(drawn, np.quantile(drawn, QUANTILES[task])).astype(float)


QUANTILES = {Task.BINARY: [0.6], Task.MULTICLASS: [0.3, 0.7]}


@pytest.fixture(scope="module", params=list(Task), ids=str)
def fitted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Described]:
    from autogluon.tabular import TabularPredictor

    task, frame = request.param, table()
    described = Described(task=task, features=FEATURES, classes={Task.BINARY: 2, Task.MULTICLASS: 3}.get(task, 0))
    small: dict[str, dict[str, int]] = {"GBM": {"num_boost_round": 5}, "XT": {"n_estimators": 5}}
    if task is not Task.BINARY:
        small |= {"CAT": {"iterations": 5}, "XGB": {"n_estimators": 5}, "RF": {"n_estimators": 5}}
    predictor = TabularPredictor(
        TARGET, problem_type=str(task), path=str(tmp_path_factory.mktemp("fit") / "m"), verbosity=0
    )
    predictor.fit(
        described.training(frame, answers(frame, task)),
        hyperparameters=small,
        num_bag_folds=2 if task is Task.BINARY else 0,
        ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
    )
    predictor.persist("all")
    return predictor, described


def test_rows_are_answered_as_autogluon_answers_them(fitted: tuple[Any, Described]) -> None:
    predictor, described = fitted
    fresh = table(250, seed=7)  # more than are answered on one thread
    fresh.loc[3, "plan"], fresh.loc[4, "amount"] = "never seen", -1e9
    assert len(predictor.model_names()) >= 3  # a blend among them
    for name in predictor.model_names():
        model = Model(predictor, name, described)
        assert model.hastened, name
        for piece in (fresh, fresh.iloc[3:4], fresh.iloc[4:5]):
            np.testing.assert_allclose(model.predict(piece), model.at_length(piece), rtol=1e-9, atol=1e-9, err_msg=name)


def test_one_that_answers_otherwise_is_not_taken(
    fitted: tuple[Any, Described], monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor, described = fitted
    name = next(name for name in predictor.model_names() if name.startswith("LightGBM"))
    monkeypatch.setitem(columns._PARTS, "month", lambda dates: dates.month % 12 + 1)
    monkeypatch.setattr(columns.Words, "write", lambda self, values, matrix: None)
    model = Model(predictor, name, described)
    assert not model.hastened
    monkeypatch.undo()
    np.testing.assert_array_equal(model.predict(table(5)), model.at_length(table(5)))


def test_words_within_texts_take_the_long_way(tmp_path: Path) -> None:
    from autogluon.tabular import TabularPredictor

    random = np.random.default_rng(0)
    words = ["the parcel came late", "all was well again", "nobody called me back", "very good help indeed today"]
    notes = [" ".join(random.choice(words, 3)) + f" {i}" for i in range(300)]
    frame = pd.DataFrame({"c0": pd.Series(notes, dtype=object), "c1": random.normal(size=300)})
    frame[TARGET] = (frame["c0"].str.contains("late") ^ (frame["c1"] > 1)).astype(int)
    predictor = TabularPredictor(TARGET, path=str(tmp_path / "m"), verbosity=0)
    predictor.fit(frame, hyperparameters={"GBM": {"num_boost_round": 5}}, fit_weighted_ensemble=False)
    assert shortcut.find(predictor, predictor.model_names()[0]) is None


def test_a_release_whose_short_way_differs_goes_the_long_way(
    fitted: tuple[Any, Described], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor, described = fitted
    name = next(name for name in predictor.model_names() if name.startswith("LightGBM"))
    right, wrong = Model(predictor, name, described), Model(predictor, name, described)
    monkeypatch.setattr(wrong, "predict", lambda frame: right.predict(frame) + 1e-6)
    rows = table(20)
    for model, hasten in ((right, True), (wrong, False)):
        described.write(tmp_path, name)
        monkeypatch.setattr(predictor_module, "open_model", lambda folder, model=model: model)
        predictor_module.settle(tmp_path, rows, right.at_length(rows))
        assert Described.read(tmp_path).hasten is hasten
