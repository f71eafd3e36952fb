"""Rows as a Python program has them, as the JSON values that a caller of the service would send."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.serving.refusal import BadCall


def plain_rows(rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> list[Any]:
    """Return rows as JSON has them: missing as null, dates as ISO 8601, numbers and texts of Python's own.

    Raises
    ------
    BadCall
        If it is one row instead of a list of rows, or a table with two columns of the same name.
    """
    if isinstance(rows, pd.DataFrame):
        if not rows.columns.is_unique:
            twice = rows.columns[rows.columns.duplicated()][0]
            raise BadCall(f"Two columns are called {twice!r}.", fix="Give each column a name of its own.")
        columns = {str(name): [plain(v) for v in rows[name].tolist()] for name in rows.columns}
        return [{name: values[i] for name, values in columns.items()} for i in range(len(rows))]
    if isinstance(rows, Mapping | str | bytes) or not isinstance(rows, Sequence):
        raise BadCall("The rows are no list.", fix="Give a list of rows, such as [{…}], or a DataFrame.")
    return [{str(n): plain(v) for n, v in row.items()} if isinstance(row, Mapping) else row for row in rows]


def plain(value: Any) -> Any:
    """Return a value as JSON has it; what JSON does not know stays, to be refused with its row and column."""
    if isinstance(value, np.generic):
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else value.item()
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.isoformat() if isinstance(value, date) else value
