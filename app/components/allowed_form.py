"""On which cases a model may be used, where a person allows fewer than it has learned from."""

from datetime import date
from typing import Any

import streamlit as st

from app.wording import plain, short
from engine.domain.dataset import NUMERIC, ColumnContract, ColumnType, DataContract
from engine.domain.policy import Allowed


def ask(contract: DataContract, given: tuple[Allowed, ...], key: str, *, frozen: bool) -> tuple[Allowed, ...]:
    """Ask for narrower ranges and levels; what lies outside of them is answered with caution."""
    columns = {c.name: c for c in contract.columns if c.type is not ColumnType.TEXT and _limits(c)}
    before = {limit.column: limit for limit in given if limit.column in columns}
    chosen = st.multiselect(
        "Use it only on cases with certain values of",
        list(columns),
        default=list(before),
        format_func=short,
        disabled=frozen,
        key=f"{key}:allowed",
        persist_state="session",
        placeholder="any values it has learned from",
        help="Other cases are answered too, with a caution that says what the use contract allows.",
    )
    return tuple(_one(columns[name], before.get(name), f"{key}:allowed:{name}", frozen=frozen) for name in chosen)


def _limits(column: ColumnContract) -> bool:
    return bool(column.levels) or column.minimum is not None or column.first is not None


def _one(column: ColumnContract, before: Allowed | None, key: str, *, frozen: bool) -> Allowed:
    common: dict[str, Any] = {"disabled": frozen, "persist_state": "session"}
    name = plain(short(column.name))
    if column.levels:
        kept = [
            v for v in (before.levels if before and before.levels is not None else column.levels) if v in column.levels
        ]
        levels = st.multiselect(f"{name} is one of", column.levels, default=kept, key=key, **common)
        return Allowed(column=column.name, levels=tuple(levels))
    first, second = st.columns(2)
    if column.type in NUMERIC:
        low, high = _numbers(column, before)
        return Allowed(
            column=column.name,
            minimum=first.number_input(f"{name} from", value=low, key=f"{key}:low", **common),
            maximum=second.number_input(f"{name} to", value=high, key=f"{key}:high", **common),
        )
    begin, end = _dates(column, before)
    return Allowed(
        column=column.name,
        first=_iso(first.date_input(f"{name} from", begin, min_value=None, key=f"{key}:low", **common), "00:00:00"),
        last=_iso(second.date_input(f"{name} to", end, min_value=None, key=f"{key}:high", **common), "23:59:59"),
    )


def _numbers(column: ColumnContract, before: Allowed | None) -> tuple[float | None, float | None]:
    known = before or Allowed(column=column.name)
    low = column.minimum if known.minimum is None else known.minimum
    return low, column.maximum if known.maximum is None else known.maximum


def _dates(column: ColumnContract, before: Allowed | None) -> tuple[date | None, date | None]:
    known = before or Allowed(column=column.name)
    ends = known.first or column.first, known.last or column.last
    begin, end = (date.fromisoformat(text[:10]) if text else None for text in ends)
    return begin, end


def _iso(day: Any, time: str) -> str | None:
    return f"{day.isoformat()}T{time}" if isinstance(day, date) else None
