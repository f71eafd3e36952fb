"""Which of the fitted models is recommended, and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.domain.run import LeaderboardRow
from engine.evidence.score import difference, draw, resampled
from engine.problem.metric import Metric, metric_for
from engine.problem.words import alike, rounded

Array = NDArray[np.float64]

_FASTER = 3.0
# What may be given away for speed, as a share of the score. That it is no more has to be shown: with few rows an
# interval that includes zero shows nothing.
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


@dataclass(frozen=True)
class Validated:
    """What was seen of the models on other rows, while fitting: each one's score and how many rows that were."""

    scores: Mapping[str, float]
    rows: int


def recommend(
    rows: Sequence[LeaderboardRow],
    answers: Mapping[str, Array],
    y: Array,
    *,
    problem: Problem,
    validated: Validated | None = None,
    groups: NDArray[np.intp] | None = None,
) -> Choice:
    """Recommend the best model, or one much faster that cannot be told from it.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        One a model; at least one.
    answers : mapping of str to array
        Each model's answers for the choose rows.
    y : array of shape (n,)
        What was true of them, as ``engine.problem.rows.encode`` says it.
    validated : Validated, optional
        Scores from the validation of the same models. The best is the one with the best mean of both, weighted by
        rows: a few thousand choose rows alone often point to another.
    groups : array of shape (n,), optional
        Number of the entity each row belongs to; entities are resampled whole.

    Returns
    -------
    Choice
        Of those at least three times faster than the best that are, by the paired 95 % bootstrap interval of the
        difference, at most a quarter of a percent of the score worse, the one with the best score.
    """
    metric = metric_for(problem.metric, problem.task)
    pooled = _pooled(rows, len(y), validated)
    sign = -1.0 if metric.greater_is_better else 1.0
    ranked = sorted(rows, key=lambda row: (sign * pooled[row.model], row.ms_per_row))
    best = ranked[0]
    fast = [row for row in ranked[1:] if row.ms_per_row * _FASTER <= best.ms_per_row]
    if fast:
        draws = draw(len(y), seed=problem.seed, groups=groups)
        of_best = resampled(problem.metric, y, answers[best.model], draws)
    for row in fast:
        of_row = resampled(problem.metric, y, answers[row.model], draws)
        low, _ = difference(problem.metric, problem.task, of_row, of_best)
        if low >= -_CLOSE * abs(best.score):
            return Choice(row.model, _as_good(row, best))
    return Choice(best.model, _best(ranked, metric))


def _pooled(rows: Sequence[LeaderboardRow], count: int, validated: Validated | None) -> dict[str, float]:
    """Return each model's mean score over the choose rows and the rows that validated it."""
    if validated is None or any(row.model not in validated.scores for row in rows):
        return {row.model: row.score for row in rows}
    total = count + validated.rows
    return {row.model: (count * row.score + validated.rows * validated.scores[row.model]) / total for row in rows}


def _as_good(row: LeaderboardRow, best: LeaderboardRow) -> str:
    times = best.ms_per_row / row.ms_per_row
    told = " against ".join(alike(row.score, beside=[best.score]))
    return f"{plain(row.model)}: as good as the best ({told} on the rows to choose by) and {times:.0f} times faster."


def _best(ranked: Sequence[LeaderboardRow], metric: Metric) -> str:
    best, others = ranked[0], ranked[1:]
    name = plain(best.model)
    if not others:
        score = f"{metric.label} {rounded(best.score)}"
        return f"{name}: the only one that can be served ({score} on the rows to choose by)."
    sign = 1.0 if metric.greater_is_better else -1.0
    ahead = max(others, key=lambda row: sign * row.score)
    score, theirs = alike(best.score, beside=[ahead.score])
    score = f"{metric.label} {score}"
    if sign * ahead.score > sign * best.score:
        return (
            f"{name}: the best over all the rows that were kept back while it learned ({score} on those to choose by; "
            f"{plain(ahead.model)}, first on these alone, has {theirs})."
        )
    return f"{name}: the best on the rows to choose by ({score} against {theirs} for the next)."


def plain(model: str) -> str:
    """Return what people call a model of AutoGluon's: ``LightGBMXT_BAG_L1_FULL`` is LightGBM (extra random)."""
    core = re.sub(r"(_BAG)?(_L\d+)?(_FULL)?$", "", model)
    for prefix in sorted(_NAMES, key=len, reverse=True):
        if core.startswith(prefix):
            variant = core[len(prefix) :].strip("_")
            return f"{_NAMES[prefix]} {variant}".strip()
    return core.replace("_", " ")
