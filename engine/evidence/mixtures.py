"""Rows that mix a row's own values with those of typical rows, and what a model's answers for them add up to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background
from engine.evidence.background import typed

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]
Predict = Callable[[pd.DataFrame], NDArray[np.float64]]

_BATCH = 100_000  # rows asked for at once


@dataclass(frozen=True)
class _Mixed:
    """The mixtures one row needs: from which typical row each starts, and which columns it takes from the row.

    ``place[b, ...]`` finds a coalition of columns on typical row ``b`` among them; mixtures that are equal because row
    and typical row agree in a column stand there once.
    """

    typical: Places
    own: Bools
    place: Places


class Mixer:
    """Makes the mixtures, asks the model in large batches, turns answers into SHAP values."""

    def __init__(
        self, rows: pd.DataFrame, background: Background, seed: int, permutations: int, *, exact: bool
    ) -> None:
        self.rows = rows
        self.typical = typed(background, rows)
        self.weights = np.asarray(background.weights) / np.sum(background.weights)
        self.exact, self.columns = exact, rows.shape[1]
        self._own = [rows[name].to_numpy() for name in rows.columns]
        self._their = [self.typical[name].to_numpy() for name in rows.columns]
        if exact:
            self._coefficients = _coefficients(self.columns)
        else:
            self._order = _permutations(len(self.typical), self.columns, permutations, seed)

    def differs(self, row: int) -> Bools:
        """Whether the row and each typical row differ, shape (typical rows, columns)."""
        different = [_unequal(own[row], their) for own, their in zip(self._own, self._their, strict=True)]
        return np.stack(different, axis=1)

    def answers(self, predict: Predict, pick: Places) -> Iterator[tuple[int, Array]]:
        """Yield the number of each row and the model's answers for its coalitions, weighted over typical rows later.

        ``pick`` holds the places of the classes that are wanted of each row; they are on the last axis of the answers.
        """
        waiting: list[tuple[int, _Mixed]] = []
        size = 0
        for row in range(len(self.rows)):
            mixed = self._every(row) if self.exact else self._walks(row)
            if waiting and size + len(mixed.typical) > _BATCH:
                yield from self._ask(predict, waiting, pick)
                waiting, size = [], 0
            waiting.append((row, mixed))
            size += len(mixed.typical)
        if waiting:
            yield from self._ask(predict, waiting, pick)

    def shapley(self, answers: Array) -> tuple[Array, Array, Array]:
        """Return base, value and one contribution a column, a class on the last axis of each.

        ``answers`` has a typical row on its first axis.
        """
        if self.exact:
            game = np.tensordot(self.weights, answers, 1)
            return game[0], game[-1], self._coefficients @ game
        gains = np.empty((*answers.shape[:2], self.columns, answers.shape[-1]))
        np.put_along_axis(gains, self._order[..., None], np.diff(answers, axis=2), axis=2)
        parts = np.einsum("b,bcmk->mk", self.weights, gains) / answers.shape[1]
        base, value = (self.weights @ answers[:, 0, at] for at in (0, -1))
        return base, value, parts

    def _ask(self, predict: Predict, waiting: list[tuple[int, _Mixed]], pick: Places) -> Iterator[tuple[int, Array]]:
        row = np.repeat([r for r, _ in waiting], [len(m.typical) for _, m in waiting])
        typical = np.concatenate([m.typical for _, m in waiting])
        own = np.concatenate([m.own for _, m in waiting])
        frame = pd.DataFrame(
            {
                name: np.where(own[:, j], self._own[j][row], self._their[j][typical])
                for j, name in enumerate(self.rows.columns)
            }
        )
        said = predict(frame)
        said = said[:, None] if said.ndim == 1 else np.take_along_axis(said, pick[row], axis=1)
        at = 0
        for number, mixed in waiting:
            yield number, said[at : at + len(mixed.typical)][mixed.place]
            at += len(mixed.typical)

    def _every(self, row: int) -> _Mixed:
        """Take every coalition on every typical row; coalition ``s`` holds column ``j`` where bit ``j`` is set."""
        bits = 1 << np.arange(self.columns)
        coalitions = np.arange(1 << self.columns)
        effective = coalitions & (self.differs(row) @ bits)[:, None]
        key = effective + (np.arange(len(self.typical)) << self.columns)[:, None]
        used = np.zeros(key.size, dtype=bool)
        used[key] = True
        wanted = np.flatnonzero(used)
        own = (wanted[:, None] & bits) > 0
        return _Mixed(wanted >> self.columns, own, (np.cumsum(used) - 1)[key])

    def _walks(self, row: int) -> _Mixed:
        """Take the coalitions met when the row's values replace the typical ones in the order of each permutation."""
        order = self._order
        differs = np.take_along_axis(self.differs(row)[:, None, :], order, axis=2)
        fresh = np.concatenate([np.ones((*order.shape[:2], 1), dtype=bool), differs], axis=2)
        typical, walk, step = np.nonzero(fresh)
        rank = np.argsort(order, axis=2)
        own = rank[typical, walk] < step[:, None]
        return _Mixed(typical, own, (np.cumsum(fresh) - 1).reshape(fresh.shape))


def _unequal(value: object, others: NDArray[np.generic]) -> Bools:
    if pd.isna(value):  # type: ignore[call-overload]
        return ~pd.isna(others)
    return np.asarray(others != value, dtype=bool)


def _coefficients(columns: int) -> Array:
    """Shapley's weights: contribution of column j = row j of this times the values of all coalitions."""
    coalition = np.arange(1 << columns)
    inside = (coalition[None, :] >> np.arange(columns)[:, None]) & 1
    size = inside.sum(axis=0)
    weight = np.array([1.0 / (columns * comb(columns - 1, s)) for s in range(columns)])
    joined, alone = weight[np.maximum(size - 1, 0)], weight[np.minimum(size, columns - 1)]
    return np.asarray(np.where(inside == 1, joined, -alone))


def _permutations(typical: int, columns: int, pairs: int, seed: int) -> Places:
    """Permutations and their reverses, shape (typical rows, 2 * pairs, columns).

    All rotations of a permutation are taken before another one: every column stands in every place equally often, as
    in a Latin square, which took a quarter off the error of the worst column at the same cost.
    """
    rng = np.random.default_rng(seed)
    squares = rng.permuted(np.tile(np.arange(columns), (-(-typical * pairs // columns), 1)), axis=1)
    turned = (np.arange(columns)[:, None] + np.arange(columns)) % columns
    forwards = squares[:, turned].reshape(-1, columns)[: typical * pairs]
    forwards = rng.permutation(forwards, axis=0).reshape(typical, pairs, columns)
    return np.concatenate([forwards, forwards[:, :, ::-1]], axis=1)
