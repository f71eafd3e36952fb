"""What a training is expected to take, before it begins."""

from engine.domain.problem import Task
from engine.domain.run import Forecast, Plan, Quality

# A million cells (rows x columns) of a yes/no question are one unit of work.
# Seconds before and after the models, and seconds a unit and fold; measured on two cores.
_FIXED = {Quality.FAST: 7.0, Quality.BALANCED: 8.0, Quality.BEST: 10.0}
_SECONDS = {Quality.FAST: 15.0, Quality.BALANCED: 75.0, Quality.BEST: 900.0}
# Units of work a minute up to which so many folds are worth their time. On four tables at one minute, three folds beat
# one held-out part and eight; on the fifth, of numbers, the clock ended every fold before its time.
_FOLDS = ((0.05, 8), (0.15, 5), (0.7, 3))


def forecast(rows: int, columns: int, task: Task, n_classes: int, plan: Plan) -> Forecast:
    """Return what a training is expected to take on this machine.

    Parameters
    ----------
    rows, columns : int
        Rows to learn from and choose by, and features.
    n_classes : int
        Classes; ignored for a regression.
    plan : Plan
        Quality and budget: training does not take longer than the budget.
    """
    cells = rows * columns
    passes = 1 if plan.quality is Quality.FAST else max(1, affordable_folds(cells, task, n_classes, plan))
    seconds = _FIXED[plan.quality] + _SECONDS[plan.quality] * _work(cells, task, n_classes) * passes
    return Forecast(seconds=round(min(plan.minutes * 60, seconds), 1), gigabytes=round(0.6 + cells * 100 / 1024**3, 2))


def affordable_folds(cells: int, task: Task, n_classes: int, plan: Plan) -> int:
    """Return how many folds can validate each model within the budget; 0 where one held-out part has to do."""
    each_minute = _work(cells, task, n_classes) / plan.minutes
    return next((folds for most, folds in _FOLDS if each_minute <= most), 0)


def least_minutes(rows: int, columns: int) -> float:
    """Return the least minutes in which a model is expected, in halves as people say it."""
    seconds = 10 + rows * columns / 50_000
    return max(0.5, -(-seconds // 30) * 0.5)


def _work(cells: int, task: Task, n_classes: int) -> float:
    # A tree for each class, and more of them; and for numbers boosting goes on for about five times as long.
    return cells / 1e6 * {Task.BINARY: 1, Task.MULTICLASS: 1.5 * n_classes, Task.REGRESSION: 5}[task]
