"""Which two columns work together: what one of them does to the answer depends on the other.

Measured by Friedman and Popescu's H (2008) on the model that is served: of how the answer varies with both columns,
the share that is left when what each does alone is taken away. Probabilities are compared as log-odds: near 0 and 1
every column moves a probability less, and that alone is no working together. Only the strongest columns are looked at,
on a bounded number of rows, against the typical rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background, Importance, Interaction, InteractionPoint
from engine.evidence.background import cell, typed
from engine.evidence.mixtures import Predict

Array = NDArray[np.float64]

LOOKED_AT, SHOWN = 6, 3  # columns, and pairs
MOST_ROWS, FEWEST_ROWS = 100, 20
_STRONG = 0.3  # H; trees that learned two columns apart reach 0.26
_MATTERS = 0.12  # of how much the answers vary
_LEAST_SHARE = 0.02  # of what moves the answers, for a column to be looked at
_ACROSS, _BESIDE = 6, 3  # values of the one column, and of the other
_EDGE = 1e-4


@dataclass(frozen=True, eq=False)
class _Asker:
    """A model and the typical rows, some of whose columns are replaced."""

    predict: Predict
    typical: pd.DataFrame
    weights: Array
    probabilities: bool

    def mean(self, rows: pd.DataFrame, columns: Sequence[str]) -> Array:
        """Return the mean answer over the typical rows with these columns' values of each row, (rows, outputs).

        Partial dependence (Friedman 2001), of log-odds where the answers are probabilities.
        """
        said = self._answers(rows, columns)
        if self.probabilities:
            said = np.clip(said, _EDGE, 1 - _EDGE)
            said = np.log(said / (1 - said))
        return self._averaged(said)

    def plain(self, rows: pd.DataFrame, columns: Sequence[str]) -> Array:
        """Return the same of the answers as they are."""
        return self._averaged(self._answers(rows, columns))

    def _answers(self, rows: pd.DataFrame, columns: Sequence[str]) -> Array:
        typical = np.tile(np.arange(len(self.typical)), len(rows))
        mixed = self.typical.iloc[typical].reset_index(drop=True)
        own = rows.iloc[np.repeat(np.arange(len(rows)), len(self.typical))].reset_index(drop=True)
        said = self.predict(mixed.assign(**{name: own[name] for name in columns}))
        return said.reshape(len(rows), len(self.typical), -1)

    def _averaged(self, said: Array) -> Array:
        return np.asarray(np.einsum("b,rbk->rk", self.weights, said))


def interactions(
    predict: Predict,
    rows: pd.DataFrame,
    background: Background,
    ranked: Sequence[Importance],
    *,
    of: str,
    classes: Sequence[str] = (),
) -> tuple[Interaction, ...]:
    """Return the pairs of strong columns that work together enough to be worth knowing, the strongest first.

    Parameters
    ----------
    predict : callable
        Takes a canonical frame; gives (n, n_classes) probabilities, or (n,) numbers.
    rows : DataFrame
        Canonical; what the model's columns vary over, at most ``MOST_ROWS``: ``answers_for`` says how many answers.
    ranked : sequence of Importance
        The strongest column first; up to ``LOOKED_AT`` of those with at least 2 % are looked at.
    of : str
        The class, or the value, whose course is drawn; strength is measured over all classes.
    classes : sequence of str
        In the order of ``predict``'s columns; empty for a regression.

    Returns
    -------
    tuple of Interaction
        Those with H of at least 0.3 that make at least 12 % of how much the answers vary.
    """
    names = [i.column for i in ranked[:LOOKED_AT] if i.share >= _LEAST_SHARE]
    weights = np.asarray(background.weights) / np.sum(background.weights)
    asker = _Asker(predict, typed(background, rows), weights, bool(classes))
    alone = {name: _centred(asker.mean(rows, [name])) for name in names}
    spread = _size(_centred(asker.mean(rows, list(rows.columns))))
    found = []
    for one, other in combinations(names, 2):
        both = _centred(asker.mean(rows, [one, other]))
        left = _size(both - alone[one] - alone[other])
        strength = left / _size(both) if _size(both) > 0 else 0.0
        if strength >= _STRONG and left >= _MATTERS * spread:
            found.append((left, strength, one, other))
    pick = classes.index(of) if of in classes else 0
    return tuple(
        Interaction(columns=pair, strength=min(1.0, strength), of=of, points=_course(asker, rows, pair, pick))
        for _, strength, one, other in sorted(found, reverse=True)[:SHOWN]
        for pair in [_ordered(rows, one, other)]
    )


def answers_for(rows: int, typical: int) -> int:
    """Return how many answers of the model so many rows take."""
    return rows * typical * (LOOKED_AT + LOOKED_AT * (LOOKED_AT - 1) // 2 + 1)


def _centred(values: Array) -> Array:
    return np.asarray(values - values.mean(axis=0))


def _size(values: Array) -> float:
    return float(np.sqrt((values**2).sum(axis=1).mean()))


def _ordered(rows: pd.DataFrame, one: str, other: str) -> tuple[str, str]:
    """Put the column that has a scale and more values first: the answer is drawn along it."""

    def scale(name: str) -> tuple[bool, int]:
        return rows[name].dtype != object, int(rows[name].nunique())

    return (one, other) if scale(one) >= scale(other) else (other, one)


def _course(asker: _Asker, rows: pd.DataFrame, pair: tuple[str, str], pick: int) -> tuple[InteractionPoint, ...]:
    """Return the answer along the first column, beside two or three values of the other."""
    across, beside = _values(rows[pair[0]], _ACROSS), _values(rows[pair[1]], _BESIDE)
    grid = pd.DataFrame(
        {
            pair[0]: across.take(np.tile(np.arange(len(across)), len(beside))).reset_index(drop=True),
            pair[1]: beside.take(np.repeat(np.arange(len(beside)), len(across))).reset_index(drop=True),
        }
    )
    said = asker.plain(grid, pair)[:, pick]
    cells = (grid[name].map(cell) for name in pair)
    return tuple(
        InteractionPoint(at=at, beside=value, answer=float(answer))
        for at, value, answer in zip(*cells, said, strict=True)
    )


def _values(values: "pd.Series[Any]", most: int) -> "pd.Series[Any]":
    """Return values spread over a column, in order: a few quantiles between its ends, or its most frequent levels."""
    known = values.dropna()
    if known.dtype == object:
        return known.value_counts().index[:most].to_series()
    if known.nunique() <= most:
        return known.drop_duplicates().sort_values()
    places = np.linspace(0.1, 0.9, most) * (len(known) - 1)
    return known.sort_values().iloc[places.round().astype(int)].drop_duplicates()
