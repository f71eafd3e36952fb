"""Compare models on the choose rows, before they learn from these too, and measure what it costs to ask them."""

import dataclasses
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.run import LeaderboardRow
from engine.errors import Failed
from engine.problem.metric import metric_for
from engine.training import inside
from engine.training.choose import Validated
from engine.training.fitting import Material, held_out, read

_log = logging.getLogger(__name__)

Array = NDArray[np.float64]

_TIMED_ROWS, _TIMES = 1000, 3


@dataclasses.dataclass(frozen=True)
class Foreseen:
    """What each model answered for the choose rows before it learned from them, its score, and its validation."""

    answers: dict[str, Array]
    scores: dict[str, float]
    validated: Validated | None


def foresee(work: Material, predictor: Any, names: Sequence[str], choose: pd.DataFrame, y: Array) -> Foreseen:
    """Ask models for the choose rows; those whose answers cannot be used are left out.

    Raises
    ------
    Failed
        If no model gives usable answers.
    """
    metric = metric_for(work.problem.metric, work.problem.task)
    inputs = work.described.inputs(choose)
    predictor.persist(models=list(names), max_memory=None)
    answers: dict[str, Array] = {}
    scores: dict[str, float] = {}
    for name in names:
        told = work.described.answers(predictor, inputs, name)
        score = metric.function(y, told)
        if np.isfinite(told).all() and np.isfinite(score):
            answers[name], scores[name] = told, score
        else:
            _log.warning("%s gives answers that cannot be used; it is not offered", name)
    predictor.unpersist()
    if not answers:
        raise Failed("No model gives usable answers for rows it has not seen.", fix="Try another quality or metric.")
    return Foreseen(answers, scores, _validated(work, predictor, list(answers)))


def served(foreseen: Foreseen, refitted: Mapping[str, str]) -> Foreseen:
    """Return what is known of the models that can be served, under the names they are served by."""
    checked = foreseen.validated
    return Foreseen(
        answers={final: foreseen.answers[name] for name, final in refitted.items()},
        scores={final: foreseen.scores[name] for name, final in refitted.items()},
        validated=checked
        and Validated({final: checked.scores[name] for name, final in refitted.items()}, checked.rows),
    )


def leaderboard(work: Material, predictor: Any, known: Foreseen, choose: pd.DataFrame) -> list[LeaderboardRow]:
    """Measure what the models that can be served cost to ask; return them best first.

    Raises
    ------
    Failed
        If none of them gives usable answers.
    """
    inputs = work.described.inputs(choose)
    predictor.persist(models=list(known.scores), max_memory=None)
    rows = []
    for name, score in known.scores.items():
        if not np.isfinite(work.described.answers(predictor, inputs, name)).all():
            _log.warning("%s, fitted to all rows, gives answers that cannot be used; it is not offered", name)
            continue
        rows.append(
            LeaderboardRow(
                model=name,
                score=score,
                ms_per_row=_milliseconds(work, predictor, inputs, name),
                megabytes=_megabytes(predictor, name),
                fit_seconds=round(inside.known(predictor, name).seconds_in_all, 2),
            )
        )
    predictor.unpersist()
    if not rows:
        raise Failed("No model gives usable answers for rows it has not seen.", fix="Try another quality or metric.")
    sign = -1.0 if metric_for(work.problem.metric, work.problem.task).greater_is_better else 1.0
    return sorted(rows, key=lambda row: (sign * row.score, row.ms_per_row))


def _validated(work: Material, predictor: Any, names: Sequence[str]) -> Validated | None:
    """Return the models' validation scores as people read them."""
    found = {}
    for name in names:
        score = inside.known(predictor, name).score
        value = None if score is None else read(score, work.problem)
        if value is None:
            return None
        found[name] = value
    held = len(work.learn) if work.recipe.folds else int(held_out(work.learn, work.y, work.problem).sum())
    return Validated(found, held)


def _milliseconds(work: Material, predictor: Any, inputs: pd.DataFrame, model: str) -> float:
    """Return the median milliseconds a row, asked in a batch, from the analyst's columns to the answer."""
    batch = inputs.head(_TIMED_ROWS)
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work.described.answers(predictor, batch, model)
        taken.append(time.perf_counter() - began)
    return round(1000 * float(np.median(taken)) / len(batch), 5)


def _megabytes(predictor: Any, model: str) -> float:
    """Return the size of a model's files and of those it is made of."""
    folders = [inside.known(predictor, part).folder for part in inside.known(predictor, model).needs]
    size = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    return round(float(size) / 1e6, 3)
