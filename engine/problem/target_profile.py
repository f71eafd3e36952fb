"""How the answer goes with every column: its rate or mean per bar of the column's own picture."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import Column, DataContract, Profile, Role
from engine.domain.problem import AgainstColumn, Problem, TargetProfile, Task
from engine.problem.rows import encode, texts, usable

MOST_LEVELS = 20
FEWEST_ROWS = 10  # fewer could point at single people


def against(frame: pd.DataFrame, contract: DataContract, profile: Profile, problem: Problem) -> TargetProfile:
    """Return the target per bin or level of every column, over all rows that have an answer.

    Parameters
    ----------
    frame : DataFrame
        The whole canonical table.
    contract, profile
        Of the same table; bins and levels are the profile's.
    problem : Problem
        Asked of it.

    Returns
    -------
    TargetProfile
        Of a yes/no question the share of the positive answer, of a choice among kinds the share of the commonest, of a
        number its mean. Free text and personal data are left out; so are the values of bars with fewer than ten rows.
    """
    rows = usable(frame, problem)
    answers, shown = encode(rows, problem), problem.positive
    if problem.task is not Task.REGRESSION:
        wanted = len(problem.classes) - 1
        if problem.task is Task.MULTICLASS:
            wanted = int(np.bincount(answers.astype(np.intp), minlength=len(problem.classes)).argmax())
            shown = problem.classes[wanted]
        answers = (answers == wanted).astype(np.float64)
    left_out = {c.name for c in contract.columns if c.role is Role.PERSONAL} | {problem.target}
    columns = [c for c in profile.columns if c.name in rows.columns and c.name not in left_out]
    found = [_column(column, rows[column.name], answers) for column in columns]
    overall = float(answers.mean()) if len(answers) else 0.0
    return TargetProfile(answer=shown, overall=overall, columns=tuple(c for c in found if c))


def _column(column: Column, values: "pd.Series[Any]", answers: NDArray[np.float64]) -> AgainstColumn | None:
    levels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    if column.histogram and values.dtype != object:
        edges = column.histogram.edges
        bars, codes = len(edges) - 1, _binned(values, edges)
    elif column.levels and values.dtype == object:
        levels = tuple(level.value for level in column.levels[:MOST_LEVELS])
        bars, codes = len(levels), pd.Index(levels).get_indexer(pd.Index(texts(values)))
        codes[(codes < 0) & values.notna().to_numpy()] = bars  # all others together
    else:
        return None
    codes = np.where(codes < 0, bars + 1, codes)
    counts = np.bincount(codes, minlength=bars + 2)
    sums = np.bincount(codes, weights=answers, minlength=bars + 2)
    means = [float(s / n) if n >= FEWEST_ROWS else None for s, n in zip(sums, counts, strict=True)]
    rows = [int(n) for n in counts]
    return AgainstColumn(
        name=column.name,
        edges=edges,
        levels=levels,
        rows=tuple(rows[:bars]),
        values=tuple(means[:bars]),
        others=(rows[bars], means[bars]),
        missing=(rows[bars + 1], means[bars + 1]),
    )


def _binned(values: "pd.Series[Any]", edges: tuple[float, ...]) -> NDArray[np.intp]:
    """Return the number of each value's bin, -1 where it is missing; a value beyond the edges is in the outermost."""
    missing = values.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(values):
        numbers = values.to_numpy("datetime64[ns]").astype(np.int64) / 1e9
    else:
        numbers = values.to_numpy(np.float64)
    codes = np.searchsorted(np.array(edges[1:-1]), numbers, side="right")
    return np.where(missing, -1, codes)
