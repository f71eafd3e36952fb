"""Two tables side by side in a scratch database: their keys and times made comparable, and what matches counted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from engine.data.keys import comparable, kind_of, moments
from engine.data.scratch import Scratch, scratch
from engine.domain.dataset import Matched
from engine.errors import UnusableOption

Keys = Sequence[tuple[str, str]]


def match(
    keys: Keys, base: pd.DataFrame, other: pd.DataFrame, *, time: str | None = None, other_time: str | None = None
) -> tuple[Matched, tuple[str, ...]]:
    """Count what the keys and times of two tables match, with a sentence for every key that had to be converted.

    Parameters
    ----------
    keys : pairs of str
        A column of the first table and one of the second.
    base, other : DataFrame
        Canonical; the columns named suffice.
    time, other_time : str, optional
        When a row of the first table is decided, and when a row of the second happened.

    Raises
    ------
    UnusableOption
        If a column is absent, or two columns cannot be compared.
    """
    with scratch() as place:
        notes = give(place, keys, (time, other_time), base, other)
        return count(place, keys, (time, other_time), len(base), len(other)), notes


def give(
    place: Scratch,
    keys: Keys,
    times: tuple[str | None, str | None],
    base: pd.DataFrame,
    other: pd.DataFrame,
    values: Mapping[str, pa.Array] | None = None,
) -> tuple[str, ...]:
    """Make the tables ``b`` and ``o`` without the rows that lack a key; return what there is to say about the keys.

    Their columns are the row's number ``rn``, the key ``k0``, ..., the time ``t``, and in ``o`` the ``values``.
    """
    pairs = [comparable(column(base, a, "first"), column(other, b, "second")) for a, b in keys]
    clocks = _clocks(base, other, *times)
    sides = (
        {f"k{i}": pair.base for i, pair in enumerate(pairs)},
        {f"k{i}": pair.other for i, pair in enumerate(pairs)} | dict(values or {}),
    )
    for name, rows, clock, columns in zip("bo", (len(base), len(other)), clocks, sides, strict=True):
        place.give("given", pa.table({"rn": pa.array(np.arange(rows)), "t": clock, **columns}))
        place.ask(f"CREATE TABLE {name} AS SELECT * FROM given WHERE {keyed(keys)}")  # noqa: S608
    return tuple(note for pair in pairs for note in pair.notes)


def count(place: Scratch, keys: Keys, times: tuple[str | None, str | None], rows: int, other_rows: int) -> Matched:
    """Count what matches in the tables that ``give`` made."""
    by = listed(keys)
    place.ask(f"CREATE TABLE bk AS SELECT {by}, count(*) AS n, min(t) AS lo, max(t) AS hi FROM b GROUP BY {by}")  # noqa: S608
    place.ask(f"CREATE TABLE ok AS SELECT {by}, count(*) AS n FROM o GROUP BY {by}")  # noqa: S608
    ((matched, other_matched),) = place.ask(
        f"SELECT coalesce(sum(bk.n), 0)::BIGINT, coalesce(sum(ok.n), 0)::BIGINT FROM bk JOIN ok USING ({by})"  # noqa: S608
    )
    ((keyed_rows, twice),) = place.ask("SELECT coalesce(sum(n), 0)::BIGINT, count(*) FILTER (n > 1) FROM bk")
    ((other_twice, most),) = place.ask("SELECT count(*) FILTER (n > 1), coalesce(max(n), 0) FROM ok")
    found = Matched(
        rows=rows,
        matched=matched,
        no_key=rows - keyed_rows,
        other_rows=other_rows,
        other_matched=other_matched,
        keys_twice=twice,
        other_keys_twice=other_twice,
        most=most,
    )
    if None in times:
        return found
    ((no_time,),) = place.ask("SELECT count(*) FILTER (t IS NULL) FROM b")
    ((untimed, after, partly),) = place.ask(
        f"""SELECT count(*) FILTER (o.t IS NULL), count(*) FILTER (o.t IS NOT NULL AND coalesce(o.t >= hi, true)),
        count(*) FILTER (o.t >= lo AND o.t < hi) FROM o JOIN bk USING ({by})"""  # noqa: S608
    )
    times_ = {"no_time": no_time, "other_no_time": untimed, "other_after": after, "other_partly": partly}
    return found.model_copy(update=times_)


def listed(keys: Keys) -> str:
    """Return the key columns of a statement."""
    return ", ".join(f"k{i}" for i, _ in enumerate(keys))


def keyed(keys: Keys) -> str:
    """Return the condition that no part of the key is missing."""
    return " AND ".join(f"k{i} IS NOT NULL" for i, _ in enumerate(keys))


def equal(keys: Keys, left: str, right: str) -> str:
    """Return the condition that two tables' keys are equal."""
    return " AND ".join(f"{left}.k{i} = {right}.k{i}" for i, _ in enumerate(keys))


def column(frame: pd.DataFrame, name: str, which: str) -> pd.Series:
    """Return a column of a table.

    Raises
    ------
    UnusableOption
        If it is absent.
    """
    if name not in frame:
        names = ", ".join(repr(str(known)) for known in frame.columns[:8]) + ("..." if frame.shape[1] > 8 else "")
        raise UnusableOption(f"The {which} table has no column called {name!r}.", fix=f"Its columns are {names}.")
    return frame[name]


def _clocks(
    base: pd.DataFrame, other: pd.DataFrame, time: str | None, other_time: str | None
) -> tuple[pa.Array, pa.Array]:
    if time is not None and other_time is None:
        raise UnusableOption(
            f"{time!r} says when a row is decided, but not which rows of the second table lie before.",
            fix="Name the second table's time too, or neither.",
        )
    for frame, name, which in ((base, time, "first"), (other, other_time, "second")):
        if name is not None and kind_of(column(frame, name, which)) == "word":
            raise UnusableOption(
                f"{name!r} holds text, so rows cannot be put in order of time by it.",
                fix="Correct its type to a date, or name another column.",
            )
    if time is not None and other_time is not None and kind_of(base[time]) != kind_of(other[other_time]):
        raise UnusableOption(
            f"One of {time!r} and {other_time!r} holds dates, the other numbers: neither lies before the other.",
            fix="Name two dates, or two numbers that count the same.",
        )
    clocks = (base[time] if time else None, other[other_time] if other_time else None)
    none = (pa.nulls(len(base), pa.int64()), pa.nulls(len(other), pa.int64()))
    return (
        none[0] if clocks[0] is None else moments(clocks[0]),
        none[1] if clocks[1] is None else moments(clocks[1]),
    )
