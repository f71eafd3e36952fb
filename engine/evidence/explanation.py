"""Why the model answers as it does: SHAP values on the analyst's own columns, in the unit of the outcome.

Averages of probabilities (bags, weighted ensembles) make log-odds SHAP values wrong, so the model is only ever asked
for its final answer: on rows that mix the row's own values with those of a few made-up typical rows.

The values are computed here and not by the shap library: it gives every typical row the same weight, samples a row in
other ways when other rows stand beside it, and takes seconds to import, which a service must not. Its part is to check:
``agreement`` has it compute the same values on the model that is served, and the evidence says what came of it.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background, Explanation
from engine.evidence.background import typed
from engine.evidence.mixtures import Mixer, Predict

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

EXACT_UP_TO = 10  # columns


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
    wanted = [[of]] * len(rows) if isinstance(of, str) else [[name] for name in of]
    mixer = Mixer(rows[list(columns)], background, seed, permutations, exact=len(columns) <= exact_up_to)
    return [said for each in _told(mixer, predict, wanted, classes) for said in each]


def explain_classes(
    predict: Predict,
    rows: pd.DataFrame,
    background: Background,
    columns: Sequence[str],
    *,
    classes: Sequence[str],
    seed: int = 0,
    permutations: int = 2,
    exact_up_to: int = EXACT_UP_TO,
) -> list[list[Explanation]]:
    """Explain the probability of every class for each row, from the answers that ``explain`` needs for one of them.

    Returns
    -------
    list of list of Explanation
        One list a row, in the order of ``classes``.
    """
    mixer = Mixer(rows[list(columns)], background, seed, permutations, exact=len(columns) <= exact_up_to)
    return list(_told(mixer, predict, [classes] * len(rows), classes))


def _told(
    mixer: Mixer, predict: Predict, wanted: Sequence[Sequence[str]], classes: Sequence[str]
) -> Iterator[list[Explanation]]:
    """Yield for each row its explanations, one for each class that is wanted of it: of all rows as many."""
    number = {name: i for i, name in enumerate(classes)}
    pick = np.array([[number.get(name, 0) for name in names] for names in wanted], dtype=np.intp)
    for row, answers in mixer.answers(predict, pick):
        base, value, parts = mixer.shapley(answers)
        yield [
            Explanation(
                of=name,
                base=float(base[k]),
                value=float(value[k]),
                contributions=dict(zip(map(str, mixer.rows.columns), parts[:, k].tolist(), strict=True)),
            )
            for k, name in enumerate(wanted[row])
        ]


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
    mixer = Mixer(rows, background, 0, permutations, exact=False)
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
        with _uncompiled():
            import shap
    return cast(Callable[..., Any], shap.explainers.Exact)


@contextmanager
def _uncompiled() -> Iterator[None]:
    try:
        import numba  # type: ignore[import-untyped, unused-ignore]
    except ModuleNotFoundError:  # newer versions of the library, those for Python 3.12 and on, do without it
        yield
        return
    settings: Any = numba.config
    compiled, settings.DISABLE_JIT = settings.DISABLE_JIT, True
    try:
        yield
    finally:
        settings.DISABLE_JIT = compiled
