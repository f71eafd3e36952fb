"""What was fitted, step by step: enough to fit exactly that once more, with no clock and nothing left to choose.

It lies in a model's folder, under its seal, and holds no row of anybody's table.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from engine.domain.base import Noun
from engine.errors import Refused, TamperedArtifact
from engine.training import inside

Array = NDArray[np.float64]
Settings = dict[str, Any]

FILE = "steps.json"
_BAGGED = "_BAG_L1"
_NAME = re.compile(r"\w+")
_COUNTS = {"num_boost_round", "iterations", "n_estimators"}
_OUT_OF_BAG = "use_child_oof"  # what AutoGluon sets for forests by itself
# What bounded a model by the clock the first time; and the numbers of the rows in each fold, which follow from the cut.
_CLOCK, _FOLDS = ("max_time_limit", "max_time_limit_ratio"), "custom_splits"


class Part(Noun):
    """One fitted model.

    Attributes
    ----------
    name : str
        What AutoGluon called it in the search.
    kind : str
        AutoGluon's key of its type, such as ``GBM``.
    settings, ensemble : dict
        What was set for it, and for its folds together.
    resolved : dict
        All its settings, defaults included, as words where they are no plain values: for people to read.
    trained : tuple of dict
        How far each of its folds' models went, such as ``{"num_boost_round": 87}``; one where there were no folds.
    refitted : dict or None
        The same of the model fitted to all rows; None where there is none.
    """

    name: str
    kind: str
    settings: Settings
    ensemble: Settings = {}
    resolved: Settings = {}
    trained: tuple[Settings, ...]
    refitted: Settings | None = None


class Steps(Noun):
    """How a model that can be served came to be.

    Attributes
    ----------
    chosen, searched : str
        Its name, and what it was called before it was fitted to all rows; the same where it was not.
    seed, threads, folds : int
        Of AutoGluon; processor threads; folds that validated each model, 0 for held-out rows.
    text : bool
        Whether words within texts became features.
    cut : str
        Hash of which rows were learned from and which were chosen by, with their answers.
    parts : tuple of Part
        The model, or those that it blends.
    weights : dict
        Of the parts in a blend, by their names; empty where it is none.
    """

    chosen: str
    searched: str
    seed: int
    threads: int
    folds: int
    text: bool
    cut: str
    parts: tuple[Part, ...]
    weights: dict[str, float] = {}

    def hyperparameters(self) -> dict[str, list[Settings]]:
        """Return the parts as AutoGluon takes them, under the names they had."""
        found: dict[str, list[Settings]] = {}
        for part in self.parts:
            named = {"ag_args": {"name": part.name.removesuffix(_BAGGED)}}
            ensemble = {"ag_args_ensemble": part.ensemble} if part.ensemble else {}
            found.setdefault(part.kind, []).append({**part.settings, **ensemble, **named})
        return found

    def limits(self) -> dict[str, Settings]:
        """Return how far each model goes, by the end of its path: ``LightGBM_BAG_L1/S1F2``."""
        found = {}
        for part in self.parts:
            bagged = part.name.endswith(_BAGGED)
            for number, trained in enumerate(part.trained, 1):
                found[f"{part.name}/S1F{number}" if bagged else part.name] = trained
            if part.refitted is not None:
                found[f"{part.name}_FULL/S1F1" if bagged else f"{part.name}_FULL"] = part.refitted
        return found

    def served(self) -> tuple[str, ...]:
        """Return the parts by the names that they are served under."""
        # Where there was no time to fit a blend to all rows, its parts serve it as they were found.
        again = self.chosen != self.searched
        return tuple(f"{part.name}_FULL" if again and part.refitted is not None else part.name for part in self.parts)

    def require_ours(self, given: Mapping[str, Sequence[Settings]]) -> None:
        """Refuse what this program would never set by itself: a setting can name a file to write.

        Parameters
        ----------
        given : mapping of str to sequence of dict
            What it sets for such a training, as ``engine.training.presets`` has it.

        Raises
        ------
        Refused
            Naming the model.
        """
        for part in self.parts:
            known = [_timeless(settings) for settings in given.get(part.kind, ())]
            if not self.folds:  # what is set for folds together is set for nobody then
                known = [(own, {}) for own, _ in known]
            reached = [*part.trained, *([part.refitted] if part.refitted is not None else [])]
            plain = _NAME.fullmatch(part.name) and all(
                name in _COUNTS and isinstance(value, int) for far in reached for name, value in far.items()
            )
            usual = {name: value for name, value in part.ensemble.items() if name != _OUT_OF_BAG}
            if not plain or (part.settings, usual) not in known:
                raise Refused(
                    f"{part.name!r} was fitted with settings that this version of Handrail does not use.",
                    fix="Train again from the table; the record of that model stays.",
                )


class _Kept(Noun):
    models: tuple[Steps, ...]


def write(folder: Path, models: Iterable[Steps]) -> None:
    """Write beside the models that can be served how each came to be."""
    (folder / FILE).write_text(_Kept(models=tuple(models)).model_dump_json(indent=1), encoding="utf-8")


def read(folder: Path, model: str) -> Steps | None:
    """Return how a model that can be served came to be; None where it is older than that record.

    Raises
    ------
    TamperedArtifact
        If the record cannot be read.
    """
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        kept = _Kept.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise TamperedArtifact(
            f"What was fitted cannot be read from {FILE}.", fix="Train it again: it cannot be repeated from this."
        ) from error
    return next((steps for steps in kept.models if steps.chosen == model), None)


def parts(predictor: Any, models: Sequence[str]) -> dict[str, Part]:
    """Return what AutoGluon fitted for some models, by their names in the search; blends are left out."""
    refitted = predictor.model_refit_map()
    needed = dict.fromkeys(part for model in models for part in inside.known(predictor, model).needs)
    found = {}
    for name in needed:
        if inside.known(predictor, name).blends:
            continue
        model = inside.loaded(predictor, name)
        fitted = list(inside.members(model))
        full = list(inside.members(inside.loaded(predictor, refitted[name]))) if name in refitted else []
        found[name] = Part(
            name=name,
            kind=fitted[0].ag_key,
            settings=_set(fitted[0]),
            ensemble=_set(model) if model is not fitted[0] else {},
            resolved=_plain(fitted[0].params),
            trained=tuple(_far(child) for child in fitted),
            refitted=_far(full[0]) if full else None,
        )
    return found


def cut_of(learn: pd.DataFrame, y: Array, choose: pd.DataFrame, y_choose: Array) -> str:
    """Return a hash of which rows were learned from and which were chosen by, with their answers."""
    digest = hashlib.sha256()
    for rows, answers in ((learn, y), (choose, y_choose)):
        digest.update(np.asarray(rows.index, dtype=np.int64).tobytes())
        digest.update(np.asarray(answers, dtype=np.float64).tobytes())
    return digest.hexdigest()


def _set(model: Any) -> Settings:
    settings = dict(model.get_hyperparameters_init())
    bounds = {name: value for name, value in settings.pop("ag_args_fit", {}).items() if name not in _CLOCK}
    settings.pop(_FOLDS, None)
    return _plain({**settings, **({"ag_args_fit": bounds} if bounds else {})})


def _timeless(settings: Settings) -> tuple[Settings, Settings]:
    """Return what is set for a model and for its folds together, as ``_set`` records it."""
    own = {name: value for name, value in settings.items() if not name.startswith(("ag.", "ag_args"))}
    bounds = {name.removeprefix("ag."): value for name, value in settings.items() if name.startswith("ag.")}
    bounds = {name: value for name, value in bounds.items() if name not in _CLOCK}
    return _plain({**own, **({"ag_args_fit": bounds} if bounds else {})}), settings.get("ag_args_ensemble", {})


def _far(model: Any) -> Settings:
    return _plain({name: value for name, value in model.params_trained.items() if not name.startswith("ag.")})


def _plain(settings: Settings) -> Settings:
    plain: Settings = json.loads(json.dumps(settings, default=_told))
    return plain


def _told(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
