"""Which test rows are not independent."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Problem, Split, SplitKind, Task
from engine.evidence.related import related


@pytest.fixture
def rides() -> pd.DataFrame:
    """Three rides an hour over thirty days; two riders have no name, and every third ride is written down twice."""
    hours = pd.date_range("2024-01-01", periods=720, freq="h").repeat(3)
    rider = np.array([f"r{i % 50}" for i in range(len(hours))], dtype=object)
    rider[:2] = None
    seconds = np.arange(len(hours), dtype=float)
    seconds[::3] = 7.0
    return pd.DataFrame({"at": hours, "hour": np.arange(len(hours)) // 3 * 1.0, "rider": rider, "took": seconds})


def asked(kind: SplitKind, *columns: str, **said: object) -> Problem:
    split = Split(kind=kind, columns=columns, **said)
    return Problem(task=Task.REGRESSION, target="took", metric="rmse", split=split)


def test_rows_of_one_entity_belong_together_and_one_without_a_name_stands_alone(rides):
    groups = related(rides, asked(SplitKind.GROUP, "rider"))
    assert len(np.unique(groups)) == 52
    assert groups[2] == groups[52]
    by_both = related(rides, asked(SplitKind.GROUP_TIME, "at", "rider"))
    assert (by_both == groups).all()


def test_rows_of_one_day_belong_together_where_the_test_lies_later(rides):
    groups = related(rides, asked(SplitKind.TIME, "at"))
    assert np.bincount(groups).tolist() == [72] * 30
    assert len(np.unique(related(rides, asked(SplitKind.TIME, "hour")))) == 720


def test_few_days_say_nothing_about_how_days_differ(rides):
    assert related(rides.head(600), asked(SplitKind.TIME, "at")) is None


def test_rows_that_are_alike_belong_together_where_they_are_kept_so(rides):
    problem = asked(SplitKind.RANDOM, keep_together=True)
    problem = problem.model_copy(update={"remedies": (Remedy(action=Action.KEEP_TOGETHER, columns=("hour",)),)})
    assert np.bincount(related(rides, problem)).tolist() == [3] * 720


def test_rows_drawn_at_random_stand_for_themselves(rides):
    assert related(rides, asked(SplitKind.RANDOM)) is None
    assert related(rides, asked(SplitKind.GROUP, "hour")) is not None
    assert related(rides.drop_duplicates("hour"), asked(SplitKind.GROUP, "hour")) is None
