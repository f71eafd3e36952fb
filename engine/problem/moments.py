"""When a row happened, as a number that rises with time."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# 2024-03, 2024/3, 202403, 2024Q1, 2024-Q1, 2024W07, 2024 M03: the year first, so that no doubt is left.
_PERIOD = re.compile(r"(\d{4})[-/. ]?(?:(Q)([1-4])|(W)(\d{1,2})|M?(0?[1-9]|1[0-2]))", re.IGNORECASE)
# Mar 2024, märz-2024, mars 2024
_NAMED = re.compile(r"([^\W\d_]{3,10})[-/. ]*(\d{4})")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan ene", "feb fev fév", "mar mär mae", "apr avr abr", "may mai mei", "jun juin", "jul juil"),
            *("aug aou aoû ago", "sep set", "oct okt out", "nov", "dec dez déc dic"),
        ),
        start=1,
    )
    for name in names.split()
}


_LOOK = 200  # different values, of which at least one must say when


def moments(values: "pd.Series[Any]") -> Floats:
    """Return time as numbers, shape (n,): dates, numbers as they are, and words such as ``2024-03``; else NaN."""
    if pd.api.types.is_datetime64_any_dtype(values):
        numbers = values.to_numpy().astype("int64").astype(np.float64)
        numbers[values.isna().to_numpy()] = np.nan
        return numbers
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64)
    codes, different = pd.factorize(values)
    if all(np.isnan(_period(str(value))) for value in different[:_LOOK]):
        return np.full(len(values), np.nan)
    read = np.array([*(_period(str(value)) for value in different), np.nan])
    found: Floats = read[codes]
    return found


def together(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Return when each row happened, shape (n,), by columns of which the first says most (year, then month)."""
    if len(columns) == 1:
        return moments(frame[columns[0]])
    when, missing = np.zeros(len(frame)), np.zeros(len(frame), dtype=bool)
    for name in columns:
        part = moments(frame[name])
        different, rank = np.unique(part, return_inverse=True)
        when, missing = when * (len(different) + 1) + rank, missing | np.isnan(part)
    return np.where(missing, np.nan, when)


def _period(text: str) -> float:
    """Return a month, week or quarter in years, NaN where the text says none."""
    text = text.strip()
    if match := _PERIOD.fullmatch(text):
        year = float(match[1])
        if match[2]:
            return year + (int(match[3]) - 1) / 4
        return year + ((int(match[5]) - 1) / 53 if match[4] else (int(match[6]) - 1) / 12)
    if match := _NAMED.fullmatch(text):
        word = match[1].lower()
        month = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])
        return float(match[2]) + (month - 1) / 12 if month else np.nan
    return np.nan
