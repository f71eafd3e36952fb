import pytest

from engine.domain.problem import Task
from engine.domain.run import Plan, Quality
from engine.training.forecast import forecast, least_minutes


def asked(rows=36_000, columns=15, task=Task.BINARY, classes=2, minutes=1.0, quality=Quality.BALANCED):
    return forecast(rows, columns, task, classes, Plan(minutes=minutes, quality=quality))


def test_a_large_table_takes_the_budget():
    assert asked(minutes=0.5).seconds == 30
    assert asked(rows=1_000_000, minutes=5.0).seconds == 300


def test_a_small_table_is_done_sooner_than_a_large_budget():
    assert asked(rows=300, minutes=30.0).seconds < 120


@pytest.mark.parametrize(
    "more",
    [{"rows": 200_000}, {"columns": 100}, {"quality": Quality.BEST}, {"task": Task.MULTICLASS, "classes": 20}],
    ids=["rows", "columns", "quality", "classes"],
)
def test_more_work_takes_longer(more):
    assert asked(**{"minutes": 1000.0} | more).seconds > asked(minutes=1000.0).seconds


def test_more_cells_need_more_memory():
    assert asked(rows=2_000_000, columns=50).gigabytes > asked().gigabytes > 0.3


def test_the_least_budget_is_said_in_half_minutes():
    assert least_minutes(800, 5) == 0.5
    assert least_minutes(5_000_000, 30) > 5
    assert (least_minutes(100_000, 30) * 2).is_integer()
