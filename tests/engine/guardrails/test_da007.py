"""Columns of words that are really numbers or dates, and one word in several spellings."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Severity
from engine.problem.rows import labels, usable
from tests.engine.guardrails.checking import check, fixed, flagged

N = 600
RANDOM = np.random.default_rng(5)


def drawn(*values: str | None) -> np.ndarray:
    return RANDOM.choice(np.array(values, dtype=object), N)


NUMBERS = RANDOM.integers(1, 500, N)
PLACES = RANDOM.random(N) < 0.05


def mixed(*words: str) -> np.ndarray:
    """Numbers as text, with some words."""
    return np.where(PLACES, drawn(*words), NUMBERS.astype(str)).astype(object)


@pytest.mark.parametrize("words", [("unknown",), ("many", "few"), ("12 kg", "n/a", "see note")])
def test_a_few_words_among_numbers_are_named_and_go_missing(clean, words):
    frame = clean.assign(c1=mixed(*words))
    outcomes = check("DA007", frame)
    found = flagged(outcomes)["c1"]
    assert found.severity is Severity.WARNING
    assert found.remedy is not None
    assert found.remedy.action is Action.SET_MISSING
    assert set(found.remedy.values) == set(words)
    assert all(f"‘{word}’" in found.problem for word in words)
    problem, after = fixed(frame, outcomes)
    assert not flagged(after)
    values = usable(frame, problem)["c1"]
    assert values.dtype == "float64"
    assert values.isna().sum() == PLACES.sum()


@pytest.mark.parametrize("pattern", ["{} kg", "{},50 EUR", "$ {}", "{} %", "€{}", "{}cm"])
def test_numbers_with_a_unit_are_numbers(clean, pattern):
    found = flagged(check("DA007", clean.assign(c1=[pattern.format(n) for n in NUMBERS])))["c1"]
    assert found.severity is Severity.WARNING
    assert "numbers written as words" in found.problem


def test_several_units_are_said(clean):
    values = [f"{n} {'kg' if n % 2 else 'g'}" for n in NUMBERS]
    assert "The units differ" in flagged(check("DA007", clean.assign(c1=values)))["c1"].problem


def test_dates_with_a_few_words_are_dates(clean):
    days = (pd.Timestamp("2024-01-01") + pd.to_timedelta(NUMBERS, unit="D")).strftime("%Y-%m-%d")
    found = flagged(check("DA007", clean.assign(c1=np.where(PLACES, "soon", days).astype(object))))["c1"]
    assert "dates in" in found.problem
    assert "‘soon’" in found.problem


@pytest.mark.parametrize(
    ("values", "left"),
    [
        (("Yes", "yes", "Y", "1", "No", "no", "N", "0"), {"yes", "no"}),
        (("ja", "Ja", "nein", "Nein"), {"ja", "nein"}),
        (("male", "Male", "female", "FEMALE "), {"male", "female"}),
        (("New York", "new-york", "Boston"), {"new york", "boston"}),
        (("Düsseldorf", "Dusseldorf", "Köln"), {"dusseldorf", "koln"}),
    ],
)
def test_spellings_of_one_word_are_united(clean, values, left):
    frame = clean.assign(c1=drawn(*values))
    outcomes = check("DA007", frame)
    remedy = flagged(outcomes)["c1"].remedy
    assert remedy is not None
    assert remedy.action is Action.MERGE_LEVELS
    problem, after = fixed(frame, outcomes)
    assert not flagged(after)
    assert usable(frame, problem)["c1"].nunique() == len(left)


def test_the_answers_spellings_are_united_too(clean):
    frame = clean.assign(bought=np.where(PLACES & (clean["bought"] == "yes"), "Yes", clean["bought"]))
    outcomes = check("DA007", frame)
    problem, after = fixed(frame, outcomes)
    assert not flagged(after)
    assert problem.classes == ("no", "yes")
    assert labels(usable(frame, problem), problem).isin(problem.classes).all()


@pytest.mark.parametrize(
    "values",
    [
        drawn("A+", "A-", "A", "B"),
        drawn("S", "N", "O", "E"),
        drawn("<5", ">5", "5"),
        drawn("red", "blue", "12"),
        drawn("B7", "C85", "A12"),
        drawn("yes", "no", "unknown"),
        drawn("1", "0", None),
        np.array([f"{n:05d}" for n in NUMBERS], dtype=object),
        np.array([f"{n:05d}" if n % 9 else "none" for n in NUMBERS], dtype=object),
        np.array([f"flat {n}" for n in NUMBERS], dtype=object),
        drawn(None),
    ],
    ids=[
        "grades",
        "winds",
        "bounds",
        "words",
        "cabins",
        "yes no",
        "ones",
        "codes",
        "codes and a word",
        "text",
        "empty",
    ],
)
def test_words_that_are_words_pass(clean, values):
    assert not flagged(check("DA007", clean.assign(c1=values)))


def test_numbers_pass(clean):
    assert not flagged(check("DA007", clean))
