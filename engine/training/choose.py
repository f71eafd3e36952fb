"""Which of the fitted models is recommended, and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.domain.run import LeaderboardRow
from engine.evidence.score import difference, draw, resampled
from engine.problem.metric import metric_for

Array = NDArray[np.float64]

_FASTER = 3.0
# With few choose rows the interval forgives much; more than this share of the score is not given away for speed.
_CLOSE = 0.0025
_NAMES = {
    "LightGBMXT": "LightGBM (extra random)",
    "LightGBMSlow": "LightGBM (small steps)",
    "LightGBMWide": "LightGBM (larger trees)",
    "LightGBMPrep": "LightGBM (with combined columns)",
    "ExtraTrees": "Extra trees",
    "RandomForest": "Random forest",
    "WeightedEnsemble": "A blend of several models",
}


@dataclass(frozen=True)
class Choice:
    """The recommended model and one sentence that says why."""

    model: str
    reason: str


def recommend(
    rows: Sequence[LeaderboardRow],
    answers: Mapping[str, Array],
    y: Array,
    *,
    problem: Problem,
    groups: NDArray[np.intp] | None = None,
) -> Choice:
    """Recommend the best model on the choose rows, or one much faster that cannot be told from it.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        One a model; at least one.
    answers : mapping of str to array
        Each model's answers for the choose rows.
    y : array of shape (n,)
        What was true of them, as ``engine.problem.rows.encode`` says it.
    groups : array of shape (n,), optional
        Number of the entity each row belongs to; entities are resampled whole.

    Returns
    -------
    Choice
        Of those at least three times faster than the best whose paired 95 % bootstrap interval of the difference
        includes zero and whose score is within a quarter of a percent, the one with the best score.
    """
    metric = metric_for(problem.metric, problem.task)
    sign = 1.0 if metric.greater_is_better else -1.0
    ranked = sorted(rows, key=lambda row: (-sign * row.score, row.ms_per_row))
    best = ranked[0]
    fast = [row for row in ranked[1:] if row.ms_per_row * _FASTER <= best.ms_per_row]
    if fast:
        draws = draw(len(y), seed=problem.seed, groups=groups)
        of_best = resampled(problem.metric, y, answers[best.model], draws)
    for row in fast:
        of_row = resampled(problem.metric, y, answers[row.model], draws)
        low, high = difference(problem.metric, problem.task, of_row, of_best)
        if low <= 0 <= high and abs(row.score - best.score) <= _CLOSE * abs(best.score):
            return Choice(row.model, _as_good(row, best))
    if len(ranked) == 1:
        return Choice(best.model, f"{plain(best.model)}: the only model there is ({metric.label} {_told(best.score)}).")
    runner = f"{_told(best.score)} against {_told(ranked[1].score)} for the next"
    return Choice(best.model, f"{plain(best.model)}: the best {metric.label} on rows it has not seen ({runner}).")


def _as_good(row: LeaderboardRow, best: LeaderboardRow) -> str:
    times = best.ms_per_row / row.ms_per_row
    told = f"{_told(row.score)} against {_told(best.score)}"
    return f"{plain(row.model)}: as good as the best ({told}) and {times:.0f} times faster."


def plain(model: str) -> str:
    """Return what people call a model of AutoGluon's: ``LightGBMXT_BAG_L1_FULL`` is LightGBM (extra random)."""
    core = re.sub(r"(_BAG)?(_L\d+)?(_FULL)?$", "", model)
    for prefix in sorted(_NAMES, key=len, reverse=True):
        if core.startswith(prefix):
            variant = core[len(prefix) :].strip("_")
            return f"{_NAMES[prefix]} {variant}".strip()
    return core.replace("_", " ")


def _told(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
