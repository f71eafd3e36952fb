"""What a second table could add and how its columns are called; what came of it, in sentences and as a contract."""

import re
from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from engine.data.contract import propose
from engine.domain.dataset import (
    NUMERIC,
    Added,
    ColumnContract,
    ColumnType,
    Combination,
    DataContract,
    KnownWhen,
    Matched,
    Measure,
    Profile,
    Recipe,
    Role,
)

Wanted = tuple[Measure, str | None]
_HELD_BACK = frozenset({Role.PERSONAL, Role.IDENTIFIER, Role.IGNORED})
_MOST = 12  # columns that are proposed to be folded
_LONGEST = 40
_AS_IT_IS = frozenset({Measure.VALUE, Measure.LAST, Measure.MINIMUM, Measure.MAXIMUM})
_OF_ROWS = frozenset({Measure.COUNT, Measure.SINCE})
_SAID = {
    Measure.VALUE: "{column}",
    Measure.COUNT: "number of rows",
    Measure.SUM: "sum of {column}",
    Measure.MEAN: "mean of {column}",
    Measure.MINIMUM: "least {column}",
    Measure.MAXIMUM: "greatest {column}",
    Measure.LAST: "last {column}",
    Measure.SINCE: "time since the last row",
}


def measures(kind: ColumnType, *, timed: bool) -> tuple[Measure, ...]:
    """Return how many values of a type can become one; ``timed`` where the second table has a time."""
    last = (Measure.LAST,) if timed else ()
    if kind in NUMERIC:
        return (Measure.SUM, Measure.MEAN, Measure.MINIMUM, Measure.MAXIMUM, *last)
    if kind is ColumnType.DATETIME:
        return (Measure.MINIMUM, Measure.MAXIMUM, *last)
    return last


def usual(
    contract: DataContract, keys: Collection[str], *, one_row: bool, other_time: str | None, time: str | None
) -> tuple[Wanted, ...]:
    """Propose what to take of a second table: its columns as they stand, or counts, sums, means and last values.

    Keys, personal data, identifiers and what was left out are not proposed.

    Parameters
    ----------
    contract : DataContract
        Of the second table.
    keys : names
        Its key columns.
    one_row : bool
        Whether it has at most one row per key.
    other_time, time : str, optional
        When its rows happened, and when a row of the first table is decided.
    """
    columns = [c for c in contract.columns if c.name not in keys and c.role not in _HELD_BACK]
    if one_row:
        return tuple((Measure.VALUE, c.name) for c in columns)
    wanted: list[Wanted] = [(Measure.COUNT, None)]
    wanted += [(Measure.SINCE, None)] if time and other_time else []
    for column in [c for c in columns if c.name != other_time and c.type is not ColumnType.TEXT][:_MOST]:
        offered = measures(column.type, timed=bool(other_time))
        chosen = {Measure.SUM, Measure.MEAN, Measure.LAST} if column.type in NUMERIC else {Measure.LAST}
        wanted += [(measure, column.name) for measure in offered if measure in chosen]
    return tuple(wanted)


def named(wanted: Iterable[Wanted], base: Iterable[str], other_name: str) -> tuple[tuple[Added, ...], tuple[str, ...]]:
    """Give every wanted column a name that is free, with a sentence for each that could not keep its own.

    Parameters
    ----------
    wanted : pairs of measure and column
        The column is None where the rows themselves count.
    base : names
        Of the first table's columns.
    other_name : str
        What the second table is called.
    """
    taken, added, notes = set(base), [], []
    for measure, column in wanted:
        plain = _name(measure, column, other_name)
        name, number = plain, 1
        while name in taken:
            name = f"{plain} ({other_name[:_LONGEST]}{f' {number}' if number > 1 else ''})"
            number += 1
        if name != plain:
            notes.append(f"There is a column called {plain!r} already; the new one is called {name!r}.")
        taken.add(name)
        added.append(Added(name=name, measure=measure, column=column))
    return tuple(added), tuple(notes)


def _name(measure: Measure, column: str | None, other_name: str) -> str:
    if measure is Measure.VALUE:
        return str(column)
    if measure in _OF_ROWS:
        word = re.sub(r"\W+", "_", other_name).strip("_")[:_LONGEST] or "rows"
        return f"{word}_count" if measure is Measure.COUNT else f"days_since_{word}"
    return f"{column}_{measure}"


def types(recipe: Recipe, other: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Return the types of the new columns; ``other`` holds those of the second table."""
    fixed = {
        Measure.COUNT: ColumnType.INTEGER,
        Measure.MEAN: ColumnType.NUMBER,
        Measure.SINCE: ColumnType.NUMBER,
    }
    return {a.name: fixed[a.measure] if a.measure in fixed else other[str(a.column)] for a in recipe.added}


def known(recipe: Recipe) -> dict[str, KnownWhen]:
    """Propose answers to "known when?": where no time was compared, what is folded may hold what came after."""
    if recipe.time is not None:
        return {}
    return {a.name: KnownWhen.AFTER for a in recipe.added if a.measure is not Measure.VALUE}


def contract(
    frame: pd.DataFrame, profile: Profile, base: DataContract, other: DataContract, combination: Combination
) -> DataContract:
    """Return the contract of a combined table: what was said of a column before still holds, and each new one says why.

    Parameters
    ----------
    frame, profile : DataFrame, Profile
        The combined table.
    base, other : DataContract
        Of the tables it was made of.
    combination : Combination
        How.
    """
    added = {a.name: a for a in combination.recipe.added}
    late = known(combination.recipe)
    columns = []
    for column in propose(frame, profile).columns:
        if column.name in added:
            new = _new(column, added[column.name], other, combination)
            columns.append(new.model_copy(update={"known": late.get(column.name, new.known)}))
        else:
            columns.append(column.model_copy(update=_said(base.column(column.name))))
    return DataContract(columns=tuple(columns))


def _said(column: ColumnContract) -> dict[str, object]:
    """Return what a person may have said of a column."""
    return {name: getattr(column, name) for name in ("role", "role_reason", "unit", "note", "known", "read_as")}


def _new(column: ColumnContract, added: Added, other: DataContract, combination: Combination) -> ColumnContract:
    before = other.column(added.column) if added.column is not None else None
    if before is not None and added.measure in _AS_IT_IS:
        column = column.model_copy(update=_said(before))
        if before.role in _HELD_BACK:
            return column
    elif before is not None:
        column = column.model_copy(update={"unit": before.unit})
    reason = f"From {combination.other_name!r}: {described(added)}"
    reason += f", before {combination.recipe.time!r}." if combination.recipe.time else ", whenever that was."
    return column.model_copy(update={"role": Role.FEATURE, "role_reason": reason})


def described(added: Added) -> str:
    """Return what a new column is, in a few words."""
    return _SAID[added.measure].format(column=repr(added.column))


def told(made: Combination) -> tuple[str, ...]:
    """Say what matched, what was left out and what nobody can know, a sentence each."""
    recipe, other = made.recipe, repr(made.other_name)
    times = {"time": recipe.time, "other_time": recipe.other_time}
    said = list(matching(recipe.keys, made.matched, made.other_name, **times))
    if recipe.time is not None:
        return tuple(said)
    folded = [a for a in recipe.added if a.measure is not Measure.VALUE]
    if folded:
        said.append(
            "No time was compared, so the new columns may hold what happened after the decision: "
            "they are taken as known only afterwards, unless you say otherwise in the question."
        )
    if len(folded) < len(recipe.added):
        said.append(
            f"Nothing says when the values of {other} were written: think of that when the question asks what is known."
        )
    return tuple(said)


def matching(
    keys: Iterable[tuple[str, str]], found: Matched, other_name: str, *, time: str | None, other_time: str | None
) -> tuple[str, ...]:
    """Say what keys and times match, a sentence each; what is taken of the second table does not matter.

    Parameters
    ----------
    keys : pairs of names
        A column of the first table, one of the second.
    found : Matched
        What they match.
    other_name : str
        What the second table is called.
    time, other_time : str, optional
        The columns that say when; both or none.
    """
    other = repr(other_name)
    by = " and ".join(repr(a) if a == b else f"{a!r} = {b!r}" for a, b in keys)
    share = f"{100 * found.matched / max(1, found.rows):.0f} %"
    said = [f"{found.matched:,} of {found.rows:,} rows ({share}) find their key in {other} by {by}."]
    if found.no_key:
        said.append(f"{_rows(found.no_key)} without a key: all new columns are empty there.")
    if found.other_keys_twice:
        several = "1 key has" if found.other_keys_twice == 1 else f"{found.other_keys_twice:,} keys have"
        said.append(f"{several} several rows there, at most {found.most:,}: they become one value for each decision.")
    return (*said, *_in_time(found, other, time, other_time)) if time is not None else tuple(said)


def _in_time(found: Matched, other: str, time: str, other_time: str | None) -> list[str]:
    said = [
        f"Of the {_rows(found.other_matched)} of {other} that belong to them, {found.other_after:,} lie at or after"
        f" every decision ({time!r}) and are left out."
    ]
    if found.other_partly:
        said.append(f"{_rows(found.other_partly)} count for some decisions and come too late for others.")
    if found.other_no_time:
        said.append(f"{_rows(found.other_no_time)} of {other} without {other_time!r} are left out.")
    if found.no_time:
        said.append(f"{_rows(found.no_time)} without {time!r}: all new columns are empty there.")
    return said


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
