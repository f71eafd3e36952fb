"""LK001: a weighted sum of several columns that tells one of two answers, and a number that is often the answer."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from engine.guardrails.base import Case
from engine.guardrails.copies import numeric, often_the_same
from engine.guardrails.sums import sums
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import check, flagged, table


@pytest.fixture
def exam(clean: pd.DataFrame, truth: np.ndarray) -> pd.DataFrame:
    """``part_0`` to ``part_4`` are points: who has 50 or more together has bought."""
    random = np.random.default_rng(3)
    total = np.where(truth, random.uniform(50, 100, len(truth)), random.uniform(0, 50, len(truth)))
    parts = random.normal(0, 20, (len(truth), 5)).round(1)
    parts[:, 4] = total - parts[:, :4].sum(axis=1)
    return clean.assign(**{f"part_{i}": parts[:, i] for i in range(5)})


def test_parts_that_pass_together_are_stopped(exam):
    found = flagged(check("LK001", exam))
    assert list(found) == ["part_0 part_1 part_2 part_3 part_4"]
    assert "a weighted sum of ‘part_0’" in found["part_0 part_1 part_2 part_3 part_4"].problem


@pytest.mark.parametrize("how", ["one is not there", "classes lie apart", "nothing there"])
def test_what_only_predicts_is_none_of_it(exam, truth, how):
    random = np.random.default_rng(3)
    frame = {
        "one is not there": exam.drop(columns="part_2"),
        "classes lie apart": exam[["bought"]].assign(
            **{f"m{i}": truth + random.normal(0, 0.6, len(truth)) for i in range(8)}
        ),
        "nothing there": exam[["bought", "income", "visits", "weight"]],
    }[how]
    tested = table(frame)
    assert not list(sums(Case(tested, formulate(tested.contract, tested.profile, target="bought")), list(frame)[1:]))


def test_a_number_that_is_often_the_answer_is_worth_a_look(clean):
    random = np.random.default_rng(3)
    other = random.permutation(clean["income"])
    asked = np.where(random.random(len(clean)) < 0.5, 1.19 * clean["income"], other)
    found = flagged(check("LK001", clean.assign(asked=asked), "income"))
    assert list(found) == ["asked"]
    assert found["asked"].severity is Severity.WARNING
    assert "‘asked’ is ‘income’ itself, but for a fixed amount or factor, in" in found["asked"].problem


def test_numbers_that_are_the_same_by_chance_are_none_of_it():
    random = np.random.default_rng(3)
    few = random.integers(30, size=900).astype(float)
    assert often_the_same(random.integers(30, size=900).astype(float), few) == 0
    assert often_the_same(np.zeros(900), np.where(random.random(900) < 0.6, 0, few)) == 0
    assert often_the_same(few, np.where(random.random(900) < 0.6, few, 0)) > 0.5


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["EUR 1,234.50", "EUR 900.25", "EUR 12,000.00"], [1234.5, 900.25, 12000.0]),
        (["1.234.567 kg", "890 kg", "12.000 kg"], [1234567.0, 890.0, 12000.0]),
        (["1,5 m", "2,125 m", "0,250 m"], [1.5, 2.125, 0.25]),
    ],
    ids=["thousands and cents", "two marks", "only fractions"],
)
def test_marks_between_thousands_are_no_fractions(words, numbers):
    assert numeric(pd.Series(words, dtype=object)).tolist() == numbers
