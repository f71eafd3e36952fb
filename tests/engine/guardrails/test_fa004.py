import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Gate, Severity, Verdict
from engine.domain.problem import Problem, Task
from engine.evidence.fairness import fairness
from engine.evidence.score import draw
from tests.engine.guardrails.judging import said

PROBLEM = Problem(
    task=Task.BINARY, target="y", classes=("no", "yes"), positive="yes", metric="roc_auc", sensitive=("sex",)
)


def compared(rates: dict[str, float], rows: int = 1500, seed: int = 0, times: int = 600):
    """Groups of equal size in which so many are picked, and half are rightly positive."""
    random = np.random.default_rng(seed)
    sex = random.choice(list(rates), rows)
    picked = random.random(rows) < np.array([rates[s] for s in sex])
    p = np.where(picked, 0.9, 0.1)
    frame = pd.DataFrame({"sex": pd.Series(sex, dtype=object)})
    y = (random.random(rows) < 0.5).astype(float)
    return fairness(
        frame, y, np.stack([1 - p, p], axis=1), PROBLEM, threshold=0.5, draws=draw(rows, seed=1, times=times)
    )


@pytest.mark.parametrize(
    ("rates", "severity"),
    [
        ({"f": 0.2, "m": 0.5}, Severity.BLOCKER),
        ({"f": 0.72, "m": 0.82}, Severity.WARNING),
        ({"f": 0.4, "m": 0.4}, None),
    ],
    ids=["under four fifths", "ten points", "alike"],
)
def test_a_gap_closes_approval_where_it_breaks_the_four_fifths_rule(rates, severity):
    (found,) = said("FA004", fairness=compared(rates))
    assert (found.severity, found.gate) == (severity, Gate.APPROVAL)
    assert found.blocks == (severity is Severity.BLOCKER)
    if severity:
        assert found.columns == ("sex",)
        assert found.evidence["low"] < found.evidence["difference"] < found.evidence["high"]


def test_where_nothing_is_planted_nothing_is_found_however_many_groups_there_are():
    """Neither FA004 nor FA005, in at least 95 % of 20 tables."""
    flagged = 0
    for seed in range(20):
        found = compared(dict.fromkeys("abcdef", 0.3), 600, seed, times=200)
        flagged += any(said(code, fairness=found)[0].verdict is Verdict.FLAGGED for code in ("FA004", "FA005"))
    assert flagged <= 1


def test_a_group_too_small_to_tell_makes_no_large_difference_of_a_small_one():
    """Nine in ten and eight in ten are surely picked differently; that half of forty are may be chance."""
    random, sizes = np.random.default_rng(3), {"f": 1500, "m": 1500, "x": 30}
    sex = np.repeat(list(sizes), list(sizes.values()))
    shares = {"f": 0.9, "m": 0.8, "x": 0.64}
    picked = np.concatenate([np.arange(rows) < rows * shares[name] for name, rows in sizes.items()])
    p, y = np.where(picked, 0.9, 0.1), (random.random(len(sex)) < 0.5).astype(float)
    frame = pd.DataFrame({"sex": pd.Series(sex, dtype=object)})
    found = fairness(
        frame, y, np.stack([1 - p, p], axis=1), PROBLEM, threshold=0.5, draws=draw(len(y), seed=1, times=200)
    )
    (outcome,) = said("FA004", fairness=found)
    assert outcome.severity is Severity.WARNING
    assert outcome.evidence["ratio"] == pytest.approx(8 / 9)
    assert outcome.evidence["difference"] == pytest.approx(0.1)
    assert found[0].ratio < 0.8
    assert "‘f’ is picked 10 points more often than ‘m’" in outcome.problem
    assert "The lower rate is 89 % of the higher, which keeps to four fifths." in outcome.problem


def test_without_groups_it_is_not_applicable():
    assert said("FA004")[0].verdict is Verdict.NOT_APPLICABLE
