"""Fit once more exactly what a run recorded: the same models to the same rows, as far as they went, with no clock."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from engine.training import comparing, fitting, memory, recalibration, refitting
from engine.training.failures import translated
from engine.training.predictor import FORESEEN, quiet
from engine.training.presets import Recipe
from engine.training.steps import Steps, cut_of

Array = NDArray[np.float64]

_LONG = 1e9  # seconds: CatBoost asks whether to go on only where there is a clock


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
            with _as_recorded(steps):
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


@contextmanager
def _as_recorded(steps: Steps) -> Iterator[None]:
    """Have AutoGluon's models go as far as they went, and its blend weigh them as it did.

    How many trees CatBoost may grow decides how it grows them (fewer than 500 are boosted plainly), so it is told to
    stop at the last one instead.
    """
    from autogluon.core.models import AbstractModel, GreedyWeightedEnsembleModel
    from autogluon.core.models.greedy_ensemble.ensemble_selection import EnsembleSelection
    from autogluon.tabular.models.catboost.callbacks import TimeCheckCallback
    from autogluon.tabular.models.catboost.catboost_model import CatBoostModel

    limits = steps.limits()
    given, blend = AbstractModel._get_model_params, GreedyWeightedEnsembleModel._fit
    grow, asked = CatBoostModel._fit, TimeCheckCallback.after_iteration
    last: float = 0  # tree of CatBoost

    def limit(model: Any) -> dict[str, Any]:
        place = Path(model.path).parts
        return limits.get("/".join(place[-2:]), limits.get(place[-1], {}))

    def params(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = given(self, *args, **kwargs)
        return found if isinstance(self, CatBoostModel) else {**found, **limit(self)}

    def grown(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal last
        # Where none is on record it goes on as far as it is set to; whether the answers are the same is seen then.
        last = limit(self).get("iterations", np.inf)
        grow(self, *args, **{**kwargs, "time_limit": _LONG})

    def weighed(self: Any, X: pd.DataFrame, y: pd.Series, **kwargs: Any) -> None:
        self.preprocess(X, y=y)
        self.base_model_names = [name for name in self.base_model_names if name in steps.weights]
        settings = {"problem_type": self.problem_type, "metric": self.stopping_metric}
        self.model = EnsembleSelection(**settings, **self._get_model_params())
        self.model.weights_ = list(np.array([steps.weights[name] for name in self.base_model_names]))
        blend(self, X, y, **kwargs)

    AbstractModel._get_model_params, GreedyWeightedEnsembleModel._fit = params, weighed
    CatBoostModel._fit, TimeCheckCallback.after_iteration = grown, lambda _, info: info.iteration < last
    try:
        yield
    finally:
        AbstractModel._get_model_params, GreedyWeightedEnsembleModel._fit = given, blend
        CatBoostModel._fit, TimeCheckCallback.after_iteration = grow, asked
