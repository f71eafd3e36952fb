"""Simpler ways to answer, for a model to beat: always the same, one column, a linear model, today's rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import NUMERIC, ColumnType, DataContract
from engine.domain.problem import Problem, Task
from engine.problem.words import percent, quoted, rounded
from engine.training.one_rule import RARE, fit_one_rule, numbers
from engine.training.today import Applied, answering

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedBaseline:
    """A simpler way to answer. ``predict`` gives the same shapes as the model: (n, n_classes), or (n,)."""

    name: str  # "majority", "mean", "one_rule", "linear", "today"
    label: str
    rule: str
    predict: Callable[[pd.DataFrame], Array]


def fit_baselines(
    learn: pd.DataFrame,
    y_learn: Array,
    *,
    problem: Problem,
    features: Sequence[str],
    contract: DataContract,
    rule: Applied | None = None,
) -> tuple[FittedBaseline, ...]:
    """Fit every baseline that the question allows, on the learn rows.

    Parameters
    ----------
    learn : DataFrame
        Canonical; holds the features and whatever columns today's rule names.
    y_learn : array of shape (n,)
        Class numbers in the order of ``problem.classes``, or the numbers themselves.
    features : sequence of str
        Columns the model may use.
    contract : DataContract
        Knows the type of each feature.
    rule : Applied, optional
        Today's rule, or the column that holds what is done today.

    Returns
    -------
    tuple of FittedBaseline
        ``majority`` or ``mean`` always; ``one_rule`` and ``linear`` where a column can be used by them.
    """
    types = {name: contract.column(name).type for name in features}
    usable = [name for name, kind in types.items() if kind is not ColumnType.TEXT]
    found = [_constant(y_learn, problem)]
    one = fit_one_rule(learn, y_learn, problem, {name: types[name] for name in usable})
    if one is not None:
        label = f"the best single column ({quoted(one.code.column)})"
        found.append(FittedBaseline("one_rule", label, one.in_words(problem), one))
    if usable:
        found.append(_linear(learn, y_learn, problem, {name: types[name] for name in usable}))
    if rule is not None:
        way = answering(learn, y_learn, problem, rule)
        found.append(FittedBaseline("today", "today's rule", rule.in_words, way))
    return tuple(found)


@dataclass(frozen=True)
class _Same:
    """The same answer for every row."""

    answer: Array

    def __call__(self, frame: pd.DataFrame) -> Array:
        return np.repeat(self.answer[None, ...], len(frame), axis=0)


def _shares(y: Array, problem: Problem) -> Array:
    """Share of each class, or the mean, as an array without the row axis."""
    if problem.task is Task.REGRESSION:
        return np.asarray(y.mean())
    return np.bincount(y.astype(int), minlength=len(problem.classes)) / len(y)


def _constant(y: Array, problem: Problem) -> FittedBaseline:
    shares = _shares(y, problem)
    if problem.task is Task.REGRESSION:
        said = f"{quoted(problem.target)} is {rounded(float(shares))}"
        return FittedBaseline("mean", "always the average", said, _Same(shares))
    most = int(shares.argmax())
    said = f"{quoted(problem.target)} is {quoted(problem.classes[most])} ({percent(float(shares[most]))} of the rows)"
    return FittedBaseline("majority", "always the most common answer", said, _Same(shares))


@dataclass(frozen=True)
class _Linear:
    """A scikit-learn pipeline on the columns it can use."""

    pipeline: Any
    types: dict[str, ColumnType]
    classes: int

    def __call__(self, frame: pd.DataFrame) -> Array:
        table = _plain(frame, self.types)
        if not self.classes:
            return np.asarray(self.pipeline.predict(table), dtype=np.float64)
        p = np.zeros((len(frame), self.classes))
        p[:, self.pipeline.classes_.astype(int)] = self.pipeline.predict_proba(table)
        return p


def _plain(frame: pd.DataFrame, types: dict[str, ColumnType]) -> pd.DataFrame:
    """Numbers and dates as floats, categories as text in which missing is a value of its own."""
    columns: dict[str, Any] = {}
    for name, kind in types.items():
        category = kind is ColumnType.CATEGORY
        columns[name] = frame[name].where(frame[name].notna(), "") if category else numbers(frame[name])
    return pd.DataFrame(columns, index=frame.index)


def _linear(learn: pd.DataFrame, y: Array, problem: Problem, types: dict[str, ColumnType]) -> FittedBaseline:
    import warnings

    from sklearn.compose import ColumnTransformer
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    dates = {ColumnType.DATETIME}
    numeric = [name for name, kind in types.items() if kind in NUMERIC | dates]
    other = [name for name in types if name not in numeric]
    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    one_hot = OneHotEncoder(min_frequency=RARE, max_categories=60, handle_unknown="infrequent_if_exist")
    columns = ColumnTransformer(
        [("numbers", Pipeline([("impute", impute), ("scale", StandardScaler())]), numeric), ("one_hot", one_hot, other)]
    )
    regression = problem.task is Task.REGRESSION
    model = Ridge() if regression else LogisticRegression(max_iter=200, tol=1e-3)
    pipeline = Pipeline([("columns", columns), ("model", model)])
    with warnings.catch_warnings():
        # A baseline that has nearly converged serves its purpose; new values of a category are expected.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        pipeline.fit(_plain(learn, types), y)
    fitted = _Linear(pipeline, dict(types), 0 if regression else len(problem.classes))
    said = f"a weighted sum of {len(types)} {'column' if len(types) == 1 else 'columns'}"
    return FittedBaseline("linear", "a simple linear model", said, fitted)
