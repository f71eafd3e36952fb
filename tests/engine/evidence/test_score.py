"""Bootstrap intervals: the fast way agrees with scoring resampled rows one by one."""

import numpy as np
import pytest

from engine.domain.problem import Task
from engine.evidence.calibration import bins, calibration, calibration_error
from engine.evidence.score import difference, draw, estimate, interval, over, resampled, statistic
from engine.problem.metric import METRICS

ROWS = 120


def answers(task: Task, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Made-up answers and predictions with ties."""
    rng = np.random.default_rng(seed)
    if task is Task.REGRESSION:
        y = rng.normal(50, 10, ROWS)
        return y, y + rng.normal(0, 5, ROWS)
    k = 2 if task is Task.BINARY else 3
    y = rng.integers(k, size=ROWS).astype(float)
    p = rng.dirichlet(np.ones(k), ROWS).round(1) + 0.05
    p[np.arange(ROWS), y.astype(int)] += 0.2
    return y, p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("name", "task"), [(m.name, task) for m in METRICS.values() for task in sorted(m.tasks)], ids=str
)
def test_counting_gives_what_scoring_the_drawn_rows_gives(name, task):
    y, p = answers(task)
    draws = draw(ROWS, seed=4, times=25)
    fast = over(statistic(name, y, p), draws)
    rows = [np.repeat(np.arange(ROWS), counts) for counts in draws]
    slow = [METRICS[name].function(y[r], p[r]) for r in rows]
    assert fast == pytest.approx(slow, rel=1e-9)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_resamples_without_a_yes_do_not_count(name):
    y = np.zeros(40)
    y[0] = 1
    p = np.column_stack([np.linspace(1, 0, 40), np.linspace(0, 1, 40)])
    low, high = estimate(name, Task.BINARY, y, p, draws=draw(40, seed=0, times=200)).interval
    assert 0 <= low <= high <= 1


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    inside = 0
    for seed in range(200):
        y = np.random.default_rng(seed).normal(0, 1, 200)
        low, high = estimate("mae", Task.REGRESSION, y, np.zeros(200), draws=draw(200, seed=seed, times=200)).interval
        inside += low <= np.sqrt(2 / np.pi) <= high
    assert 180 <= inside <= 198


def test_the_interval_of_uneven_errors_holds_more_often_than_quantiles_do():
    """Squared errors of Student's t with four degrees of freedom: their spread hardly shows in 300 rows."""
    inside, plain = 0, 0
    for seed in range(80):
        y = np.random.default_rng(seed).standard_t(4, 300)
        draws = draw(300, seed=seed, times=200)
        low, high = estimate("rmse", Task.REGRESSION, y, np.zeros(300), draws=draws).interval
        inside += low <= np.sqrt(2) <= high
        low, high = interval(resampled("rmse", y, np.zeros(300), draws), 0.0)
        plain += low <= np.sqrt(2) <= high
    assert inside >= 70
    assert inside > plain


def test_the_interval_of_related_rows_holds_where_that_of_rows_does_not():
    held = {True: 0, False: 0}
    groups = np.repeat(np.arange(60), 8)
    for seed in range(100):
        off = np.repeat(np.random.default_rng(seed).normal(0, 1, 60), 8)  # as much for all rows of an entity
        for known in held:
            together = groups if known else None
            draws = draw(480, seed=seed, times=200, groups=together)
            found = estimate("mae", Task.REGRESSION, off, np.zeros(480), draws=draws, groups=together)
            held[known] += found.interval[0] <= np.sqrt(2 / np.pi) <= found.interval[1]
    assert held[True] >= 88
    assert held[False] <= 70


def test_entities_are_drawn_whole_and_widen_the_interval():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 10)
    y = np.repeat(rng.normal(0, 1, 40), 10)
    whole = draw(400, seed=1, times=300, groups=groups)
    assert (whole.reshape(300, 40, 10) == whole.reshape(300, 40, 10)[:, :, :1]).all()
    apart = draw(400, seed=1, times=300)

    def width(draws):
        low, high = estimate("mae", Task.REGRESSION, y, np.zeros(400), draws=draws).interval
        return high - low

    assert width(whole) > 2 * width(apart)


@pytest.mark.parametrize("rows", [1, 3])
def test_one_row_and_perfect_answers_have_an_interval(rows):
    y = np.arange(rows, dtype=float)
    for p in (y, y + 1.5):
        found = estimate("rmse", Task.REGRESSION, y, p, draws=draw(rows, seed=0, times=50))
        assert found.interval == (found.value, found.value)


def test_a_difference_is_positive_where_ours_is_better():
    y, p = answers(Task.BINARY)
    draws, chance = draw(ROWS, seed=0, times=300), np.full_like(p, 0.5)
    for name in ("roc_auc", "log_loss", "brier"):
        ours, theirs = resampled(name, y, p, draws), resampled(name, y, chance, draws)
        low, high = difference(name, Task.BINARY, ours, theirs)
        assert 0 < low < high
    assert difference("roc_auc", Task.BINARY, ours, ours) == (0.0, 0.0)


def test_the_same_seed_draws_the_same():
    assert np.array_equal(draw(50, seed=3, times=5), draw(50, seed=3, times=5))
    assert not np.array_equal(draw(50, seed=3, times=5), draw(50, seed=4, times=5))


def test_calibration_finds_the_gap():
    rng = np.random.default_rng(0)
    truth = rng.random(20_000)
    y = (rng.random(20_000) < truth).astype(float)
    draws = draw(20_000, seed=0, times=50)
    assert calibration_error(y, truth, draws).value < 0.02
    assert calibration_error(y, np.clip(truth + 0.1, 0, 1), draws).value == pytest.approx(0.1, abs=0.02)
    curve = calibration(y, truth)
    assert curve.x == pytest.approx(curve.y, abs=0.04)
    assert sum(curve.weight) == 20_000


def test_equal_probabilities_share_a_bin():
    number = bins(np.array([0.1] * 95 + [0.9] * 5))
    assert len(set(number[:95])) == 1
    assert number[0] != number[-1]
