"""Values that a fix reads as others: as missing, or as another spelling of the same; in training and in the service."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.domain.outcome import Action, Remedy

_LONGEST_UNION = 3
YES = frozenset({"yes", "y", "true", "t", "ja", "j", "wahr", "oui", "o", "vrai", "si", "s", "verdadero", "1"})
NO = frozenset({"no", "n", "false", "f", "nein", "falsch", "non", "faux", "falso", "0"})
_JOINT = re.compile(r"(?<=[^\W\d_])[\s_-]+(?=[^\W\d_])|\s+")
# Codes such as 007 or very long numbers lose something as numbers.
_CODE = re.compile(r"\s*[+-]?0\d+|\s*\+\d{6,}|\s*[+-]?\d{16,}")


def texts(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return values as the text an analyst would write: 3.0 becomes ``3``, midnight a date alone."""
    if pd.api.types.is_datetime64_any_dtype(values):
        midnight = bool((values.dropna() == values.dropna().dt.normalize()).all())
        written: pd.Series[str] = values.dt.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M:%S").astype(object)
        return written.where(values.notna(), None)
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(object).where(values.notna(), None)
    codes, distinct = pd.factorize(values)
    spelled = np.array([*(text_of(float(v)) for v in distinct), None], dtype=object)
    return pd.Series(spelled[codes], index=values.index, name=values.name)


def text_of(value: float) -> str:
    """Return a number as text, whole numbers without a decimal point."""
    return str(int(value)) if value.is_integer() else repr(value)


def merged(values: tuple[str, ...]) -> dict[str, str]:
    """Return what each of the values is called once they are united.

    Spellings of one word (or of yes and of no) are called by the first of them; all else becomes one: all of the values
    where they are few, else ``other``.
    """
    means = meanings(values)
    spellings: dict[str, list[str]] = {}
    for value in values:
        spellings.setdefault(means[value], []).append(value)
    if all(len(same) > 1 for same in spellings.values()):
        return {value: same[0] for same in spellings.values() for value in same}
    union = " or ".join(values) if len(values) <= _LONGEST_UNION else "other"
    return dict.fromkeys(values, union)


def meanings(values: Iterable[str]) -> dict[str, str]:
    """Return what each value means, case, accents and spaces aside; yes and no are known in four languages."""
    bare = {value: _plain(value) or value for value in values}
    if all(word in YES or word in NO for word in bare.values()) and not _digits(bare.values()):
        return {value: "yes" if word in YES else "no" for value, word in bare.items()}
    return bare


def read_as(remedies: Iterable[Remedy], name: str) -> dict[str, str | None]:
    """Return the values of a column that its remedies, one after the other, turn into others; None is missing."""
    found: dict[str, str | None] = {}
    for remedy in remedies:
        if name not in remedy.columns:
            continue
        step: dict[str, str | None] = {}
        if remedy.action is Action.SET_MISSING:
            step = dict.fromkeys(remedy.values)
        elif remedy.action is Action.MERGE_LEVELS:
            step = dict(merged(remedy.values))
        found = {value: step.get(new, new) if new is not None else None for value, new in found.items()}
        found |= {value: new for value, new in step.items() if value not in found}
    return {value: new for value, new in found.items() if new != value}


def rewritten(values: "pd.Series[Any]", becomes: Mapping[str, str | None]) -> "pd.Series[Any]":
    """Return a canonical column in which values became others; None is missing.

    Where a column of words has lost some and only numbers are left, it becomes a column of numbers.
    """
    changed = replaced(values, becomes)
    if changed.dtype != object or None not in becomes.values() or values.dtype != object:
        return changed
    numbers = as_numbers(changed)
    return changed if numbers is None else numbers


def replaced(values: "pd.Series[Any]", becomes: Mapping[str, str | None]) -> "pd.Series[Any]":
    """Return a canonical column in which values became others, None missing; words stay words."""
    if not becomes:
        return values.where(values.notna(), None) if values.dtype == object else values
    gone = _among(values, [value for value, new in becomes.items() if new is None])
    left = {value: new for value, new in becomes.items() if new is not None}
    if left:
        written = texts(values)
        values = written.where(~written.isin(left), written.map(left))
    if values.dtype == object:
        return values.where(values.notna() & ~gone, None)
    return values.mask(gone)


def _among(values: "pd.Series[Any]", texts_: list[str]) -> "pd.Series[bool]":
    if not pd.api.types.is_datetime64_any_dtype(values):
        return texts(values).isin(texts_)
    # How a moment is written depends on the others of its column: a day alone only where all are midnights.
    return values.isin(pd.to_datetime(texts_, errors="coerce", format="ISO8601").dropna())


def as_numbers(values: "pd.Series[Any]") -> "pd.Series[float] | None":
    """Return words as numbers, or None where one of them is no number, or would lose something as a number."""
    different = pd.Series(values.dropna().unique(), dtype=object)
    if not len(different) or different.astype(str).str.fullmatch(_CODE).any():
        return None
    read = pd.to_numeric(different, errors="coerce")
    if not np.isfinite(read.to_numpy(dtype=np.float64)).all():
        return None
    return pd.to_numeric(values).astype("float64")


def _plain(value: str) -> str:
    """Return a value without case, accents and what joins words; "A+" and "A-" stay two."""
    bare = unicodedata.normalize("NFKD", value.casefold())
    letters = "".join(c for c in bare if not unicodedata.combining(c)).strip()
    return _JOINT.sub(" ", letters.rstrip(".") or letters)


def _digits(words: Iterable[str]) -> bool:
    """Whether there are only 1 and 0, which are numbers and mean no more than they say."""
    return all(word in {"0", "1"} for word in words)
