"""What a training is expected to take, before it begins."""

from engine.domain.problem import Task
from engine.domain.run import Forecast, Plan, Quality

# Seconds for a million cells (rows x columns) and, for several classes, each further class; measured on two cores.
_SECONDS = {Quality.FAST: 20.0, Quality.BALANCED: 120.0, Quality.BEST: 5000.0}
_LEAST = {Quality.FAST: 8.0, Quality.BALANCED: 15.0, Quality.BEST: 60.0}


def forecast(rows: int, columns: int, task: Task, n_classes: int, plan: Plan) -> Forecast:
    """Return what a training is expected to take on this machine.

    Parameters
    ----------
    rows, columns : int
        Rows to learn from and choose by, and features.
    n_classes : int
        Classes; ignored for a regression.
    plan : Plan
        Quality and budget: training never takes longer than the budget.
    """
    seconds = min(plan.minutes * 60, unlimited_seconds(rows * columns, task, n_classes, plan.quality))
    cells = rows * columns
    return Forecast(seconds=round(seconds, 1), gigabytes=round(0.6 + cells * 100 / 1024**3, 2))


def unlimited_seconds(cells: int, task: Task, n_classes: int, quality: Quality) -> float:
    """Return the seconds a quality would take if the clock did not end it; cells are rows times columns."""
    trees = n_classes if task is Task.MULTICLASS else 1
    return _LEAST[quality] + _SECONDS[quality] * cells / 1e6 * trees


def least_minutes(rows: int, columns: int) -> float:
    """Return the least minutes in which a model is expected, rounded up as people say it."""
    seconds = 10 + rows * columns / 50_000
    return max(0.5, -(-seconds // 30) * 0.5)
