"""Real tables in which leaks are planted: those shared with the repository's neighbours, and scikit-learn's."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets

from engine.data.contract import propose
from engine.data.profile import describe
from engine.data.read import read_file
from engine.data.types import finish
from engine.domain.dataset import ColumnType
from engine.domain.problem import Problem, Task
from engine.guardrails.base import Table
from engine.problem.formulate import formulate
from engine.problem.rows import encode, usable

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
FILES = {
    "bank": "deposit",
    "bike": "cnt",
    "credit": "default",
    "income": "income >50K",
    "titanic": "Survived",
    "wine": "quality",
}
BUNDLED = ("breast_cancer", "diabetes", "iris", "wine", "digits")


@dataclass(frozen=True, eq=False)
class Known:
    """A table and what is asked of it; ``y`` is the answer as a number, shape (n,)."""

    name: str
    frame: pd.DataFrame
    target: str
    problem: Problem
    y: np.ndarray

    @property
    def regression(self) -> bool:
        return self.problem.task is Task.REGRESSION

    @property
    def binary(self) -> bool:
        return self.problem.task is Task.BINARY

    def part(self, most: int, seed: int) -> "Known":
        """At most so many rows, drawn at random, in table order."""
        if len(self.frame) <= most:
            return self
        rows = np.sort(np.random.default_rng(seed).choice(len(self.frame), most, replace=False))
        return replace(self, frame=self.frame.iloc[rows].reset_index(drop=True), y=self.y[rows])


def table(frame: pd.DataFrame) -> Table:
    """A frame with its profile and its contract, as reading it would give."""
    profile = describe(frame, {str(name): _type(frame[name]) for name in frame})
    return Table(frame, propose(frame, profile), profile)


def _type(values: "pd.Series") -> ColumnType:
    if pd.api.types.is_datetime64_any_dtype(values):
        return ColumnType.DATETIME
    if pd.api.types.is_numeric_dtype(values):
        whole = bool((values.dropna() % 1 == 0).all())
        return ColumnType.INTEGER if whole else ColumnType.NUMBER
    return finish(values, None)[1]


@cache
def bundled(name: str) -> Known:
    """One of scikit-learn's tables."""
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame.astype("float64")
    return _known(f"bundled {name}", frame, "target")


@cache
def shared(name: str) -> Known:
    """One of the shared tables."""
    return _known(name, read_file(SHARED / f"{name}.csv").frame, FILES[name])


def everything() -> list[Known]:
    """All tables that are here."""
    found = [shared(name) for name in FILES] if SHARED.is_dir() else []
    return [*found, *(bundled(name) for name in BUNDLED)]


def _known(name: str, frame: pd.DataFrame, target: str) -> Known:
    understood = table(frame)
    problem = formulate(understood.contract, understood.profile, target=target)
    frame = usable(frame, problem).reset_index(drop=True)
    return Known(name, frame, target, problem, encode(frame, problem))
