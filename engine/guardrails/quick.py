"""A quick model: a second of boosting on a sample, to show what a column or a way of dividing rows is worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem, Task
from engine.guardrails.limit import unbroken
from engine.problem.metric import metric_for
from engine.problem.moments import moments
from engine.problem.rows import encode

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

MOST_ROWS = 20_000
# Rows x columns: a wide table is judged on fewer rows, so that a proof takes about a second whatever the table.
_MOST_CELLS, _FEWEST_ROWS = 600_000, 2_000
_MOST_LEVELS, _MOST_TREES, _FEWEST_TREES, _SCALE_OF_CLASSES = 200, 100, 12, 240
_FEWEST = 10


@dataclass(frozen=True)
class Score:
    """What a quick model scores on ``rows`` rows set aside, beside the best guess that knows no column."""

    metric: str
    greater_is_better: bool
    value: float
    guess: float
    rows: int
    learned: int

    @property
    def skill(self) -> float:
        """The way from guessing (0) to knowing (1) that the model goes; below 0 where it is worse than a guess."""
        best = 1.0 if self.greater_is_better else 0.0
        way = best - self.guess
        return (self.value - self.guess) / way if abs(way) > 1e-12 else 0.0


def quick_score(
    frame: pd.DataFrame,
    problem: Problem,
    features: Sequence[str],
    *,
    learn: Positions,
    test: Positions,
    most_rows: int = MOST_ROWS,
) -> Score | None:
    """Fit a quick model on some rows and score it on others with the problem's own metric.

    Parameters
    ----------
    frame : DataFrame
        What ``rows.usable`` returned; canonical.
    features : names
        Columns it may use: numbers as they are, dates as numbers, words as categories (the rarest as one).
    learn, test : positions into ``frame``
        Sampled in proportion where together they are more than ``most_rows`` (fewer in a wide table).

    Returns
    -------
    Score or None
        None where the rows say nothing: fewer than ten on a side, or only one answer there. The same call gives the
        same score.
    """
    features = [name for name in features if name in frame.columns and name != problem.target]
    if not features:
        return None
    learn, test = _sampled([learn, test], rows_for(len(features), most_rows), problem.seed)
    if min(len(learn), len(test)) < _FEWEST:
        return None
    rows = frame.iloc[np.concatenate([learn, test])]
    answers, cut = encode(rows, problem), len(learn)
    if not _tells(answers[:cut], answers[cut:], problem):
        return None
    matrix, categories = _matrix(rows, features, cut)
    # Not only the fit: what LightGBM holds is freed when the call returns.
    with unbroken() as ask:
        predicted = _predicted(matrix[:cut], answers[:cut], matrix[cut:], categories, problem, ask)
    metric = metric_for(problem.metric, problem.task)
    value = metric.function(answers[cut:], predicted)
    guess = metric.function(answers[cut:], _guess(answers[:cut], problem, len(test)))
    if not np.isfinite([value, guess]).all():
        return None
    return Score(metric.name, metric.greater_is_better, value, guess, len(test), cut)


def rows_for(features: int, most_rows: int = MOST_ROWS) -> int:
    """Return how many rows a quick model looks at where there are so many features."""
    return min(most_rows, max(_FEWEST_ROWS, _MOST_CELLS // max(1, features)))


def _sampled(parts: Sequence[Positions], most: int, seed: int) -> list[Positions]:
    share = most / max(1, sum(map(len, parts)))
    if share >= 1:
        return list(parts)
    random = np.random.default_rng(seed)
    return [np.sort(random.choice(rows, int(len(rows) * share), replace=False)) for rows in parts]


def _tells(learn: Floats, test: Floats, problem: Problem) -> bool:
    """Whether both sides hold different answers, and learning has seen what the test asks."""
    known = problem.task is Task.REGRESSION or bool((learn >= 0).all() and np.isin(test, learn).all())
    return known and bool(learn.min() < learn.max()) and bool(test.min() < test.max())


def _matrix(rows: pd.DataFrame, features: Sequence[str], learned: int) -> tuple[Floats, list[int]]:
    """Return the features as numbers, shape (n, n_features), and which of them are categories."""
    matrix = np.empty((len(rows), len(features)))
    categories = []
    for at, name in enumerate(features):
        values = rows[name]
        if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values):
            matrix[:, at] = moments(values)
        else:
            matrix[:, at] = _levels(values, learned)
            categories.append(at)
    return matrix, categories


def _levels(values: "pd.Series[Any]", learned: int) -> Floats:
    """Return words as level numbers, the most frequent of the learn rows first, all others as one."""
    codes, _ = pd.factorize(values)
    counts = np.bincount(codes[:learned][codes[:learned] >= 0], minlength=codes.max(initial=-1) + 1)
    rank = np.empty(len(counts) + 1)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    rank[:-1][(rank[:-1] >= _MOST_LEVELS) | (counts == 0)] = _MOST_LEVELS
    rank[-1] = np.nan  # code -1: missing
    levels: Floats = rank[codes]
    return levels


def _predicted(
    learn: Floats,
    answers: Floats,
    test: Floats,
    categories: list[int],
    problem: Problem,
    ask: Callable[[], None],
) -> Floats:
    """Return predictions for the test rows; ``ask`` is called at each tree."""
    import lightgbm

    classes = len(problem.classes)
    trees = _MOST_TREES if classes <= 2 else max(_FEWEST_TREES, min(_MOST_TREES, _SCALE_OF_CLASSES // classes))
    objective = {Task.BINARY: "binary", Task.MULTICLASS: "multiclass", Task.REGRESSION: "regression"}[problem.task]
    settings = {
        "objective": objective,
        "num_leaves": 31,
        "learning_rate": 0.1,
        # Small leaves, as the ensembles of a real training have: what can be recognised again is.
        "min_data_in_leaf": 5,
        "min_data_per_group": 10,
        "cat_smooth": 10,
        "max_bin": 127,
        "lambda_l2": 3.0,
        "feature_pre_filter": False,
        "seed": problem.seed,
        "deterministic": True,
        "force_col_wise": True,
        # One thread: a third of a second for 20,000 rows, where threads that wait for a busy core take many.
        "num_threads": 1,
        "verbosity": -1,
        **({"num_class": classes} if problem.task is Task.MULTICLASS else {}),
    }
    data = lightgbm.Dataset(learn, answers, categorical_feature=categories, params=settings, free_raw_data=True)
    model = lightgbm.train(settings, data, num_boost_round=trees, callbacks=[lambda _: ask()])
    chances = np.asarray(model.predict(test, num_threads=1))
    return np.column_stack([1 - chances, chances]) if problem.task is Task.BINARY else chances


def _guess(learned: Floats, problem: Problem, rows: int) -> Floats:
    """Return what says the same of every row: the mean, or the shares of the classes."""
    if problem.task is Task.REGRESSION:
        return np.full(rows, learned.mean())
    shares = np.bincount(learned.astype(int), minlength=len(problem.classes)) / len(learned)
    return np.tile(shares, (rows, 1))
