"""Whether probabilities can be taken at their word."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Curve, Estimate
from engine.evidence.score import Draws, interval, over

Array = NDArray[np.float64]


def bins(p: Array, parts: int = 10) -> NDArray[np.intp]:
    """Return the number of the equally filled bin each probability falls in; equal probabilities stay together."""
    _, place, rows = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(rows) - rows / 2  # rank of the middle one among equals
    return np.asarray((middle * parts / len(p)).astype(np.intp)[place])


def calibration(y: Array, p: Array) -> Curve:
    """Say, for rows with similar predicted probability, how often the answer was yes."""
    number = bins(p)
    rows = np.bincount(number)
    used = rows > 0
    said = np.bincount(number, weights=p)[used] / rows[used]
    seen = np.bincount(number, weights=y)[used] / rows[used]
    return Curve(
        name="calibration",
        x=tuple(said.tolist()),
        y=tuple(seen.tolist()),
        x_label="probability the model gave",
        y_label="how often it was so",
        weight=tuple(float(n) for n in rows[used]),
    )


def calibration_error(y: Array, p: Array, draws: Draws) -> Estimate:
    """Return the expected calibration error (ECE, ten equally filled bins) with its interval."""
    number = bins(p)
    # Mean gap weighted by rows per bin: the sum over bins of |sum of (p - y)|, divided by all rows.
    member = np.eye(int(number.max()) + 1)[number] * (p - y)[:, None]

    def of(w: Array) -> Array:
        return np.asarray(np.abs(w @ member).sum(axis=1) / w.sum(axis=1))

    value = float(of(np.ones((1, len(y))))[0])
    return Estimate(metric="ece", value=value, interval=interval(over(of, draws), value), rows=len(y))
