"""The rows a problem is about, and their answers."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Problem, Task
from engine.problem.metric import class_numbers
from engine.problem.rewriting import read_as, rewritten, text_of, texts

__all__ = ["encode", "labels", "text_of", "texts", "usable"]


def usable(frame: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the rows that have an answer, with the remedies that change values or rows applied in order.

    Parameters
    ----------
    frame : DataFrame
        Canonical.
    problem : Problem
        Columns its remedies name and ``frame`` lacks are passed over.

    Returns
    -------
    DataFrame
        With the index labels of ``frame``; a copy only where something changed.
    """
    answered = frame[problem.target].notna()
    frame = frame if answered.all() else frame[answered]
    for remedy in problem.remedies:
        frame = _APPLY.get(remedy.action, _unchanged)(frame, remedy)
    return frame


def labels(frame: pd.DataFrame, problem: Problem) -> "pd.Series[str]":
    """Return the target as text, as ``problem.classes`` spells it; missing stays missing."""
    return texts(frame[problem.target])


def encode(frame: pd.DataFrame, problem: Problem) -> NDArray[np.float64]:
    """Return the answers as numbers, shape (n,): the position in ``problem.classes``, or the value of a regression."""
    if problem.task is Task.REGRESSION:
        return frame[problem.target].to_numpy(dtype=np.float64)
    codes, different = pd.factorize(labels(frame, problem))
    return np.append(class_numbers(different.tolist(), problem.classes), -1.0)[codes]


def _unchanged(frame: pd.DataFrame, remedy: Remedy) -> pd.DataFrame:
    return frame


def _drop_rows(frame: pd.DataFrame, remedy: Remedy) -> pd.DataFrame:
    columns = _present(frame, remedy)
    bad = np.zeros(len(frame), dtype=bool)
    for name in columns:
        bad |= _holds(frame[name], remedy.values) if remedy.values else frame[name].isna().to_numpy()
    return frame[~bad]


def _rewrite(frame: pd.DataFrame, remedy: Remedy) -> pd.DataFrame:
    changed = frame.copy()
    for name in _present(frame, remedy):
        changed[name] = rewritten(frame[name], read_as([remedy], name))
    return changed


def _deduplicate(frame: pd.DataFrame, remedy: Remedy) -> pd.DataFrame:
    return frame[~frame.duplicated()]


def _present(frame: pd.DataFrame, remedy: Remedy) -> list[str]:
    return [name for name in remedy.columns if name in frame.columns]


def _holds(values: "pd.Series[Any]", wanted: tuple[str, ...]) -> NDArray[np.bool_]:
    return texts(values).isin(wanted).to_numpy()


_APPLY = {
    Action.DROP_ROWS: _drop_rows,
    Action.SET_MISSING: _rewrite,
    Action.MERGE_LEVELS: _rewrite,
    Action.DEDUPLICATE: _deduplicate,
}
