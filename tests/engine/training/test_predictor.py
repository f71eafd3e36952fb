import json
import os
import shutil
import threading
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Background
from engine.domain.problem import Problem, Split, SplitKind, Task
from engine.domain.run import Plan, Progress, Quality
from engine.errors import Failed, UnusableTarget, WrongVersion
from engine.evidence.explanation import explain
from engine.problem.metric import metric_for
from engine.problem.rows import encode
from engine.problem.split import cut
from engine.training import predictor, recalibration
from engine.training.described import Described, check_versions
from engine.training.fitting import held_out
from engine.training.recalibration import Map, Method

# What ends a fit in time may be raised while something is thrown away, where it is swallowed; it is raised once more
# then. Whatever else is raised there is an error.
pytestmark = INTERRUPTED = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in[\s\S]*TimeLimitExceeded:pytest.PytestUnraisableExceptionWarning"
)

ODD = ['age "of" {customer}', "<b>plan</b>, [€]", "x" * 300, "since"]


def table(rows: int = 420, seed: int = 0) -> pd.DataFrame:
    """Customers under odd column names, with gaps; ``left`` follows from the first two."""
    random = np.random.default_rng(seed)
    age = random.normal(40, 12, rows)
    plan = random.choice(["a", "b", None], rows)
    left = age / 12 + np.where(plan == "a", 1.5, 0.0) + random.normal(size=rows)
    return pd.DataFrame(
        {
            ODD[0]: np.where(random.random(rows) < 0.1, np.nan, age),
            ODD[1]: pd.Series(plan, dtype=object),
            ODD[2]: random.normal(size=rows),
            ODD[3]: pd.date_range("2024-01-01", periods=rows, freq="h"),
            "who": random.integers(0, rows // 6, rows).astype(float),
            "left": np.where(left > np.median(left), "yes", "no"),
            "spent": 10 * left,
            "grade": np.where(left > np.quantile(left, 0.99), "rare", np.where(left > np.median(left), "high", "low")),
        }
    )


def asked(task: Task, **more) -> Problem:
    known = {
        Task.BINARY: {"target": "left", "classes": ("no", "yes"), "positive": "yes", "metric": "roc_auc"},
        Task.MULTICLASS: {"target": "grade", "classes": ("high", "low", "never", "rare"), "metric": "log_loss"},
        Task.REGRESSION: {"target": "spent", "metric": "rmse"},
    }[task]
    return Problem(task=task, **known, **more)


def fitted(problem: Problem, folder, *, quality=Quality.FAST, minutes=0.5, stop=lambda: False, rows=None):
    """Fit the table; return what came of it, its parts and what was reported."""
    frame = table() if rows is None else rows
    parts = cut(frame, problem)
    seen: list[Progress] = []
    came = predictor.fit(
        frame.iloc[parts.learn],
        frame.iloc[parts.choose],
        problem=problem,
        features=tuple(ODD),
        plan=Plan(minutes=minutes, quality=quality, seed=3),
        folder=folder,
        on_progress=seen.append,
        should_stop=stop,
    )
    return SimpleNamespace(
        fitted=came, choose=frame.iloc[parts.choose], test=frame.iloc[parts.test], seen=seen, folder=folder
    )


def work_for(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


@pytest.fixture(scope="module")
def yes_no(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A fast training of the yes/no question."""
    return fitted(asked(Task.BINARY), tmp_path_factory.mktemp("yes_no") / "model")


@pytest.mark.training
def test_the_leaderboard_says_what_the_choose_rows_say(yes_no) -> None:
    problem = asked(Task.BINARY)
    y = encode(yes_no.choose, problem)
    for row in yes_no.fitted.leaderboard:
        told = predictor.foreseen(yes_no.folder, row.model)
        assert row.score == pytest.approx(metric_for("roc_auc", Task.BINARY).function(y, told), abs=1e-9)
        assert row.ms_per_row > 0
        assert row.megabytes > 0
    assert [row.chosen for row in yes_no.fitted.leaderboard].count(True) == 1
    assert yes_no.fitted.tried >= len(yes_no.fitted.leaderboard)
    assert yes_no.fitted.versions["autogluon.tabular"]
    assert yes_no.fitted.reason.endswith(".")


@pytest.mark.training
def test_what_is_served_learned_from_the_choose_rows_after_answering_them(tmp_path) -> None:
    problem, rows = asked(Task.BINARY), table()
    news = rows.tail(210).assign(left=lambda t: np.where(t[ODD[1]] == "b", "yes", "no"))  # only these rows say so
    predictor.fit(
        rows.head(210), news, problem=problem, features=tuple(ODD), plan=Plan(minutes=2, quality=Quality.FAST),
        folder=tmp_path / "model", on_progress=lambda _: None, should_stop=lambda: False,
    )  # fmt: skip
    model = predictor.open_model(tmp_path / "model")
    y, score = encode(news, problem), metric_for("roc_auc", Task.BINARY).function
    before, after = predictor.foreseen(tmp_path / "model", model.name), model.predict(news)
    assert score(y, after) > score(y, before) + 0.1
    with pytest.raises(Failed, match="no model 'nobody'"):
        predictor.foreseen(tmp_path / "model", "nobody")


@pytest.mark.training
def test_a_map_over_the_chances_is_part_of_what_is_served_and_explained(yes_no, tmp_path) -> None:
    folder = shutil.copytree(yes_no.folder, tmp_path / "model")
    name, rows = yes_no.fitted.chosen, yes_no.test[ODD]
    moved = Map(method=Method.LOGISTIC, slope=0.4, shift=-0.5)
    recalibration.write(folder, {name: moved, "another": moved})
    model = predictor.open_model(folder)
    before, after = predictor.open_model(yes_no.folder).predict(rows), model.predict(rows)
    assert np.allclose(after, moved.apply(before), rtol=1e-9)
    assert not np.allclose(after, before)
    assert np.allclose(model.as_fitted(rows), before)
    assert np.allclose(model.predict(rows.head(1)), after[:1])
    shrunk = predictor.shrink(folder, name, tmp_path / "small")
    assert np.allclose(predictor.open_model(shrunk).predict(rows), after)
    assert recalibration.read(shrunk, "another") is None
    background = Background(
        rows=tuple(json.loads(rows.tail(3).to_json(orient="records", date_format="iso"))),
        weights=(1, 1, 1),
        described="",
    )
    (told,) = explain(model.predict, rows.head(1), background, ODD, of=["yes"], classes=("no", "yes"))
    assert told.value == pytest.approx(after[0, 1])
    assert told.base + sum(told.contributions.values()) == pytest.approx(told.value, abs=1e-6)


@pytest.mark.training
def test_it_learned_something(yes_no) -> None:
    told = predictor.open_model(yes_no.folder).predict(yes_no.test)
    assert told.shape == (len(yes_no.test), 2)
    assert told.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    assert metric_for("roc_auc", Task.BINARY).function(encode(yes_no.test, asked(Task.BINARY)), told) > 0.7


@pytest.mark.training
def test_progress_is_told_in_the_metric_people_read(yes_no) -> None:
    last = yes_no.seen[-1]
    assert last.models >= 3
    assert 0.5 < last.best_score <= 1
    assert last.seconds_left < 30
    values = [value for _, value in last.scores]
    assert values == sorted(values)


@pytest.mark.training
def test_the_shrunk_model_gives_the_same_answers_elsewhere(yes_no, tmp_path, monkeypatch) -> None:
    worst = yes_no.fitted.leaderboard[-1].model
    before = predictor.open_model(yes_no.folder, worst).predict(yes_no.test)
    small = predictor.shrink(yes_no.folder, worst, tmp_path / "small")
    monkeypatch.chdir(tmp_path)
    after = predictor.open_model(small).predict(yes_no.test)
    assert np.abs(before - after).max() <= 1e-9
    assert predictor.open_model(small).name == worst
    # Neither other models, nor the rows it learned from.
    parts = {folder.name for folder in (small / "models").iterdir() if folder.is_dir()}
    assert worst in parts
    assert not list(small.rglob("*X*.pkl"))
    if "WeightedEnsemble" not in worst:
        assert parts == {worst}


@pytest.mark.training
def test_a_row_of_gaps_and_of_words_never_seen_is_answered(yes_no) -> None:
    odd = yes_no.test.head(2).copy()
    odd[ODD[0]] = np.nan
    odd[ODD[1]] = [None, "never seen"]
    odd[ODD[3]] = pd.NaT
    assert np.isfinite(predictor.open_model(yes_no.folder).predict(odd)).all()


@pytest.mark.training
def test_the_same_seed_fits_the_same_model(yes_no, tmp_path) -> None:
    again = fitted(asked(Task.BINARY), tmp_path / "again")
    before = {row.model: row.score for row in yes_no.fitted.leaderboard}
    assert {row.model: row.score for row in again.fitted.leaderboard} == pytest.approx(before, abs=1e-12)


@pytest.mark.training
def test_rare_classes_and_entities_in_folds(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("engine.training.presets.affordable_folds", lambda *_: 3)
    problem = asked(Task.MULTICLASS, split=Split(kind=SplitKind.GROUP, columns=("who",), keep_together=True))
    done = fitted(problem, tmp_path / "model", quality=Quality.BALANCED, minutes=0.4)
    told = predictor.open_model(done.folder, done.fitted.chosen).predict(done.test)
    assert told.shape == (len(done.test), 4)
    assert (told[:, 2] == 0).all()  # no row was ever "never"
    assert told.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert all(row.model.endswith("_FULL") for row in done.fitted.leaderboard)


@pytest.mark.training
def test_a_regression_in_time_that_is_stopped_at_once_still_ends_in_a_model(tmp_path) -> None:
    problem = asked(Task.REGRESSION, split=Split(kind=SplitKind.TIME, columns=("since",)))
    began = time.monotonic()
    done = fitted(problem, tmp_path / "model", quality=Quality.BEST, minutes=10, stop=lambda: True)
    assert time.monotonic() - began < 60
    assert done.fitted.stopped
    assert predictor.open_model(done.folder).predict(done.test).shape == (len(done.test),)


@pytest.mark.training
def test_a_stop_breaks_into_what_runs() -> None:
    from autogluon.core.utils.exceptions import TimeLimitExceeded

    from engine.training.callbacks import Watch

    stop = threading.Event()
    watch = Watch(seconds=600, search=600, on_progress=lambda _: None, should_stop=stop.is_set, read=lambda s: s)
    with watch:
        watch.fitted("first", 0.5)
        stop.set()
        with pytest.raises(TimeLimitExceeded), watch.breakable():
            work_for(30)
        assert watch.stopped
        # What follows runs on undisturbed.
        time.sleep(1.2)


@pytest.mark.training
def test_without_a_model_a_stop_waits_for_the_first() -> None:
    from engine.training.callbacks import Watch

    watch = Watch(seconds=600, search=0, on_progress=lambda _: None, should_stop=lambda: True, read=lambda s: s)
    with watch, watch.breakable():
        time.sleep(1.2)
        assert watch.stopped
        assert not watch.enough


def test_one_answer_cannot_be_learned(tmp_path) -> None:
    rows = table().assign(left="yes")
    with pytest.raises(UnusableTarget, match="have the same 'left'"):
        fitted(asked(Task.BINARY), tmp_path / "model", rows=rows)


def test_in_time_the_last_rows_validate() -> None:
    rows = table()
    problem = asked(Task.REGRESSION, split=Split(kind=SplitKind.TIME, columns=("since",)))
    held = held_out(rows, encode(rows, problem), problem)
    assert 0.1 < held.mean() < 0.3
    assert rows["since"][held].min() > rows["since"][~held].max()


def test_entities_do_not_validate_themselves() -> None:
    rows = table()
    problem = asked(Task.BINARY, split=Split(kind=SplitKind.GROUP, columns=("who",)))
    held = held_out(rows, encode(rows, problem), problem)
    assert held.any()
    assert not set(rows["who"][held]) & set(rows["who"][~held])


def test_no_class_is_left_to_validation_alone() -> None:
    rows = table(60)
    rows["grade"] = ["rare", *["low", "high"] * 29, "rare"]
    problem = asked(Task.MULTICLASS)
    y = encode(rows, problem)
    held = held_out(rows, y, problem)
    assert set(y[held]) <= set(y[~held])


def test_another_autogluon_is_refused(tmp_path) -> None:
    (tmp_path / "version.txt").write_text("1.2.0", encoding="utf-8")
    with pytest.raises(WrongVersion, match=r"trained with AutoGluon 1\.2\.0"):
        check_versions(tmp_path)


def test_an_empty_folder_holds_no_model(tmp_path) -> None:
    with pytest.raises(Failed, match="There is no model"):
        predictor.open_model(tmp_path)


def test_inside_columns_have_plain_names() -> None:
    inner = Described(task=Task.BINARY, features=tuple(ODD), classes=2).inputs(table(12).iloc[::4])
    assert list(inner.columns) == ["c0", "c1", "c2", "c3"]
    assert list(inner.index) == [0, 1, 2]


def test_the_machines_threads_are_not_spun(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    with pytest.raises(Failed):
        predictor.open_model(tmp_path)
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
