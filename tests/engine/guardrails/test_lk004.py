import hashlib

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


def test_a_row_number_that_knows_the_answer_is_flagged(clean):
    frame = clean.sort_values("bought", ignore_index=True)
    frame["nr"] = np.arange(len(frame), dtype=float)
    outcomes = check("LK004", frame, roles={"nr": Role.IDENTIFIER})
    found = flagged(outcomes)
    assert list(found) == ["nr"]
    assert found["nr"].severity is Severity.WARNING
    assert found["nr"].remedy is not None
    assert found["nr"].remedy.action is Action.DROP_COLUMNS
    assert not flagged(fixed(frame, outcomes, roles={"nr": Role.IDENTIFIER})[1])


def test_a_row_number_the_model_would_use_is_stopped(clean):
    frame = clean.sort_values("bought", ignore_index=True)
    frame["nr"] = np.arange(len(frame), dtype=float)
    assert flagged(check("LK004", frame))["nr"].severity is Severity.BLOCKER


def test_digits_in_a_code_are_read(clean, truth):
    random = np.random.default_rng(0)
    number = np.argsort(np.argsort(truth + random.normal(0, 0.5, len(truth))))
    frame = clean.assign(case=[f"C-{n:06d}" for n in number])
    found = flagged(check("LK004", frame, roles={"case": Role.IDENTIFIER}))
    assert found["case"].evidence["gini"] > 0.5


def test_a_table_sorted_by_the_answer_is_worth_a_look(clean):
    found = flagged(check("LK004", clean.sort_values("bought", ignore_index=True)))
    assert {name: o.severity for name, o in found.items()} == {"": Severity.WARNING}


def test_the_order_of_rows_that_tells_a_little_is_a_note(clean, truth):
    order = np.argsort(truth + np.random.default_rng(0).normal(0, 0.8, len(truth)), kind="stable")
    found = flagged(check("LK004", clean.iloc[order].reset_index(drop=True)))
    assert {name: o.severity for name, o in found.items()} == {"": Severity.NOTE}


@pytest.mark.parametrize(
    ("write", "part"),
    [
        (lambda t, i: f"{'A' if t else 'B'}{i:05d}", "first letters"),
        (lambda t, i: f"{i}{2 * (i % 5) + t}", "number 1 from the end"),
        (lambda t, i: f"2024-{i:05d}{'' if t else '0'}", "length"),
        (lambda t, i: f"{i:04d}{'x' if t else 'y'}{i:04d}", "character number 5"),
    ],
    ids=["prefix", "last digit", "length", "inside"],
)
def test_an_answer_written_into_the_identifier_is_flagged(clean, truth, write, part):
    numbers = np.random.default_rng(0).permutation(len(truth))
    frame = clean.assign(case=[write(t, i) for t, i in zip(truth, numbers, strict=True)])
    found = flagged(check("LK004", frame, roles={"case": Role.IDENTIFIER}))
    assert list(found) == ["case"]
    assert part in found["case"].problem


def test_a_hash_says_nothing(clean):
    frame = clean.assign(case=[hash_of(i) for i in range(len(clean))])
    assert not flagged(check("LK004", frame, roles={"case": Role.IDENTIFIER}))


@pytest.mark.parametrize(
    "write",
    [lambda i: f"{i:08d}", lambda i: f"2024-{1 + i // 60:02d}-{i % 60:04d}", lambda i: f"ORD-{i}"],
    ids=["zeros in front", "date in front", "prefix"],
)
def test_a_counting_code_in_a_sorted_table_follows_the_rows(clean, write):
    frame = clean.sort_values("bought", ignore_index=True).assign(case=[write(i) for i in range(1000, 1600)])
    found = flagged(check("LK004", frame, roles={"case": Role.IDENTIFIER}))
    assert list(found) == ["case"]
    assert "follows the order of the rows" in found["case"].problem


def test_an_innocent_identifier_passes(clean):
    random = np.random.default_rng(0)
    frame = clean.assign(nr=np.arange(len(clean), dtype=float), case=random.permutation(600).astype(float))
    assert not flagged(check("LK004", frame, roles={"nr": Role.IDENTIFIER, "case": Role.IDENTIFIER}))


def test_in_time_the_order_of_rows_is_no_secret(clean):
    frame = clean.sort_values("bought", ignore_index=True)
    frame["day"] = np.arange(len(frame), dtype=float)
    assert not flagged(check("LK004", frame, time="day"))


def test_numbers_that_start_again_for_each_answer_are_flagged(clean, truth):
    number = np.where(truth, np.cumsum(truth), np.cumsum(~truth)).astype(float)
    half = clean.assign(no=number)[truth | (np.arange(len(truth)) % 4 == 0)].reset_index(drop=True)
    half["no"] = half.groupby("bought")["no"].rank()
    found = flagged(check("LK004", half))
    assert "counts the rows of each answer for themselves" in found["no"].problem
    assert found["no"].severity is Severity.BLOCKER


def test_an_identifier_that_repeats_is_read_once_for_each(clean, truth):
    frame = pd.concat([clean] * 2, ignore_index=True)
    said = np.tile(truth, 2)
    told = [f"{'A' if t else 'B'}{i % 600:05d}" for i, t in enumerate(said)]
    same = [f"N{hash_of(i % 30)}" for i in range(1200)]
    roles = {"case": Role.IDENTIFIER, "branch": Role.IDENTIFIER}
    found = flagged(check("LK004", frame.assign(case=told, branch=same), roles=roles))
    assert list(found) == ["case"]


def hash_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:8]
