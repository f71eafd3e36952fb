"""Chances that cannot be taken at their word are moved, in order, by a map that was found on the choose rows."""

import numpy as np
import pytest

from engine.domain.problem import Problem, Task
from engine.evidence.calibration import calibration_error, moved
from engine.evidence.score import draw
from engine.problem.metric import metric_for
from engine.training.recalibration import Map, Method, read, recalibrated, write

BINARY = Problem(task=Task.BINARY, target="left", classes=("no", "yes"), positive="yes", metric="roc_auc")
MOODS = Problem(task=Task.MULTICLASS, target="mood", classes=("a", "b", "c"), metric="log_loss")


def both(p: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - p, p])


def true_chances(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1.5, 3, rows)
    return (rng.random(rows) < p).astype(float), p


def bold(p: np.ndarray) -> np.ndarray:
    """Too sure of itself: log-odds three times as large."""
    return 1 / (1 + ((1 - p) / p) ** 3)


def stepped(p: np.ndarray) -> np.ndarray:
    """Off in a way no curve over log-odds repairs."""
    return np.where(p < 0.35, 0.3 * p, 0.85 + 0.15 * p)


@pytest.mark.parametrize(
    ("wrong", "method"), [(bold, Method.LOGISTIC), (stepped, Method.ISOTONIC)], ids=["too bold", "stepped"]
)
def test_chances_that_are_off_are_put_right_on_other_rows(wrong, method):
    y, p = true_chances(4000)
    maps, told = recalibrated({"m": both(wrong(p))}, y, BINARY)
    assert maps["m"].method is method
    new_y, new_p = true_chances(20_000, seed=1)
    before, after = both(wrong(new_p)), maps["m"].apply(both(wrong(new_p)))
    draws = draw(len(new_y), seed=0, times=50)
    assert calibration_error(new_y, before, draws).value > 0.05
    assert calibration_error(new_y, after, draws).value < 0.02
    auc = metric_for("roc_auc", Task.BINARY).function
    assert auc(new_y, after) == pytest.approx(auc(new_y, before), abs=2e-3)
    assert (np.diff(after[np.argsort(before[:, 1]), 1]) >= 0).all()
    assert told["m"].shape == (4000, 2)
    said = moved(new_y, before, after, BINARY, method=method, draws=draws)
    assert said.error.value < said.error_before.value
    assert said.loss.value < said.loss_before.value
    assert "on 20,000 test rows they are off by" in said.sentence


def test_a_choose_row_is_moved_by_a_map_that_did_not_see_it():
    y, p = true_chances(1000)
    maps, told = recalibrated({"m": both(bold(p))}, y, BINARY)
    assert not np.allclose(told["m"], maps["m"].apply(both(bold(p))))
    assert np.abs(told["m"] - maps["m"].apply(both(bold(p)))).max() < 0.1
    # With one entity in all rows of a half, no row of that half is moved by what the half says.
    halves = np.repeat([0, 1], 500)
    _, apart = recalibrated({"m": both(bold(p))}, y, BINARY, halves)
    turned = y.copy()
    turned[:40] = 1 - turned[:40]
    found, again = recalibrated({"m": both(bold(p))}, turned, BINARY, halves)
    assert found["m"].method is maps["m"].method
    assert np.allclose(apart["m"][:500], again["m"][:500])
    assert not np.allclose(apart["m"][500:], again["m"][500:])


@pytest.mark.parametrize("rows", [150, 400, 5000])
def test_chances_that_come_true_are_left_alone(rows):
    kept = 0
    for seed in range(20):
        y, p = true_chances(rows, seed)
        maps, told = recalibrated({"m": both(p)}, y, BINARY)
        kept += not maps and np.array_equal(told["m"], both(p))
    assert kept >= 19


def test_few_rows_and_numbers_are_left_alone():
    y, p = true_chances(60)
    assert recalibrated({"m": both(bold(p))}, y, BINARY)[0] == {}
    number = Problem(task=Task.REGRESSION, target="spent", metric="rmse")
    assert recalibrated({"m": p}, y, number)[0] == {}


def test_chances_that_say_the_opposite_are_left_alone():
    y, p = true_chances(2000)
    wrong = both(bold(1 - p))
    maps, told = recalibrated({"m": wrong}, y, BINARY)
    assert maps == {}
    assert np.array_equal(told["m"], wrong)


def test_several_classes_become_shyer_together_and_keep_their_order():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 2], 6000)
    y = np.array([rng.choice(3, p=row) for row in p], dtype=float)
    wrong = p**3 / (p**3).sum(axis=1, keepdims=True)
    found = recalibrated({"m": wrong}, y, MOODS)[0]["m"]
    assert found.method is Method.TEMPERATURE
    assert found.slope == pytest.approx(1 / 3, abs=0.04)
    after = found.apply(wrong)
    assert after == pytest.approx(p, abs=0.05)
    assert (after.argsort(axis=1) == wrong.argsort(axis=1)).all()
    assert recalibrated({"m": p}, y, MOODS)[0] == {}


def test_a_class_the_model_never_saw_stays_impossible():
    after = Map(method=Method.TEMPERATURE, slope=0.5).apply(np.array([[0.0, 0.2, 0.8], [0.0, 0.0, 1.0]]))
    assert np.isfinite(after).all()
    assert after[:, 0].tolist() == [0, 0]
    assert after.sum(axis=1) == pytest.approx(1)


def test_a_map_is_plain_json_and_comes_back_the_same(tmp_path):
    y, p = true_chances(3000)
    maps, _ = recalibrated({"a": both(stepped(p)), "b": both(p)}, y, BINARY)
    write(tmp_path, maps)
    assert read(tmp_path, "b") is None
    assert read(tmp_path, "a") == maps["a"]
    assert np.array_equal(read(tmp_path, "a").apply(both(p)), maps["a"].apply(both(p)))
    write(tmp_path, {})
    assert read(tmp_path, "a") is None
    assert list(tmp_path.iterdir()) == []
