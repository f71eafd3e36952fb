"""Rows that are nearly the same: equal, or as good as equal, in all but a few columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.problem.moments import moments

Floats = NDArray[np.float32]
Positions = NDArray[np.intp]
Rows = Positions | Sequence[int] | slice

# Numbers this close, in standard deviations, count as equal where a column has many different ones.
_CLOSE, _MANY = 0.05, 50
_DIFFERENT = 0.2  # share of the columns that may differ
_SURE = 6.0  # bits by which agreeing must be rarer than one row in the table would be by chance
_PAIRS = 4_000  # drawn to see how often two rows agree by chance
_PASSES, _NEXT, _WIDE, _CROWD, _LARGEST = 12, 2, 6.0, 50, 0.05


@dataclass(frozen=True, eq=False)
class Compared:
    """Rows as numbers, shape (n, m), what counts as equal in each column, and what agreeing there tells, in bits."""

    values: Floats
    close: Floats
    bits: Floats

    @property
    def most_different(self) -> int:
        """In how many columns nearly identical rows may differ."""
        return max(1, int(_DIFFERENT * self.values.shape[1]))

    def agree(self, one: Rows, other: Rows) -> NDArray[np.bool_]:
        """Return in which columns rows agree, shape (k, m)."""
        found: NDArray[np.bool_] = np.abs(self.values[one] - self.values[other]) <= self.close + 1e-6
        return found

    def same(self, agreeing: NDArray[np.bool_], different: int) -> NDArray[np.bool_]:
        """Return which rows agree in all but ``different`` columns, and by more than chance, shape (k,)."""
        enough = np.log2(max(2, len(self.values))) + _SURE
        found: NDArray[np.bool_] = np.count_nonzero(agreeing, axis=1) >= agreeing.shape[1] - different
        found[found] = agreeing[found] @ self.bits >= enough
        return found


def compare(frame: pd.DataFrame, columns: Sequence[str]) -> Compared:
    """Return rows in a form in which they can be compared; the same table gives the same."""
    values = np.empty((len(frame), len(columns)), dtype=np.float32)
    close = np.zeros(len(columns), dtype=np.float32)
    for at, name in enumerate(columns):
        values[:, at], close[at] = _numbers(frame[name])
    random = np.random.default_rng(0)
    one, other = random.integers(0, max(1, len(frame)), (2, _PAIRS))
    apart = one != other
    by_chance = (
        (np.abs(values[one] - values[other]) <= close + 1e-6)[apart].mean(axis=0) if apart.any() else close * 0 + 1
    )
    return Compared(values, close, -np.log2(np.clip(by_chance, 1 / _PAIRS, 1)).astype(np.float32))


def alike(frame: pd.DataFrame, columns: Sequence[str]) -> Positions:
    """Return a number per row, shape (n,), that nearly identical rows share, directly or through others.

    Rows are looked up by a few columns at a time (locality-sensitive hashing, Indyk and Motwani 1998) and compared
    within such a bucket, so that time grows with the number of rows, not of pairs.
    """
    compared = compare(frame, columns)
    for different in dict.fromkeys((compared.most_different, max(1, compared.most_different // 2), 0)):
        groups = _joined(compared, different)
        # Much that hangs together is a dense region of the table, not somebody who comes back.
        if np.bincount(groups).max(initial=0) <= max(_CROWD, _LARGEST * len(groups)):
            return groups
    return np.arange(len(frame))


def _numbers(values: "pd.Series[Any]") -> tuple[NDArray[np.float64], float]:
    """Return a column as numbers in standard deviations, or codes, and how close is equal."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = pd.Series(moments(values))
    if not pd.api.types.is_numeric_dtype(values):
        return pd.factorize(values, use_na_sentinel=False)[0].astype(np.float64), 0.0
    numbers = values.to_numpy(dtype=np.float64)
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return np.zeros(len(numbers)), 0.0
    spread = float(known.std()) or 1.0
    # A missing value equals another one, and is far from every number.
    scaled = np.where(np.isnan(numbers), -1e3, (numbers - known.min()) / spread)
    return scaled, _CLOSE if len(np.unique(known)) > _MANY else 0.0


def _joined(compared: Compared, different: int) -> Positions:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(compared.values)
    pairs = [_looked_up(compared, different, np.random.default_rng(seed)) for seed in range(_PASSES)]
    one, other = np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n, n))
    found: Positions = connected_components(links, directed=False)[1].astype(np.intp)
    return found


def _looked_up(compared: Compared, different: int, random: np.random.Generator) -> tuple[Positions, Positions]:
    """Return pairs of nearly identical rows that agree in some columns drawn at random."""
    n, m = compared.values.shape
    bucket, told = np.zeros(n, dtype=np.int64), 0.0
    for at in random.permutation(m):
        if told > np.log2(max(2, n)) + 2:
            break
        width = _WIDE * compared.close[at] or 1e-4
        shelf = np.floor(compared.values[:, at] / width + random.random()).astype(np.int64)
        bucket = pd.factorize(bucket * 1_000_003 + pd.factorize(shelf)[0])[0]
        told += float(compared.bits[at])
    order = np.lexsort((random.permutation(n), bucket))
    sizes = np.bincount(bucket)
    order = order[sizes[bucket[order]] <= _CROWD]
    found: list[tuple[Positions, Positions]] = [(order[:0], order[:0])]
    for step in range(1, _NEXT + 1):
        one, other = order[:-step], order[step:]
        inside = bucket[one] == bucket[other]
        one, other = one[inside], other[inside]
        same = compared.same(compared.agree(one, other), different)
        found.append((one[same], other[same]))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])
