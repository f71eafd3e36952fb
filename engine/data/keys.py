"""Keys of two tables: proposed by names and values, and made comparable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.roles import plain
from engine.domain.dataset import ColumnType
from engine.errors import UnusableOption

_LOOK = 2000  # different values of the first table that are looked for in the second
_MANY = 20  # fewer different values than this are groups rather than somebody's key
_FEWEST = 0.3  # share of them that a proposed key finds
_EXACT = r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?"  # digits that a float holds
_WORDS = {"number": "numbers", "date": "dates", "word": "text"}


@dataclass(frozen=True)
class Comparable:
    """The same key of both tables as values that are equal where the keys are; missing ones are null."""

    base: pa.Array
    other: pa.Array
    notes: tuple[str, ...] = ()


def comparable(base: pd.Series, other: pd.Series) -> Comparable:
    """Bring two canonical key columns to one type; whatever that changes is said.

    Text is compared as text, numbers as numbers; where one is text and the other a number (or a date), the text is
    read as such, so that "007" is 7.

    Raises
    ------
    UnusableOption
        If one holds numbers and the other dates.
    """
    kinds = {kind_of(base), kind_of(other)}
    if kinds == {"number", "date"}:
        raise UnusableOption(
            f"{base.name!r} holds {_WORDS[kind_of(base)]} and {other.name!r} {_WORDS[kind_of(other)]}:"
            " they cannot be the same key.",
            fix="Choose another pair of columns, or correct the type of one of them.",
        )
    kind = "word" if kinds == {"word"} else next(iter(kinds - {"word"}))
    read, said = zip(*(_read(values, kind) for values in (base, other)), strict=True)
    return Comparable(read[0], read[1], tuple(note for note in said if note))


def kind_of(values: pd.Series) -> str:
    """Return how a canonical column is kept: ``number``, ``date`` or ``word``."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "number" if pd.api.types.is_float_dtype(values) else "word"


def moments(values: pd.Series) -> pa.Array:
    """Return dates as nanoseconds since 1970 and numbers as they are; missing ones are null."""
    if kind_of(values) == "date":
        return pa.array(values.to_numpy("datetime64[ns]").view("int64"), mask=values.isna().to_numpy())
    return pa.array(values.to_numpy("float64"), from_pandas=True)


def _read(values: pd.Series, kind: str) -> tuple[pa.Array, str]:
    if kind_of(values) == kind:
        if kind == "word":
            # The same letters, whichever way they are composed.
            return pc.utf8_normalize(pa.array(values, pa.string(), from_pandas=True), form="NFC"), ""
        return moments(values), ""
    if kind == "number":
        digits = values.where(values.str.fullmatch(_EXACT, na=False))
        numbers = pd.to_numeric(digits, errors="coerce").astype("float64")
        return moments(numbers), _said(values, numbers, kind)
    dates = pd.to_datetime(values, errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)
    return moments(dates), _said(values, dates, kind)


def _said(values: pd.Series, read: pd.Series, kind: str) -> str:
    note = f"The key {values.name!r} is text; it is compared as {_WORDS[kind]}"
    written = values[read.notna()]
    if len(written):
        padded = written[written.str.match("0[0-9]")] if kind == "number" else written
        row = padded.index[0] if len(padded) else written.index[0]
        note += f", so that {values[row]!r} is {_short(read[row])}"
    lost = values[values.notna() & read.isna()]
    if not len(lost):
        return f"{note}."
    rows = "1 row" if len(lost) == 1 else f"{len(lost):,} rows"
    return f"{note}; {rows}, such as {lost.iloc[0]!r}, cannot be read so and will not match."


def _short(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value).removesuffix(" 00:00:00")


@dataclass(frozen=True, eq=False)
class _Different:
    """The different values of a column, and whether each stands in one row only."""

    values: pd.Series
    unique: bool


@dataclass(frozen=True)
class _Candidate:
    pair: tuple[str, str]
    same_name: bool
    alone: bool  # whether it can be a key by itself
    score: float


def candidates(types: Mapping[str, ColumnType]) -> tuple[str, ...]:
    """Return the columns that can be a key: no measured numbers and no free text."""
    return tuple(name for name, kind in types.items() if kind not in {ColumnType.NUMBER, ColumnType.TEXT})


def suggest(
    base: pd.DataFrame, other: pd.DataFrame, base_types: Mapping[str, ColumnType], other_types: Mapping[str, ColumnType]
) -> tuple[tuple[str, str], ...]:
    """Propose the pairs of columns by which two canonical tables belong together, or none.

    A pair is proposed where its values overlap, and its names are alike or its values too many to agree by chance.
    A second pair of the same name is added where only both together name one row of the second table.
    """
    left = [_different(base[name]) for name in candidates(base_types)]
    right = [_different(other[name]) for name in candidates(other_types)]
    found = sorted((c for a in left for b in right if (c := _candidate(a, b)) is not None), key=lambda c: -c.score)
    best = next((c.pair for c in found if c.alone), None)
    if best is None:
        return ()
    if not other[best[1]].dropna().duplicated().any():
        return (best,)
    alone = _share_found(base, other, (best,))
    for more in found:
        pairs = (best, more.pair)
        if not more.same_name or more.pair == best:
            continue
        if not other.dropna(subset=[b for _, b in pairs]).duplicated(subset=[b for _, b in pairs]).any() and (
            _share_found(base, other, pairs) > 0.5 * alone
        ):
            return pairs
    return (best,)


def _different(values: pd.Series) -> _Different:
    present = values.dropna()
    different = present.drop_duplicates()
    return _Different(different, unique=len(different) == len(present))


def _candidate(one: _Different, two: _Different) -> _Candidate | None:
    a, b = one.values, two.values
    likeness = _likeness(str(a.name), str(b.name))
    if kind_of(a) != kind_of(b) and (likeness < 1 or "date" in {kind_of(a), kind_of(b)}):
        return None
    one_to_many = one.unique or two.unique
    if a.empty or b.empty or (likeness < 0.5 and not one_to_many):
        return None
    both = comparable(a.iloc[:: max(1, len(a) // _LOOK)].head(_LOOK), b)
    overlap = pc.sum(pc.is_in(both.base, value_set=both.other.drop_null())).as_py() / len(both.base)
    of_both = overlap * len(a) / max(1.0, len(b) + len(a) - overlap * len(a))
    if overlap < _FEWEST or (likeness < 0.5 and of_both < _FEWEST):
        return None
    # Two tables seldom belong together by a date alone, nor by groups such as the sex.
    dates = kind_of(a) == "date"
    alone = (one_to_many or len(b) >= _MANY) and not (dates and likeness < 1)
    score = likeness + overlap + one_to_many - dates
    return _Candidate((str(a.name), str(b.name)), likeness == 1, alone, score)


def _likeness(a: str, b: str) -> float:
    words, others = plain(a), plain(b)
    if words == others:
        return 1.0
    one, two = set(words.split()), set(others.split())
    return 0.5 if one & two else 0.0


def _share_found(base: pd.DataFrame, other: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> float:
    rows = base.iloc[:: max(1, len(base) // _LOOK)]
    both = [comparable(rows[a], other[b]) for a, b in pairs]
    here = pd.DataFrame({i: key.base.to_pandas() for i, key in enumerate(both)}).dropna()
    there = pd.DataFrame({i: key.other.to_pandas() for i, key in enumerate(both)}).dropna().drop_duplicates()
    return len(here.merge(there)) / max(1, len(here))
