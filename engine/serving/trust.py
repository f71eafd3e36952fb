"""How far an answer can be trusted: where a row is unlike what the model learned from, seen through the contract."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import NUMERIC, ColumnContract, ColumnType, DataContract
from engine.domain.policy import WhenOver
from engine.domain.service import RARELY_MISSING, Reason, Served
from engine.policy import fair
from engine.policy.allowed import restricted, said
from engine.problem.words import percent
from engine.serving.answers import Words
from engine.serving.refusal import BadCall, shown
from engine.serving.withdrawn import withdrawn


@dataclass(frozen=True)
class Flag:
    """One kind of deviation in one column: the rows it concerns, and whether it lowers trust."""

    code: str
    column: ColumnContract
    rows: NDArray[np.bool_]
    lowers: bool = True
    agreed: bool = False  # it is the use contract that this deviates from, not what the model learned


def noted(served: Served, columns: Mapping[str, NDArray[Any]]) -> list[Flag]:
    """Return every deviation of canonical columns from what a served model learned from, and from whom it knows."""
    found, by = flags(columns, served.contract), served.policy.group_thresholds
    if by is not None:
        nobody = fair.without_group(by, pd.Series(columns[by.column.name]))
        found += [Flag("no_group", by.column, nobody)] if nobody.any() else []
    return [*found, *_not_allowed(served, columns, found)]


def _not_allowed(served: Served, columns: Mapping[str, NDArray[Any]], found: Iterable[Flag]) -> Iterator[Flag]:
    """Yield what lies within what the model learned from, and outside what the use contract allows."""
    known = {(flag.code, flag.column.name): flag.rows for flag in found}
    for flag in flags(columns, restricted(served.contract, served.use.allowed)):
        if flag.code in {"out_of_range", "new_category"}:
            rows = flag.rows & ~known.get((flag.code, flag.column.name), np.zeros(len(flag.rows), dtype=bool))
            yield Flag(flag.code, flag.column, rows, agreed=True)


def flags(columns: Mapping[str, NDArray[Any]], contract: DataContract) -> list[Flag]:
    """Return every deviation of canonical columns from their contract; what does not deviate is left out."""
    found: list[Flag] = []
    for column in contract.columns:
        values = columns[column.name]
        missing = pd.isna(values)
        found.append(Flag("missing", column, missing, lowers=column.missing_rate < RARELY_MISSING))
        if column.type in NUMERIC:
            found.append(Flag("out_of_range", column, _outside(values, column.minimum, column.maximum)))
        elif column.type is ColumnType.DATETIME:
            found.append(Flag("out_of_range", column, _outside(values, _date(column.first), _date(column.last))))
        elif column.levels is not None:
            found.append(Flag("new_category", column, ~missing & _absent(values, frozenset(column.levels))))
        if column.type is ColumnType.INTEGER:
            found.append(Flag("unlike_training", column, ~missing & (values != np.floor(values))))
    return [flag for flag in found if flag.rows.any()]


def _outside(values: NDArray[Any], low: Any, high: Any) -> NDArray[np.bool_]:
    outside = np.zeros(len(values), dtype=bool)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    return outside


def _date(text: str | None) -> np.datetime64 | None:
    return None if text is None else pd.Timestamp(text).to_datetime64()


def _absent(values: NDArray[Any], known: frozenset[str]) -> NDArray[np.bool_]:
    # Not by pandas, to which words are the same that differ after a NUL.
    return ~np.fromiter(map(known.__contains__, values.tolist()), dtype=bool, count=len(values))


def reason(flag: Flag, value: Any) -> Reason:
    """Return a flag as one row's reason, with the value found and what is usual."""
    column = flag.column
    name = column.name
    if flag.agreed:
        words = f"{name!r} is {_say(value)}; the use contract allows only {said(column)}."
    elif flag.code == "missing":
        words = f"{name!r} has no value; in training that {_how_often(column.missing_rate)}."
    elif flag.code == "no_group":
        words = f"{name!r} says no group that was seen in training: the threshold for everybody else decided."
    elif flag.code == "new_category":
        words = f"{name!r} is {shown(value)}, which was not (or hardly) seen in training."
    elif flag.code == "unlike_training":
        words = f"{name!r} is {_say(value)}; in training it was always a whole number."
    else:
        low, high = (
            (column.first, column.last) if column.type is ColumnType.DATETIME else (column.minimum, column.maximum)
        )
        words = f"{name!r} is {_say(value)}; in training it lay between {_say(low)} and {_say(high)}."
    return Reason(code=flag.code, column=name, message=words)


def _how_often(missing: float) -> str:
    if not missing:
        return "never happened"
    rarity = "seldom" if missing < RARELY_MISSING else "sometimes"
    return f"happened {rarity} ({percent(missing)} of rows)"


def _say(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value).isoformat()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    return str(value)


UNLIKE = Reason(code="unlike_training", message="Taken together, its values are unlike nearly all rows in training.")


def superfluous(name: str) -> Reason:
    """Return the reason for a column the model does not use."""
    return Reason(code="extra_column", column=name, message=f"{shown(name)} is not used by this model and was ignored.")


def standing(served: Served, today: date) -> tuple[Reason, ...]:
    """Return the reasons that hold for every answer: use that is over, or was never approved."""
    reasons = []
    if over := _over(served, today):
        reasons.append(Reason(code="expired", message=f"{over}; ask {served.use.owner or 'its owner'}."))
    if not served.approved and served.retired is None:  # what was retired had been approved
        reasons.append(Reason(code="not_approved", message="Nobody has approved this model for use."))
    return tuple(reasons)


def require_in_use(served: Served, today: date) -> None:
    """Refuse to answer where the use contract says so once its time is over.

    Raises
    ------
    BadCall
        If the model is retired or expired, and its use contract has it refuse then.
    """
    over = _over(served, today)
    if over and served.use.when_over is WhenOver.REFUSE:
        owner = served.use.owner or "its owner"
        raise BadCall(f"{over}.", fix=f"Ask {owner} what takes its place.", code="expired", status=410)


def _over(served: Served, today: date) -> str:
    """Say why the model is no longer to be used; nothing where it is."""
    retired = served.retired or withdrawn()
    if retired is not None:
        return f"This model is retired{f' since {retired.isoformat()}' if retired > date.min else ''}"
    until = served.use.valid_until
    return f"This model was to be used until {until.isoformat()}" if until is not None and today > until else ""


def levels(
    found: Iterable[Flag],
    abstained: NDArray[np.bool_],
    *,
    unlike: NDArray[np.bool_],
    standing: Sequence[Reason],
    marked: NDArray[np.bool_] | None = None,
) -> Words:
    """Return how far each answer can be trusted: ``ok``, ``caution``, or ``abstain`` where it is left to a person.

    Parameters
    ----------
    found : iterable of Flag
        What deviates, and where.
    abstained, unlike, marked : array of shape (n,)
        Rows that are left to a person, rows that are like nothing in training when their values are taken together,
        and rows with a cell that could not be read.
    standing : sequence of Reason
        What holds for every answer: see ``standing``.
    """
    careful = unlike | bool(standing)
    if marked is not None:
        careful |= marked
    for flag in found:
        if flag.lowers:
            careful |= flag.rows
    return Words(("ok", "caution", "abstain"), np.where(abstained, 2, careful.astype(np.intp)))
