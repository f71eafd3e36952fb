"""When the model should not answer."""

import numpy as np
import pytest

from engine.domain.policy import Abstention
from engine.domain.problem import Problem, Task
from engine.errors import UnusableOption
from engine.policy.abstention import COVERAGES, abstains, calibrate, half_widths, possible

YES_NO = Problem(task=Task.BINARY, target="y", classes=("no", "yes"), positive="yes", metric="roc_auc")
KINDS = Problem(task=Task.MULTICLASS, target="y", classes=("a", "b", "c"), metric="log_loss")
AMOUNT = Problem(task=Task.REGRESSION, target="y", metric="rmse")


def told(task: Task, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers and calibrated probabilities of one in eight positives, three kinds, or amounts that spread with size."""
    random = np.random.default_rng(seed)
    if task is Task.REGRESSION:
        p = random.gamma(2, 50, rows)
        return p + random.normal(size=rows) * p * 0.3, p
    scores = random.normal(size=(rows, 3)) * 1.5 + np.array([1.5, 0, -0.5])
    if task is Task.BINARY:
        scores = np.column_stack([np.zeros(rows), random.normal(size=rows) * 1.8 - 3])
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    y = (random.random(rows)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    return y.astype(float), p


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("problem", [YES_NO, KINDS], ids=["yes or no", "kinds"])
def test_every_class_is_covered_the_rare_one_too(problem, coverage) -> None:
    limits = calibrate(*told(problem.task, 15_000, 1), problem, coverage=coverage)
    y, p = told(problem.task, 30_000, 2)
    stays = possible(limits, p)
    for k in range(p.shape[1]):
        assert stays[y == k, k].mean() == pytest.approx(coverage, abs=0.03)


def test_ranges_hold_as_many_as_was_asked_for_small_and_large_ones_alike() -> None:
    limits = calibrate(*told(Task.REGRESSION, 3000, 1), AMOUNT)
    y, p = told(Task.REGRESSION, 30_000, 2)
    inside = np.abs(y - p) <= half_widths(limits, p)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)
    assert inside[p < 50].mean() == pytest.approx(0.9, abs=0.04)
    assert inside[p > 150].mean() == pytest.approx(0.9, abs=0.04)
    assert half_widths(limits, np.array([10.0]))[0] < half_widths(limits, np.array([300.0]))[0]


@pytest.mark.parametrize("problem", [YES_NO, KINDS, AMOUNT], ids=["yes or no", "kinds", "amount"])
def test_abstaining_lowers_the_error_among_the_answered_and_says_by_how_much(problem) -> None:
    limits = calibrate(*told(problem.task, 6000, 1), problem)
    y, p = told(problem.task, 30_000, 2)
    left = abstains(limits, p)
    wrong = np.abs(y - p) if problem is AMOUNT else p.argmax(axis=1) != y
    assert wrong[~left].mean() < 0.93 * wrong.mean()
    assert (limits.abstained, limits.error, limits.error_answered) == pytest.approx(
        (left.mean(), wrong.mean(), wrong[~left].mean()), rel=0.15
    )


def test_where_nothing_is_answered_nothing_is_said_of_the_answered() -> None:
    same = np.tile([0.5, 0.5], (50, 1))
    limits = calibrate(np.r_[np.zeros(25), np.ones(25)], same, YES_NO)
    assert (limits.abstained, limits.error_answered, limits.answered) == (1.0, None, 0)
    kept = limits.model_dump(exclude={"rows", "tested"}) | {"error_answered": limits.error}  # as it once was
    assert Abstention.model_validate(kept).error_answered is None


def test_a_class_with_too_few_rows_shares_the_limit_of_all() -> None:
    y = np.r_[np.zeros(200), np.ones(3)]
    p = np.column_stack([np.linspace(0.99, 0.5, 203), np.linspace(0.01, 0.5, 203)])
    found = calibrate(y, p, YES_NO)
    assert 0.4 < found.limits[1] < 0.5
    assert found.limits[0] == pytest.approx(found.limits[1], abs=0.02)
    assert calibrate(y[:3], p[:3], YES_NO).limits == (1.0, 1.0)


def test_the_more_often_a_range_is_to_hold_the_true_number_the_more_rows_are_left() -> None:
    y, p = told(Task.REGRESSION, 3000, 1)
    found = [calibrate(y, p, AMOUNT, coverage=coverage) for coverage in COVERAGES]
    left = [limits.abstained for limits in found]
    assert left == sorted(left)
    assert left[0] < left[2] < left[-1]
    assert len({limits.widest for limits in found}) == 1
    assert abstains(found[2], p).mean() == pytest.approx(0.2, abs=0.01)  # all but the surest four fifths, at 90 %


def test_a_person_says_how_wide_a_range_may_be() -> None:
    y, p = told(Task.REGRESSION, 3000, 1)
    narrow = calibrate(y, p, AMOUNT, widest=20.0)
    assert narrow.abstained > calibrate(y, p, AMOUNT).abstained
    assert (half_widths(narrow, p)[abstains(narrow, p)] > 20).all()


@pytest.mark.parametrize(
    ("more", "words"),
    [({"coverage": 1.0}, "coverage of 1"), ({"coverage": 0.2}, "coverage of 0.2"), ({"widest": -1.0}, "± -1")],
)
def test_what_makes_no_sense_is_refused(more, words) -> None:
    with pytest.raises(UnusableOption, match=words):
        calibrate(*told(Task.REGRESSION, 300, 1), AMOUNT, **more)


def test_few_rows_and_equal_answers_are_no_trouble() -> None:
    assert abstains(calibrate(np.zeros(1), np.ones(1), AMOUNT), np.ones(5)).sum() == 0
    assert calibrate(np.zeros(300), np.full(300, 2.0), AMOUNT).widths
    same = np.tile([0.5, 0.5], (50, 1))
    assert abstains(calibrate(np.r_[np.zeros(25), np.ones(25)], same, YES_NO), same).all()
