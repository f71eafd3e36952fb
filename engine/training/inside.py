"""What Handrail uses of AutoGluon that AutoGluon does not promise: after an upgrade of it, look here first.

No other module does, and a test of the house holds it, but for two. ``shortcut`` reads how models take their columns,
and is not taken where its answers are not AutoGluon's own. ``callbacks`` has the class that AutoGluon calls before and
after each model, which it names experimental. Of a model that is got here others use only what has no underscore.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from engine.training.callbacks import Watch
    from engine.training.steps import Steps

_LONG = 1e9  # seconds: CatBoost asks whether to go on only where there is a clock


@dataclass(frozen=True)
class Known:
    """What AutoGluon's trainer has noted of a fitted model, in its graph of models.

    Attributes
    ----------
    score : float or None
        Of its validation, greater is better; None where it was not validated.
    seconds, seconds_in_all : float
        That fitting it took, and with all that it needs; 0 where that is not known.
    blends : tuple of str
        The models whose answers go into it; empty where it is no blend.
    needs : tuple of str
        The models that are asked when it is, itself first.
    folder : Path
        Where its files lie.
    """

    score: float | None
    seconds: float
    seconds_in_all: float
    blends: tuple[str, ...]
    needs: tuple[str, ...]
    folder: Path


def known(predictor: Any, model: str) -> Known:
    """Return what AutoGluon's trainer has noted of a model."""
    trainer = predictor._trainer
    return Known(
        score=trainer.get_model_attribute(model, "val_score", default=None),
        seconds=float(trainer.get_model_attribute(model, "fit_time") or 0.0),
        seconds_in_all=float(trainer.get_model_attribute_full(model, "fit_time") or 0.0),
        blends=tuple(trainer.get_base_model_names(model)),
        needs=tuple(trainer.get_minimum_model_set(model)),
        folder=Path(trainer.path) / trainer.get_model_attribute(model, "path"),
    )


def loaded(predictor: Any, model: str) -> Any:
    """Return a fitted model itself, from memory where it is held there."""
    return predictor._trainer.load_model(model)


def members(model: Any) -> Iterator[Any]:
    """Yield the models of a bag's folds, or the model itself; one at a time, they may be large."""
    if not hasattr(model, "load_child"):
        yield model
        return
    for child in model.models:
        yield model.load_child(child)


def weights(predictor: Any, model: str) -> dict[str, float]:
    """Return the weights of a blend's parts, by their names in the search; nothing where it is none."""
    if not known(predictor, model).blends:
        return {}
    return {name: float(weight) for name, weight in loaded(predictor, model)._get_model_weights().items()}


def remembered(predictor: Any) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Return the words of each column that AutoGluon keeps apart, and the value that means yes in columns of two.

    Its steps note them under the names ``category_map`` and ``_bool_features``.
    """
    words: dict[str, list[str]] = {}
    answers: dict[str, Any] = {}
    for step in _steps(predictor._learner.feature_generator):
        words |= {name: list(kept) for name, kept in (getattr(step, "category_map", None) or {}).items()}
        answers |= getattr(step, "_bool_features", None) or {}
    return words, answers


def _steps(generator: Any) -> Iterator[Any]:
    yield generator
    for stage in getattr(generator, "generators", None) or []:
        for step in stage:
            yield from _steps(step)
    for name in ("pre_generators", "_post_generators"):
        for step in getattr(generator, name, None) or []:
            yield from _steps(step)


def drop_nameless(predictor: Any) -> None:
    """Take the nameless column from the held-out rows: with it AutoGluon, without a word, takes no rows beside them."""
    held = predictor._trainer.load_X_val()
    if held is not None and None in held.columns:
        predictor._trainer.save_X_val(held.drop(columns=[None]))


def hold_out(predictor: Any, rows: pd.DataFrame, weight: str) -> None:
    """Put rows, with their answers and weights, beside those held out, from which a refit learns too."""
    learner, trainer = predictor._learner, predictor._trainer
    inputs = learner.transform_features(rows.drop(columns=[predictor.label, weight])).assign(**{weight: rows[weight]})
    answers = predictor.transform_labels(rows[predictor.label])
    trainer.save_X_val(pd.concat([trainer.load_X_val(), inputs]))
    trainer.save_y_val(pd.concat([trainer.load_y_val(), answers]))


def texts(wanted: bool) -> dict[str, Any]:
    """Return what tells AutoGluon's ``fit`` whether words within texts become features."""
    return {"_feature_generator_kwargs": {} if wanted else {"enable_text_ngram_features": False}}


def portfolio() -> dict[str, list[dict[str, Any]]]:
    """Return the settings that AutoGluon found best in December 2025 for processors, by the kind of model."""
    from autogluon.tabular.configs.hyperparameter_configs import get_hyperparameter_config

    found: dict[str, list[dict[str, Any]]] = get_hyperparameter_config("zeroshot_2025_12_18_cpu")
    return found


def broken_off() -> type[Exception]:
    """Return what ends the model that is being fitted, and it alone, when raised there; it is noted by its name."""
    from autogluon.core.utils.exceptions import TimeLimitExceeded

    kind: type[Exception] = TimeLimitExceeded
    return kind


@contextmanager
def listening(watch: "Watch") -> Iterator[None]:
    """Have CatBoost and LightGBM ask the watch at each tree whether to go on.

    What is raised in LightGBM just behind freeing a model, before that is noted, makes it free the same memory twice.
    """
    from autogluon.tabular.models.catboost.callbacks import TimeCheckCallback
    from autogluon.tabular.models.catboost.catboost_model import CatBoostModel
    from lightgbm import Booster

    ended, fit, original = broken_off(), CatBoostModel._fit, TimeCheckCallback.after_iteration
    update, load, free = Booster.update, Booster.model_from_string, Booster.__del__

    def whole(self: Any, *args: Any, **kwargs: Any) -> None:
        watch.cut = False
        fit(self, *args, **kwargs)
        if watch.cut:  # it ends early without a word; a model with a part of its trees is not worth keeping
            raise ended

    def after_iteration(self: Any, info: Any) -> bool:
        return watch.go_on() and bool(original(self, info))

    def one_more(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not watch.go_on():
            raise ended
        return update(self, *args, **kwargs)

    def loaded(self: Any, *args: Any, **kwargs: Any) -> Any:
        watch.go_on()
        return load(self, *args, **kwargs)

    def freed(self: Any) -> None:
        watch.go_on()
        free(self)

    with _instead(
        (CatBoostModel, "_fit", whole),
        (TimeCheckCallback, "after_iteration", after_iteration),
        (Booster, "update", one_more),
        (Booster, "model_from_string", loaded),
        (Booster, "__del__", freed),
    ):
        yield


@contextmanager
def no_stand_in() -> Iterator[None]:
    """Have a model that cannot be fitted to all rows fail: AutoGluon would put a copy of one fold in its place."""
    from autogluon.core.models import AbstractModel, BaggedEnsembleModel

    def copied(original: Any) -> Any:
        def copy(self: Any) -> Any:
            bagged = isinstance(self, BaggedEnsembleModel)
            tags = self._get_tags_child() if bagged else self._get_tags()
            if tags.get("can_refit_full", False) and (not bagged or self._bagged_mode):
                raise RuntimeError(f"{self.name} was broken off")
            return original(self)

        return copy

    name = "convert_to_refit_full_via_copy"
    with _instead(*((kind, name, copied(getattr(kind, name))) for kind in (AbstractModel, BaggedEnsembleModel))):
        yield


@contextmanager
def as_recorded(steps: "Steps") -> Iterator[None]:
    """Have AutoGluon's models go as far as they went, and its blend weigh them as it did.

    How many trees CatBoost may grow decides how it grows them (fewer than 500 are boosted plainly), so it is told to
    stop at the last one instead.
    """
    from autogluon.core.models import AbstractModel, GreedyWeightedEnsembleModel
    from autogluon.core.models.greedy_ensemble.ensemble_selection import EnsembleSelection
    from autogluon.tabular.models.catboost.callbacks import TimeCheckCallback
    from autogluon.tabular.models.catboost.catboost_model import CatBoostModel

    limits = steps.limits()
    given, blend, grow = AbstractModel._get_model_params, GreedyWeightedEnsembleModel._fit, CatBoostModel._fit
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

    with _instead(
        (AbstractModel, "_get_model_params", params),
        (GreedyWeightedEnsembleModel, "_fit", weighed),
        (CatBoostModel, "_fit", grown),
        (TimeCheckCallback, "after_iteration", lambda _, info: info.iteration < last),
    ):
        yield


@contextmanager
def _instead(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Put functions in the place of classes' own, for a while."""
    originals = [(kind, name, getattr(kind, name)) for kind, name, _ in changes]
    for kind, name, function in changes:
        setattr(kind, name, function)
    try:
        yield
    finally:
        for kind, name, function in originals:
            setattr(kind, name, function)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep AutoGluon's warnings about our choices, such as having no torch, from people who made none of them."""
    logging.getLogger("autogluon.common.utils.resource_utils").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
