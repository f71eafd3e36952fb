"""One made-up table of customers and simple functions that stand for models."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.problem import Problem, Question, Task


@dataclass(frozen=True)
class Case:
    """A problem with its rows and a model that knows the truth."""

    problem: Problem
    contract: DataContract
    features: tuple[str, ...]
    learn: pd.DataFrame
    test: pd.DataFrame
    model: Callable[[pd.DataFrame], NDArray[np.float64]]

    def arguments(self) -> dict[str, object]:
        return {
            "learn": self.learn,
            "test": self.test,
            "problem": self.problem,
            "features": self.features,
            "contract": self.contract,
        }


def customers(rows: int, seed: int = 3) -> pd.DataFrame:
    """Customers who leave more often when they complain and pay much; women complain less; ``joined`` is a date."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["female", "male"], rows)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows).astype(float),
            "fee": rng.gamma(4, 12, rows).round(2),
            "complaints": rng.poisson(np.where(sex == "male", 1.4, 0.6)).astype(float),
            "plan": rng.choice(["basic", "plus", "family"], rows, p=[0.5, 0.3, 0.2]).astype(object),
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D"),
            "sex": sex.astype(object),
        }
    )
    frame["joined"] = frame["joined"].astype("datetime64[ns]")
    frame.loc[rng.random(rows) < 0.05, "fee"] = np.nan
    frame.loc[rng.random(rows) < 0.05, "plan"] = None
    frame["left"] = np.where(rng.random(rows) < leaving(frame), "yes", "no").astype(object)
    frame["mood"] = np.where(rng.random(rows) < 0.2, "fair", np.where(leaving(frame) > 0.3, "bad", "good")).astype(
        object
    )
    frame["spent"] = (spending(frame) + rng.normal(0, 20, rows)).round(2)
    return frame


def leaving(frame: pd.DataFrame) -> NDArray[np.float64]:
    fee = frame["fee"].fillna(48.0).to_numpy()
    basic = (frame["plan"] == "basic").to_numpy() * 0.8
    return np.asarray(1 / (1 + np.exp(3.2 - 0.7 * frame["complaints"].to_numpy() - 0.015 * fee - basic)))


def spending(frame: pd.DataFrame) -> NDArray[np.float64]:
    fee = frame["fee"].fillna(48.0).to_numpy()
    return np.asarray(100 + 3 * fee + 40 * (frame["plan"] == "family").to_numpy() * (frame["age"].to_numpy() > 50))


TYPES = {
    "age": ColumnType.INTEGER,
    "fee": ColumnType.NUMBER,
    "complaints": ColumnType.INTEGER,
    "plan": ColumnType.CATEGORY,
    "joined": ColumnType.DATETIME,
    "sex": ColumnType.CATEGORY,
}
FEATURES = ("age", "fee", "complaints", "plan", "joined")
CONTRACT = DataContract(columns=tuple(ColumnContract(name=n, type=t) for n, t in TYPES.items()))


def _binary(frame: pd.DataFrame) -> NDArray[np.float64]:
    p = leaving(frame)
    return np.column_stack([1 - p, p])


def _moods(frame: pd.DataFrame) -> NDArray[np.float64]:
    bad = np.where(leaving(frame) > 0.3, 0.8, 0.05)
    return np.column_stack([bad, np.full(len(frame), 0.15), 0.85 - bad])


def _case(problem: Problem, model: Callable[[pd.DataFrame], NDArray[np.float64]], rows: int) -> Case:
    frame = customers(rows)
    a, b = int(rows * 0.6), int(rows * 0.75)
    learn, test = frame[:a], frame[b:]
    return Case(problem, CONTRACT, FEATURES, learn, test, model)


@pytest.fixture(scope="session")
def churn() -> Case:
    problem = Problem(
        task=Task.BINARY,
        target="left",
        classes=("no", "yes"),
        positive="yes",
        metric="roc_auc",
        sensitive=("sex", "age"),
        question=Question(who="customer", action="call them"),
    )
    return _case(problem, _binary, 4000)


@pytest.fixture(scope="session")
def moods() -> Case:
    problem = Problem(
        task=Task.MULTICLASS,
        target="mood",
        classes=("bad", "fair", "good"),
        metric="log_loss",
        sensitive=("sex",),
        question=Question(who="customer"),
    )
    return _case(problem, _moods, 3000)


@pytest.fixture(scope="session")
def spent() -> Case:
    problem = Problem(task=Task.REGRESSION, target="spent", metric="rmse", sensitive=("sex",))
    return _case(problem, spending, 3000)
