"""What each quality means for AutoGluon: which models in which order, validated how, for how long."""

from dataclasses import dataclass
from typing import Any

from engine.domain.problem import Task
from engine.domain.run import Plan, Quality
from engine.training import inside
from engine.training.forecast import affordable_folds

Hyperparameters = dict[str, list[dict[str, Any]]]

# Forests memorise rows: beyond this many they are large and slow to ask, so they come last and shallow, for the blend.
_FOREST_ROWS, _SHALLOW_ROWS = 8000, 100_000
# Share of the search's time that one model may take.
_SHARE = 0.2
_SEED_NAMES = {"CAT": "random_seed", "RF": "random_state", "XT": "random_state"}
# Neural models need torch, which is not installed.
_NEEDS_TORCH = frozenset({"NN_TORCH", "FASTAI"})


@dataclass(frozen=True)
class Recipe:
    """Settings of one fit.

    Attributes
    ----------
    name : str
        What is recorded as the preset.
    hyperparameters : dict
        AutoGluon's model types and their settings, ordered by ``priority``.
    folds : int
        Folds that validate each model; 0 holds out a part of the learn rows instead.
    search : float
        Share of the budget for trying models; the rest is for refitting on all learn rows and for choosing.
    patience : int
        Give up after this many models in a row that were no improvement.
    text : bool
        Whether words within texts become features.
    """

    name: str
    hyperparameters: Hyperparameters
    folds: int
    search: float
    patience: int
    text: bool


def recipe(plan: Plan, *, task: Task, rows: int, columns: int, n_classes: int, rarest: int, forward: bool) -> Recipe:
    """Return the settings that fit a quality, a budget and a table.

    Parameters
    ----------
    plan : Plan
        Quality, minutes and seed.
    task : Task
        Kind of answer.
    rows, columns : int
        Learn rows and features.
    n_classes : int
        Classes; 0 for a regression.
    rarest : int
        Learn rows of the rarest class; the rows themselves for a regression.
    forward : bool
        Whether validation must lie after what is fitted; folds are not used then.
    """
    folds = 0
    if not forward and plan.quality is not Quality.FAST and rarest >= 2:
        folds = min(affordable_folds(rows * columns, task, n_classes, plan), rarest)
    search = 0.75 if folds else 0.7
    budget = plan.minutes * 60 * search / max(1, folds)
    models = {Quality.FAST: _quick, Quality.BALANCED: _portfolio, Quality.BEST: _thorough}[plan.quality](task, rows)
    for kind, settings in models.items():
        for setting in settings:
            # A slow model stops growing rather than starving those after it.
            setting["ag.max_time_limit"] = budget * _SHARE
            setting[_SEED_NAMES.get(kind, "seed")] = plan.seed
    return Recipe(
        name=f"{plan.quality.value}-1",
        hyperparameters=models,
        folds=folds,
        search=search,
        patience={Quality.FAST: 10, Quality.BALANCED: 10, Quality.BEST: 12}[plan.quality],
        text=plan.quality is not Quality.FAST,
    )


def _quick(task: Task, rows: int) -> Hyperparameters:
    return {
        "GBM": [_named("", 100, learning_rate=0.1), _named("XT", 90, learning_rate=0.1, extra_trees=True)],
        "CAT": [_named("", 80, learning_rate=0.1, iterations=500)],
    }


def _portfolio(task: Task, rows: int) -> Hyperparameters:
    models: Hyperparameters = {
        "GBM": [
            _named("", 100),
            _named("XT", 98, extra_trees=True),
            _named("Wide", 93, num_leaves=64, feature_fraction=0.7, min_data_in_leaf=5),
            _named("Slow", 75, **_SLOW),
        ],
        "CAT": [_named("", 95)],
        "XGB": [_named("", 60)],
    }
    criterion = "squared_error" if task is Task.REGRESSION else "entropy"
    if rows <= _FOREST_ROWS:
        models["XT"] = [_named("", 92, criterion=criterion)]
        models["RF"] = [_named("", 70, criterion=criterion)]
    elif rows <= _SHALLOW_ROWS:
        models["XT"] = [_named("", 52, criterion=criterion, max_depth=15)]
        models["RF"] = [_named("", 50, criterion=criterion, max_depth=15)]
    return models


def _thorough(task: Task, rows: int) -> Hyperparameters:
    """Return the balanced models, then AutoGluon's portfolio for processors without its neural models."""
    models = _portfolio(task, rows)
    for kind, settings in inside.portfolio().items():
        if kind not in _NEEDS_TORCH:
            models[kind] = models.get(kind, []) + settings
    return models


def _named(suffix: str, priority: int, **settings: Any) -> dict[str, Any]:
    return {**settings, "ag_args": {"name_suffix": suffix, "priority": priority}}


# From AutoGluon's portfolio of 2025-12-18 (r177): small steps, strong regularisation.
_SLOW: dict[str, Any] = {
    "bagging_fraction": 0.8769107816033,
    "bagging_freq": 1,
    "cat_l2": 0.3418014393813,
    "cat_smooth": 15.4304556649114,
    "extra_trees": True,
    "feature_fraction": 0.4622189821941,
    "lambda_l1": 0.2375070586896,
    "lambda_l2": 0.3551561351804,
    "learning_rate": 0.0178593900218,
    "max_cat_to_onehot": 16,
    "min_data_in_leaf": 3,
    "min_data_per_group": 9,
    "num_leaves": 39,
}
