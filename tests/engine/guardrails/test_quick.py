import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Task
from engine.guardrails.quick import quick_score

YES_NO = Problem(task=Task.BINARY, target="bought", classes=("no", "yes"), positive="yes", metric="roc_auc")
LEARN, TEST = np.arange(450), np.arange(450, 600)
ALL = ("income", "region", "visits", "weight")


def score(frame, problem=YES_NO, features=ALL, learn=LEARN, test=TEST, **options):
    return quick_score(frame, problem, features, learn=learn, test=test, **options)


def test_it_finds_what_is_there_and_nothing_where_nothing_is(clean):
    assert score(clean, features=("income", "region")).value > 0.65
    assert score(clean, features=("weight",)).value == pytest.approx(0.5, abs=0.1)


def test_the_same_call_gives_the_same_score(clean):
    assert score(clean) == score(clean)


def test_the_answer_itself_is_no_feature(clean):
    assert score(clean, features=("bought",)) is None
    assert score(clean.assign(copy=clean["bought"]), features=("copy",)).value == 1.0


def test_dates_and_words_are_read_and_missing_ones_too(clean, truth):
    start = np.where(truth, np.datetime64("2024-03-01"), np.datetime64("2023-03-01"))
    day = pd.Series(start.astype("datetime64[ns]"))
    word = pd.Series(np.where(truth, "a", "b"), dtype=object)
    day[::7], word[::5] = pd.NaT, None
    assert score(clean.assign(day=day), features=("day",)).value > 0.9
    assert score(clean.assign(word=word), features=("word",)).value > 0.8


def test_a_word_that_was_never_learned_is_as_good_as_a_rare_one(clean):
    unique = pd.Series([f"w{i}" for i in range(600)], dtype=object)
    assert score(clean.assign(word=unique), features=("word",)).value == 0.5


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_numbers_are_predicted_too(clean, metric):
    problem = Problem(task=Task.REGRESSION, target="visits", metric=metric)
    found = score(clean.assign(twice=clean["visits"] * 2), problem, ("twice", "income"))
    assert found.skill > 0.7
    assert abs(score(clean, problem, ("weight",)).skill) < 0.3


def test_three_answers_are_told_apart(clean):
    problem = Problem(
        task=Task.MULTICLASS, target="region", classes=("north", "south", "west"), positive=None, metric="log_loss"
    )
    found = score(clean.assign(code=clean["region"].str[:1]), problem, ("code", "income"))
    assert not found.greater_is_better
    assert found.skill > 0.8


def test_a_large_table_is_sampled(clean):
    found = score(clean, most_rows=100)
    assert (found.learned, found.rows) == (75, 25)


@pytest.mark.parametrize(
    ("learn", "test"),
    [(np.arange(3), TEST), (LEARN, np.arange(450, 453)), ("yes", TEST), (LEARN, "yes")],
    ids=["few to learn", "few to test", "one answer learned", "one answer tested"],
)
def test_rows_that_say_nothing_have_no_score(clean, truth, learn, test):
    only = np.flatnonzero(truth)
    sides = [only if isinstance(side, str) else side for side in (learn, test)]
    assert score(clean, learn=sides[0], test=sides[1]) is None
