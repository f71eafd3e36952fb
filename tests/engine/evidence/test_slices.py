"""Where the model fails: what is planted is found, and nothing where nothing is."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Task
from engine.evidence.conditions import Condition, conditions
from engine.evidence.slices import Scored, weak_slices

YES_NO = Problem(task=Task.BINARY, target="y", classes=("no", "yes"), positive="yes", metric="roc_auc")
KINDS = Problem(task=Task.MULTICLASS, target="y", classes=("a", "b", "c"), metric="log_loss")
AMOUNT = Problem(task=Task.REGRESSION, target="y", metric="rmse")


def scored(rows: int, seed: int, task: Task, *, planted: bool) -> Scored:
    """Answers of a model that knows the truth but for one part: young people in the south."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 12, rows),
            "income": np.where(random.random(rows) < 0.1, np.nan, random.lognormal(8, 0.5, rows)),
            "region": pd.Series(random.choice(list("nsew"), rows), dtype=object),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, rows), unit="D"),
            "x": random.normal(size=rows),
        }
    )
    weak = ((frame["region"] == "s") & (frame["age"] < 35)).to_numpy() & planted
    score = ((frame["age"] - 40) / 12 + frame["x"] + (frame["region"] == "n")).to_numpy()
    if task is Task.REGRESSION:
        return Scored(frame, 10 * score + random.normal(size=rows) * np.where(weak, 15, 5), 10 * score)
    p = 1 / (1 + np.exp(-1.2 * score))
    if task is Task.BINARY:
        y = np.where(weak, random.random(rows) < 0.5, random.random(rows) < p)
        return Scored(frame, y.astype(float), np.stack([1 - p, p], axis=1))
    three = np.stack([p, (1 - p) * 0.8, (1 - p) * 0.2], axis=1)
    drawn = (random.random(rows)[:, None] > three.cumsum(axis=1)).sum(axis=1)
    return Scored(frame, np.where(weak, random.permutation(drawn), drawn).astype(float), three)


@pytest.mark.parametrize("problem", [YES_NO, KINDS, AMOUNT], ids=["yes or no", "kinds", "amount"])
def test_a_planted_part_is_found_first_and_said(problem) -> None:
    for seed in range(3):
        first = weak_slices(
            scored(4000, seed, problem.task, planted=True),
            scored(5000, seed + 100, problem.task, planted=True),
            problem=problem,
            columns=("age", "income", "region", "since", "x"),
        )[0]
        assert set(first.columns) == {"age", "region"}
        assert "‘region’ is ‘s’" in first.sentence
        assert first.rows == pytest.approx(first.share * 5000)
        assert first.value < first.elsewhere if problem is not AMOUNT else first.value > first.elsewhere


@pytest.mark.parametrize("problem", [YES_NO, KINDS, AMOUNT], ids=["yes or no", "kinds", "amount"])
def test_nothing_is_found_where_nothing_is(problem) -> None:
    found = [
        weak_slices(
            scored(2000, seed, problem.task, planted=False),
            scored(2500, seed + 100, problem.task, planted=False),
            problem=problem,
            columns=("age", "income", "region", "since", "x"),
        )
        for seed in range(12)
    ]
    assert not any(found)


def test_what_ranks_well_and_promises_too_much_is_said_to() -> None:
    """Old people earn less than the model thinks, in the order that it thinks."""

    def promised(rows: int, seed: int) -> Scored:
        made = scored(rows, seed, Task.BINARY, planted=False)
        old = (made.frame["age"] > 52).to_numpy()
        y = np.where(old, np.random.default_rng(seed).random(rows) < made.p[:, 1] ** 10, made.y)
        return Scored(made.frame, y.astype(float), made.p)

    first = weak_slices(promised(4000, 1), promised(5000, 2), problem=YES_NO, columns=("age", "region"))[0]
    assert first.columns[0] == "age"
    assert first.metric == "log_loss"
    assert "its probabilities are too high" in first.sentence
    assert "have ‘y’ = ‘yes’" in first.sentence
    assert "guess" not in first.sentence


def test_too_few_rows_say_nothing() -> None:
    few, rows = scored(60, 1, Task.BINARY, planted=True), scored(5000, 2, Task.BINARY, planted=True)
    assert weak_slices(few, rows, problem=YES_NO, columns=("age", "region")) == ()
    assert weak_slices(rows, few, problem=YES_NO, columns=("age", "region")) == ()


def test_odd_columns_are_no_trouble() -> None:
    rows = scored(800, 3, Task.BINARY, planted=False)
    rows.frame["same"], rows.frame["empty"] = "one", None
    rows.frame["each"] = pd.Series([str(i) for i in range(800)], dtype=object)
    assert weak_slices(rows, rows, problem=YES_NO, columns=("same", "empty", "each")) == ()


def test_conditions_are_worded_for_people() -> None:
    frame = scored(500, 1, Task.BINARY, planted=False).frame
    assert Condition("age", high=24.5).words == "‘age’ is below 24.5"
    assert Condition("income").words == "‘income’ is missing"
    made = {c.words for c in conditions(frame, ("income", "region", "since"), least=20)}
    assert {"‘income’ is missing", "‘region’ is ‘n’"} <= made
    assert any(words.startswith("‘since’ is before 20") for words in made)
