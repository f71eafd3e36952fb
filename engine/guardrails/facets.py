"""What can be read off a value beside the value itself: the letters a code begins with, its length, its last digit."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from engine.guardrails.association import Answers, Coded, Codes, Floats, Strength, code, gini
from engine.guardrails.copies import numeric

_LONGEST, _ENDS = 16, 4
_MOST_WORDS, _WORD_SHARE = 40, 0.02
_MANY = 0.05
# Remainders that are looked at, by how many of the rows, and by how much a smaller divisor may tell less.
_DIVISORS, _FEW, _AS_GOOD = range(2, 65), 2_000, 0.02
_WORD = re.compile(r"[^\W_]+")


def facets(values: "pd.Series[Any]") -> Iterator[tuple[str, Coded]]:
    """Yield what can be read off a column, each with what it is called in a sentence.

    Parameters
    ----------
    values : Series of shape (n,)
        Canonical. Words of few kinds have no facets: each kind is told by itself.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        yield from _of_dates(values)
    elif pd.api.types.is_numeric_dtype(values):
        yield from _of_numbers(values.to_numpy(dtype=np.float64))
    elif values.nunique() >= _MANY * len(values):
        yield from _of_words(values)


def strongest(values: "pd.Series[Any]", answers: Answers) -> tuple[Strength, str]:
    """Return the Gini of the facet that tells most, and what it is called; 0 where there is none."""
    found = [(gini(coded, answers), called) for called, coded in facets(values)]
    if remainder := _of_division(values, answers):
        found.append((gini(remainder[1], answers), remainder[0]))
    if not pd.api.types.is_numeric_dtype(values) and values.dtype == object and values.nunique() >= _MANY * len(values):
        words = _of_phrases(values, answers)
        found += [(gini(words, answers), "words")] if words else []
    return max(found, default=(Strength(0.0), ""))


def _of_dates(values: "pd.Series[Any]") -> Iterator[tuple[str, Coded]]:
    parts = {
        "time of day": values.dt.hour * 60 + values.dt.minute,
        "second": values.dt.second,
        "day of the week": values.dt.dayofweek,
        "day of the month": values.dt.day,
        "month": values.dt.month,
        "fraction of a second": values.dt.microsecond,
    }
    for called, part in parts.items():
        if part.nunique() > 1:
            yield called, _levels(part)


def _of_numbers(values: Floats) -> Iterator[tuple[str, Coded]]:
    present = np.isfinite(values)
    if len(np.unique(values[present])) <= 20 or np.abs(values[present]).max() >= 1e15:
        return
    whole = np.floor(np.abs(values))
    cents = np.round(100 * (np.abs(values) - whole))
    digits = [np.abs(values * 10.0**k - np.round(values * 10.0**k)) > 1e-6 * np.maximum(1, whole) for k in range(5)]
    parts = {
        "last whole digit": whole % 10,
        "cents": cents,
        "number of decimals": np.where(present, np.sum(digits, axis=0), np.nan),
    }
    for called, part in parts.items():
        if len(np.unique(part[present])) > 1:
            yield called, _levels(pd.Series(part))


def _of_division(values: "pd.Series[Any]", answers: Answers) -> tuple[str, Coded] | None:
    """Return the remainder of whole numbers that tells most in some of the rows; None where there are none."""
    if not pd.api.types.is_numeric_dtype(values):
        return None
    numbers = values.to_numpy(dtype=np.float64)
    present = np.flatnonzero(np.isfinite(numbers))
    some = np.random.default_rng(0).permutation(present)[:_FEW]
    x = numbers[some]
    if len(x) < _FEW // 20 or (x % 1 != 0).any() or np.ptp(x) < 2 * _DIVISORS[-1] or np.abs(x).max() >= 1e15:
        return None
    y = answers.values[some]
    columns = [y == kind for kind in range(answers.classes)] if answers.classes else [y]
    centred = [column - column.mean() for column in np.array(columns, dtype=np.float64)]
    told = np.array([_explained(np.mod(x, divisor).astype(np.intp), centred) for divisor in _DIVISORS])
    divisor = _DIVISORS[int(np.argmax(told >= told.max() - _AS_GOOD))]
    return f"remainder on division by {divisor}", _levels(pd.Series(np.mod(numbers, divisor)))


def _explained(codes: Codes, columns: list[Floats]) -> float:
    """Return the part of the variance of some columns that lies between codes, less what chance brings."""
    rows = np.bincount(codes)
    between = sum(float((np.bincount(codes, weights=c) ** 2 / np.maximum(rows, 1)).sum()) for c in columns)
    whole = sum(float((c * c).sum()) for c in columns)
    return between / whole - len(rows) / len(codes) if whole else 0.0


def _of_words(values: "pd.Series[Any]") -> Iterator[tuple[str, Coded]]:
    words = values.astype("string")
    number = numeric(values)
    if number is not None:
        yield "number", code(pd.Series(number))
    digits = words.str.replace(r"\D", "", regex=True)
    if digits.str.len().between(1, 15).mean() > 0.9:
        yield "digits", code(pd.to_numeric(digits).astype("float64"))
    yield "length", _levels(words.str.len())
    yield "number of words", _levels(words.str.count(r"\S+"))
    yield "first letters", _levels(words.str.extract(r"^([^\W\d_]+)")[0])
    texts = ["" if text is None else text for text in values]
    for place, letters in enumerate(_letters([text[:_LONGEST] for text in texts], _LONGEST), start=1):
        yield f"character number {place}", _levels(letters)
    for place, letters in enumerate(_letters([text[: -_ENDS - 1 : -1] for text in texts], _ENDS), start=1):
        yield f"character number {place} from the end", _levels(letters)


def _letters(texts: list[str], longest: int) -> Iterator["pd.Series[Any]"]:
    """Yield for each place of texts, at most so long, the letter that stands there; 0 where there is none."""
    table = np.array(texts, dtype=f"U{longest}").view(np.uint32).reshape(len(texts), longest)
    yield from (pd.Series(letters) for letters in table.T)


def _of_phrases(words: "pd.Series[Any]", answers: Answers) -> Coded | None:
    """Return for each text the most telling of the common words in it."""
    texts = [frozenset(_WORD.findall(text.lower())) if isinstance(text, str) else frozenset() for text in words]
    counts = Counter(word for text in texts for word in text)
    least = max(10, _WORD_SHARE * len(texts))
    common = [word for word, rows in counts.most_common(_MOST_WORDS) if least <= rows < len(texts)]
    if not common:
        return None
    held = np.array([[word in text for word in common] for text in texts])
    telling = [gini(Coded(has.astype(np.intp) + 1, 3, ordered=True), answers).value for has in held.T]
    held = held[:, np.argsort(telling)[::-1]]
    return Coded(np.where(held.any(axis=1), held.argmax(axis=1) + 1, 0), len(common) + 1, ordered=False)


def _levels(values: "pd.Series[Any]") -> Coded:
    """Return values as levels without an order; those of one row only count as one."""
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    often = np.bincount(codes)[codes] > 1
    return Coded(np.where(often, codes + 1, 0).astype(np.intp), int(codes.max(initial=0)) + 2, ordered=False)
