"""Which group each row belongs to: values as they are, numbers and dates in plain bands."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.fair import GroupKind, GroupRule
from engine.problem.rows import texts
from engine.problem.words import rounded, tokens

_MOST = 12
_AGES = {"age", "alter", "edad", "âge"}
_OLDEST = 125
MISSING, REST = "not given", "all others"


def groups(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return the group of each row, by the rule that these rows make."""
    return grouped(values, rule_of(values))


def rule_of(values: "pd.Series[Any]") -> GroupRule:
    """Find how the values of a canonical column make groups.

    Ages become under 25, 25 to 39, 40 to 59, 60 and over; other numbers with more than twelve values quarters of the
    rows; dates decades; of more than twelve texts the rarest are gathered as "all others".
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return GroupRule(kind=GroupKind.DECADE)
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > _MOST:
        return _bands(values)
    common = texts(values).value_counts().index
    rest = len(common) > _MOST
    names = common[: _MOST - 1] if rest else common
    return GroupRule(kind=GroupKind.VALUE, names=tuple(str(name) for name in names), rest=rest)


def grouped(values: "pd.Series[Any]", rule: GroupRule) -> "pd.Series[str]":
    """Return the group of each row; "not given" where there is no value, a value unknown to the rule as it stands."""
    missing = values.isna().to_numpy()
    if rule.kind is GroupKind.DECADE:
        decade = values.dt.year // 10 * 10
        said: NDArray[Any] = np.array([MISSING if pd.isna(year) else f"{int(year)}s" for year in decade], dtype=object)
    elif rule.kind is GroupKind.BAND:
        band = np.searchsorted(rule.cuts, values.to_numpy(dtype=np.float64), side="left" if rule.upto else "right")
        said = np.array(rule.names, dtype=object)[np.minimum(band, len(rule.names) - 1)]
    else:
        written = texts(values)
        said = (written.where(written.isin(rule.names), REST) if rule.rest else written).to_numpy(dtype=object)
    return pd.Series(np.where(missing, MISSING, said), index=values.index, dtype=object)


def _bands(values: "pd.Series[Any]") -> GroupRule:
    numbers = values.to_numpy(dtype=np.float64)
    if _AGES & set(tokens(str(values.name))) and np.nanmin(numbers) >= 0 and np.nanmax(numbers) <= _OLDEST:
        ages = ("under 25", "25 to 39", "40 to 59", "60 and over")
        return GroupRule(kind=GroupKind.BAND, names=ages, cuts=(25.0, 40.0, 60.0), upto=False)
    cuts = np.unique(np.nanquantile(numbers, (0.25, 0.5, 0.75)))
    digits = next((d for d in range(4, 17) if len({rounded(float(c), d) for c in cuts}) == len(cuts)), 17)
    said = [rounded(float(c), digits) for c in cuts]
    between = [f"above {low} up to {high}" for low, high in zip(said[:-1], said[1:], strict=True)]
    names = (f"up to {said[0]}", *between, f"above {said[-1]}")
    return GroupRule(kind=GroupKind.BAND, names=names, cuts=tuple(float(c) for c in cuts))
