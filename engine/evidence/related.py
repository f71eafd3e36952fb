"""Which rows are not independent, so that a resample must draw them together or not at all."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem, SplitKind
from engine.problem.moments import together as moments
from engine.problem.split import together

_DAY = 86_400 * 10**9  # nanoseconds
_FEWEST = 20  # days, below which they say nothing about how days differ


def related(frame: pd.DataFrame, problem: Problem) -> NDArray[np.intp] | None:
    """Return a number per row, shape (n,), that related rows share; None where each row stands for itself.

    Related are rows of one entity, rows that are alike where such rows are kept together, and, where the test lies
    after the training and there are no entities, rows of one day (or of one moment where time is no date).
    """
    groups = together(frame, problem)
    if groups is None and problem.split.kind is SplitKind.TIME:
        groups = _days(frame, problem)
    if groups is None:
        return None
    codes: NDArray[np.intp] = pd.factorize(groups)[0]
    return codes if 1 < codes.max(initial=0) + 1 < len(codes) else None


def _days(frame: pd.DataFrame, problem: Problem) -> NDArray[np.intp] | None:
    columns = problem.split.columns[: problem.split.moments]
    when = moments(frame, columns)
    if len(columns) == 1 and pd.api.types.is_datetime64_any_dtype(frame[columns[0]]):
        when = when // _DAY
    codes, different = pd.factorize(when)
    if len(different) < _FEWEST:
        return None
    alone = codes < 0
    codes[alone] = len(different) + np.arange(int(alone.sum()))
    return codes
