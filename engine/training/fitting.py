"""Search for models on the learn rows."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem, SplitKind, Task
from engine.domain.run import Plan
from engine.problem.metric import metric_for
from engine.problem.split import cut, together
from engine.training import inside, memory
from engine.training.described import TARGET, Described
from engine.training.failures import nothing_fitted
from engine.training.forecast import least_minutes
from engine.training.presets import Recipe, recipe
from engine.training.reweighing import WEIGHT, Weights, reweighed

if TYPE_CHECKING:
    from engine.training.callbacks import Watch

Array = NDArray[np.float64]

ENTITY = "entity"


@dataclasses.dataclass(frozen=True)
class Material:
    """What a fit works on."""

    learn: pd.DataFrame
    y: Array
    problem: Problem
    plan: Plan
    folder: Path
    described: Described
    gigabytes: float
    threads: int
    recipe: Recipe
    weights: Weights | None = None  # of the rows, where the plan reweighs them


def material(
    learn: pd.DataFrame,
    y: Array,
    problem: Problem,
    features: Sequence[str],
    plan: Plan,
    folder: Path,
    memory_gb: float | None,
) -> Material:
    """Gather what a fit works on, and settle how it will be done, within ``memory_gb`` or what is there."""
    forward = problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}
    rarest = len(y) if problem.task is Task.REGRESSION else int(np.unique(y, return_counts=True)[1].min())
    entities = None if forward else together(learn, problem)
    if entities is not None:
        rarest = min(rarest, len(np.unique(entities)))
    return Material(
        learn=learn,
        y=y,
        problem=problem,
        plan=plan,
        folder=folder,
        described=Described(task=problem.task, features=tuple(features), classes=len(problem.classes)),
        gigabytes=memory.free_gigabytes(memory_gb),
        threads=memory.cores(),
        recipe=recipe(
            plan,
            task=problem.task,
            rows=len(learn),
            columns=len(features),
            n_classes=len(problem.classes),
            rarest=rarest,
            forward=forward,
        ),
        weights=reweighed(learn, y, plan.reweigh) if plan.reweigh and problem.task is not Task.REGRESSION else None,
    )


def read(score: float, problem: Problem) -> float | None:
    """Return AutoGluon's score, where greater is better, as people read the metric; None where it has another one."""
    metric = metric_for(problem.metric, problem.task)
    if metric.name == "brier":  # AutoGluon has no such metric and goes by log loss
        return None
    return float(score if metric.greater_is_better else -score)


def search(work: Material, watch: "Watch") -> Any:
    """Try models within the search's share of the budget; return AutoGluon's predictor.

    Raises
    ------
    OutOfMemory, DiskFull, TooShort, UnusableRows
        If none could be fitted.
    """
    from engine.training.callbacks import Listener

    predictor = begun(work)
    with inside.listening(watch):
        predictor.fit(
            **ways(work),
            time_limit=max(1.0, work.plan.minutes * 60 * work.recipe.search - watch.elapsed),
            callbacks=[Listener(watch, work.recipe.patience)],
        )
    if not predictor.model_names():
        raise nothing_fitted(
            predictor.model_failures()["exc_type"].tolist(),
            minutes=work.plan.minutes,
            rows=len(work.learn),
            needed=least_minutes(len(work.learn), len(work.described.features)),
            gigabytes=work.gigabytes,
        )
    return predictor


def begun(work: Material) -> Any:
    """Return AutoGluon's predictor before it was fitted."""
    from autogluon.tabular import TabularPredictor

    learner: dict[str, Any] = {"random_state": work.plan.seed, "label_count_threshold": 1}
    if _grouped(work):
        learner["ignored_columns"] = [ENTITY]
    return TabularPredictor(
        TARGET,
        problem_type=work.problem.task.value,
        eval_metric=metric_for(work.problem.metric, work.problem.task).autogluon,
        path=str(work.folder.resolve()),
        verbosity=0,
        sample_weight=WEIGHT if work.weights else None,
        learner_kwargs=learner,
        **({"positive_class": 1} if work.problem.task is Task.BINARY else {}),
    )


def ways(work: Material) -> dict[str, Any]:
    """Return rows and settings as AutoGluon's ``fit`` takes them, without a clock."""
    return {
        **_rows(work),
        "hyperparameters": work.recipe.hyperparameters,
        "num_bag_folds": work.recipe.folds,
        "num_bag_sets": 1,
        "num_stack_levels": 0,
        "dynamic_stacking": False,
        "calibrate": False,
        "calibrate_decision_threshold": False,
        "num_cpus": work.threads,
        "num_gpus": 0,
        "memory_limit": work.gigabytes,
        "raise_on_no_models_fitted": False,
        **inside.texts(work.recipe.text),
    }


def _grouped(work: Material) -> bool:
    """Return whether folds keep entities together."""
    return work.recipe.folds > 0 and together(work.learn, work.problem) is not None


def _rows(work: Material) -> dict[str, Any]:
    """Return the rows as AutoGluon takes them, validated by the structure of the problem."""
    rows = inner(work, work.learn, work.y)
    if work.recipe.folds == 0:
        held = held_out(work.learn, work.y, work.problem)
        return {"train_data": rows[~held], "tuning_data": rows[held]}
    if not _grouped(work):
        return {"train_data": rows}
    return {
        "train_data": rows.assign(**{ENTITY: together(work.learn, work.problem)}),
        "validation_structure": {"group_on": ENTITY},
    }


def inner(work: Material, frame: pd.DataFrame, y: Array) -> pd.DataFrame:
    """Return features and answers as AutoGluon takes them, with weights where there are any."""
    rows = work.described.training(frame, y)
    return rows if work.weights is None else rows.assign(**{WEIGHT: work.weights.of(frame, y)})


def held_out(learn: pd.DataFrame, y: Array, problem: Problem) -> NDArray[np.bool_]:
    """Return which learn rows validate, shape (n,): cut by the problem's structure, in time the last ones.

    Rows of a class that would be left with none to learn from stay in learning.
    """
    parts = cut(learn, problem)
    forward = problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}
    held = np.zeros(len(learn), dtype=bool)
    held[parts.test if forward else parts.choose] = True
    if problem.task is not Task.REGRESSION:
        held &= np.isin(y, y[~held])
    if not held.any():
        # Too small, or too entangled, to cut: hold out every eighth row of what is not rare.
        held[::8] = True
        if problem.task is not Task.REGRESSION:
            held &= np.isin(y, y[~held])
    return held
