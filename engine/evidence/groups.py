"""Which group each row belongs to: values as they are, numbers and dates in plain bands."""

from typing import Any

import numpy as np
import pandas as pd

from engine.evidence.wording import significant
from engine.problem.rows import texts
from engine.problem.words import tokens

_MOST = 12
_AGES = {"age", "alter", "edad", "âge"}
_OLDEST = 125
MISSING = "not given"


def groups(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return the group of each row.

    Ages become under 25, 25 to 39, 40 to 59, 60 and over; other numbers with more than twelve values quarters of the
    rows; dates decades; of more than twelve texts the rarest are gathered as "all others".
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        decade = values.dt.year // 10 * 10
        said = [MISSING if pd.isna(year) else f"{int(year)}s" for year in decade]
        return pd.Series(said, index=values.index, dtype=object)
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > _MOST:
        return _banded(values)
    written = texts(values).fillna(MISSING)
    common = written.value_counts().index
    if len(common) > _MOST:
        written = written.where(written.isin(common[: _MOST - 1]), "all others")
    return written


def _banded(values: "pd.Series[Any]") -> "pd.Series[str]":
    numbers = values.to_numpy(dtype=np.float64)
    if _AGES & set(tokens(str(values.name))) and np.nanmin(numbers) >= 0 and np.nanmax(numbers) <= _OLDEST:
        cuts, names = np.array([25.0, 40.0, 60.0]), ["under 25", "25 to 39", "40 to 59", "60 and over"]
        band = np.searchsorted(cuts, numbers, side="right")
    else:
        cuts = np.unique(np.nanquantile(numbers, (0.25, 0.5, 0.75)))
        digits = next((d for d in range(4, 17) if len({significant(float(c), d) for c in cuts}) == len(cuts)), 17)
        said = [significant(float(c), digits) for c in cuts]
        between = [f"above {low} up to {high}" for low, high in zip(said[:-1], said[1:], strict=True)]
        names = [f"up to {said[0]}", *between, f"above {said[-1]}"]
        band = np.searchsorted(cuts, numbers, side="left")
    banded = np.array(names, dtype=object)[np.minimum(band, len(names) - 1)]
    return pd.Series(np.where(np.isnan(numbers), MISSING, banded), index=values.index, dtype=object)
