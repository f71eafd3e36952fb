"""Simpler ways to answer, for a model to beat: always the same, one column, a linear model, today's rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import NUMERIC, ColumnType, DataContract
from engine.domain.problem import Problem, Task
from engine.evidence.wording import significant
from engine.problem.metric import metric_for
from engine.problem.words import listed, percent, quoted

Array = NDArray[np.float64]

_RARE = 10  # a value seen in fewer rows is one of "all others"
_SAMPLE = 20_000  # rows on which the best single column is sought


class Applied(Protocol):
    """Today's rule: true where it says yes."""

    def apply(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Return one truth value a row."""


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
        Today's rule; used for a yes/no question only.

    Returns
    -------
    tuple of FittedBaseline
        ``majority`` or ``mean`` always; ``one_rule`` and ``linear`` where a column can be used by them.
    """
    types = {name: contract.column(name).type for name in features}
    usable = [name for name, kind in types.items() if kind is not ColumnType.TEXT]
    found = [_constant(y_learn, problem)]
    one = _one_rule(learn, y_learn, problem, {name: types[name] for name in usable})
    if one is not None:
        found.append(one)
    if usable:
        found.append(_linear(learn, y_learn, problem, {name: types[name] for name in usable}))
    if rule is not None and problem.task is Task.BINARY:
        found.append(_today(learn, y_learn, problem, rule))
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
        said = f"{problem.target} is {significant(float(shares), 3)}"
        return FittedBaseline("mean", "always the average", said, _Same(shares))
    most = int(shares.argmax())
    said = f"{problem.target} is {quoted(problem.classes[most])} ({percent(float(shares[most]))} of the rows)"
    return FittedBaseline("majority", "always the most common answer", said, _Same(shares))


@dataclass(frozen=True)
class _Code:
    """A column as one number a row: itself, or for categories the place of the value in ``order`` (-1: any other)."""

    column: str
    kind: ColumnType
    order: tuple[str, ...] | None

    def __call__(self, frame: pd.DataFrame) -> Array:
        values = frame[self.column]
        if self.order is not None:
            place = {value: float(i) for i, value in enumerate(self.order)}
            return np.array([place.get(v, -1.0) if isinstance(v, str) else np.nan for v in values], dtype=np.float64)
        return numbers(values)


def numbers(values: "pd.Series[Any]") -> Array:
    """Return a number or date column as numbers; dates in days since 1970, missing as NaN."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.to_numpy().astype("datetime64[s]").astype(np.float64) / 86_400
        return np.where(values.isna(), np.nan, days)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


@dataclass(frozen=True)
class _OneRule:
    """A tree of at most four leaves on one column."""

    code: _Code
    tree: Any
    values: Array  # per node of the tree: class shares, or the mean

    def __call__(self, frame: pd.DataFrame) -> Array:
        return np.asarray(self.values[self.tree.apply(self.code(frame)[:, None])])


def _one_rule(learn: pd.DataFrame, y: Array, problem: Problem, types: dict[str, ColumnType]) -> FittedBaseline | None:
    """Return the best single column, sought on one half of the learn rows and judged on the other."""
    rows = np.random.default_rng(problem.seed).permutation(len(learn))[:_SAMPLE]
    half, other = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    metric = metric_for(problem.metric, problem.task)
    sign = 1.0 if metric.greater_is_better else -1.0
    if min(len(half), len(other)) < 2 or len(np.unique(y[other])) < 2:
        return None
    best: tuple[float, str] | None = None
    for name, kind in types.items():
        fitted = _tree(learn.iloc[half], y[half], problem, name, kind)
        score = sign * metric.function(y[other], fitted(learn.iloc[other]))
        if np.isfinite(score) and (best is None or score > best[0]):
            best = (score, name)
    if best is None:
        return None
    fitted = _tree(learn, y, problem, best[1], types[best[1]])
    return FittedBaseline("one_rule", f"the best single column ({best[1]})", _in_words(fitted, problem), fitted)


def _tree(frame: pd.DataFrame, y: Array, problem: Problem, name: str, kind: ColumnType) -> _OneRule:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    code = _Code(name, kind, _order(frame[name], y, problem) if kind is ColumnType.CATEGORY else None)
    shape = {"max_leaf_nodes": 4, "max_depth": 2, "min_samples_leaf": max(5, len(y) // 100), "random_state": 0}
    regression = problem.task is Task.REGRESSION
    tree = DecisionTreeRegressor(**shape) if regression else DecisionTreeClassifier(**shape)
    tree.fit(code(frame)[:, None], y)
    if regression:
        return _OneRule(code, tree, tree.tree_.value[:, 0, 0])
    values = np.zeros((tree.tree_.node_count, len(problem.classes)))
    values[:, tree.classes_.astype(int)] = tree.tree_.value[:, 0, :]
    return _OneRule(code, tree, values / values.sum(axis=1, keepdims=True))


def _order(values: "pd.Series[Any]", y: Array, problem: Problem) -> tuple[str, ...]:
    """Values by their mean answer, pulled towards the overall mean where rows are few; rare values are left out."""
    by = pd.Series(y, index=values.index).groupby(values)
    count, total = by.count(), by.sum()
    mean = (total + _RARE * y.mean()) / (count + _RARE)
    return tuple(str(v) for v in mean[count >= _RARE].sort_values(kind="stable").index)


def _in_words(rule: _OneRule, problem: Problem) -> str:
    """Say the tree leaf by leaf: "age up to 30: 12% yes; age above 30: 40% yes"."""
    inner, column = rule.tree.tree_, rule.code.column
    cuts = np.sort(inner.threshold[inner.children_left >= 0])
    if not len(cuts):
        return f"{column} tells nothing apart"
    edges = np.r_[-np.inf, cuts, np.inf]
    beyond = 1 + np.abs(cuts[[0, -1]]) / 100
    ends = np.r_[cuts[0] - beyond[0], cuts, cuts[-1] + beyond[1]]
    parts = []
    for low, high, inside in zip(edges[:-1], edges[1:], (ends[:-1] + ends[1:]) / 2, strict=True):
        where = _where(rule.code, low, high)
        if where:
            leaf = int(rule.tree.apply(np.array([[inside]]))[0])
            parts.append(f"{where}: {_answer(rule.values[leaf], problem)}")
    return "; ".join(parts)


def _where(code: _Code, low: float, high: float) -> str:
    if code.order is not None:
        inside = [value for i, value in enumerate(code.order) if low < i <= high]
        said = [listed(inside, last="or")] if inside else []
        if low < -1 <= high:
            said.append("any other value")
        return f"{code.column} is {' or '.join(said)}" if said else ""
    parts = [f"above {_edge(low, code.kind)}"] if np.isfinite(low) else []
    parts += [f"up to {_edge(high, code.kind)}"] if np.isfinite(high) else []
    return f"{code.column} {' '.join(parts)}"


def _edge(value: float, kind: ColumnType) -> str:
    if kind is ColumnType.DATETIME:
        return str(pd.Timestamp(value, unit="D").date())
    return f"{floor(value):,}" if kind is ColumnType.INTEGER else significant(value, 4)


def _answer(values: Array, problem: Problem) -> str:
    if problem.task is Task.REGRESSION:
        return significant(float(values), 3)
    of = len(problem.classes) - 1 if problem.task is Task.BINARY else int(values.argmax())
    return f"{percent(float(values[of]))} {quoted(problem.classes[of])}"


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
    one_hot = OneHotEncoder(min_frequency=_RARE, max_categories=60, handle_unknown="infrequent_if_exist")
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


@dataclass(frozen=True)
class _Today:
    """Today's rule; ``shares`` holds the probability of yes where it says no, and where it says yes."""

    rule: Applied
    shares: tuple[float, float]

    def __call__(self, frame: pd.DataFrame) -> Array:
        yes = np.where(np.asarray(self.rule.apply(frame), dtype=bool), self.shares[1], self.shares[0])
        return np.column_stack([1 - yes, yes])


def _today(learn: pd.DataFrame, y: Array, problem: Problem, rule: Applied) -> FittedBaseline:
    shares = (0.0, 1.0)
    if problem.metric in {"log_loss", "brier"}:
        # A rule that says yes or no would lose without bound on these: let it say how often it is right.
        yes = np.asarray(rule.apply(learn), dtype=bool)
        shares = tuple(float((y[side].sum() + y.mean()) / (side.sum() + 1)) for side in (~yes, yes))  # type: ignore[assignment]
    return FittedBaseline("today", "today's rule", problem.question.rule or "", _Today(rule, shares))
