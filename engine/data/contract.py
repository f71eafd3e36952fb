"""What a valid row is: proposed from the table, corrected by the analyst, measured on what was learned from."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from engine.data import roles
from engine.data.snapshot import as_text
from engine.data.vocabulary import NO_KEY
from engine.domain.dataset import NUMERIC, Column, ColumnContract, ColumnType, DataContract, KnownWhen, Profile, Role
from engine.domain.outcome import Remedy
from engine.errors import UnusableOption
from engine.problem.rewriting import read_as

FOLDED_BELOW = 10  # levels seen fewer times than this could point at single people
_MOST_LEVELS = 1000


def propose(frame: pd.DataFrame, profile: Profile) -> DataContract:
    """Propose a type and a role, with its reason, for every column, and what its values may be.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Canonical.
    profile : Profile
        Of the same table.
    """
    clock = _clock(frame, profile)
    contracts = []
    for column in profile.columns:
        role, reason = _role(column, frame[column.name])
        if column.name == clock:
            role, reason = Role.TIME, "It says when the row happened."
        bare = ColumnContract(name=column.name, type=column.type, role=role, role_reason=reason)
        contracts.append(_profiled(bare, column, frame[column.name]))
    return DataContract(columns=tuple(contracts))


def correct(
    contract: DataContract,
    column: str,
    *,
    type: ColumnType | None = None,
    role: Role | None = None,
    unit: str | None = None,
    note: str | None = None,
    known: KnownWhen | None = None,
) -> DataContract:
    """Return the contract with what the analyst says about one column; None leaves things as they are.

    A new type takes the ranges and levels with it: ``canonical`` converts the table, ``measure`` fills them in again.

    Raises
    ------
    UnusableOption
        If there is no such column.
    """
    if column not in contract.names:
        raise UnusableOption(f"There is no column called {column!r}.", fix=f"Choose one of: {_some(contract.names)}.")
    said = {"unit": unit, "note": note, "known": known}
    changes: dict[str, object] = {name: value for name, value in said.items() if value is not None}
    if type is not None and type is not contract.column(column).type:
        changes |= {"type": type, "minimum": None, "maximum": None, "first": None, "last": None, "levels": None}
    if role is not None:
        changes |= {"role": role, "role_reason": "You said so."}
    return DataContract(
        columns=tuple(c.model_copy(update=changes) if c.name == column else c for c in contract.columns)
    )


def canonical(frame: pd.DataFrame, contract: DataContract) -> pd.DataFrame:
    """Return the contract's columns of a table, converted to the contract's types.

    Values that cannot be converted become missing.

    Raises
    ------
    UnusableOption
        If a column is absent, or none of its values can be converted.
    """
    absent = [name for name in contract.names if name not in frame]
    if absent:
        raise UnusableOption(f"The table has no column called {absent[0]!r}.", fix="Bring a table that has it.")
    converted = {}
    for column in contract.columns:
        given = frame[column.name]
        values = _convert(given, column.type)
        if values is given:
            continue
        if given.notna().any() and not values.notna().any():
            raise UnusableOption(
                f"No value of {column.name!r} can be read as {_A[column.type]}.", fix="Choose another type for it."
            )
        converted[column.name] = values
    # What is canonical already is not copied: a table can take half of the memory.
    changed = frame.assign(**converted) if converted else frame
    return changed if tuple(changed.columns) == contract.names else changed[list(contract.names)]


def differences(before: DataContract, after: DataContract) -> tuple[str, ...]:
    """Say how a newer table differs from an earlier one of the same kind; nothing where it is another table.

    Parameters
    ----------
    before, after : DataContract
        Of the two tables. Fewer than half of the earlier columns in the newer table make it another one.
    """
    shared = [c for c in before.columns if c.name in after.names]
    if 2 * len(shared) < len(before.columns):
        return ()
    gone = [repr(name) for name in before.names if name not in after.names]
    new = [repr(name) for name in after.names if name not in before.names]
    said = []
    if gone:
        said.append(f"The table before had {_some(gone)}; this one has not.")
    if new:
        said.append(f"The table before did not have {_some(new)}.")
    for column in shared:
        now = after.column(column.name).type
        if _KIND[column.type] != _KIND[now]:
            said.append(f"In the table before, {column.name!r} held {_KIND[column.type]}; here it holds {_KIND[now]}.")
    return tuple(said)


def measure(contract: DataContract, frame: pd.DataFrame) -> DataContract:
    """Return the contract with missing rates, ranges and levels as in a canonical table; roles stay."""
    return DataContract(columns=tuple(_measured(c, frame[c.name], _all_levels) for c in contract.columns))


def learned(
    contract: DataContract, learn: pd.DataFrame, features: Sequence[str], remedies: Sequence[Remedy] = ()
) -> DataContract:
    """Return the contract a service enforces: the features only, measured on rows that a model learns from.

    Levels seen fewer than ten times are folded away. Where that would leave less than half of the values, as with
    cabins or streets, any text is allowed instead. ``remedies`` say which values count as others, or as missing; they
    are applied to ``learn`` already.
    """
    only = [_fixed(c, learn[c.name], remedies) for c in contract.only(tuple(features)).columns]
    return DataContract(columns=tuple(_measured(c, learn[c.name], _frequent_levels) for c in only))


def _fixed(column: ColumnContract, values: pd.Series, remedies: Sequence[Remedy]) -> ColumnContract:
    """Return a column's contract as the remedies make it; words of which only numbers are left have become numbers."""
    kind = column.type
    if kind in {ColumnType.CATEGORY, ColumnType.TEXT} and pd.api.types.is_numeric_dtype(values):
        kind = ColumnType.INTEGER if (values.dropna() % 1 == 0).all() else ColumnType.NUMBER
    elif kind in NUMERIC and values.dtype == object:
        kind = ColumnType.CATEGORY
    return column.model_copy(update={"type": kind, "read_as": read_as(remedies, column.name)})


_A = {
    ColumnType.INTEGER: "a whole number",
    ColumnType.NUMBER: "a number",
    ColumnType.CATEGORY: "a category",
    ColumnType.TEXT: "text",
    ColumnType.DATETIME: "a date",
}


_KIND = {
    ColumnType.INTEGER: "numbers",
    ColumnType.NUMBER: "numbers",
    ColumnType.CATEGORY: "words",
    ColumnType.TEXT: "words",
    ColumnType.DATETIME: "dates",
}


def _role(column: Column, values: pd.Series) -> tuple[Role, str]:
    kind = roles.personal(column.name, values, column.distinct)
    if kind:
        article = "an" if kind[0] in "aeiou" else "a"
        return Role.PERSONAL, f"It holds {article} {kind}: kept out of models unless you say otherwise."
    reason = roles.identifier(column, values)
    if reason:
        return Role.IDENTIFIER, reason
    return Role.FEATURE, ""


def _clock(frame: pd.DataFrame, profile: Profile) -> str | None:
    """Return the date column that orders the rows: the only one, else one in order, else one named for it."""
    dates = [
        column.name
        for column in profile.columns
        if column.type is ColumnType.DATETIME
        and column.distinct > 1
        and column.missing_rate < 0.5
        and not roles.personal(column.name, frame[column.name])
    ]
    if len(dates) <= 1:
        return dates[0] if dates else None
    in_order = [name for name in dates if frame[name].dropna().is_monotonic_increasing]
    named = [name for name in dates if NO_KEY.intersection(roles.plain(name).split())]
    return next(iter(in_order or named), None)


def _profiled(bare: ColumnContract, column: Column, values: pd.Series) -> ColumnContract:
    """Return a column's contract with what its profile counted already."""
    found: dict[str, object] = {"missing_rate": column.missing_rate}
    if bare.role is not Role.PERSONAL:
        found |= {"minimum": column.minimum, "maximum": column.maximum, "first": column.first, "last": column.last}
        if bare.type is ColumnType.CATEGORY and bare.role is not Role.IDENTIFIER and column.distinct <= _MOST_LEVELS:
            found |= {"levels": _levels_of(column) or _all_levels(values.dropna())}
    return bare.model_copy(update=found)


def _measured(
    column: ColumnContract, values: pd.Series, levels_of: Callable[[pd.Series], tuple[str, ...] | None]
) -> ColumnContract:
    present = values.dropna()
    found: dict[str, object] = {
        "missing_rate": float(values.isna().mean()) if len(values) else 0.0,
        "minimum": None,
        "maximum": None,
        "first": None,
        "last": None,
        "levels": None,
    }
    if column.role is Role.PERSONAL:
        pass  # Neither a range nor a level of what identifies people is written down.
    elif column.type in NUMERIC and len(present):
        found |= {"minimum": float(present.min()), "maximum": float(present.max())}
    elif column.type is ColumnType.DATETIME and len(present):
        found |= {"first": present.min().isoformat(), "last": present.max().isoformat()}
    elif column.type is ColumnType.CATEGORY and column.role is not Role.IDENTIFIER:
        found |= {"levels": levels_of(present)}
    return column.model_copy(update=found)


def _levels_of(column: Column) -> tuple[str, ...] | None:
    """Return all values of a column, where the profile lists every one."""
    return tuple(sorted(level.value for level in column.levels)) if len(column.levels) == column.distinct else None


def _all_levels(present: pd.Series) -> tuple[str, ...] | None:
    levels = sorted(str(value) for value in present.unique())
    return tuple(levels) if len(levels) <= _MOST_LEVELS else None


def _frequent_levels(present: pd.Series) -> tuple[str, ...] | None:
    counts = present.value_counts()
    kept = counts[counts >= FOLDED_BELOW]
    if kept.sum() < 0.5 * len(present):
        return None
    return tuple(sorted(str(value) for value in kept.index))


def _convert(values: pd.Series, kind: ColumnType) -> pd.Series:
    if kind in NUMERIC:
        return _to_number(values)
    if kind is ColumnType.DATETIME:
        return _to_date(values)
    if values.dtype == object:
        return values
    return pd.Series(as_text(values), index=values.index, dtype=object)


def _to_number(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.Series(float("nan"), index=values.index)
    read = values if values.dtype == "float64" else pd.to_numeric(values, errors="coerce")
    endless = np.isinf(read.to_numpy(dtype="float64"))
    return read.mask(endless).astype("float64") if endless.any() or read.dtype != "float64" else read


def _to_date(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    if values.dtype == object:
        read = pd.to_datetime(values, errors="coerce", format="mixed", utc=True)
    else:
        # 20240131 is how databases write a date as a number.
        whole = values.map(lambda v: None if pd.isna(v) else f"{v:.0f}")
        read = pd.to_datetime(whole, errors="coerce", format="%Y%m%d", utc=True)
    return read.dt.tz_localize(None).astype("datetime64[ns]")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
