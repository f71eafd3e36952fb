"""A short way to a fitted model's answers: arrays go straight to its trees, not through frames of pandas.

One row through AutoGluon takes tens of milliseconds, nearly all of it spent on building frames. What its steps do to a
value depends on that value's column alone; so it is found out once, by sending made-up rows through AutoGluon's own
steps, and remembered as a table (words), a formula (dates, yes/no numbers) or nothing at all (numbers). Whatever does
not fit that picture, such as words within texts, takes the long way; so does a model whose answers for mixed made-up
rows are not the same either way.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.training import inside
from engine.training.columns import Formulas, Matrix, NoShortcut, Probes, Words, same, tried, way

Columns = Mapping[str, NDArray[Any]]

ROWS = 10_000  # beyond this many rows at once frames cost nothing, and AutoGluon's own way is as fast
_ALONE = 200  # up to this many rows are answered on one thread
_CHECKED = 200  # mixed rows that are answered both ways before the short one is taken


@dataclass(frozen=True)
class _Leaf:
    """One fitted model, and how its matrix is filled from the columns."""

    model: Any
    alone: Any  # the same model on one thread: to share a few rows among several takes longer than to answer them
    nothing: Matrix  # the matrix row of a row without any value
    columns: Mapping[str, Words | Formulas]

    def answers(self, values: Columns, rows: int) -> Matrix:
        matrix = np.repeat(self.nothing[None], rows, axis=0)
        for name, column in self.columns.items():
            column.write(values[name], matrix)
        if rows <= _ALONE:
            return cast(Matrix, self.alone.predict_proba(matrix, preprocess_nonadaptive=False, num_cpus=1))
        return cast(Matrix, self.model.predict_proba(matrix, preprocess_nonadaptive=False))


class Shortcut:
    """Answers as a fitted AutoGluon predictor does; ``find`` finds one."""

    def __init__(self, bags: Mapping[str, Sequence[_Leaf]], blend: Any | None) -> None:
        self._bags, self._blend = bags, blend

    def answers(self, values: Columns, rows: int) -> Matrix:
        """Answer for columns of canonical values of length ``rows``, by their inner names.

        Returns
        -------
        array
            As AutoGluon's models give it: shape (n,) for two classes (the second's probability) or a regression, else
            (n, n_classes).
        """
        told = [self._bag(leaves, values, rows) for leaves in self._bags.values()]
        return told[0] if self._blend is None else cast(Matrix, self._blend.predict_proba(told))

    @staticmethod
    def _bag(leaves: Sequence[_Leaf], values: Columns, rows: int) -> Matrix:
        first, *others = (leaf.answers(values, rows) for leaf in leaves)
        return sum(others, start=first) / len(leaves)


def find(predictor: Any, model: str) -> Shortcut | None:
    """Find the short way to a model's answers; try it before it is taken, with ``mixed`` rows.

    Parameters
    ----------
    predictor : TabularPredictor
        Fitted, the model held in memory.
    model : str
        Which of its models answers.

    Returns
    -------
    Shortcut or None
        None where there is none.
    """
    try:
        probes = Probes(tried(predictor))
        ready = predictor.transform_features(probes.frame)
        blend, names = _blend(predictor, model)
        bags = {name: [_leaf(leaf, ready, probes) for leaf in _children(predictor, name)] for name in names}
    except NoShortcut:
        return None
    return Shortcut(bags, blend)


def mixed(predictor: Any, seed: int = 0) -> pd.DataFrame:
    """Return 200 made-up rows of what the columns may hold, missing and unknown values among it."""
    random = np.random.default_rng(seed)
    columns = tried(predictor)
    return pd.DataFrame(
        {name: values.iloc[random.integers(0, len(values), _CHECKED)].to_numpy() for name, values in columns.items()}
    )


def _blend(predictor: Any, model: str) -> tuple[Any | None, Sequence[str]]:
    """Return what blends the answers of which models; nothing and the model itself where it is no blend."""
    from autogluon.core.models import WeightedEnsembleModel

    bag = inside.loaded(predictor, model)
    if not isinstance(bag, WeightedEnsembleModel):
        return None, (model,)
    if len(bag.models) != 1:
        raise NoShortcut
    (blend,) = inside.members(bag)
    # A blend that was fitted anew still names the models it was first fitted over, and its bag may name both.
    asked = set(inside.known(predictor, model).blends)
    names = [f"{name}_FULL" if f"{name}_FULL" in asked else name for name in blend.base_model_names]
    if not set(names) <= asked:
        raise NoShortcut
    return _reading(blend, lambda told: told), names


def _children(predictor: Any, name: str) -> Iterator[Any]:
    model = inside.loaded(predictor, name)
    if getattr(model, "base_model_names", None):
        raise NoShortcut  # stacked upon others
    yield from inside.members(model)


def _reading(model: Any, take: Callable[[Any], Any]) -> Any:
    """Return the same fitted model, taking what it is given as it is, but for ``take``."""
    again = copy.copy(model)
    again.preprocess = lambda X, **_: take(X)  # AutoGluon's name
    return again


def _matrix(leaf: Any, ready: pd.DataFrame) -> tuple[Matrix, Callable[[Matrix], Any]]:
    """Return what a model makes of AutoGluon's columns as an array, and how its library takes such an array."""
    from autogluon.tabular.models import CatBoostModel, LGBModel, RFModel, XGBoostModel, XTModel
    from scipy import sparse

    made = leaf.preprocess(ready)
    if isinstance(leaf, LGBModel):
        return _codes(made, leaf.model.pandas_categorical or []), lambda matrix: matrix
    if isinstance(leaf, CatBoostModel):
        return made.astype(object).to_numpy(), lambda matrix: matrix
    if isinstance(leaf, XGBoostModel) and sparse.issparse(made):
        # A zero that is not stored is a missing value to XGBoost: it has to stay out here too.
        return made.toarray(), sparse.csr_matrix
    if isinstance(leaf, RFModel | XTModel):
        return np.asarray(made), lambda matrix: matrix
    raise NoShortcut


def _codes(frame: pd.DataFrame, categories: Sequence[Sequence[Any]]) -> Matrix:
    """Return a frame as LightGBM reads it: categories as their place among those it learned, unknown as missing."""
    known = iter(categories)
    columns = []
    for name in frame:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.set_categories(next(known)).cat.codes.to_numpy(dtype=np.float64)
            columns.append(np.where(codes < 0, np.nan, codes))
        else:
            columns.append(column.to_numpy(dtype=np.float64))
    return np.column_stack(columns)


def _leaf(leaf: Any, ready: pd.DataFrame, probes: Probes) -> _Leaf:
    matrix, take = _matrix(leaf, ready)
    nothing = matrix[0]
    taken: set[int] = set()
    columns: dict[str, Words | Formulas] = {}
    for name, values in probes.columns.items():
        became = matrix[probes.rows[name]]
        at = np.flatnonzero(~same(became, nothing[None]).all(axis=0))
        if taken & set(at.tolist()):
            raise NoShortcut  # two columns meet in one place
        taken |= set(at.tolist())
        if len(at):
            columns[name] = way(values, became[:, at], at)
    model, alone = _reading(leaf, take), _reading(leaf, take)
    if hasattr(leaf.model, "n_jobs"):  # forests do not ask AutoGluon for it
        alone.model = copy.copy(leaf.model)
        alone.model.n_jobs = 1
    return _Leaf(model, alone, nothing, columns)
