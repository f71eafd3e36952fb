import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Gate, Severity, Verdict
from engine.domain.problem import Problem, Task
from engine.evidence.fairness import fairness
from engine.evidence.score import draw
from engine.policy.fair_measure import leading
from tests.engine.guardrails.judging import said
from tests.engine.guardrails.test_fa004 import PROBLEM


def mistaken(found: dict[str, float], rows: int = 3000):
    """Groups of which so many positives are found, and one in ten negatives is picked wrongly."""
    random = np.random.default_rng(0)
    sex, y = random.choice(list(found), rows), random.random(rows) < 0.5
    hit = random.random(rows) < np.where(y, np.array([found[s] for s in sex]), 0.1)
    p = np.where(hit, 0.9, 0.1)
    frame = pd.DataFrame({"sex": pd.Series(sex, dtype=object)})
    return fairness(
        frame, y.astype(float), np.stack([1 - p, p], axis=1), PROBLEM, threshold=0.5, draws=draw(rows, seed=1)
    )


@pytest.mark.parametrize(
    ("found", "severity"),
    [({"f": 0.5, "m": 0.8}, Severity.BLOCKER), ({"f": 0.7, "m": 0.78}, Severity.WARNING), ({"f": 0.7, "m": 0.7}, None)],
    ids=["many more are missed", "some more", "alike"],
)
def test_a_group_that_suffers_more_mistakes_is_flagged(found, severity):
    (outcome,) = said("FA005", fairness=mistaken(found))
    assert (outcome.severity, outcome.gate) == (severity, Gate.APPROVAL)


WAGE = Problem(task=Task.REGRESSION, target="wage", metric="rmse", sensitive=("sex",))
LEVEL = Problem(task=Task.MULTICLASS, target="level", classes=("a", "b", "c"), metric="log_loss", sensitive=("sex",))


def numbers(seed: int, *, spread: float = 1.0, above: float = 0.0, rows: int = 600, times: int = 200):
    """Errors in the wage of women are ``spread`` times as large as those of men, and ``above`` too high."""
    random = np.random.default_rng(seed)
    sex = random.choice(["f", "m"], rows)
    y = random.normal(3000, 500, rows)
    p = y + random.normal(0, 100, rows) * np.where(sex == "f", spread, 1.0) + above * (sex == "f")
    frame = pd.DataFrame({"sex": pd.Series(sex, dtype=object)})
    return fairness(frame, y, p, WAGE, threshold=None, draws=draw(rows, seed=seed, times=times))


def classes(seed: int, *, wrong: float = 0.2, rows: int = 600, times: int = 200):
    """A fifth of the men get a wrong level, and of the women a share of ``wrong``."""
    random = np.random.default_rng(seed)
    sex, y = random.choice(["f", "m"], rows), random.integers(3, size=rows)
    off = random.random(rows) < np.where(sex == "f", wrong, 0.2)
    said = np.where(off, (y + random.integers(1, 3, size=rows)) % 3, y)
    frame = pd.DataFrame({"sex": pd.Series(sex, dtype=object)})
    return fairness(frame, y * 1.0, np.eye(3)[said], LEVEL, threshold=None, draws=draw(rows, seed=seed, times=times))


@pytest.mark.parametrize(
    ("planted", "severity", "words"),
    [
        ({"spread": 2.0}, Severity.BLOCKER, "the average error in ‘wage’ is"),
        ({"spread": 1.0}, None, ""),
        ({"above": 100.0}, Severity.BLOCKER, "the average of predicted minus true ‘wage’ is"),
    ],
    ids=["twice the error", "alike", "too high on the whole"],
)
def test_errors_of_a_number_are_compared_with_the_group_that_fares_best(planted, severity, words):
    (outcome,) = said("FA005", fairness=numbers(0, **planted))
    assert outcome.severity == severity
    assert words in outcome.problem


def test_wrong_answers_among_several_are_flagged():
    (outcome,) = said("FA005", fairness=classes(0, wrong=0.5))
    assert outcome.severity is Severity.BLOCKER
    assert "gets a wrong answer" in outcome.problem or "is predicted" in outcome.problem


@pytest.mark.parametrize("planted", [numbers, classes], ids=["a number", "several answers"])
def test_where_nothing_is_planted_nothing_is_found(planted):
    found = [said("FA005", fairness=planted(seed, rows=300))[0].verdict for seed in range(60)]
    assert found.count(Verdict.FLAGGED) <= 3


def test_the_difference_that_matters_is_said_first():
    compared = mistaken({"f": 0.5, "m": 0.8})
    (before,), (after,) = (
        said("FA005", fairness=leading(compared, measure)) for measure in (None, "predictive_parity_difference")
    )
    assert before.problem.startswith("By ‘sex’: among those with ‘y’ = ‘yes’, ")
    assert after.problem.startswith("By ‘sex’: if picked, ")
    assert before.problem.partition("(")[0] in after.problem
    assert after.severity is before.severity


def test_a_rate_that_few_rows_make_is_not_judged():
    """All but four women are a case: how often the others are picked wrongly says nothing."""
    rows = 400
    y = np.r_[np.zeros(4), np.ones(196), np.zeros(100), np.ones(100)]
    p = np.where(np.arange(rows) < 204, 0.9, 0.1)
    p[4:200] = np.where(np.arange(196) % 2, 0.9, 0.1)
    p[300:] = np.where(np.arange(100) % 2, 0.9, 0.1)
    frame = pd.DataFrame({"sex": pd.Series(np.repeat(["f", "m"], 200), dtype=object)})
    found = fairness(
        frame, y, np.stack([1 - p, p], axis=1), PROBLEM, threshold=0.5, draws=draw(rows, seed=1, times=100)
    )
    wrongly = next(f for f in found if f.measure == "false_positive_rate_difference")
    assert wrongly.interval is None


def test_without_groups_it_is_not_applicable():
    assert said("FA005")[0].verdict is Verdict.NOT_APPLICABLE
