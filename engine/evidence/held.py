"""Test rows with a model's answers, kept so that a later model can be compared on the very same rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Estimate
from engine.domain.problem import Problem
from engine.evidence.related import related
from engine.evidence.score import difference, draw, estimate, resampled
from engine.problem.rows import encode

NAME = "held.parquet"
MOST = 20_000  # rows that are kept; of more, the same ones are chosen for every model
FEWEST = 50  # rows below which a comparison says nothing
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # spreads neighbouring row numbers (Knuth's multiplicative hashing)


def hold(folder: Path, test: pd.DataFrame, answers: NDArray[np.float64], problem: Problem, *, model: str) -> None:
    """Write the test rows' numbers in their table, what came true, and the answers of a model to ``folder``.

    Parameters
    ----------
    folder : Path
        Where; it is sealed by the caller afterwards.
    test : DataFrame of shape (n_rows, n_columns)
        Canonical rows, labelled by their number in the table.
    answers : array of shape (n_rows,) or (n_rows, n_classes)
        As the model gives them.
    problem : Problem
        The question.
    model : str
        The model's short name in its run.
    """
    table = pd.DataFrame({"row": test.index.to_numpy(dtype=np.int64), "y": encode(test, problem)})
    for i, column in enumerate(np.atleast_2d(answers.T)):
        table[f"answer_{i}"] = column
    entity = related(test, problem)
    table["entity"] = np.arange(len(table)) if entity is None else entity
    order = np.argsort(table["row"].to_numpy(dtype=np.uint64) * _SPREAD, kind="stable")[:MOST]
    table = table.iloc[np.sort(order)].reset_index(drop=True)
    table.attrs["model"] = model
    table.to_parquet(folder / NAME)


def held(folder: Path, model: str) -> pd.DataFrame | None:
    """Return what ``hold`` wrote to a folder that was verified; None where it was not, or for another model."""
    if not (folder / NAME).is_file():
        return None
    table = pd.read_parquet(folder / NAME)
    return table if table.attrs.get("model") == model else None


def answers(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return a model's answers out of what ``held`` returned, shaped as ``hold`` got them."""
    values = table.filter(like="answer_").to_numpy(dtype=np.float64)
    return np.asarray(values[:, 0] if values.shape[1] == 1 else values)


@dataclass(frozen=True)
class Faced:
    """Two models on the same rows; ``difference`` is the paired 95 % interval, positive where ours is better."""

    ours: Estimate
    theirs: Estimate
    difference: tuple[float, float]


def face(ours: pd.DataFrame, theirs: pd.DataFrame, problem: Problem) -> Faced | None:
    """Compare two models of one question on the test rows that both were judged by; None where these are too few.

    Rows that only one of them was tested on are left out: the other may have learned from them.
    """
    both = ours.merge(theirs, on="row", suffixes=("", "_theirs"))
    both = both[both["y"] == both["y_theirs"]]
    columns = [name for name in ours.columns if name.startswith("answer_")]
    if len(both) < FEWEST or [name for name in theirs.columns if name.startswith("answer_")] != columns:
        return None
    y = both["y"].to_numpy(dtype=np.float64)
    groups = pd.factorize(both["entity"])[0].astype(np.intp)
    alone = len(np.unique(groups)) == len(groups)
    entity = None if alone else groups
    draws = draw(len(both), seed=problem.seed, groups=entity)
    answers = [_matrix(both, columns, end) for end in ("", "_theirs")]
    told = [estimate(problem.metric, problem.task, y, p, draws=draws, groups=entity) for p in answers]
    again = [resampled(problem.metric, y, p, draws) for p in answers]
    return Faced(told[0], told[1], difference(problem.metric, problem.task, again[0], again[1]))


def _matrix(both: pd.DataFrame, columns: list[str], end: str) -> NDArray[np.float64]:
    matrix = both[[f"{name}{end}" for name in columns]].to_numpy(dtype=np.float64)
    return matrix[:, 0] if len(columns) == 1 else matrix
