"""The made-up row that a description shows and a first call sends."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from engine.domain.dataset import NUMERIC, ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Background


def sample_row(contract: DataContract, background: Background | None = None) -> dict[str, str | float | int | None]:
    """Return a made-up row that fits the contract.

    Parameters
    ----------
    contract : DataContract
        What is asked of a row.
    background : Background, optional
        Typical rows, made up themselves: the fullest of them is told, so that the first answer somebody sees is an
        ordinary one. What it does not say, or says outside the contract, is the middle of the column's range or its
        first level.
    """
    typical = max(background.rows, key=lambda row: sum(v is not None for v in row.values())) if background else {}
    return {column.name: _typical(column, typical) for column in contract.columns}


def _typical(column: ColumnContract, row: Mapping[str, str | float | None]) -> str | float | int | None:
    value = row.get(column.name)
    if value is None and column.name in row and column.missing_rate > 0.5:
        return None  # as in most rows
    if isinstance(value, str) and (column.levels is None or value in column.levels):
        return value
    if isinstance(value, float | int) and column.type in NUMERIC:
        low = -math.inf if column.minimum is None else column.minimum
        high = math.inf if column.maximum is None else column.maximum
        value = min(max(value, low), high)
        return round(value) if column.type is ColumnType.INTEGER else float(f"{value:.4g}")
    return _sample(column)


def _sample(column: ColumnContract) -> str | float | int | None:
    if column.type is ColumnType.DATETIME:
        return _middle_date(column.first, column.last)
    if column.type is ColumnType.CATEGORY and column.levels:
        return column.levels[0]
    if column.type in {ColumnType.CATEGORY, ColumnType.TEXT}:
        return "text"
    low = column.minimum if column.minimum is not None else 0.0
    middle = (low + (column.maximum if column.maximum is not None else low)) / 2
    return round(middle) if column.type is ColumnType.INTEGER else float(f"{middle:.4g}")


def _middle_date(first: str | None, last: str | None) -> str:
    if first is None or last is None:
        return datetime(2026, 1, 1, tzinfo=UTC).date().isoformat()
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    days = (end - start) // timedelta(days=1) // 2
    return (start + timedelta(days=days)).date().isoformat()
