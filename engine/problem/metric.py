"""Metrics by the names people know, computed the same way everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import LOWER
from engine.domain.problem import Task
from engine.errors import UnusableOption

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """A metric: our name, AutoGluon's name, the tasks it fits.

    ``function(y, p)`` takes, for classification, ``y`` of shape (n,) with class numbers and ``p`` of shape
    (n, n_classes) with probabilities in the order of ``Problem.classes``; for regression both have shape (n,).
    """

    name: str
    label: str
    autogluon: str
    tasks: frozenset[Task]
    function: Callable[[Array, Array], float]

    @property
    def greater_is_better(self) -> bool:
        """Whether more is better."""
        return self.name not in LOWER


def _binary(function: Callable[[Array, Array], float]) -> Callable[[Array, Array], float]:
    return lambda y, p: function(y, p[:, 1])


def _labels(function: Callable[[Array, Array], float]) -> Callable[[Array, Array], float]:
    return lambda y, p: function(y, p.argmax(axis=1).astype(float))


def _roc_auc(y: Array, p: Array) -> float:
    # Rank statistic (Mann-Whitney): an order of magnitude faster than the curve, which matters in a bootstrap.
    from scipy.stats import rankdata

    positive = y == 1
    n_yes = int(positive.sum())
    n_no = len(y) - n_yes
    if not n_yes or not n_no:
        return float("nan")
    return float((rankdata(p)[positive].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def _average_precision(y: Array, p: Array) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(y, p))


def _log_loss(y: Array, p: Array) -> float:
    picked = p[np.arange(len(y)), y.astype(int)] / p.sum(axis=1)
    return float(-np.log(np.clip(picked, 1e-15, 1.0)).mean())


def _brier(y: Array, p: Array) -> float:
    return float(np.mean((p[:, 1] - y) ** 2))


def _accuracy(y: Array, label: Array) -> float:
    return float((y == label).mean())


def _balanced_accuracy(y: Array, label: Array) -> float:
    return float(np.mean([(label[y == c] == c).mean() for c in np.unique(y)]))


def _f1(y: Array, label: Array, of: float = 1.0) -> float:
    hit = float(((y == of) & (label == of)).sum())
    named = float((y == of).sum() + (label == of).sum())
    return 2 * hit / named if named else 0.0


def _f1_macro(y: Array, label: Array) -> float:
    return float(np.mean([_f1(y, label, c) for c in np.unique(y)]))


def _rmse(y: Array, p: Array) -> float:
    return float(np.sqrt(np.mean((y - p) ** 2)))


def _mae(y: Array, p: Array) -> float:
    return float(np.mean(np.abs(y - p)))


def _r2(y: Array, p: Array) -> float:
    spread = float(np.sum((y - y.mean()) ** 2))
    return 1 - float(np.sum((y - p) ** 2)) / spread if spread else float("nan")


_BINARY = frozenset({Task.BINARY})
_CLASSES = frozenset({Task.BINARY, Task.MULTICLASS})
_REGRESSION = frozenset({Task.REGRESSION})

METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("roc_auc", "ROC AUC", "roc_auc", _BINARY, _binary(_roc_auc)),
        Metric("average_precision", "average precision", "average_precision", _BINARY, _binary(_average_precision)),
        Metric("brier", "Brier score", "log_loss", _BINARY, _brier),
        Metric("f1", "F1", "f1", _BINARY, _labels(_f1)),
        Metric("log_loss", "log loss", "log_loss", _CLASSES, _log_loss),
        Metric("accuracy", "accuracy", "accuracy", _CLASSES, _labels(_accuracy)),
        Metric("balanced_accuracy", "balanced accuracy", "balanced_accuracy", _CLASSES, _labels(_balanced_accuracy)),
        Metric("f1_macro", "macro F1", "f1_macro", _CLASSES, _labels(_f1_macro)),
        Metric("rmse", "RMSE", "root_mean_squared_error", _REGRESSION, _rmse),
        Metric("mae", "MAE", "mean_absolute_error", _REGRESSION, _mae),
        Metric("r2", "R²", "r2", _REGRESSION, _r2),
    )
}

_LIKELIER = frozenset({"accuracy", "balanced_accuracy", "f1"})  # take classes, not chances
DEFAULT = {Task.BINARY: "roc_auc", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}


def label_of(name: str) -> str:
    """Return what people call a figure: a metric, the calibration error, or what is none."""
    if name == "ece":
        return "calibration error (ECE)"
    return METRICS[name].label if name in METRICS else name


def metric_for(name: str, task: Task) -> Metric:
    """Return the metric called ``name``.

    Raises
    ------
    UnusableOption
        If there is no such metric, or it does not fit ``task``.
    """
    metric = METRICS.get(name)
    if metric is None or task not in metric.tasks:
        fitting = ", ".join(m.name for m in METRICS.values() if task in m.tasks)
        raise UnusableOption(f"The metric {name!r} does not fit a {task} question.", fix=f"Choose one of: {fitting}.")
    return metric


def decided_at(name: str, task: Task) -> str:
    """Return what to say after a metric that takes the likelier answer of yes and no, whatever a policy decides."""
    return ", one half decides" if task is Task.BINARY and name in _LIKELIER else ""


def class_numbers(labels: Sequence[str], classes: Sequence[str]) -> Array:
    """Return the position of each label in ``classes``, shape (n,); a label that is not there becomes -1."""
    position = {name: float(i) for i, name in enumerate(classes)}
    return np.array([position.get(label, -1.0) for label in labels])
