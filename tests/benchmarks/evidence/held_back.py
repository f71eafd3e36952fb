"""One model a table and the rows it never saw, to be divided again and again."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.domain.problem import Problem, Task
from engine.problem.rows import encode
from tests.benchmarks.training.tables import Bench, load

LEARN = 0.4  # of the rows


@dataclass(frozen=True, eq=False)
class HeldBack:
    """What a model said of rows that it never saw."""

    problem: Problem
    frame: pd.DataFrame
    y: np.ndarray
    p: np.ndarray


def held_back(name: str, seed: int = 0, *, learn: float = LEARN) -> HeldBack:
    """Fit LightGBM to a share of a table, divided at random, and answer the others."""
    import lightgbm

    bench: Bench = load(name)
    problem = bench.problem
    rows = pd.concat([bench.learn, bench.choose, bench.test], ignore_index=True)
    order = np.random.default_rng(seed).permutation(len(rows))
    cut = int(learn * len(rows))
    known, others = rows.iloc[order[:cut]], rows.iloc[order[cut:]]
    settings = {"n_estimators": 200, "learning_rate": 0.05, "random_state": seed, "n_jobs": 2, "verbose": -1}
    kind = lightgbm.LGBMRegressor if problem.task is Task.REGRESSION else lightgbm.LGBMClassifier
    columns = list(bench.features)
    model = kind(**settings).fit(_inputs(known, rows, columns), encode(known, problem))
    asked = _inputs(others, rows, columns)
    said = model.predict(asked) if problem.task is Task.REGRESSION else model.predict_proba(asked)
    return HeldBack(problem, others.reset_index(drop=True), encode(others, problem), np.asarray(said, dtype=float))


def _inputs(frame: pd.DataFrame, rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    made = {}
    for number, name in enumerate(columns):
        values = frame[name]
        if values.dtype == object:
            made[f"c{number}"] = pd.Categorical(values, categories=rows[name].dropna().unique())
        else:
            made[f"c{number}"] = values.astype("int64") / 1e9 if values.dtype.kind == "M" else values
    return pd.DataFrame(made)
