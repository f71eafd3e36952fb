"""The last stage of a fit: compare the models that can be served on the choose rows."""

import dataclasses
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.run import LeaderboardRow
from engine.errors import Failed
from engine.problem.metric import metric_for
from engine.training.choose import Validated
from engine.training.fitting import Material, held_out, read

_log = logging.getLogger(__name__)

Array = NDArray[np.float64]

_TIMED_ROWS, _TIMES = 1000, 3


@dataclasses.dataclass(frozen=True)
class Compared:
    """The models that can be served, best first, each one's answers for the choose rows, and its validation."""

    rows: list[LeaderboardRow]
    answers: dict[str, Array]
    validated: Validated | None


def compare(work: Material, predictor: Any, names: Sequence[str], choose: pd.DataFrame, y: Array) -> Compared:
    """Score every model that can be served on the choose rows, and measure what it costs to ask.

    Raises
    ------
    Failed
        If no model gives usable answers.
    """
    metric = metric_for(work.problem.metric, work.problem.task)
    inputs = work.described.inputs(choose)
    predictor.persist(models=list(names), max_memory=None)
    compared = Compared([], {}, _validated(work, predictor, names))
    for name in names:
        answers = work.described.answers(predictor, inputs, name)
        score = metric.function(y, answers)
        if not (np.isfinite(answers).all() and np.isfinite(score)):
            _log.warning("%s gives answers that cannot be used; it is not offered", name)
            continue
        compared.answers[name] = answers
        compared.rows.append(
            LeaderboardRow(
                model=name,
                score=score,
                ms_per_row=_milliseconds(work, predictor, inputs, name),
                megabytes=_megabytes(predictor, name),
                fit_seconds=round(float(predictor._trainer.get_model_attribute_full(name, "fit_time") or 0.0), 2),
            )
        )
    predictor.unpersist()
    if not compared.rows:
        raise Failed("No model gives usable answers for rows it has not seen.", fix="Try another quality or metric.")
    sign = -1.0 if metric.greater_is_better else 1.0
    compared.rows.sort(key=lambda row: (sign * row.score, row.ms_per_row))
    return compared


def _validated(work: Material, predictor: Any, names: Sequence[str]) -> Validated | None:
    """Return the models' validation scores as people read them; a refitted model has its parent's."""
    trainer = predictor._trainer
    found = {}
    for name in names:
        score = trainer.get_model_attribute(name, "val_score", default=None)
        if score is None:
            score = trainer.get_model_attribute(name, "refit_full_parent_val_score", default=None)
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
    root = Path(predictor._trainer.path)
    parts = predictor._trainer.get_minimum_model_set(model)
    folders = [root / predictor._trainer.get_model_attribute(part, "path") for part in parts]
    size = sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    return round(float(size) / 1e6, 3)
