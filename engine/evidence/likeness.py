"""Whether a row, all its values taken together, is like anything that the model learned from.

Every value may be usual and their combination unheard of. So a row's distance to the nearest typical row is measured,
as a mean over the columns (Gower 1971): for numbers and dates the difference in units of their usual spread, at most 1,
for categories whether they differ. Rows further away than all but one in two hundred of the choose rows are unlike.
Typical rows are made up, so the service carries nobody's row for this either.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background, Likeness
from engine.evidence.background import typed

Array = NDArray[np.float64]

_USUAL = 0.995
_ENDS = (0.05, 0.95)
_FEWEST = 200  # rows, to know what is rare


def calibrate(background: Background, learn: pd.DataFrame, choose: pd.DataFrame) -> Likeness | None:
    """Return the spreads of the numbers, from the learn rows, and the limit, from the choose rows.

    Parameters
    ----------
    background : Background
        The typical rows; their columns are compared.
    learn, choose : DataFrame
        Canonical; hold those columns.

    Returns
    -------
    Likeness or None
        None with fewer than 200 choose rows: too few to know what is rare.
    """
    if len(choose) < _FEWEST or not background.rows:
        return None
    columns = list(background.rows[0])
    spreads = {name: spread for name in columns if (spread := _spread(learn[name])) > 0}
    limits = Likeness(spreads=spreads, limit=0.0)
    usual = float(np.quantile(distances(limits, background, choose[columns]), _USUAL, method="higher"))
    return limits.model_copy(update={"limit": usual})


def distances(likeness: Likeness, background: Background, rows: pd.DataFrame) -> Array:
    """Return how far each row is from the nearest typical row, shape (n,): 0 like one of them, 1 unlike in all."""
    typical = typed(background, rows)
    # Free text is empty in every typical row: there is nothing to compare with.
    compared = [
        name
        for name in rows.columns
        if name in likeness.spreads or (rows[name].dtype == object and typical[name].notna().any())
    ]
    apart = np.zeros((len(rows), len(typical)))
    for name in compared:
        apart += _apart(rows[name], typical[name], likeness.spreads.get(name, 1.0))
    return np.asarray(apart.min(axis=1) / max(1, len(compared)))


def _spread(values: "pd.Series[float]") -> float:
    if values.dtype == object:
        return 0.0
    numbers = _numbers(values)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return 0.0
    low, high = np.quantile(numbers, _ENDS)
    return float(high - low) or float(np.ptp(numbers))


def _apart(values: "pd.Series[float]", typical: "pd.Series[float]", spread: float) -> Array:
    """Return how far a column is apart for each row and typical row; a missing value is unlike any other."""
    if values.dtype == object:
        codes, _ = pd.factorize(pd.concat([values, typical], ignore_index=True))
        return np.asarray(codes[: len(values), None] != codes[None, len(values) :], dtype=np.float64)
    mine, theirs = _numbers(values)[:, None], _numbers(typical)[None, :]
    apart = np.minimum(np.abs(mine - theirs) / spread, 1.0)
    gaps = np.isnan(mine), np.isnan(theirs)
    return np.where(gaps[0] & gaps[1], 0.0, np.where(gaps[0] | gaps[1], 1.0, apart))


def _numbers(values: "pd.Series[float]") -> Array:
    if values.dtype.kind == "M":
        whole = values.to_numpy("datetime64[ns]").astype("int64").astype(np.float64)
        return np.asarray(np.where(values.isna().to_numpy(), np.nan, whole), dtype=np.float64)
    return np.asarray(values.to_numpy(), dtype=np.float64)
