"""The made-up row that a description shows and a first call sends."""

import math
from collections.abc import Mapping
from datetime import datetime, time

from engine.domain.dataset import NUMERIC, ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Background
from engine.domain.service import RARELY_MISSING


def sample_row(contract: DataContract, background: Background | None = None) -> dict[str, str | float | int | None]:
    """Return a made-up row that fits the contract.

    Parameters
    ----------
    contract : DataContract
        What is asked of a row.
    background : Background, optional
        Typical rows, made up themselves: the fullest of them is told, so that the first answer somebody sees is an
        ordinary one. What it leaves empty stays so, as with a value it might be a row of somebody's; but free text, of
        which it never says any, and columns that hardly ever lack a value are made up. That, and what it says outside
        the contract or not at all, is the middle of the column's range or its first level: so the row tells of nobody
        what the contract does not tell of all.
    """
    rows = background.rows if background else ()
    typical = max(rows, key=lambda row: sum(value is not None for value in row.values()), default={})
    return {column.name: _typical(column, typical) for column in contract.columns}


def _typical(column: ColumnContract, row: Mapping[str, str | float | None]) -> str | float | int | None:
    value = row.get(column.name)
    if value is None and column.name in row and _may_be_empty(column):
        return None
    if isinstance(value, str) and column.type is ColumnType.DATETIME:
        return _day(column, datetime.fromisoformat(value))
    if isinstance(value, str) and (column.levels is None or value in column.levels):
        return value
    if isinstance(value, float | int) and column.type in NUMERIC:
        return _number(column, value)
    return _sample(column)


def _may_be_empty(column: ColumnContract) -> bool:
    return column.missing_rate > 0.5 if column.type is ColumnType.TEXT else column.missing_rate >= RARELY_MISSING


def _sample(column: ColumnContract) -> str | float | int | None:
    if column.type is ColumnType.DATETIME:
        return _day(column, _middle(column.first, column.last))
    if column.type is ColumnType.CATEGORY and column.levels:
        return column.levels[0]
    if column.type in {ColumnType.CATEGORY, ColumnType.TEXT}:
        return "text"
    low = column.minimum if column.minimum is not None else 0.0
    return _number(column, (low + (column.maximum if column.maximum is not None else low)) / 2)


def _number(column: ColumnContract, value: float) -> float | int:
    """Return a number as short as it reads well, within what is allowed."""
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    if column.type is ColumnType.INTEGER:
        return int(min(max(round(value), low), high))
    return float(min(max(float(f"{value:.4g}"), low), high))


def _day(column: ColumnContract, moment: datetime) -> str:
    """Return a day, within what is allowed; a moment of it where the day begins too early."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if column.first is not None:
        day = max(day, datetime.fromisoformat(column.first))
    if column.last is not None:
        day = min(day, datetime.fromisoformat(column.last))
    return day.date().isoformat() if day == datetime.combine(day.date(), time.min) else day.isoformat()


def _middle(first: str | None, last: str | None) -> datetime:
    if first is None or last is None:
        return datetime(2026, 1, 1)  # canonical moments have no zone
    start = datetime.fromisoformat(first)
    return start + (datetime.fromisoformat(last) - start) / 2
