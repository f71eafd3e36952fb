"""Whether a row, all its values taken together, is like anything that the model learned from.

Every value may be usual and their combination unheard of. So a row's distance to the nearest typical row is measured,
as a mean over the columns (Gower 1971): for numbers and dates the difference in units of their usual spread, at most 1,
for categories whether they differ. Rows further away than all but one in two hundred of the choose rows are unlike.
Typical rows are made up, so the service carries nobody's row for this either.
"""

from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background, Likeness
from engine.evidence.background import typed
from engine.evidence.conditions import as_numbers

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_USUAL = 0.995
_ENDS = (0.05, 0.95)
_FEWEST = 200  # rows, to know what is rare
_FEW = 1_000  # rows that are compared with all typical ones at once: nothing is saved there
_BLOCK = 8_000  # rows that are compared at once: what is in between stays near the processor
_FEW_FIRST = tuple(map(slice, (0, 3, 10, 20), (3, 10, 20, None)))  # typical rows, for a table of many rows


def calibrate(background: Background, learn: pd.DataFrame, choose: pd.DataFrame) -> Likeness | None:
    """Return the spreads of the numbers, from the learn rows, and the limit, from the choose rows.

    Parameters
    ----------
    background : Background
        The typical rows; their columns are compared.
    learn, choose : DataFrame
        Canonical; hold those columns.

    Returns
    -------
    Likeness or None
        None with fewer than 200 choose rows: too few to know what is rare.
    """
    if len(choose) < _FEWEST or not background.rows:
        return None
    columns = list(background.rows[0])
    spreads = {name: spread for name in columns if (spread := _spread(learn[name])) > 0}
    limits = Likeness(spreads=spreads, limit=0.0)
    far = Neighbourhood(limits, background, learn[columns]).distances(choose)
    return limits.model_copy(update={"limit": float(np.quantile(far, _USUAL, method="higher"))})


class _Vocabulary:
    """The different words of a column: comparing their places is much faster than comparing them."""

    def __init__(self, words: list[str | None]) -> None:
        self._place = {word: place for place, word in enumerate(dict.fromkeys(words))}

    def places(self, values: "pd.Series[Any]") -> Codes:
        """Return where each value stands among the words, shape (n,); -1 for one that is none of them."""
        found = map(self._place.get, values.tolist(), repeat(-1))
        return np.fromiter(found, dtype=np.int64, count=len(values))


class Neighbourhood:
    """The typical rows, ready to be compared with; ``like`` is any canonical frame of their columns."""

    def __init__(self, likeness: Likeness, background: Background, like: pd.DataFrame) -> None:
        typical = typed(background, like)
        self._limit = likeness.limit
        self._numbers = [(name, as_numbers(typical[name]), s) for name, s in likeness.spreads.items()]
        # Free text is empty in every typical row: there is nothing to compare with.
        words = [name for name in typical.columns if typical[name].dtype == object and typical[name].notna().any()]
        self._words = [(name, _Vocabulary(typical[name].tolist())) for name in words]
        self._codes = [vocabulary.places(typical[name]) for name, vocabulary in self._words]
        self._size = len(typical)

    def distances(self, rows: pd.DataFrame) -> Array:
        """Return how far each row is from the nearest typical row, shape (n,): 0 like one of them, 1 unlike in all."""
        numbers, words = self._cells(rows)
        nearest = np.empty(len(rows))
        for some in _blocks(np.arange(len(rows))):
            nearest[some] = self._apart(numbers, words, some, slice(None)).min(axis=0)
        return nearest

    def unlike(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows are further away than is usual, shape (n,).

        Nearly every row is near enough to one of the first typical rows, and is not compared with the others.
        """
        numbers, words = self._cells(rows)
        far = np.arange(len(rows))
        for typical in _FEW_FIRST if len(rows) > _FEW else (slice(None),):
            apart = [self._apart(numbers, words, some, typical) for some in _blocks(far)]
            far = far[np.concatenate([(each > self._limit + 1e-9).all(axis=0) for each in apart])]
        unlike = np.zeros(len(rows), dtype=bool)
        unlike[far] = True
        return unlike

    def _cells(self, rows: pd.DataFrame) -> tuple[list[Array], list[Codes]]:
        numbers = [as_numbers(rows[name]) for name, _, _ in self._numbers]
        return numbers, [vocabulary.places(rows[name]) for name, vocabulary in self._words]

    def _apart(self, numbers: list[Array], words: list[Codes], some: NDArray[np.intp], typical: slice) -> Array:
        """Return how far some of the rows are from some of the typical ones, shape (typical rows, rows)."""
        apart = np.zeros((len(range(self._size)[typical]), len(some)))
        for values, (_, theirs, spread) in zip(numbers, self._numbers, strict=True):
            apart += _differ(values[some], theirs[typical], spread)
        for mine, codes in zip(words, self._codes, strict=True):
            apart += mine[None, some] != codes[typical, None]
        apart /= max(1, len(numbers) + len(words))
        return apart


def _blocks(rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Cut positions into blocks, at least one."""
    return [rows[start : start + _BLOCK] for start in range(0, max(1, len(rows)), _BLOCK)]


def _spread(values: "pd.Series[float]") -> float:
    if values.dtype == object:
        return 0.0
    numbers = as_numbers(values)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return 0.0
    low, high = np.quantile(numbers, _ENDS)
    return float(high - low) or float(np.ptp(numbers))


def _differ(values: Array, typical: Array, spread: float) -> Array:
    """Return how far numbers are from each typical one; a missing value is unlike any other."""
    apart = values[None, :] - typical[:, None]
    np.abs(apart, out=apart)
    apart /= spread
    # Of a number and a missing one, fmin takes the number: what is missing on one side is as far as can be.
    np.fmin(apart, 1.0, out=apart)
    gaps = np.isnan(typical)
    if gaps.any():
        apart[np.ix_(gaps, np.isnan(values))] = 0.0
    return apart
