"""Fit, open and shrink models: what the rest of the program sees of AutoGluon."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.domain.run import Fitted, Plan, Progress
from engine.errors import Failed, UnusableTarget
from engine.problem.rows import encode
from engine.problem.split import together
from engine.training import comparing, fitting, memory, recalibration, refitting, shortcut, steps
from engine.training.choose import recommend
from engine.training.described import Described, check_versions, versions
from engine.training.failures import translated
from engine.training.inside import quiet
from engine.training.recalibration import Map
from engine.training.shortcut import Shortcut

Array = NDArray[np.float64]

FORESEEN = "foreseen.npz"
_SAME = 1e-9  # how far apart answers of the short and the long way may lie


class Model:
    """One fitted model, held in memory. ``predict`` is not safe to call from several threads at once."""

    def __init__(self, predictor: Any, name: str, described: Described, moved: Map | None = None) -> None:
        self.name, self.recalibration = name, moved
        self._predictor, self._described = predictor, described
        self._short = self._tried() if described.hasten else None

    @property
    def hastened(self) -> bool:
        """Whether a few rows are answered the short way, see ``engine.training.shortcut``."""
        return self._short is not None

    def predict(self, frame: pd.DataFrame) -> Array:
        """Answer for every row of a canonical frame that holds at least the features.

        Returns
        -------
        array
            Shape (n, n_classes): probabilities in the order of ``Problem.classes``, recalibrated where there is a map;
            for a regression shape (n,).
        """
        if self._short is None or not 0 < len(frame) <= shortcut.ROWS:
            return self.at_length(frame)
        return self._moved(
            self._hastily(self._short, {inner: frame[name].to_numpy() for inner, name in self._described.inner.items()})
        )

    def at_length(self, frame: pd.DataFrame) -> Array:
        """Answer as ``predict`` does, through AutoGluon alone."""
        return self._moved(self.as_fitted(frame))

    def as_fitted(self, frame: pd.DataFrame) -> Array:
        """Answer as ``at_length`` does, before recalibration."""
        with quiet():
            return self._described.answers(self._predictor, self._described.inputs(frame), self.name)

    def _moved(self, told: Array) -> Array:
        return told if self.recalibration is None else self.recalibration.apply(told)

    def _hastily(self, short: Shortcut, values: Mapping[str, NDArray[Any]]) -> Array:
        rows = len(next(iter(values.values())))
        return self._described.shaped(self._predictor, short.answers(values, rows))

    def _tried(self) -> Shortcut | None:
        """Return the short way where there is one and it leads to AutoGluon's own answers."""
        with quiet():
            short = shortcut.find(self._predictor, self.name)
            if short is None:
                return None
            rows = shortcut.mixed(self._predictor)
            told = self._hastily(short, {str(name): rows[name].to_numpy() for name in rows})
            asked = self._described.answers(self._predictor, rows, self.name)
        return short if np.allclose(told, asked, rtol=_SAME, atol=_SAME) else None


def fit(
    learn: pd.DataFrame,
    choose: pd.DataFrame,
    *,
    problem: Problem,
    features: Sequence[str],
    plan: Plan,
    folder: Path,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    memory_gb: float | None = None,
) -> Fitted:
    """Fit models on the learn rows within a budget, and recommend one by the choose rows.

    Parameters
    ----------
    learn, choose : DataFrame
        Canonical; hold the features, the target and the columns of the split. Models are found without ``choose``,
        answer it, and only then learn from it too; ``foreseen`` has those answers.
    features : sequence of str
        Columns the models may use.
    plan : Plan
        Minutes for everything, quality, seed.
    folder : Path
        Where the models go; must not exist, or be empty.
    on_progress : callable
        Called about twice a second, from another thread.
    should_stop : callable
        Says whether a person asked to stop and keep the best; asked from another thread.
    memory_gb : float, optional
        What the whole process may use; default: most of what is there.

    Returns
    -------
    Fitted
        The models that can be served, fitted to learn and choose rows, with the scores they had on the choose rows
        before.

    Raises
    ------
    UnusableTarget
        If the learn rows hold only one answer.
    OutOfMemory, DiskFull, TooShort, UnusableRows, Failed
        If no model came of it.
    """
    memory.share_cores()
    with quiet():
        from engine.training.callbacks import Watch

    y = encode(learn, problem)
    if len(np.unique(y)) < 2:
        raise UnusableTarget(
            f"All {len(learn):,} rows to learn from have the same {problem.target!r}.",
            fix="Bring rows with other answers, or choose another column to predict.",
        )
    work = fitting.material(learn, y, problem, features, plan, folder, memory_gb)
    watch = Watch(
        seconds=plan.minutes * 60,
        search=plan.minutes * 60 * work.recipe.search,
        on_progress=on_progress,
        should_stop=should_stop,
        read=lambda score: fitting.read(score, problem),
    )
    with watch, quiet():
        try:
            predictor = fitting.search(work, watch)
            tried = watch.models
            watch.stage("Comparing the models on rows they have not seen")
            y_choose = encode(choose, problem)
            foreseen = comparing.foresee(work, predictor, refitting.worth_serving(predictor), choose, y_choose)
            watch.stage("Fitting the best models to all rows")
            refitted = refitting.refit(work, predictor, watch, list(foreseen.answers), choose, y_choose)
            foreseen = comparing.served(foreseen, refitted.offered)
            rows = comparing.leaderboard(work, predictor, foreseen, choose)
            groups = together(choose, problem)
            chosen = recommend(
                rows, foreseen.answers, y_choose, problem=problem, validated=foreseen.validated, groups=groups
            )
            work.described.write(folder, chosen.model)
            steps.write(folder, refitted.steps(work, steps.cut_of(learn, y, choose, y_choose)))
            maps, told = recalibration.recalibrated(foreseen.answers, y_choose, problem, groups)
            recalibration.write(folder, maps)
            np.savez(folder / FORESEEN, **cast(dict[str, Any], told))
        except Exception as error:
            raise translated(error, work.gigabytes) from error
    return Fitted(
        leaderboard=tuple(row.model_copy(update={"chosen": row.model == chosen.model}) for row in rows),
        tried=tried,
        chosen=chosen.model,
        reason=chosen.reason,
        seconds=round(watch.elapsed, 1),
        stopped=watch.stopped,
        versions=versions(),
        preset=work.recipe.name,
        threads=work.threads,
    )


def open_model(folder: Path, model: str | None = None) -> Model:
    """Open a fitted folder and hold one model in memory. Verify the folder's seal before: a model is code.

    Parameters
    ----------
    model : str, optional
        Name from the leaderboard; by default the recommended one, or the one that ``shrink`` kept.

    Raises
    ------
    WrongVersion
        If it was trained with another AutoGluon or Python.
    Failed
        If the folder or the model is not there, or the model cannot be held in memory.
    """
    memory.share_cores()
    folder = folder.resolve()
    described = Described.read(folder)
    check_versions(folder)
    name = model or described.chosen
    with quiet():
        from autogluon.tabular import TabularPredictor

        predictor = TabularPredictor.load(str(folder), verbosity=0)
        if name not in predictor.model_names():
            raise Failed(f"There is no model {name!r} in this training.", fix="Choose one from the leaderboard.")
        # Without a limit of its own it may answer [] and then read the disk on every call.
        predictor.persist(models=[name], max_memory=None)
        if name not in predictor.model_names(persisted=True):
            raise Failed(f"The model {name!r} cannot be held in memory.", fix="Close other programs and try again.")
    return Model(predictor, name, described, recalibration.read(folder, name))


def foreseen(folder: Path, model: str) -> Array:
    """Return what a model answered for the choose rows before it learned from them; shaped as ``Model.predict`` says.

    Where its chances are recalibrated these are too, each row's by a map that was found without it.

    Raises
    ------
    Failed
        If there is no such model in the folder.
    """
    with np.load(folder / FORESEEN) as answers:
        if model not in answers:
            raise Failed(f"There is no model {model!r} in this training.", fix="Choose one from the leaderboard.")
        return np.asarray(answers[model], dtype=np.float64)


def shrink(folder: Path, model: str, to: Path) -> Path:
    """Copy one model, and what it needs to answer, without anything about the rows it learned from.

    Returns
    -------
    Path
        ``to``, which must not exist before.

    Raises
    ------
    WrongVersion, Failed
        As ``open_model``.
    """
    folder, to = folder.resolve(), to.resolve()
    described = Described.read(folder)
    check_versions(folder)
    with quiet():
        from autogluon.tabular import TabularPredictor

        # What clone_for_deployment does, but the best model is set before others go: it stumbles over refitted ones.
        clone = TabularPredictor.load(str(folder), verbosity=0).clone(str(to), return_clone=True)
        clone.set_model_best(model, save_trainer=True)
        clone.delete_models(models_to_keep=model, dry_run=False)
        clone.save_space()
    shutil.rmtree(to / "utils" / "data", ignore_errors=True)
    for name in (FORESEEN, steps.FILE):
        (to / name).unlink(missing_ok=True)
    kept = recalibration.read(folder, model)
    recalibration.write(to, {} if kept is None else {model: kept})
    described.write(to, model)
    return to


def settle(folder: Path, rows: pd.DataFrame, expected: Array) -> None:
    """Have a shrunk model take the long way for ever where its short way misses an expected answer by over 1e-9.

    Parameters
    ----------
    folder : Path
        What ``shrink`` made.
    rows : DataFrame
        Canonical rows that hold at least the features.
    expected : array
        AutoGluon's own answers for them, as ``Model.at_length`` gives them.
    """
    if not np.allclose(open_model(folder).predict(rows), expected, rtol=_SAME, atol=_SAME):
        described = Described.read(folder).model_copy(update={"hasten": False})
        described.write(folder, described.chosen)
