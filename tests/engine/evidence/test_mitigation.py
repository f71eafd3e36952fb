"""Thresholds per group: they close a planted gap on rows they were not found on, and the price is counted."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Question, Task
from engine.evidence.mitigation import Judged, mitigations

PROBLEM = Problem(
    task=Task.BINARY,
    target="hired",
    classes=("no", "yes"),
    positive="yes",
    metric="roc_auc",
    sensitive=("sex",),
    question=Question(cost_wrong_yes=5, cost_missed_yes=5),
)


def applicants(seed: int, rows: int = 3000, lift: float = 0.2) -> Judged:
    """Men are ``lift`` likelier to be hired, and the chances say so truly."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["female", "male"], rows)
    chance = np.clip(rng.random(rows) * 0.8 + lift * (sex == "male"), 0, 1)
    return Judged(pd.DataFrame({"sex": sex}, dtype=object), (rng.random(rows) < chance) * 1.0, chance)


def test_a_gap_is_closed_at_a_price_on_rows_it_was_not_found_on():
    (found,) = mitigations(applicants(0), applicants(1), PROBLEM, threshold=0.5)
    one, alike = found.candidates[0], min(found.candidates, key=lambda c: c.gap)
    assert one.thresholds == {"female": 0.5, "male": 0.5}
    assert one.gap == pytest.approx(0.25, abs=0.04)
    assert alike.gap < 0.06
    assert alike.cost > one.cost
    assert alike.thresholds["female"] < alike.thresholds["male"]
    assert found.sentence.startswith("By ‘sex’: a threshold for each group would bring the difference in who is picked")


def test_the_price_is_that_of_the_mistakes():
    test = applicants(1)
    (found,) = mitigations(applicants(0), test, PROBLEM, threshold=0.5)
    for candidate in found.candidates:
        picked = test.chance >= test.frame["sex"].map(candidate.thresholds).to_numpy(dtype=float)
        assert candidate.cost == pytest.approx(5000 * (picked != test.y).mean())


def test_without_costs_mistakes_count_as_the_threshold_says():
    problem = PROBLEM.model_copy(update={"question": Question()})
    (found,) = mitigations(applicants(0), applicants(1), problem, threshold=0.5)
    assert not found.money
    assert "missed cases instead of" in found.sentence


def test_groups_that_are_too_few_have_no_thresholds_of_their_own():
    choose = applicants(0)
    choose.frame.loc[:9, "sex"] = "third"
    (found,) = mitigations(choose, applicants(1), PROBLEM, threshold=0.5)
    assert all(set(c.thresholds) == {"female", "male"} for c in found.candidates)


def test_one_group_or_no_column_has_no_candidates():
    alone = applicants(0)
    alone.frame["sex"] = "female"
    assert mitigations(alone, alone, PROBLEM, threshold=0.5) == ()
    assert mitigations(alone, alone, PROBLEM.model_copy(update={"sensitive": ("race",)}), threshold=0.5) == ()


def test_an_equal_chance_for_all_gets_a_sentence():
    flat = applicants(0)
    flat = Judged(flat.frame, flat.y, np.full(len(flat.y), 0.4))
    (found,) = mitigations(flat, flat, PROBLEM, threshold=0.5)
    assert "no thresholds for each group were found" in found.sentence
