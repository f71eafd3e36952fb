"""Search for models on the learn rows; at the end, fit the best to all rows that training may see.

The choose rows are there to choose by, and are answered before any model has learned from them. Then there is nothing
left to keep them for: what is served has learned from them too, with settings that were found without them, as every
cross-validation does with its folds. On five tables that was worth as much as all other care together.
"""

import dataclasses
import logging
import shutil
import time
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
from engine.training import memory
from engine.training.described import TARGET, Described
from engine.training.failures import nothing_fitted
from engine.training.forecast import least_minutes
from engine.training.presets import Recipe, recipe
from engine.training.reweighing import WEIGHT, Weights, reweighed

if TYPE_CHECKING:
    from engine.training.callbacks import Watch

_log = logging.getLogger(__name__)

Array = NDArray[np.float64]

_ENTITY = "entity"
_HURRY = 15.0  # seconds that refitting may take after "stop now"
_CLOSING = 0.08  # share of the budget kept for comparing the models
_ALTERNATIVES = 2  # single models offered beside the best and what it is made of


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
    learn: pd.DataFrame, y: Array, problem: Problem, features: Sequence[str], plan: Plan, folder: Path
) -> Material:
    """Gather what a fit works on, and settle how it will be done."""
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
        gigabytes=memory.limit_gigabytes(),
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
    from autogluon.tabular import TabularPredictor

    from engine.training.callbacks import Listener, listening

    metric = metric_for(work.problem.metric, work.problem.task)
    grouped = work.recipe.folds > 0 and together(work.learn, work.problem) is not None
    learner: dict[str, Any] = {"random_state": work.plan.seed, "label_count_threshold": 1}
    if grouped:
        learner["ignored_columns"] = [_ENTITY]
    predictor = TabularPredictor(
        TARGET,
        problem_type=work.problem.task.value,
        eval_metric=metric.autogluon,
        path=str(work.folder.resolve()),
        verbosity=0,
        sample_weight=WEIGHT if work.weights else None,
        learner_kwargs=learner,
        **({"positive_class": 1} if work.problem.task is Task.BINARY else {}),
    )
    with listening(watch):
        predictor.fit(
            **_rows(work, grouped),
            hyperparameters=work.recipe.hyperparameters,
            num_bag_folds=work.recipe.folds,
            num_bag_sets=1,
            num_stack_levels=0,
            dynamic_stacking=False,
            calibrate=False,
            calibrate_decision_threshold=False,
            num_cpus=work.threads,
            num_gpus=0,
            memory_limit=work.gigabytes,
            time_limit=max(1.0, work.plan.minutes * 60 * work.recipe.search - watch.elapsed),
            callbacks=[Listener(watch, work.recipe.patience)],
            raise_on_no_models_fitted=False,
            _feature_generator_kwargs={} if work.recipe.text else {"enable_text_ngram_features": False},
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


def _rows(work: Material, grouped: bool) -> dict[str, Any]:
    """Return the rows as AutoGluon takes them, validated by the structure of the problem."""
    rows = _inner(work, work.learn, work.y)
    if work.recipe.folds == 0:
        held = held_out(work.learn, work.y, work.problem)
        return {"train_data": rows[~held], "tuning_data": rows[held]}
    if not grouped:
        return {"train_data": rows}
    return {
        "train_data": rows.assign(**{_ENTITY: together(work.learn, work.problem)}),
        "validation_structure": {"group_on": _ENTITY},
    }


def _inner(work: Material, frame: pd.DataFrame, y: Array) -> pd.DataFrame:
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


def refit(
    work: Material, predictor: Any, watch: "Watch", wanted: Sequence[str], choose: pd.DataFrame, y_choose: Array
) -> dict[str, str]:
    """Fit models to the learn and the choose rows together while time is left, with the settings found before.

    Folds and everything else that is not needed to answer are deleted.

    Returns
    -------
    dict
        For each model that can be served, as it was called when it was compared, the name it now has.
    """
    from engine.training.callbacks import listening

    closing = max(2.0, work.plan.minutes * 60 * _CLOSING)
    until = time.monotonic() + (_HURRY if watch.stopped else max(_HURRY / 3, watch.left - closing))
    trainer = predictor._trainer
    extra = _extra(work, predictor, choose, y_choose)
    more = 1 + len(choose) / len(work.learn)
    for name in wanted:
        left = [part for part in trainer.get_minimum_model_set(name) if part not in trainer.model_refit_map()]
        expected = more * sum(_seconds(trainer, part, work.recipe.folds) for part in left)
        if time.monotonic() + expected > until:
            continue
        try:
            with listening(watch), watch.breakable(until - time.monotonic()):
                predictor.refit_full(
                    name, set_best_to_refit_full=False, train_data_extra=extra, num_cpus=work.threads, num_gpus=0
                )
        except Exception as error:
            _log.warning("%s could not be refitted, so it is not offered: %r", name, error)
    refitted = trainer.model_refit_map()
    # What held-out rows validated serves as it is where there was no time; a model in folds is too slow to ask, and in
    # time one that never saw the latest rows gives yesterday's answers.
    forward = work.problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}
    spare = (work.recipe.folds == 0 and not forward) or not any(name in refitted for name in wanted)
    offered = {name: refitted.get(name, name) for name in wanted if spare or name in refitted}
    _keep(work, predictor, [*dict.fromkeys([*offered.values(), *refitted.values()])])
    return offered


def _extra(work: Material, predictor: Any, choose: pd.DataFrame, y_choose: Array) -> pd.DataFrame | None:
    """Return the choose rows as AutoGluon takes them; those of a class that no learn row has stay out."""
    known = np.ones(len(choose), dtype=bool)
    if work.problem.task is not Task.REGRESSION:
        known = np.isin(y_choose, work.y)
    if not known.any():
        return None
    # AutoGluon gives the held-out rows a nameless column, and then, without a word, takes no extra rows beside them.
    held = predictor._trainer.load_X_val()
    if held is not None and None in held.columns:
        predictor._trainer.save_X_val(held.drop(columns=[None]))
    rows = _inner(work, choose[known], y_choose[known])
    return rows.assign(**{_ENTITY: -1}) if _ENTITY in predictor.original_features else rows


def _keep(work: Material, predictor: Any, kept: list[str]) -> None:
    """Delete every model that is not ``kept`` and not part of one, from the memory and the disk."""
    # Deleting its best model makes AutoGluon look for another, and it stumbles over refitted ones: they are untimed.
    predictor.set_model_best(kept[0], save_trainer=True)
    predictor.delete_models(models_to_keep=kept, dry_run=False)
    predictor.save_space()
    # A model that was broken off leaves the folds it had.
    left_over = {folder.name for folder in (work.folder / "models").iterdir() if folder.is_dir()}
    for name in left_over - set(predictor.model_names()):
        shutil.rmtree(work.folder / "models" / name)


def worth_serving(predictor: Any) -> list[str]:
    """Return the best model and the best single ones, best first; an ensemble of one is that one."""
    trainer = predictor._trainer
    scores = {m: s for m, s in trainer.get_models_attribute_dict("val_score").items() if s is not None}
    ranked = sorted(scores, key=lambda m: -scores[m])
    parts = {m: trainer.get_base_model_names(m) for m in ranked}
    singles = [m for m in ranked if not parts[m]]
    blends = [m for m in ranked if len(parts[m]) > 1 and scores[m] >= scores[singles[0]]]
    return [*blends[:1], *singles[: _ALTERNATIVES + 1]]


def _seconds(trainer: Any, model: str, folds: int) -> float:
    """Return about how long refitting takes: one fold, or the whole where there were none."""
    return float(trainer.get_model_attribute(model, "fit_time") or 0.0) / max(1, folds)
