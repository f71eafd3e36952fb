"""Fit the best models to all rows that training may see.

The choose rows are there to choose by, and are answered before any model has learned from them. Then there is nothing
left to keep them for: what is served has learned from them too, with settings that were found without them, as every
cross-validation does with its folds. On five tables that was worth as much as all other care together.
"""

import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import SplitKind, Task
from engine.training import inside, steps
from engine.training.fitting import ENTITY, Material, inner
from engine.training.reweighing import WEIGHT

if TYPE_CHECKING:
    from engine.training.callbacks import Watch

_log = logging.getLogger(__name__)

Array = NDArray[np.float64]

_HURRY = 15.0  # seconds that refitting may take after "stop now"
_CLOSING = 0.08  # share of the budget kept for comparing the models
_ALTERNATIVES = 2  # single models offered beside the best and what it is made of


@dataclass(frozen=True)
class Refitted:
    """What can be served, and how it was fitted.

    Attributes
    ----------
    offered : dict
        For each model that can be served, as it was called when it was compared, the name it now has.
    parts, weights : dict
        By the models' names in the search, how each was fitted; and what each blend weighs its parts by.
    """

    offered: dict[str, str]
    parts: dict[str, steps.Part]
    weights: dict[str, dict[str, float]]

    def steps(self, work: Material, cut: str) -> Iterator[steps.Steps]:
        """Yield how each model that can be served came to be; ``cut`` as ``steps.cut_of`` has it."""
        for searched, final in self.offered.items():
            weights = self.weights.get(searched, {})
            yield steps.Steps(
                chosen=final,
                searched=searched,
                seed=work.plan.seed,
                threads=work.threads,
                folds=work.recipe.folds,
                text=work.recipe.text,
                cut=cut,
                parts=tuple(self.parts[name] for name in weights or (searched,)),
                weights=weights,
            )


def refit(
    work: Material, predictor: Any, watch: "Watch", wanted: Sequence[str], choose: pd.DataFrame, y_choose: Array
) -> Refitted:
    """Fit models to the learn and the choose rows together while time is left, with the settings found before.

    Folds and everything else that is not needed to answer are deleted.
    """
    closing = max(2.0, work.plan.minutes * 60 * _CLOSING)
    until = time.monotonic() + (_HURRY if watch.stopped else max(_HURRY / 3, watch.left - closing))
    extra = more_rows(work, predictor, choose, y_choose)
    more = 1 + len(choose) / len(work.learn)
    for name in wanted:
        left = [part for part in inside.known(predictor, name).needs if part not in predictor.model_refit_map()]
        # Refitting takes about as long as one fold, or as the whole where there were none.
        expected = more * sum(inside.known(predictor, part).seconds / max(1, work.recipe.folds) for part in left)
        if time.monotonic() + expected > until:
            continue
        try:
            with inside.listening(watch), watch.breakable(until - time.monotonic()):
                once(work, predictor, name, extra)
        except Exception as error:
            _log.warning("%s could not be refitted, so it is not offered: %r", name, error)
    refitted = predictor.model_refit_map()
    # What held-out rows validated serves as it is where there was no time; a model in folds is too slow to ask, and in
    # time one that never saw the latest rows gives yesterday's answers.
    forward = work.problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}
    spare = (work.recipe.folds == 0 and not forward) or not any(name in refitted for name in wanted)
    offered = {name: refitted.get(name, name) for name in wanted if spare or name in refitted}
    parts = steps.parts(predictor, list(offered))
    weights = {name: inside.weights(predictor, name) for name in offered}
    _keep(work, predictor, [*dict.fromkeys([*offered.values(), *refitted.values()])])
    return Refitted(offered, parts, weights)


def once(work: Material, predictor: Any, name: str, extra: pd.DataFrame | None) -> None:
    """Fit one model, and what it is made of, to all rows."""
    with inside.no_stand_in():
        predictor.refit_full(
            name, set_best_to_refit_full=False, train_data_extra=extra, num_cpus=work.threads, num_gpus=0
        )


def more_rows(work: Material, predictor: Any, choose: pd.DataFrame, y_choose: Array) -> pd.DataFrame | None:
    """Return the choose rows as AutoGluon takes them; those of a class that no learn row has stay out."""
    known = np.ones(len(choose), dtype=bool)
    if work.problem.task is not Task.REGRESSION:
        known = np.isin(y_choose, work.y)
    if not known.any():
        return None
    inside.drop_nameless(predictor)
    rows = inner(work, choose[known], y_choose[known])
    if work.weights is not None:
        # With weights, AutoGluon takes no extra rows by the way.
        inside.hold_out(predictor, rows, WEIGHT)
        return None
    return rows.assign(**{ENTITY: -1}) if ENTITY in predictor.original_features else rows


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
    known = {m: inside.known(predictor, m) for m in predictor.model_names()}
    scores = {m: of.score for m, of in known.items() if of.score is not None}
    ranked = sorted(scores, key=lambda m: -scores[m])
    singles = [m for m in ranked if not known[m].blends]
    blends = [m for m in ranked if len(known[m].blends) > 1 and scores[m] >= scores[singles[0]]]
    return [*blends[:1], *singles[: _ALTERNATIVES + 1]]
