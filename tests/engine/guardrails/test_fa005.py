import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Gate, Severity, Verdict
from engine.evidence.fairness import fairness
from engine.evidence.score import draw
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


def test_without_groups_it_is_not_applicable():
    assert said("FA005")[0].verdict is Verdict.NOT_APPLICABLE
