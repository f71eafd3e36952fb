"""Two tables become one: a left join, or many rows of the second as one value per row of the first."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.data.keys import kind_of, moments
from engine.data.matching import column, count, equal, give, listed
from engine.data.scratch import Scratch, scratch
from engine.domain.dataset import Added, Matched, Measure, Recipe
from engine.errors import UnusableInput, UnusableOption

_DAY = 86_400e9  # nanoseconds
_OF_ROWS = frozenset({Measure.COUNT, Measure.SINCE})
_FOLD = {Measure.SUM: "fsum", Measure.MEAN: "avg", Measure.MINIMUM: "min", Measure.MAXIMUM: "max"}


@dataclass(frozen=True)
class Combined:
    """The first table with the new columns behind its own, what matched, and a sentence for what was not obvious."""

    frame: pd.DataFrame
    matched: Matched
    notes: tuple[str, ...]


def apply(recipe: Recipe, base: pd.DataFrame, other: pd.DataFrame) -> Combined:
    """Combine two canonical tables by a recipe; the rows of the first stay, in their order.

    Missing keys match nothing. Where the recipe names times, a row of the second table counts only if it lies before
    the decision: what happened at the same moment does not. A row without such rows has a count and a sum of 0 and
    misses everything else; a row without a key or a time misses all. Missing values do not enter a sum, a mean or an
    extreme, and are never the last value. Of rows that share the last time, the one that stands last counts.

    Parameters
    ----------
    recipe : Recipe
        Names columns that are there, and new ones that are not.
    base, other : DataFrame
        Canonical.

    Raises
    ------
    UnusableOption
        If a column is absent or does not suit its measure, if a new name is taken, or if a plain join would multiply
        rows.
    UnusableInput
        If no row matches, or none lies before a decision.
    """
    _check(recipe, base, other)
    times = (recipe.time, recipe.other_time)
    with scratch() as place:
        notes = list(give(place, recipe.keys, times, base, other, _material(recipe, other)))
        matched = count(place, recipe.keys, times, len(base), len(other))
        if not matched.matched:
            raise _nothing_matches(recipe, base, other)
        if not matched.usable:
            raise UnusableInput(
                f"No row of the second table lies before a decision: {recipe.other_time!r} is never before"
                f" {recipe.time!r} where the keys agree.",
                fix="Check which columns say when a row is decided and when it happened, or name none.",
            )
        columns: dict[str, pd.Series] = {}
        plain = [added for added in recipe.added if added.measure is Measure.VALUE]
        if plain:
            notes += _require_one_row_per_key(place, recipe, other, matched)
            positions = _joined(place, recipe, len(base))
            columns |= {added.name: _take(other[str(added.column)], positions) for added in plain}
        if len(plain) < len(recipe.added):
            columns |= _folded(place, recipe, base, other)
    ordered = {added.name: columns[added.name] for added in recipe.added}
    frame = pd.concat([base.reset_index(drop=True), pd.DataFrame(ordered)], axis=1)
    return Combined(frame, matched, tuple(notes))


def _check(recipe: Recipe, base: pd.DataFrame, other: pd.DataFrame) -> None:
    names = [added.name for added in recipe.added]
    taken = [name for at, name in enumerate(names) if name in base or name in names[:at]]
    if taken:
        raise UnusableOption(
            f"There is a column called {taken[0]!r} already.", fix="Give the new column another name, or leave it out."
        )
    for added in recipe.added:
        if added.measure not in _OF_ROWS:
            _check_measure(added, kind_of(column(other, added.column or "", "second")))
    if recipe.other_time is None and any(added.measure is Measure.LAST for added in recipe.added):
        raise UnusableOption(
            "Which value is the last one cannot be told without a time.",
            fix="Name the column that says when a row of the second table happened, or choose another measure.",
        )
    if recipe.time is None and any(added.measure is Measure.SINCE for added in recipe.added):
        raise UnusableOption(
            "The days since the last row cannot be told without a time in both tables.",
            fix="Name the column that says when a row is decided, or leave the days out.",
        )


def _check_measure(added: Added, kind: str) -> None:
    if added.measure in {Measure.SUM, Measure.MEAN} and kind != "number":
        raise UnusableOption(
            f"{added.column!r} holds no numbers, so it has no {added.measure}.",
            fix="Take its last value instead, or correct its type.",
        )
    if added.measure in {Measure.MINIMUM, Measure.MAXIMUM} and kind == "word":
        raise UnusableOption(
            f"{added.column!r} holds text, which has no least or greatest value.", fix="Take its last value instead."
        )


def _material(recipe: Recipe, other: pd.DataFrame) -> dict[str, pa.Array]:
    """Return what is folded: values, and for last values the number of the row where there is one."""
    given = {}
    for i, added in enumerate(recipe.added):
        if added.measure is Measure.LAST:
            values = other[str(added.column)]
            given[f"v{i}"] = pa.array(np.arange(len(other)), mask=values.isna().to_numpy())
        elif added.measure in _FOLD:
            given[f"v{i}"] = moments(other[str(added.column)])
    return given


def _require_one_row_per_key(place: Scratch, recipe: Recipe, other: pd.DataFrame, matched: Matched) -> list[str]:
    if not matched.other_keys_twice:
        return []
    names = [b for _, b in recipe.keys] + [str(a.column) for a in recipe.added if a.measure is Measure.VALUE]
    names += [recipe.other_time] if recipe.other_time else []
    repeated = other.duplicated(subset=list(dict.fromkeys(names))).to_numpy()
    place.give("repeated", pa.table({"rn": pa.array(np.flatnonzero(repeated))}))
    by = listed(recipe.keys)
    worst = place.ask(
        f"""SELECT min(rn), count(*) AS n FROM (FROM o ANTI JOIN repeated USING (rn)) GROUP BY {by}
        HAVING n > 1 ORDER BY n DESC, min(rn) LIMIT 1"""  # noqa: S608
    )
    if worst:
        ((row, rows),) = worst
        key = ", ".join(repr(_said(other[b].iloc[row])) for _, b in recipe.keys)
        keys = "1 key has" if matched.other_keys_twice == 1 else f"{matched.other_keys_twice:,} keys have"
        raise UnusableOption(
            f"{keys} several rows in the second table, such as {key} with {rows:,}: a plain join would multiply rows.",
            fix="Say how many rows become one value: count, sum, mean, least, greatest or last before the decision.",
        )
    place.ask("DELETE FROM o WHERE rn IN (FROM repeated)")
    rows = int(repeated.sum())
    return [f"{'1 row' if rows == 1 else f'{rows:,} rows'} of the second table repeat another one: they count once."]


def _joined(place: Scratch, recipe: Recipe, rows: int) -> NDArray[np.int64]:
    """Return, per row of the first table, the row of the second that it is joined with, or -1."""
    before = " AND o.t < b.t" if recipe.time else ""
    found = place.query(f"SELECT b.rn, o.rn AS v FROM b JOIN o ON {equal(recipe.keys, 'b', 'o')}{before}")  # noqa: S608
    return _positions(found, "v", rows)


def _folded(place: Scratch, recipe: Recipe, base: pd.DataFrame, other: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns that fold many rows of the second table into one value."""
    folded = {i: added for i, added in enumerate(recipe.added) if added.measure is not Measure.VALUE}
    found = place.query(_before(recipe, folded) if recipe.time else _ever(recipe, folded))
    return {added.name: _column(found, f"v{i}", added, base, other) for i, added in folded.items()}


def _before(recipe: Recipe, folded: dict[int, Added]) -> str:
    """Return the statement that folds, for each row of the first table, the rows that lie before it.

    Running values over the second table, then the nearest earlier one for each row of the first: however many rows
    share a key, none is multiplied.
    """
    by = listed(recipe.keys)
    running = [f"{_fold(i, added, 'OVER w')} AS v{i}" for i, added in folded.items()]
    values = ", ".join(_result(i, added) for i, added in folded.items())
    return f"""WITH running AS (
        SELECT {by}, t, count(*) OVER w AS n, lead(t) OVER (PARTITION BY {by} ORDER BY t, rn) AS next,
        {", ".join(running)} FROM o WHERE t IS NOT NULL
        WINDOW w AS (PARTITION BY {by} ORDER BY t, rn ROWS UNBOUNDED PRECEDING)
        QUALIFY next IS DISTINCT FROM t)
        SELECT b.rn, {values} FROM b ASOF LEFT JOIN running r ON {equal(recipe.keys, "b", "r")} AND b.t > r.t
        WHERE b.t IS NOT NULL"""  # noqa: S608


def _ever(recipe: Recipe, folded: dict[int, Added]) -> str:
    """Return the statement that folds, for each row of the first table, all rows with its key."""
    by = listed(recipe.keys)
    values = ", ".join(_result(i, added) for i, added in folded.items())
    return f"""WITH r AS (
        SELECT {by}, count(*) AS n, {", ".join(f"{_fold(i, added, '')} AS v{i}" for i, added in folded.items())}
        FROM o GROUP BY {by})
        SELECT b.rn, {values} FROM b LEFT JOIN r ON {equal(recipe.keys, "b", "r")}"""  # noqa: S608


def _fold(i: int, added: Added, window: str) -> str:
    match added.measure:
        case Measure.COUNT:
            return f"count(*) {window}"
        case Measure.SINCE:
            return f"max(t) {window}"
        case Measure.LAST if window:
            return f"last_value(v{i} IGNORE NULLS) {window}"
        case Measure.LAST:
            return f"last(v{i} ORDER BY t NULLS FIRST, rn) FILTER (v{i} IS NOT NULL)"
        case measure:
            return f"{_FOLD[measure]}(v{i}) {window}"


def _result(i: int, added: Added) -> str:
    match added.measure:
        case Measure.COUNT:
            return f"coalesce(r.v{i}, 0) AS v{i}"
        case Measure.SUM:
            return f"CASE WHEN r.n IS NULL THEN 0.0 ELSE r.v{i} END AS v{i}"
        case Measure.SINCE:
            return f"b.t - r.v{i} AS v{i}"
        case _:
            return f"r.v{i}"


def _column(found: pa.Table, name: str, added: Added, base: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Return a folded column in the order of the first table, canonical."""
    if added.measure is Measure.LAST:
        return _take(other[str(added.column)], _positions(found, name, len(base)))
    if found[name].type == pa.int64() and added.measure in _FOLD:  # dates
        nothing = np.iinfo("int64").min  # as NumPy writes a date that is missing
        return pd.Series(_scattered(found, name, len(base), nothing).view("datetime64[ns]"))
    values = _scattered(found, name, len(base), np.nan)
    if added.measure is Measure.SINCE and found[name].type == pa.int64():
        values /= _DAY
    return pd.Series(values)


def _positions(found: pa.Table, name: str, rows: int) -> NDArray[np.int64]:
    return _scattered(found, name, rows, -1)


def _scattered(found: pa.Table, name: str, rows: int, nothing: float) -> NDArray[Any]:
    """Return a column of the answer by row number, ``nothing`` where there is no value."""
    whole = isinstance(nothing, int)
    values = np.full(rows, nothing, "int64" if whole else "float64")
    present = found[name].cast(pa.int64() if whole else pa.float64(), safe=False)
    values[found["rn"].to_numpy()] = pc.fill_null(present, nothing).to_numpy()
    return values


def _take(values: pd.Series, positions: NDArray[np.int64]) -> pd.Series:
    """Return values by position, missing where it is -1."""
    taken = values.to_numpy()[positions] if len(values) else np.full(len(positions), None)
    there = positions >= 0
    missing: Any = {"number": np.nan, "date": np.datetime64("NaT")}.get(kind_of(values))
    return pd.Series(np.where(there, taken, missing))


def _nothing_matches(recipe: Recipe, base: pd.DataFrame, other: pd.DataFrame) -> UnusableInput:
    pairs = " and ".join(f"{a!r} = {b!r}" for a, b in recipe.keys)
    a, b = recipe.keys[0]
    return UnusableInput(
        f"No row finds its key in the second table by {pairs}: here it is {_some(base[a])}, there {_some(other[b])}.",
        fix="Choose the columns that hold the same key in both tables.",
    )


def _some(values: pd.Series) -> str:
    return " or ".join(repr(_said(value)) for value in values.dropna().drop_duplicates().head(2)) or "missing"


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).removesuffix(" 00:00:00")
