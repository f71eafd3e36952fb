"""What Handrail uses of AutoGluon that AutoGluon does not promise: after an upgrade of it, look here first.

No other module does, but for ``shortcut``, which is not taken where its answers are not AutoGluon's own. A test of the
house holds it. Whoever has a model from here asks it for what ``AbstractModel`` has without an underscore.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd


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
