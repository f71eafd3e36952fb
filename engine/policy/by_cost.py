"""Of several classes the one to decide for: the one whose mistakes are expected to cost the least.

Decided for is the class i with the least sum over j of P(j) x amounts[i][j] (Elkan 2001, "The foundations of
cost-sensitive learning"). Right answers cost nothing: what they do cost can be taken off every amount of their class
without changing a decision.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.domain.policy import MistakeCosts
from engine.problem.words import quoted, rounded

Array = NDArray[np.float64]
_MOST = 12  # mistakes that are named one by one


def cheapest(costs: MistakeCosts, p: Array) -> NDArray[np.intp]:
    """Return the class that each row is decided for, shape (n,); of equally cheap ones the most probable.

    Parameters
    ----------
    p : array of shape (n, n_classes)
        Probabilities in the order of ``costs.classes``.
    """
    amounts = np.asarray(costs.amounts)
    expected = p @ amounts.T
    cheap = expected <= expected.min(axis=1, keepdims=True) + 1e-12 * amounts.max(initial=0.0)
    return np.asarray(np.where(cheap, p, -1.0).argmax(axis=1), dtype=np.intp)


def spent(costs: MistakeCosts, said: NDArray[np.intp], y: Array) -> Array:
    """Return what saying these classes cost, given the true ones, shape (n,)."""
    return np.asarray(costs.amounts)[said, y.astype(np.intp)]


def in_words(costs: MistakeCosts) -> str:
    """Say what every mistake costs, the amount of most of them last."""
    k = len(costs.classes)
    pairs = [(i, j) for j in range(k) for i in range(k) if i != j]
    usual, times = Counter(costs.amounts[i][j] for i, j in pairs).most_common(1)[0]
    if times == len(pairs):
        return f"every mistake costs {rounded(usual, 4)}"
    said = list(_named(costs, usual))
    if len(said) > _MOST:
        said = [*said[:_MOST], f"{len(said) - _MOST} more are named in the card's JSON"]
    return "; ".join([*said, f"every other mistake costs {rounded(usual, 4)}"])


def _named(costs: MistakeCosts, usual: float) -> Iterator[str]:
    """Say the amounts that are not the usual one: of a true class at once where all its mistakes cost the same."""
    for j, truth in enumerate(costs.classes):
        wrong = {i: row[j] for i, row in enumerate(costs.amounts) if i != j}
        if len(set(wrong.values())) == 1 and len(wrong) > 1:
            amount = next(iter(wrong.values()))
            if amount != usual:
                yield f"to say another class where {quoted(truth)} is true costs {rounded(amount, 4)}"
            continue
        for i, amount in wrong.items():
            if amount != usual:
                yield f"to say {quoted(costs.classes[i])} where {quoted(truth)} is true costs {rounded(amount, 4)}"
