"""Codes and words that stand for "no value"; values that only look odd are left alone."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Severity
from engine.problem.rows import usable
from tests.engine.guardrails.checking import check, fixed, flagged

N = 600
RANDOM = np.random.default_rng(3)
AMOUNTS = RANDOM.normal(2_000, 500, N).round(1)
AGES = RANDOM.integers(18, 88, N).astype(float)
COUNTS = RANDOM.poisson(12, N).astype(float)
GRADES = RANDOM.integers(1, 6, N).astype(float)
DEGREES = RANDOM.normal(10, 8, N).round(1)
TOWNS = RANDOM.choice(["Bonn", "Ulm", "Kiel"], N).astype(object)
DAYS = (pd.Timestamp("2024-01-01") + pd.to_timedelta(RANDOM.integers(0, 500, N), unit="D")).to_numpy()


def spoiled(values: np.ndarray, stand_in: object, share: float = 0.05) -> pd.Series:
    """The values with a stand-in at random places."""
    found = pd.Series(values).copy()
    found[np.random.default_rng(len(str(stand_in))).random(N) < share] = stand_in
    return found


@pytest.mark.parametrize(
    ("values", "stand_in", "text"),
    [
        (AMOUNTS, -1.0, "-1"),
        (AMOUNTS, -999.0, "-999"),
        (AMOUNTS, 99999.0, "99999"),
        (AMOUNTS, 999.0, "999"),
        (AGES, 999.0, "999"),
        (AGES, 99.0, "99"),
        (COUNTS, -1.0, "-1"),
        (COUNTS, 99.0, "99"),
        (GRADES, 99.0, "99"),
        (GRADES, -9.0, "-9"),
        (GRADES, 9.0, "9"),
        (DEGREES, -999.0, "-999"),
        (DEGREES, 9999.0, "9999"),
        (AMOUNTS, 123456.0, "123456"),
        (RANDOM.integers(1, 80, N) * 1_000.0, -1.0, "-1"),
        (RANDOM.integers(1, 80, N) * 1_000.0, 9999.0, "9999"),
        (RANDOM.integers(1, 13, N).astype(float), -1.0, "-1"),
        (RANDOM.random(N).round(3), -1.0, "-1"),
        (DAYS, pd.Timestamp("1900-01-01"), "1900-01-01"),
        (DAYS, pd.Timestamp("2099-12-31"), "2099-12-31"),
        (DAYS, pd.Timestamp("1970-01-01"), "1970-01-01"),
        *((TOWNS, word, word) for word in ("?", "n/a", "-", "NULL", "k.A.", "keine Angabe", "non renseigné", "N.D.")),
        *((TOWNS, word, word) for word in ("unknown", "Unbekannt", "inconnu", "Desconocido", "-1", "999", "9999")),
    ],
)
def test_a_stand_in_is_known_by_its_pattern_and_goes_missing(clean, values, stand_in, text):
    frame = clean.assign(c1=spoiled(values, stand_in))
    outcomes = check("DA004", frame)
    found = flagged(outcomes)["c1"]
    assert found.severity in {Severity.WARNING, Severity.NOTE}
    assert found.remedy is not None
    assert (found.remedy.action, found.remedy.values) == (Action.SET_MISSING, (text,))
    assert f"‘{text}’" in found.problem
    problem, after = fixed(frame, outcomes)
    assert not flagged(after)
    assert usable(frame, problem)["c1"].isna().sum() == (frame["c1"] == stand_in).sum()


@pytest.mark.parametrize("values", [AMOUNTS, AGES, COUNTS, GRADES, DEGREES, TOWNS, DAYS])
def test_values_as_they_should_be_pass(clean, values):
    assert not flagged(check("DA004", clean.assign(c1=values)))


@pytest.mark.parametrize(
    "values",
    [
        RANDOM.integers(-2, 9, N).astype(float),
        np.where(RANDOM.random(N) < 0.7, 0.0, RANDOM.integers(1, 5_000, N)),
        RANDOM.choice([-1.0, 0.0, 1.0], N),
        RANDOM.lognormal(3, 1.5, N).round(),
        RANDOM.integers(1900, 2025, N).astype(float),
        RANDOM.integers(1, 100, N).astype(float),
        RANDOM.choice(["none", "one", "two"], N).astype(object),
        RANDOM.choice(["ND", "NC", "NA", "NY", "CA"], N).astype(object),
        RANDOM.choice(["-", "+", "++"], N).astype(object),
        RANDOM.choice(["*", "**", "***"], N).astype(object),
        np.clip(RANDOM.normal(12, 6, N).round(), -3, None),
        np.where(RANDOM.random(N) < 0.01, 9.0, RANDOM.poisson(1, N).clip(0, 5)),
        RANDOM.choice(["1", "2", "99"], N).astype(object),
        RANDOM.choice(["yes", "no", "unknowable"], N).astype(object),
    ],
    ids=[
        "codes",
        "mostly zero",
        "signs",
        "skewed",
        "years",
        "percent",
        "none",
        "states",
        "signs of blood",
        "stars",
        "degrees",
        "few nines",
        "number words",
        "words",
    ],
)
def test_what_may_be_meant_is_never_changed(clean, values):
    assert not [o for o in flagged(check("DA004", clean.assign(c1=values))).values() if o.remedy]


def test_a_zero_far_below_all_others_is_noted(clean):
    found = flagged(check("DA004", clean.assign(c1=spoiled(AGES, 0.0))))["c1"]
    assert (found.severity, found.remedy) == (Severity.NOTE, None)


def test_columns_that_share_a_stand_in_share_a_finding(clean):
    frame = clean.assign(c1=spoiled(TOWNS, "?"), c2=spoiled(TOWNS, "?"))
    found = flagged(check("DA004", frame))
    assert list(found) == ["c1 c2"]
    assert found["c1 c2"].severity is Severity.WARNING


def test_several_codes_of_a_questionnaire_go_together(clean):
    values = spoiled(spoiled(AGES, 999.0), 9998.0).replace(9998.0, 998.0)
    remedy = flagged(check("DA004", clean.assign(c1=values)))["c1"].remedy
    assert remedy is not None
    assert remedy.values == ("998", "999")


def test_a_target_that_says_nothing_is_left_out(clean):
    frame = clean.assign(price=spoiled(AMOUNTS, -999.0))
    outcomes = check("DA004", frame, "price")
    remedy = flagged(outcomes)["price"].remedy
    assert remedy is not None
    assert remedy.action is Action.DROP_ROWS
    problem, after = fixed(frame, outcomes, "price")
    assert not flagged(after)
    assert len(usable(frame, problem)) == (frame["price"] > 0).sum()
