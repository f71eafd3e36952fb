"""The cases for which a person allows a model to be used, where they are fewer than it has learned from."""

from collections.abc import Iterable

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.policy import Allowed
from engine.errors import UnusableOption
from engine.problem.words import counted, listed, quoted


def restricted(contract: DataContract, allowed: Iterable[Allowed]) -> DataContract:
    """Return the contract of the restricted columns alone, with their narrower ranges and levels.

    What is looser than the contract changes nothing: nobody can allow what was not learned.
    """
    known = frozenset(contract.names)
    return DataContract(columns=tuple(_narrowed(contract.column(a.column), a) for a in allowed if a.column in known))


def require_sensible(contract: DataContract, allowed: Iterable[Allowed]) -> None:
    """Refuse limits that name no column, or leave nothing.

    Raises
    ------
    UnusableOption
        If a column is not used by the model, or no value of it would be allowed.
    """
    for limit in allowed:
        if limit.column not in contract.names:
            raise UnusableOption(
                f"The model does not use {quoted(limit.column)}.", fix="Limit the use by a column that it learned from."
            )
        column = _narrowed(contract.column(limit.column), limit)
        if _nothing_left(column):
            raise UnusableOption(
                f"No value of {quoted(limit.column)} would be allowed: {said(column)}.",
                fix="Put the lower limit below the upper one, or allow at least one level.",
            )


def said(column: ColumnContract) -> str:
    """Say a column's limits in words."""
    if column.type is ColumnType.DATETIME:
        return f"{_day(column.first)} to {_day(column.last)}"
    if column.levels is not None:
        return listed(column.levels, most=8) if column.levels else counted(0, "level")
    return f"{_number(column.minimum)} to {_number(column.maximum)}"


def _narrowed(column: ColumnContract, limit: Allowed) -> ColumnContract:
    levels = column.levels
    if levels is not None and limit.levels is not None:
        levels = tuple(level for level in levels if level in limit.levels)
    return column.model_copy(
        update={
            "minimum": _larger(column.minimum, limit.minimum),
            "maximum": _smaller(column.maximum, limit.maximum),
            "first": max((d for d in (column.first, limit.first) if d is not None), default=None),
            "last": min((d for d in (column.last, limit.last) if d is not None), default=None),
            "levels": levels,
        }
    )


def _nothing_left(column: ColumnContract) -> bool:
    if column.levels is not None:
        return not column.levels
    if column.first is not None and column.last is not None:
        return column.first > column.last
    return column.minimum is not None and column.maximum is not None and column.minimum > column.maximum


def _larger(one: float | None, other: float | None) -> float | None:
    return max((v for v in (one, other) if v is not None), default=None)


def _smaller(one: float | None, other: float | None) -> float | None:
    return min((v for v in (one, other) if v is not None), default=None)


def _number(value: float | None) -> str:
    return "any" if value is None else f"{value:,.10g}"


def _day(text: str | None) -> str:
    return "any" if text is None else text.partition("T")[0]
