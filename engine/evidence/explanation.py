"""Why the model answers as it does: SHAP values on the analyst's own columns, in the unit of the outcome.

Averages of probabilities (bags, weighted ensembles) make log-odds SHAP values wrong, so the model is only ever asked
for its final answer: on rows that mix the row's own values with those of a few made-up typical rows.

The values are computed here and not by the shap library: it gives every typical row the same weight, samples a row in
other ways when other rows stand beside it, and takes seconds to import, which a service must not. Its part is to check:
``agreement`` has it compute the same values on the model that is served, and the evidence says what came of it.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background, Explanation
from engine.evidence.background import typed

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]
Predict = Callable[[pd.DataFrame], NDArray[np.float64]]

EXACT_UP_TO = 10  # columns
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


def explain(
    predict: Predict,
    rows: pd.DataFrame,
    background: Background,
    columns: Sequence[str],
    *,
    of: str | Sequence[str],
    classes: Sequence[str] = (),
    seed: int = 0,
    permutations: int = 2,
    exact_up_to: int = EXACT_UP_TO,
) -> list[Explanation]:
    """Explain answers by SHAP values (interventional, against ``background``).

    Up to ``exact_up_to`` columns every coalition of columns is asked for and the values are exact (Shapley 1953).
    Beyond that they are estimated from permutations, each walked forwards and backwards (antithetic; Mitchell et al.
    2022), other ones for every typical row. The same row always gets the same explanation, whatever stands beside it.

    Parameters
    ----------
    predict : callable
        Takes a canonical frame with ``columns``; gives (n, n_classes) probabilities, or (n,) numbers.
    rows : DataFrame
        Canonical; holds ``columns``.
    background : Background
        Typical rows and their weights, from ``engine.evidence.background.summarise``.
    of : str or sequence of str
        The class to explain, for all rows or for each; for a regression the name of the target.
    classes : sequence of str
        The classes in the order of ``predict``'s columns; empty for a regression.
    seed : int, default 0
        Of the permutations.
    permutations : int, default 2
        Pairs of permutations a typical row.

    Returns
    -------
    list of Explanation
        One a row; ``base`` (the weighted answer for the typical rows) + the contributions = ``value``.
    """
    columns = list(columns)
    wanted = [of] * len(rows) if isinstance(of, str) else list(of)
    number = {name: i for i, name in enumerate(classes)}
    pick = np.array([number.get(name, 0) for name in wanted], dtype=np.intp)
    mixer = _Mixer(rows[columns], background, seed, permutations, exact=len(columns) <= exact_up_to)
    found: list[Explanation] = []
    for start, answers in mixer.answers(predict, pick):
        base, value, parts = mixer.shapley(answers)
        said = dict(zip(columns, parts.tolist(), strict=True))
        found.append(Explanation(of=wanted[start], base=base, value=value, contributions=said))
    return found


def agreement(
    predict: Predict,
    rows: pd.DataFrame,
    background: Background,
    columns: Sequence[Sequence[str]],
    *,
    of: str | Sequence[str],
    classes: Sequence[str] = (),
) -> float:
    """Return the largest difference between our exact values and those of the shap library.

    Both enumerate a few columns of each row (the others keep the row's own values), with mixtures of their own making.

    Parameters
    ----------
    predict, background, of, classes
        As in ``explain``; ``rows`` hold all that ``predict`` needs.
    columns : sequence of sequences of str
        Those to enumerate, for each row: up to ``2 ** len`` mixtures a typical row.

    Returns
    -------
    float
        Of all contributions and bases, in the unit of the outcome.

    Raises
    ------
    ImportError
        If the shap library is not here.
    """
    wanted = [of] * len(rows) if isinstance(of, str) else list(of)
    apart = [0.0]
    for at, (some, name) in enumerate(zip(columns, wanted, strict=True)):
        row, ask = rows.iloc[[at]][list(some)], _holding(predict, rows.iloc[[at]])
        ours = explain(ask, row, background, some, of=name, classes=classes, exact_up_to=len(some))[0]
        theirs = _by_the_library(ask, row, background, [*classes, name].index(name))
        apart.append(float(np.abs(theirs - [*ours.contributions.values(), ours.base]).max()))
    return float(np.max(apart))


def cost(rows: pd.DataFrame, background: Background, *, permutations: int = 2) -> tuple[float, float]:
    """Return how many answers a row takes on average: exactly, and by permutations."""
    mixer = _Mixer(rows, background, 0, permutations, exact=False)
    differing = np.array([mixer.differs(i).sum(axis=1) for i in range(len(rows))], dtype=float)
    exact, sampled = (2.0**differing).sum(axis=1).mean(), 2 * permutations * (differing + 1).sum(axis=1).mean()
    return float(exact), float(sampled)


def _holding(predict: Predict, row: pd.DataFrame) -> Predict:
    """Return the model as a function of some columns; the others keep the values of ``row``."""

    def ask(some: pd.DataFrame) -> Array:
        whole = row.iloc[np.zeros(len(some), dtype=np.intp)].reset_index(drop=True)
        return predict(whole.assign(**{str(name): some[name] for name in some.columns}))

    return ask


def _by_the_library(predict: Predict, row: pd.DataFrame, background: Background, pick: int) -> Array:
    """Return the contributions and, last, the base as ``shap.explainers.Exact`` computes them."""
    typical = typed(background, row).astype(object).to_numpy()
    # The library takes plain means over the typical rows: with these factors they are the weighted ones.
    factor = np.asarray(background.weights) * len(typical) / np.sum(background.weights)

    def mix(mask: Bools, own: NDArray[np.object_]) -> NDArray[np.object_]:
        return np.column_stack([np.where(mask, own, typical), np.arange(len(typical))])

    def answer(cells: NDArray[np.object_]) -> Array:
        said = predict(pd.DataFrame(cells[:, :-1], columns=row.columns).astype(row.dtypes))
        said = said if said.ndim == 1 else said[:, pick]
        return np.asarray(said * factor[cells[:, -1].astype(np.intp)])

    exact = _exact_explainer()(answer, mix)
    found = exact(row.astype(object).to_numpy(), batch_size=1 << row.shape[1], silent=True)
    return np.append(np.asarray(found.values[0], dtype=np.float64), found.base_values[0])


def _exact_explainer() -> Callable[..., Any]:
    """Import the library without its compiled loops: to compile takes five seconds, ours run for milliseconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library about what it is built on
        import numba  # type: ignore[import-untyped, unused-ignore]

        settings: Any = numba.config
        compiled, settings.DISABLE_JIT = settings.DISABLE_JIT, True
        try:
            import shap
        finally:
            settings.DISABLE_JIT = compiled
    return cast(Callable[..., Any], shap.explainers.Exact)


class _Mixer:
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
        """Yield the number of each row and the model's answers for its coalitions, weighted over typical rows later."""
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

    def shapley(self, answers: Array) -> tuple[float, float, Array]:
        """Return base, value and one contribution a column; ``answers`` has a typical row on its first axis."""
        if self.exact:
            game = self.weights @ answers
            return float(game[0]), float(game[-1]), self._coefficients @ game
        gains = np.empty((*answers.shape[:2], self.columns))
        np.put_along_axis(gains, self._order, np.diff(answers, axis=2), axis=2)
        parts = np.einsum("b,bcm->m", self.weights, gains) / answers.shape[1]
        base, value = (float(self.weights @ answers[:, 0, at]) for at in (0, -1))
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
        said = said if said.ndim == 1 else said[np.arange(len(said)), pick[row]]
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
    """Permutations and their reverses, shape (typical rows, 2 * pairs, columns)."""
    rng = np.random.default_rng(seed)
    forwards = rng.permuted(np.tile(np.arange(columns), (typical, pairs, 1)), axis=2)
    return np.concatenate([forwards, forwards[:, :, ::-1]], axis=1)
