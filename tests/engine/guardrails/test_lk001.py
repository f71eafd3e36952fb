import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


@pytest.mark.parametrize(
    "column",
    [
        lambda bought, _: bought,
        lambda bought, _: bought.map({"yes": 1.0, "no": 0.0}),
        lambda bought, _: bought.map({"yes": "won", "no": "lost"}),
        lambda bought, random: bought.map({"yes": "won", "no": "lost"}).where(random.random(len(bought)) > 0.4, None),
        lambda bought, random: bought + random.choice([" by mail", " by phone"], len(bought)),
    ],
    ids=["copy", "numbers", "words", "with gaps", "several values for one answer"],
)
def test_a_recoding_of_the_answer_is_stopped(clean, column):
    frame = clean.assign(again=column(clean["bought"], np.random.default_rng(0)))
    outcomes = check("LK001", frame)
    found = flagged(outcomes)
    assert list(found) == ["again"]
    assert found["again"].severity is Severity.BLOCKER
    assert "‘again’" in found["again"].problem
    assert "‘bought’" in found["again"].problem
    assert found["again"].remedy is not None
    assert found["again"].remedy.action is Action.DROP_COLUMNS
    assert not flagged(fixed(frame, outcomes)[1])


@pytest.mark.parametrize(
    "column",
    [
        lambda y: y * 1.19,
        lambda y: 100 - y / 7,
        lambda y: y.round(0),
        lambda y: y.round(-2),
        np.log,
        lambda y: y.rank(),
        lambda y: pd.qcut(y, 8, labels=False).astype(float),
        lambda y: pd.Timestamp("2020-01-01") + pd.to_timedelta(y, unit="D"),
        lambda y: y.map("EUR {:.2f}".format),
        lambda y: y.mask(y.index % 5 == 0),
    ],
    ids=["taxed", "turned", "rounded", "in hundreds", "log", "rank", "eighths", "date", "text", "with gaps"],
)
def test_the_same_number_on_another_scale_is_stopped(clean, column):
    found = flagged(check("LK001", clean.assign(again=column(clean["income"])), "income"))
    assert list(found) == ["again"]


def test_a_code_for_each_of_many_values_is_stopped(clean):
    hundreds = (clean["income"] / 20).round(0)
    codes = hundreds.map(dict(zip(hundreds.unique(), np.random.default_rng(0).permutation(9_000), strict=False)))
    frame = clean.assign(income=hundreds, cell=codes.map("K{:04d}".format), number=codes.astype(float))
    assert set(flagged(check("LK001", frame, "income"))) == {"cell", "number"}


def test_many_codes_for_each_answer_are_stopped(clean, truth):
    code = [f"{'A' if t else 'B'}{i % 20}" for i, t in enumerate(truth)]
    assert list(flagged(check("LK001", clean.assign(code=code)))) == ["code"]


def test_rows_that_repeat_prove_no_recoding(clean):
    frame = pd.concat([clean, clean.iloc[:200]], ignore_index=True)
    assert not flagged(check("LK001", frame, "income"))


def test_a_column_of_its_own_values_is_no_copy_by_memory(clean):
    frame = clean.assign(token=[f"t{i}" for i in range(len(clean))], number=np.arange(len(clean), dtype=float))
    assert not flagged(check("LK001", frame))


def test_a_good_column_is_no_copy(clean, truth):
    wrong = np.random.default_rng(0).random(len(truth)) < 0.05
    assert not flagged(check("LK001", clean.assign(hint=np.where(truth ^ wrong, "a", "b"))))


def test_a_rare_answer_is_not_overlooked_by_a_constant(clean):
    frame = clean.assign(bought=["yes" if i < 12 else "no" for i in range(600)], flag=["x"] * 12 + ["x", "y"] * 294)
    assert not flagged(check("LK001", frame))


def test_a_copy_in_one_part_of_the_rows_is_stopped(clean):
    shuffled = clean["bought"].sample(frac=1, random_state=3).to_numpy()
    hint = clean["bought"].where(clean["region"] == "south", shuffled)
    found = flagged(check("LK001", clean.assign(hint=hint)))
    assert list(found) == ["region hint"]
    assert "where ‘region’ is ‘south’, ‘hint’ tells it" in found["region hint"].problem


def test_two_numbers_that_set_the_answers_apart_are_stopped(clean, truth):
    random = np.random.default_rng(2)
    opened = random.integers(0, 1_500, len(clean)).astype(float)
    left = opened + np.where(truth, 10, 0) + random.integers(0, 5, len(clean))
    assert list(flagged(check("LK001", clean.assign(opened=opened, left=left)))) == ["opened left"]


def test_an_edge_beside_a_very_rare_answer_is_seen(clean):
    random = np.random.default_rng(2)
    kinds = np.where(np.arange(600) < 4, 2, random.integers(2, size=600))
    frame = clean.assign(bought=np.array(["a", "b", "c"], dtype=object)[kinds], level=kinds + random.random(600))
    assert list(flagged(check("LK001", frame))) == ["level"]


def test_three_columns_that_decide_together_are_stopped(clean, truth):
    random = np.random.default_rng(2)
    said = np.repeat(truth[:, None], 3, axis=1)
    other = random.integers(4, size=len(truth))
    said[np.arange(len(truth))[other < 3], other[other < 3]] ^= True
    frame = clean.assign(**{name: np.where(said[:, i], "yes", "no") for i, name in enumerate(("ann", "bob", "cem"))})
    found = flagged(check("LK001", frame))
    assert list(found) == ["ann bob cem"]
    assert "each triple of values of ‘ann’, ‘bob’ and ‘cem’" in found["ann bob cem"].problem


def test_what_tells_nearly_all_is_not_told_of_a_part(clean, truth):
    random = np.random.default_rng(2)
    said = np.where(random.random(len(truth)) < 0.004, ~truth, truth)
    frame = clean.assign(said=np.where(said, "came", "left"), part=random.choice(["a", "b", "c"], len(truth)))
    assert not any("part" in columns for columns in flagged(check("LK001", frame)))
