"""Today's way as a baseline: what it says of a row becomes an answer as the model's are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.problem.today import Says

Array = NDArray[np.float64]


class Applied(Protocol):
    """Today's way, as ``engine.problem.today.Today``."""

    @property
    def says(self) -> Says:
        """What it says of a row."""

    @property
    def in_words(self) -> str:
        """The rule itself, or where today's answers stand."""

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return the class's place, a score or a value per row; NaN for nothing."""


def answering(learn: pd.DataFrame, y: Array, problem: Problem, way: Applied) -> Callable[[pd.DataFrame], Array]:
    """Return what turns today's way into answers shaped like the model's; it learns from the learn rows how to."""
    said = way.apply(learn)
    if way.says is Says.VALUE:
        return _Value(way, float(y.mean()))
    if way.says is Says.SCORE:
        return _scored(said, y, way)
    k = len(problem.classes)
    usual = np.bincount(y.astype(int), minlength=k) / len(y)
    if problem.metric not in {"log_loss", "brier"}:
        return _Classes(way, np.vstack([np.eye(k), usual]))
    # Ways that name an answer would lose without bound on these: let them say how often they are right.
    right = [np.bincount(y[said == c].astype(int), minlength=k) + usual for c in range(k)]
    return _Classes(way, np.vstack([*(seen / seen.sum() for seen in right), usual]))


@dataclass(frozen=True)
class _Classes:
    """``shares``: the chance of each class where it names the class of that row; the last where it says nothing."""

    way: Applied
    shares: Array

    def __call__(self, frame: pd.DataFrame) -> Array:
        said = self.way.apply(frame)
        return np.asarray(self.shares[np.where(np.isnan(said), len(self.shares) - 1, said).astype(int)])


@dataclass(frozen=True)
class _Value:
    """The number itself, and the usual one where it says nothing."""

    way: Applied
    usual: float

    def __call__(self, frame: pd.DataFrame) -> Array:
        said = self.way.apply(frame)
        return np.where(np.isnan(said), self.usual, said)


@dataclass(frozen=True)
class _Score:
    """The chance of a yes that goes with a score: order kept, up or down, by a logistic curve (Platt 1999)."""

    way: Applied
    middle: float
    spread: float
    slope: float
    base: float
    usual: float

    def __call__(self, frame: pd.DataFrame) -> Array:
        said = self.way.apply(frame)
        raised = self.slope * (said - self.middle) / self.spread + self.base
        yes = np.where(np.isnan(said), self.usual, 1 / (1 + np.exp(-np.clip(raised, -700, 700))))
        return np.column_stack([1 - yes, yes])


def _scored(said: Array, y: Array, way: Applied) -> _Score:
    from sklearn.linear_model import LogisticRegression

    given, usual = np.isfinite(said), float(y.mean())
    middle = float(said[given].mean()) if given.any() else 0.0
    spread = float(said[given].std()) if given.any() else 0.0
    if spread == 0 or len(np.unique(y[given])) < 2:
        return _Score(way, middle, 1.0, 0.0, float(np.log(usual / (1 - usual))), usual)
    curve = LogisticRegression().fit(((said[given] - middle) / spread)[:, None], y[given])
    return _Score(way, middle, spread, float(curve.coef_[0, 0]), float(curve.intercept_[0]), usual)
