import numpy as np
import pytest

from engine.domain.outcome import Severity
from tests.engine.guardrails.checking import check, fixed, flagged


def noisy(truth: np.ndarray, spread: float) -> np.ndarray:
    return truth + np.random.default_rng(5).normal(0, spread, len(truth))


@pytest.mark.parametrize(
    ("spread", "severity"), [(0.15, Severity.BLOCKER), (0.45, Severity.WARNING), (0.9, None)], ids=str
)
def test_severity_follows_the_gini(clean, truth, spread, severity):
    found = flagged(check("LK002", clean.assign(hint=noisy(truth, spread))))
    assert (found["hint"].severity if found else None) is severity
    assert set(found) <= {"hint"}


def test_the_evidence_is_the_gini_and_its_limits(clean, truth):
    frame = clean.assign(hint=noisy(truth, 0.15))
    outcomes = check("LK002", frame)
    evidence = flagged(outcomes)["hint"].evidence
    assert 0.975 <= evidence["gini"] <= 1
    assert (evidence["warning_from"], evidence["blocker_from"]) == (0.85, 0.975)
    assert not flagged(fixed(frame, outcomes)[1])


def test_a_bump_is_found_as_well_as_a_slope(clean, truth):
    random = np.random.default_rng(2)
    hint = np.where(truth, random.uniform(4, 6, len(truth)), random.choice([1.0, 9.0], len(truth)))
    assert flagged(check("LK002", clean.assign(hint=hint + random.normal(0, 0.1, len(truth)))))["hint"]


def test_a_code_that_knows_the_answer_is_found(clean, truth):
    random = np.random.default_rng(2)
    code = [f"{'A' if t else 'B'}{random.integers(40)}" for t in truth]
    assert flagged(check("LK002", clean.assign(code=code)))["code"].severity is Severity.BLOCKER


@pytest.mark.parametrize("distinct", [600, 300, 150])
def test_many_values_cannot_look_good_by_memory(clean, distinct):
    random = np.random.default_rng(2)
    frame = clean.assign(
        token=[f"t{i}" for i in random.permutation(600) % distinct], number=random.permutation(600).astype(float)
    )
    assert not flagged(check("LK002", frame))


@pytest.mark.parametrize(("spread", "severity"), [(20.0, Severity.BLOCKER), (250.0, Severity.WARNING)])
def test_numbers_are_judged_too(clean, spread, severity):
    hint = clean["income"] + np.random.default_rng(1).normal(0, spread, len(clean))
    found = flagged(check("LK002", clean.assign(hint=hint), "income"))
    assert {name: o.severity for name, o in found.items()} == {"hint": severity}


def test_of_three_answers_all_must_be_told(clean):
    regions = clean["region"].map({"north": 0.0, "south": 1.0, "west": 2.0})
    one_only = (regions == 0) + np.random.default_rng(1).normal(0, 0.01, len(clean))
    every = regions + np.random.default_rng(1).normal(0, 0.01, len(clean))
    found = flagged(check("LK002", clean.assign(one_only=one_only, every=every), "region"))
    assert {name: o.severity for name, o in found.items()} == {"every": Severity.BLOCKER}


def test_exact_copies_are_left_to_lk001(clean, truth):
    assert not flagged(check("LK002", clean.assign(copy=truth.astype(float))))


def test_where_many_columns_are_strong_the_question_is_easy(clean, truth):
    random = np.random.default_rng(8)
    strong = {f"m{i}": truth + random.normal(0, 0.45, len(truth)) for i in range(5)}
    found = flagged(check("LK002", clean.assign(**strong)))
    assert list(found) == ["m0 m1 m2 m3 m4"]
    assert found["m0 m1 m2 m3 m4"].severity is Severity.NOTE
    assert found["m0 m1 m2 m3 m4"].remedy is None


def test_ready_made_answers_stand_out_where_many_columns_are_strong(clean, truth):
    random = np.random.default_rng(8)
    strong = {f"m{i}": truth + random.normal(0, 0.45, len(truth)) for i in range(5)}
    said = np.where(random.random(len(truth)) < 0.05, ~truth, truth)
    found = flagged(check("LK002", clean.assign(**strong, said=np.where(said, "came", "left"))))
    assert found["said"].severity is Severity.WARNING
    assert "said" not in found["m0 m1 m2 m3 m4"].columns


def test_a_remainder_that_knows_the_answer_is_found(clean, truth):
    number = 13.0 * np.random.default_rng(2).integers(100, 90_000, len(truth)) + truth
    assert "remainder on division by 13" in flagged(check("LK002", clean.assign(amount=number)))["amount"].problem
    assert not flagged(check("LK002", clean.assign(amount=number - truth)))


def test_a_number_of_words_that_knows_the_answer_is_found(clean, truth):
    random = np.random.default_rng(2)
    words = ["a", "call", "from", "invoice", "very", "customer", "it", "broken"]
    notes = [" ".join(random.choice(words, 3 + 2 * int(t) + int(random.integers(2)))) for t in truth]
    assert "number of words" in flagged(check("LK002", clean.assign(note=notes)))["note"].problem
