"""LK001 on several columns: formulas, thresholds and rules."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Severity
from engine.guardrails.formulas import Numbers, formulas
from tests.engine.guardrails.checking import check, fixed, flagged

FORMULAS = {
    "sum": lambda a, b, c: a + b,
    "weighted difference": lambda a, b, c: 2 * a - 0.5 * b + 5,
    "sum of three": lambda a, b, c: a + b - c,
    "product": lambda a, b, c: 3 * a * b + 7,
    "ratio": lambda a, b, c: a / b,
    "product of three": lambda a, b, c: a * b / c,
    "square": lambda a, b, c: a / b**2,
    "product and sum": lambda a, b, c: a * b + c,
    "share of a sum": lambda a, b, c: (a + b) / c,
    "discount": lambda a, b, c: a * (1 - b / 100),
    "larger": lambda a, b, c: np.maximum(a, b),
    "distance": lambda a, b, c: np.abs(a - b),
    "rounded ratio": lambda a, b, c: (a / b).round(1),
    "rounded product": lambda a, b, c: (a * b).round(0),
}


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(3)
    columns = random.normal(10, 3, (1_500, 12)).round(2)
    return pd.DataFrame(columns, columns=[f"c{i}" for i in range(12)]).clip(lower=0.5)


def searched(frame, y):
    found = formulas(Numbers(frame.to_numpy(), tuple(frame.columns), np.asarray(y)), 0)
    return {formula.columns: formula.text for formula in found}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_of_two_or_three_columns_is_found(table, name):
    y = FORMULAS[name](table["c2"], table["c7"], table["c9"])
    third = {"sum of three", "product of three", "product and sum", "share of a sum"}
    assert list(searched(table, y)) == [("c2", "c7", "c9") if name in third else ("c2", "c7")]


def test_a_product_tells_two_answers(table):
    y = (table["c2"] > 10).to_numpy() + 0.0
    parts = table[["c2", "c7", "c9"]].assign(c2=(y + 1) / table["c7"] / table["c9"])
    assert list(searched(table.assign(c2=parts["c2"]), y)) == [("c2", "c7", "c9")]


def test_a_formula_is_written_as_people_write_it(table):
    assert searched(table, table["c2"] + table["c7"]) == {("c2", "c7"): "‘c2’ + ‘c7’"}
    assert searched(table, table["c2"] / table["c7"]) == {("c2", "c7"): "‘c2’ / ‘c7’"}
    assert searched(table, 2 * table["c2"] - table["c7"] + 5) == {("c2", "c7"): "2 × ‘c2’ − ‘c7’ + 5"}


def test_wrong_rows_and_gaps_do_not_hide_a_formula(table):
    random = np.random.default_rng(4)
    y = (table["c2"] + table["c7"]).to_numpy()
    y = np.where(random.random(len(y)) < 0.02, random.permutation(y), y)
    assert list(searched(table.mask(random.random(table.shape) < 0.2), y)) == [("c2", "c7")]


def test_a_small_answer_in_large_numbers_is_found(table):
    z = (np.random.default_rng(4).random(len(table)) < 0.1).astype(float)
    frame = table.assign(c4=1000 * table["c5"] + z, c5=1000 * table["c5"])
    assert searched(frame, z) == {("c4", "c5"): "‘c4’ − ‘c5’"}


def test_two_formulas_are_both_found(table):
    y = table["c2"] + table["c7"]
    assert set(searched(table.assign(c4=y * table["c3"]), y)) == {("c2", "c7"), ("c3", "c4")}


def test_a_total_of_many_parts_is_found(table):
    parts = [f"c{i}" for i in (1, 2, 4, 5, 7, 9, 11)]
    assert set(searched(table, table[parts].sum(axis=1))) == {tuple(parts)}


def test_what_merely_goes_together_is_no_formula(table):
    random = np.random.default_rng(5)
    assert not searched(table, random.normal(size=len(table)))
    assert not searched(table, table["c2"] + table["c7"] + random.normal(0, 0.3, len(table)))
    assert not searched(table, random.integers(0, 2, len(table)).astype(float))


def test_no_formula_takes_longer_than_a_few_seconds_with_many_columns():
    wide = np.random.default_rng(0).normal(size=(400, 100)).round(3)
    names = tuple(f"c{i}" for i in range(100))
    found = formulas(Numbers(wide, names, wide[:, 11] - wide[:, 55] + wide[:, 98]), 0)
    assert [formula.columns for formula in found] == [("c11", "c55", "c98")]


def test_the_parts_of_a_number_are_stopped_together(clean):
    part = np.random.default_rng(0).normal(0, 900, len(clean)).round(2)
    frame = clean.assign(casual=part, registered=(clean["income"] - part).round(2))
    outcomes = check("LK001", frame, "income")
    found = flagged(outcomes)
    assert {name: o.severity for name, o in found.items()} == {"casual registered": Severity.BLOCKER}
    outcome = found["casual registered"]
    assert "‘casual’ + ‘registered’ in every row" in outcome.problem
    assert outcome.remedy is not None
    assert (outcome.remedy.action, outcome.remedy.columns) == (Action.DROP_COLUMNS, ("casual", "registered"))
    assert not flagged(fixed(frame, outcomes, "income")[1])


def parts(name, truth, random):
    n = len(truth)
    if name == "difference":
        one = random.normal(0, 5, n)
        return one, one - truth
    if name == "threshold of a sum":
        one = random.normal(0, 2, n)
        return one, truth + random.uniform(0, 1, n) - one
    if name == "threshold of a ratio":
        one = np.exp(random.normal(0, 1, n))
        return (truth + 1 + random.uniform(0, 1, n)) * one, one
    if name == "equal":
        one = random.integers(4, size=n)
        return one.astype(float), np.where(truth, one, (one + 1) % 4).astype(float)
    if name == "either but not both":
        coin = random.random(n) < 0.5
        return np.where(coin, "a", "b"), np.where(coin ^ truth, "a", "b")
    one, two = random.normal(size=n), random.normal(size=n)
    return np.where(truth, abs(one) + 0.5, one), np.where(truth, abs(two) + 0.5, np.where(one > 0.5, -abs(two), two))


@pytest.mark.parametrize(
    "name",
    ["difference", "threshold of a sum", "threshold of a ratio", "equal", "either but not both", "both above a limit"],
)
def test_a_class_told_by_two_columns_is_stopped(clean, truth, name):
    one, two = parts(name, truth, np.random.default_rng(6))
    found = flagged(check("LK001", clean.assign(one=one, two=two)))
    assert {columns: o.severity for columns, o in found.items()} == {"one two": Severity.BLOCKER}


def test_a_threshold_of_one_column_is_stopped(clean):
    frame = clean.assign(bought=np.where(clean["weight"] > 74.5, "yes", "no").astype(object))
    assert list(flagged(check("LK001", frame))) == ["weight"]


def test_classes_that_lie_apart_by_nature_are_not_stopped(clean, truth):
    random = np.random.default_rng(7)
    apart = {f"m{i}": random.normal(0, 1, len(truth)) + 5 * truth for i in range(2)}
    assert not flagged(check("LK001", clean.assign(**apart)))


def test_two_good_columns_are_no_rule(clean, truth):
    random = np.random.default_rng(7)
    good = {f"m{i}": random.normal(0, 1, len(truth)) + 2 * truth for i in range(3)}
    assert not flagged(check("LK001", clean.assign(**good)))


def test_a_number_that_tells_within_each_kind_is_stopped(clean, truth):
    random = np.random.default_rng(8)
    kind = random.integers(3, size=len(truth))
    words = np.array(["EUR", "SEK", "JPY"], dtype=object)[kind]
    price = (clean["income"] * np.array([1.0, 11.2, 160.0])[kind]).round(2)
    assert list(flagged(check("LK001", clean.assign(currency=words, price=price), "income"))) == ["currency price"]
    use = np.array([10, 50, 90])[kind] + np.where(truth, 1, -1) * random.uniform(0, 30, len(truth))
    assert list(flagged(check("LK001", clean.assign(plan=words, use=use)))) == ["plan use"]


def test_one_of_several_answers_told_from_the_others_is_worth_a_look(clean):
    found = flagged(check("LK001", clean.assign(flag=(clean["region"] == "west").astype(float)), "region"))
    assert {name: o.severity for name, o in found.items()} == {"flag": Severity.WARNING}
    assert "tells ‘west’ from every other answer" in found["flag"].problem
