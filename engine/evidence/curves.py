"""Pictures of how good a model is, as points."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Confusion, Curve
from engine.domain.problem import Problem, Task
from engine.evidence.calibration import bins, calibration
from engine.evidence.score import Draws
from engine.evidence.value import gains, within

Array = NDArray[np.float64]

_POINTS = 200


def curves(y: Array, p: Array, problem: Problem, draws: Draws) -> tuple[Curve, ...]:
    """Return the curves that fit the question: four for yes/no, three for a number, one for several classes."""
    if problem.task is Task.BINARY:
        return (*_ranking(y, p[:, 1]), gains(y, p[:, 1], draws), calibration(y, p[:, 1]))
    if problem.task is Task.REGRESSION:
        name = problem.target
        return (_predicted_vs_actual(y, p, name), _residuals(y, p, name), within(y, p, draws, name))
    return (calibration(y, p),)


def confusion(y: Array, p: Array, problem: Problem, threshold: float | Array | None = None) -> Confusion | None:
    """Count actual against predicted classes; None for a number.

    ``threshold`` applies to a yes/no question: one for all rows, or one a row.
    """
    if problem.task is Task.REGRESSION:
        return None
    k = len(problem.classes)
    said = p.argmax(axis=1) if threshold is None or k != 2 else (p[:, 1] >= threshold).astype(int)
    counts = np.bincount(y.astype(int) * k + said, minlength=k * k).reshape(k, k)
    return Confusion(classes=problem.classes, counts=tuple(tuple(int(n) for n in row) for row in counts))


def _ranking(y: Array, p: Array) -> tuple[Curve, Curve]:
    """ROC and precision-recall: what is found when going down from the highest score."""
    order = np.argsort(-p, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(p[order]) != 0, True])  # rows with the same score are taken together
    named = ends + 1.0
    hits = np.cumsum(y[order])[ends]
    yes, no = y.sum(), len(y) - y.sum()
    keep = _thin(len(ends))
    named, hits = named[keep], hits[keep]
    found, alarmed = hits / max(yes, 1), (named - hits) / max(no, 1)
    return (
        _curve("roc", np.r_[0, alarmed], np.r_[0, found], ("false alarms among the noes", "found among the yeses")),
        _curve("precision_recall", found, hits / named, ("found among the yeses", "right among the picked")),
    )


def _predicted_vs_actual(y: Array, p: Array, target: str) -> Curve:
    number = bins(p, 20)
    rows = np.bincount(number)
    used = rows > 0
    said = np.bincount(number, weights=p)[used] / rows[used]
    seen = np.bincount(number, weights=y)[used] / rows[used]
    return _curve(
        "predicted_vs_actual", said, seen, (f"{target}, predicted", f"{target}, actual"), rows[used].astype(np.float64)
    )


def _residuals(y: Array, p: Array, target: str) -> Curve:
    """Histogram of prediction minus truth; the outermost hundredths of the errors are gathered at the edges."""
    error = p - y
    low, high = np.quantile(error, (0.005, 0.995))
    counts, edges = np.histogram(np.clip(error, low, high), bins=30)
    labels = (f"{target}, predicted minus actual", "rows")
    return _curve("residuals", (edges[:-1] + edges[1:]) / 2, counts.astype(np.float64), labels)


def _thin(points: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, points - 1, min(points, _POINTS - 1)).round().astype(np.intp))


def _curve(name: str, x: Array, y: Array, labels: tuple[str, str], rows: Array | None = None) -> Curve:
    return Curve(
        name=name,
        x=tuple(float(v) for v in x),
        y=tuple(float(v) for v in y),
        x_label=labels[0],
        y_label=labels[1],
        weight=() if rows is None else tuple(float(v) for v in rows),
    )
