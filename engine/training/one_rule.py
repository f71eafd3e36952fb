"""The best single column as a rule of at most four lines."""

from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import ColumnType
from engine.domain.problem import Problem, Task
from engine.problem.metric import metric_for
from engine.problem.words import listed, percent, quoted, rounded

Array = NDArray[np.float64]

RARE = 10  # a value seen in fewer rows is one of "any other"
_SAMPLE = 20_000  # rows on which the best single column is sought


@dataclass(frozen=True)
class Code:
    """A column as one number a row: itself, or for categories the place of the value in ``order`` (-1: any other)."""

    column: str
    kind: ColumnType
    order: tuple[str, ...] | None

    def __call__(self, frame: pd.DataFrame) -> Array:
        """Return one number a row, NaN where the value is missing."""
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
class OneRule:
    """A tree of at most four leaves on one column."""

    code: Code
    tree: Any
    values: Array  # per node of the tree: class shares, or the mean

    def __call__(self, frame: pd.DataFrame) -> Array:
        """Answer every row: class shares (n, n_classes), or numbers (n,)."""
        return np.asarray(self.values[self.tree.apply(self.code(frame)[:, None])])

    def in_words(self, problem: Problem) -> str:
        """Say the rule leaf by leaf: "age up to 30: 12% yes; age above 30: 40% yes"."""
        inner, column = self.tree.tree_, quoted(self.code.column)
        cuts = np.sort(inner.threshold[inner.children_left >= 0])
        if not len(cuts):
            return f"{column} tells nothing apart"
        if np.isinf(cuts[-1]):  # a cut between what is given and what is missing
            cuts = cuts[np.isfinite(cuts)]
            missing = f"no {column}: {self._leaf(np.nan, problem)}"
            if not len(cuts):
                return f"{missing}; else: {self._leaf(0.0, problem)}"
            return f"{missing}; {self._parts(cuts, problem)}"
        return self._parts(cuts, problem)

    def _leaf(self, inside: float, problem: Problem) -> str:
        return _answer(self.values[int(self.tree.apply(np.array([[inside]]))[0])], problem)

    def _parts(self, cuts: Array, problem: Problem) -> str:
        edges = np.r_[-np.inf, cuts, np.inf]
        beyond = 1 + np.abs(cuts[[0, -1]]) / 100
        ends = np.r_[cuts[0] - beyond[0], cuts, cuts[-1] + beyond[1]]
        parts = []
        for low, high, inside in zip(edges[:-1], edges[1:], (ends[:-1] + ends[1:]) / 2, strict=True):
            where = _where(self.code, low, high)
            if where:
                parts.append(f"{where}: {self._leaf(inside, problem)}")
        return "; ".join(parts)


def fit_one_rule(learn: pd.DataFrame, y: Array, problem: Problem, types: dict[str, ColumnType]) -> OneRule | None:
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
    return _tree(learn, y, problem, best[1], types[best[1]])


def _tree(frame: pd.DataFrame, y: Array, problem: Problem, name: str, kind: ColumnType) -> OneRule:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    code = Code(name, kind, _order(frame[name], y, problem) if kind is ColumnType.CATEGORY else None)
    shape = {"max_leaf_nodes": 4, "max_depth": 2, "min_samples_leaf": max(5, len(y) // 100), "random_state": 0}
    regression = problem.task is Task.REGRESSION
    tree = DecisionTreeRegressor(**shape) if regression else DecisionTreeClassifier(**shape)
    tree.fit(code(frame)[:, None], y)
    if regression:
        return OneRule(code, tree, tree.tree_.value[:, 0, 0])
    values = np.zeros((tree.tree_.node_count, len(problem.classes)))
    values[:, tree.classes_.astype(int)] = tree.tree_.value[:, 0, :]
    return OneRule(code, tree, values / values.sum(axis=1, keepdims=True))


def _order(values: "pd.Series[Any]", y: Array, problem: Problem) -> tuple[str, ...]:
    """Values by their mean answer, pulled towards the overall mean where rows are few; rare values are left out."""
    by = pd.Series(y, index=values.index).groupby(values)
    count, total = by.count(), by.sum()
    mean = (total + RARE * y.mean()) / (count + RARE)
    return tuple(str(v) for v in mean[count >= RARE].sort_values(kind="stable").index)


def _where(code: Code, low: float, high: float) -> str:
    column = quoted(code.column)
    if code.order is not None:
        inside = [value for i, value in enumerate(code.order) if low < i <= high]
        said = [listed(inside, last="or")] if inside else []
        if low < -1 <= high:
            said.append("any other value")
        return f"{column} is {' or '.join(said)}" if said else ""
    parts = [f"above {_edge(low, code.kind)}"] if np.isfinite(low) else []
    parts += [f"up to {_edge(high, code.kind)}"] if np.isfinite(high) else []
    return f"{column} {' '.join(parts)}"


def _edge(value: float, kind: ColumnType) -> str:
    if kind is ColumnType.DATETIME:
        return str(pd.Timestamp(value, unit="D").date())
    return f"{floor(value):,}" if kind is ColumnType.INTEGER else rounded(value, 4)


def _answer(values: Array, problem: Problem) -> str:
    if problem.task is Task.REGRESSION:
        return rounded(float(values))
    of = len(problem.classes) - 1 if problem.task is Task.BINARY else int(values.argmax())
    return f"{percent(float(values[of]))} {quoted(problem.classes[of])}"
