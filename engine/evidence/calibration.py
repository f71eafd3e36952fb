"""Whether probabilities can be taken at their word."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Curve, Estimate, Recalibration
from engine.domain.problem import Problem, Task
from engine.evidence.score import Draws, estimate, interval, over
from engine.problem.metric import metric_for
from engine.problem.words import alike

Array = NDArray[np.float64]

OFF = 0.03  # chances that are surely off by more, on average, cannot be taken at their word
_TRIES = 50


def bins(p: Array, parts: int = 10) -> NDArray[np.intp]:
    """Return the number of the equally filled bin each probability falls in; equal probabilities stay together."""
    _, place, rows = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(rows) - rows / 2  # rank of the middle one among equals
    return np.asarray((middle * parts / len(p)).astype(np.intp)[place])


def calibration(y: Array, p: Array) -> Curve:
    """Say, for rows with similar predicted probability, how often the answer was yes.

    ``p`` is as in ``calibration_error``.
    """
    y, p = _taken(y, p)
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
    """Return the expected calibration error (ECE, ten equally filled bins) with its interval.

    Parameters
    ----------
    p : array of shape (n,) or (n, n_classes)
        Chances of a yes; of several classes, that of the likeliest counts, against how often it is right.

    Returns
    -------
    Estimate
        Its interval reaches down by what chance alone makes of chances that do come true: of few rows in a bin, the
        share that came true is off by luck.
    """
    hit, sure = _taken(y, p)
    number = bins(sure)
    member = np.eye(int(number.max()) + 1)[number]

    def of(w: Array) -> Array:
        # Mean gap weighted by rows per bin: the sum over bins of |sum of (p - y)|, divided by all rows.
        return np.asarray(np.abs((w * (sure - hit)) @ member).sum(axis=1) / w.sum(axis=1))

    value = float(of(np.ones((1, len(y))))[0])
    low, high = interval(over(of, draws), value)
    lucky = np.random.default_rng(0).random((_TRIES, len(y))) < sure
    luck = float((np.abs((sure - lucky) @ member).sum(axis=1) / len(y)).mean())
    return Estimate(metric="ece", value=value, interval=(max(0.0, min(low, value) - luck), high), rows=len(y))


def moved(y: Array, before: Array, after: Array, problem: Problem, *, method: str, draws: Draws) -> Recalibration:
    """Say what a map over the chances does on the test rows; ``before`` and ``after`` have shape (n, n_classes)."""
    loss = "brier" if problem.task is Task.BINARY else "log_loss"
    errors = [calibration_error(y, p, draws) for p in (before, after)]
    losses = [estimate(loss, problem.task, y, p, draws=draws) for p in (before, after)]
    label = metric_for(loss, problem.task).label
    off, off_before = alike(100 * errors[1].value, beside=[100 * errors[0].value], digits=2)
    scored, scored_before = alike(losses[1].value, beside=[losses[0].value])
    return Recalibration(
        method=method,
        error_before=errors[0],
        error=errors[1],
        loss_before=losses[0],
        loss=losses[1],
        sentence=(
            f"The model's own chances were off, so they are moved by a curve found on other rows: on {len(y):,} test "
            f"rows they are off by {off} points on average, not {off_before} ({label} {scored}, not {scored_before})."
        ),
    )


def _taken(y: Array, p: Array) -> tuple[Array, Array]:
    """Return whether what was said came true, and the chance that was given to it."""
    if p.ndim == 1:
        return y, p
    if p.shape[1] == 2:
        return y, p[:, 1]
    return (p.argmax(axis=1) == y).astype(np.float64), p.max(axis=1)
