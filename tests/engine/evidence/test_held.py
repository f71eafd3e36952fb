"""Two models on the same rows: only on those that both were tested on, with the interval of the difference."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Split, SplitRows, Task
from engine.evidence import held as module
from engine.evidence.held import face, held, hold

RNG = np.random.default_rng(0)
ROWS = 2000
FRAME = pd.DataFrame({"x": RNG.normal(size=ROWS)})
FRAME["y"] = np.where(RNG.random(ROWS) < 1 / (1 + np.exp(-2 * FRAME["x"])), "yes", "no")
PROBLEM = Problem(
    task=Task.BINARY,
    target="y",
    classes=("no", "yes"),
    positive="yes",
    metric="roc_auc",
    split=Split(rows=SplitRows(learn=1, choose=1, test=1)),
)


def answers(frame, noise):
    chance = 1 / (1 + np.exp(-2 * (frame["x"].to_numpy() + noise * np.random.default_rng(1).normal(size=len(frame)))))
    return np.column_stack([1 - chance, chance])


def kept(tmp_path, name, test, given, model="A", problem=PROBLEM):
    folder = tmp_path / name
    folder.mkdir()
    hold(folder, test, given, problem, model=model)
    return held(folder, "A")


def test_the_better_of_two_is_told_on_the_rows_they_share(tmp_path):
    ours = kept(tmp_path, "a", FRAME[:1200], answers(FRAME[:1200], 0.0))
    theirs = kept(tmp_path, "b", FRAME[400:], answers(FRAME[400:], 2.0))
    faced = face(ours, theirs, PROBLEM)
    assert faced.ours.rows == faced.theirs.rows == 800
    low, high = faced.difference
    assert 0 < low < faced.ours.value - faced.theirs.value < high
    back = face(theirs, ours, PROBLEM)
    assert back.difference == pytest.approx((-high, -low), abs=0.01)


def test_the_same_model_does_not_differ_from_itself(tmp_path):
    ours = kept(tmp_path, "a", FRAME, answers(FRAME, 1.0))
    assert face(ours, ours, PROBLEM).difference == (0.0, 0.0)


def test_too_few_shared_rows_say_nothing(tmp_path):
    ours = kept(tmp_path, "a", FRAME[:1000], answers(FRAME[:1000], 0.0))
    theirs = kept(tmp_path, "b", FRAME[960:], answers(FRAME[960:], 0.0))
    assert face(ours, theirs, PROBLEM) is None


def test_a_number_is_compared_too(tmp_path):
    problem = PROBLEM.model_copy(
        update={"task": Task.REGRESSION, "target": "x", "classes": (), "positive": None, "metric": "rmse"}
    )
    y = FRAME["x"].to_numpy()
    near = kept(tmp_path, "a", FRAME, y + RNG.normal(size=ROWS) * 0.1, problem=problem)
    far = kept(tmp_path, "b", FRAME, y + RNG.normal(size=ROWS) * 0.5, problem=problem)
    faced = face(near, far, problem)
    assert faced.difference[0] > 0.3  # a smaller error is better


def test_another_model_of_the_run_has_other_answers(tmp_path):
    assert kept(tmp_path, "a", FRAME, answers(FRAME, 0.0), model="B") is None
    assert held(tmp_path, "A") is None


def test_of_many_rows_the_same_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 300)
    ours = kept(tmp_path, "a", FRAME[:1500], answers(FRAME[:1500], 0.0))
    theirs = kept(tmp_path, "b", FRAME[:1400], answers(FRAME[:1400], 0.0))
    assert len(ours) == 300
    assert len(set(ours["row"]) & set(theirs["row"])) > 250
