"""Made-up tables whose effects, noise and groups are known."""

import numpy as np
import pandas as pd

from engine.data.contract import canonical, propose
from engine.data.profile import describe
from engine.domain.dataset import ColumnType, DataContract
from engine.domain.problem import Problem
from engine.problem.formulate import formulate

TARGET = "bought"
STRENGTHS = {"n0": 2.0, "n1": 1.4, "c0": 1.0, "n2": 0.7, "n3": 0.5, "c1": 0.35, "n4": 0.2}


def table(rows: int, columns: int, seed: int = 0, *, strength: float = 1.0) -> pd.DataFrame:
    """Return a table of so many columns beside the target and the group ``sex``: a quarter of them words, a date.

    What the columns of ``STRENGTHS`` add to the score falls in that order; two more act only together, by
    ``strength``; the others say nothing.
    """
    random = np.random.default_rng(seed)
    words = columns // 4
    numbers = columns - words - 2
    made: dict[str, object] = {f"n{i}": random.normal(size=rows).round(4) for i in range(numbers)}
    made |= {f"c{i}": random.choice([f"{letter}{i}" for letter in "abcd"], rows) for i in range(words)}
    frame = pd.DataFrame(made)
    frame["since"] = pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D")
    frame["sex"] = random.choice(["female", "male"], rows)
    frame.loc[random.random(rows) < 0.05, "n1"] = np.nan
    score = _score(frame, strength) - 1.0
    frame[TARGET] = np.where(random.random(rows) < 1 / (1 + np.exp(-score)), "yes", "no")
    return frame


def _score(frame: pd.DataFrame, strength: float) -> "pd.Series[float]":
    score = 1.2 * strength * np.tanh(frame["n5"] * frame["n6"])
    for name, weight in STRENGTHS.items():
        values = frame[name]
        score = score + weight * (values.fillna(0) if name[0] == "n" else 2.0 * values.str.startswith("a") - 0.5)
    return score


def asked(frame: pd.DataFrame) -> tuple[pd.DataFrame, DataContract, Problem]:
    """Return the table in its canonical form, what is understood of it, and the question: who buys."""
    types = {name: _type(frame[name]) for name in frame.columns}
    frame = frame.astype({name: object for name, kind in types.items() if kind is ColumnType.CATEGORY})
    profile = describe(frame, types)
    contract = propose(frame, profile)
    problem = formulate(contract, profile, target=TARGET, sensitive=("sex",))
    return canonical(frame, contract), contract, problem


def _type(values: "pd.Series[float]") -> ColumnType:
    if values.dtype.kind == "M":
        return ColumnType.DATETIME
    return ColumnType.NUMBER if values.dtype.kind == "f" else ColumnType.CATEGORY
