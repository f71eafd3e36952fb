"""Reweighing: every group holds every answer as often, and a model that learned so picks groups more alike."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Task
from engine.domain.run import Plan, Quality
from engine.problem.rows import encode
from engine.training import predictor
from engine.training.reweighing import reweighed


def hired(rows: int = 1500) -> pd.DataFrame:
    """Men are hired far more often; the club tells who is a man, the merit who is good."""
    rng = np.random.default_rng(0)
    sex = rng.choice(["f", "m"], rows)
    club = np.where(rng.random(rows) < 0.95, sex, "x")
    merit = rng.normal(size=rows)
    yes = rng.random(rows) < 1 / (1 + np.exp(-(merit - 0.8 + 2.2 * (sex == "m"))))
    words = {"sex": sex, "club": club, "hired": np.where(yes, "yes", "no")}
    return pd.DataFrame(words, dtype=object).assign(merit=merit)


def test_weighed_every_group_holds_each_answer_as_often():
    frame = hired()
    y = (frame["hired"] == "yes").to_numpy(dtype=float)
    weights = reweighed(frame, y, "sex").of(frame, y)
    assert weights.sum() == pytest.approx(len(frame))
    share = [np.average(y[frame["sex"] == sex], weights=weights[frame["sex"] == sex]) for sex in ("f", "m")]
    assert share == pytest.approx([y.mean(), y.mean()])


@pytest.mark.parametrize(
    "values",
    [["one"] * 1500, [None] * 1500, [f"p{i}" for i in range(1500)]],
    ids=["one level", "all missing", "a level a row"],
)
def test_an_odd_column_weighs_something(values):
    frame = hired().assign(sex=pd.Series(values, dtype=object))
    y = (frame["hired"] == "yes").to_numpy(dtype=float)
    weights = reweighed(frame, y, "sex").of(frame, y)
    assert np.isfinite(weights).all()
    assert weights.min() > 0


@pytest.mark.training
def test_a_model_of_reweighed_rows_picks_groups_more_alike(tmp_path, caplog):
    frame = hired()
    problem = Problem(
        task=Task.BINARY, target="hired", classes=("no", "yes"), positive="yes", metric="roc_auc", sensitive=("sex",)
    )
    learn, choose = frame.iloc[:1000], frame.iloc[1000:]
    came = predictor.fit(
        learn,
        choose,
        problem=problem,
        features=("club", "merit"),
        plan=Plan(minutes=0.3, quality=Quality.FAST, reweigh="sex"),
        folder=tmp_path / "model",
        on_progress=lambda _: None,
        should_stop=lambda: False,
    )
    assert "could not be refitted" not in caplog.text  # each that there was time for learned from the choose rows too
    chance = predictor.open_model(tmp_path / "model", came.chosen).predict(choose[["club", "merit"]])[:, 1]
    picked, is_man = chance >= np.quantile(chance, 0.5), (choose["sex"] == "m").to_numpy()
    hired_more = encode(choose, problem)[is_man].mean() - encode(choose, problem)[~is_man].mean()
    picked_more = picked[is_man].mean() - picked[~is_man].mean()
    assert hired_more > 0.35
    assert abs(picked_more) < hired_more / 2
