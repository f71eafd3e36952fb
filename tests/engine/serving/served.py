"""A contract, rows and a model that the serving tests share."""

import os
from datetime import date

import numpy as np
import pandas as pd

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Background
from engine.domain.policy import Policy, PolicyKind, UseContract
from engine.domain.problem import Task
from engine.domain.service import Served
from engine.serving.scorer import Scorer

CONTRACT = DataContract(
    columns=(
        ColumnContract(name="age", type=ColumnType.INTEGER, minimum=18, maximum=90),
        ColumnContract(name="balance", type=ColumnType.NUMBER, minimum=-500.5, maximum=9000, missing_rate=0.2),
        ColumnContract(name="job", type=ColumnType.CATEGORY, levels=("clerk", "nurse", "true", "3")),
        ColumnContract(name="since", type=ColumnType.DATETIME, first="2020-01-01", last="2024-12-31"),
        ColumnContract(name="note", type=ColumnType.TEXT, missing_rate=0.5),
    )
)

ROW = {"age": 40, "balance": 120.5, "job": "clerk", "since": "2022-05-01", "note": "called twice"}


OPENED: list[int] = []  # the fake models of this process


class Fake:
    """Says yes with the probability age / 100; counts what it was asked."""

    def __init__(self, task: Task = Task.BINARY) -> None:
        self.task = task
        self.asked: list[pd.DataFrame] = []

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        self.asked.append(frame)
        yes = frame["age"].fillna(50).to_numpy() / 100
        if self.task is Task.REGRESSION:
            return yes * 1000
        if self.task is Task.MULTICLASS:
            return np.stack([1 - yes, yes * 0.75, yes * 0.25], axis=1)
        return np.stack([1 - yes, yes], axis=1)


def make_served(task: Task = Task.BINARY, **changes: object) -> Served:
    classes = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c"), Task.REGRESSION: ()}[task]
    policy = {
        Task.BINARY: Policy(kind=PolicyKind.COSTS, threshold=0.3, yes="call", no="do not call"),
        Task.MULTICLASS: Policy(kind=PolicyKind.MOST_LIKELY),
        Task.REGRESSION: Policy(kind=PolicyKind.VALUE),
    }[task]
    values: dict[str, object] = {
        "model": "churn:3",
        "task": task,
        "target": "deposit",
        "classes": classes,
        "positive": "yes" if task is Task.BINARY else None,
        "contract_id": "c1",
        "contract": CONTRACT,
        "policy": policy,
        "use": UseContract(purpose="calls", owner="the sales team", valid_until=date(2999, 1, 1)),
        "approved": True,
        "background": Background(
            rows=(
                {"age": 30, "balance": 0.0, "job": "nurse", "since": "2021-01-01", "note": None},
                {"age": 60, "balance": 100.0, "job": "clerk", "since": "2023-01-01", "note": None},
            ),
            weights=(0.5, 0.5),
            described="two made-up rows",
        ),
        "max_rows": 10,
        "max_bytes": 20_000,
    }
    return Served.model_validate(values | changes)


def fake_scorer() -> Scorer:
    """Open the fake model, here or in another process; says where."""
    OPENED.append(os.getpid())
    return Scorer(make_served(), Fake())
