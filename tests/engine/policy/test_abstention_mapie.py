"""Our limits and half widths are those of MAPIE, an implementation of conformal prediction that is not ours.

MAPIE knows no class-conditional sets of its own; calibrated on the rows of one class alone it gives that class's limit.
"""

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from mapie.regression import SplitConformalRegressor
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from engine.domain.problem import Problem, Task
from engine.policy.abstention import calibrate, half_widths, possible
from tests.engine.policy.test_abstention import AMOUNT, KINDS, YES_NO, told

# That is what calibrating on one class means.
pytestmark = pytest.mark.filterwarnings("ignore:.*conformalization dataset has less labels:UserWarning")
COVERAGES = (0.8, 0.9, 0.95)
ROWS = 2500  # of which every class has enough for a limit of its own


class Answers(ClassifierMixin, BaseEstimator):
    """A classifier whose rows are its own chances."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.classes_ = np.arange(classes)
        self.n_features_in_ = classes
        self.fitted_ = True

    def predict_proba(self, chances: np.ndarray) -> np.ndarray:
        return np.asarray(chances)

    def predict(self, chances: np.ndarray) -> np.ndarray:
        return np.asarray(chances).argmax(axis=1)


class Numbers(RegressorMixin, BaseEstimator):
    """A regression whose rows are its own predictions."""

    n_features_in_, fitted_ = 1, True

    def fit(self, numbers: np.ndarray, answers: np.ndarray) -> "Numbers":
        raise AssertionError("there is nothing to learn")

    def predict(self, numbers: np.ndarray) -> np.ndarray:
        return np.asarray(numbers)[:, 0]


@pytest.mark.parametrize("coverage", COVERAGES)
@pytest.mark.parametrize("problem", [YES_NO, KINDS], ids=["yes or no", "kinds"])
def test_every_class_has_the_limit_and_the_sets_that_mapie_finds(problem: Problem, coverage: float) -> None:
    y, p = told(problem.task, ROWS, 1)
    later = told(problem.task, ROWS, 2)[1]
    limits = calibrate(y, p, problem, coverage=coverage)
    ours = possible(limits, later)
    for k in range(p.shape[1]):
        assert (y == k).sum() >= 0.05 * ROWS
        theirs = _sets(p[y == k], y[y == k], coverage)
        assert limits.limits[k] == pytest.approx(_quantile(theirs), abs=1e-12)
        assert (ours[:, k] == theirs.predict_set(later)[1][:, k, 0]).all()


def test_a_rare_class_has_the_limit_that_mapie_finds_on_all_rows() -> None:
    y, p = told(Task.MULTICLASS, ROWS, 1)
    few = np.r_[np.flatnonzero(y != 2), np.flatnonzero(y == 2)[:20]]
    limits = calibrate(y[few], p[few], KINDS)
    theirs = _sets(p[few], y[few], 0.9)
    assert limits.limits[2] == pytest.approx(_quantile(theirs), abs=1e-12)
    assert limits.limits[2] not in limits.limits[:2]


@pytest.mark.parametrize("coverage", COVERAGES)
def test_every_part_of_the_numbers_has_the_width_that_mapie_finds(coverage: float) -> None:
    y, p = told(Task.REGRESSION, ROWS, 1)
    later = told(Task.REGRESSION, ROWS, 2)[1]
    limits = calibrate(y, p, AMOUNT, coverage=coverage)
    place, to = (np.searchsorted(limits.edges, numbers, side="right") for numbers in (p, later))
    ours = half_widths(limits, later)
    for part in range(len(limits.widths)):
        theirs = SplitConformalRegressor(Numbers(), confidence_level=coverage, prefit=True)
        theirs.conformalize(p[place == part, None], y[place == part])
        ends = theirs.predict_interval(later[to == part, None])[1][:, :, 0]
        assert ours[to == part] == pytest.approx((ends[:, 1] - ends[:, 0]) / 2, rel=1e-9)
        assert later[to == part] == pytest.approx(ends.mean(axis=1), rel=1e-9)


def _sets(p: np.ndarray, y: np.ndarray, coverage: float) -> SplitConformalClassifier:
    found = SplitConformalClassifier(
        Answers(p.shape[1]), confidence_level=coverage, conformity_score="lac", prefit=True
    )
    return found.conformalize(p, y.astype(int))


def _quantile(found: SplitConformalClassifier) -> float:
    found.predict_set(np.eye(len(found._estimator.classes_)))
    return float(found._mapie_classifier.conformity_score_function_.quantiles_[0])
