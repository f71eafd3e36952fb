"""Fit once more exactly what a run recorded: the same models to the same rows, as far as they went, with no clock."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.domain.run import Plan
from engine.errors import Failed
from engine.problem.rows import encode
from engine.problem.split import together
from engine.training import comparing, fitting, inside, memory, recalibration, refitting
from engine.training.failures import translated
from engine.training.inside import quiet
from engine.training.predictor import FORESEEN
from engine.training.presets import Recipe
from engine.training.steps import Steps, cut_of

Array = NDArray[np.float64]


def replay(
    learn: pd.DataFrame,
    choose: pd.DataFrame,
    *,
    problem: Problem,
    features: Sequence[str],
    plan: Plan,
    steps: Steps,
    folder: Path,
    own: bool = True,
    memory_gb: float | None = None,
) -> tuple[str, ...]:
    """Fit the model that a run recommended again, and leave it in ``folder`` as ``predictor.fit`` does.

    Parameters
    ----------
    learn, choose, problem, features, plan
        As ``engine.training.predictor.fit`` had them.
    steps : Steps
        What was fitted.
    folder : Path
        Where the model goes; must not exist, or be empty.
    own : bool, default True
        Whether this installation recorded the steps; of others only settings that it would use itself are taken.
    memory_gb : float, optional
        What the whole process may use; default: most of what is there.

    Returns
    -------
    tuple of str
        What is not as it was, a sentence each.

    Raises
    ------
    Refused
        If the steps are another installation's, with settings that are not used here.
    Failed, OutOfMemory, DiskFull
        If it cannot be fitted.
    """
    memory.share_cores()
    y, y_choose = encode(learn, problem), encode(choose, problem)
    work = fitting.material(learn, y, problem, features, plan, folder, memory_gb)
    if not own:
        steps.require_ours(work.recipe.hyperparameters)
    differs = tuple(_differs(steps, work.threads, cut_of(learn, y, choose, y_choose)))
    again = Recipe("", steps.hyperparameters(), steps.folds, search=1.0, patience=0, text=steps.text)
    work = dataclasses.replace(work, recipe=again, threads=min(steps.threads, work.threads))
    with quiet():
        try:
            predictor = fitting.begun(work)
            with inside.as_recorded(steps):
                predictor.fit(**fitting.ways(work), fit_weighted_ensemble=bool(steps.weights))
                if steps.searched not in predictor.model_names():
                    causes = ", ".join(sorted(set(predictor.model_failures()["exc_type"])))
                    raise Failed(
                        f"{steps.searched} could not be fitted again ({causes or 'a part of it is missing'}).",
                        fix="Close other programs; it needs as much memory as the first time.",
                    )
                foreseen = comparing.foresee(work, predictor, [steps.searched], choose, y_choose)
                if steps.chosen != steps.searched:
                    extra = refitting.more_rows(work, predictor, choose, y_choose)
                    refitting.once(work, predictor, steps.searched, extra)
            work.described.write(folder, steps.chosen)
            told = {steps.chosen: foreseen.answers[steps.searched]}
            maps, told = recalibration.recalibrated(told, y_choose, problem, together(choose, problem))
            recalibration.write(folder, maps)
            np.savez(folder / FORESEEN, **cast(dict[str, Any], told))
        except Exception as error:
            raise translated(error, work.gigabytes) from error
    return differs


def _differs(steps: Steps, threads: int, cut: str) -> Iterator[str]:
    if threads < steps.threads:
        yield f"It was trained with {steps.threads} threads and is now with {threads}: sums are taken in another order."
    if cut != steps.cut:
        yield "The rows to learn from and to choose by are not the same, or not in the same order."
