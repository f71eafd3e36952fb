"""From a model's raw answers to predictions and decisions, by the policy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.domain.problem import Task
from engine.domain.service import Served


@dataclass(frozen=True)
class Answers:
    """Predictions and decisions of some rows; ``raw`` has shape (n, n_classes), for a regression (n,)."""

    served: Served
    raw: NDArray[np.float64]
    predictions: list[str] | list[float]
    decisions: list[str]

    def by_class(self) -> list[dict[str, float] | None]:
        """Return each row's probability of each class, None for a regression."""
        if self.served.task is Task.REGRESSION:
            return [None] * len(self.raw)
        return [dict(zip(self.served.classes, row, strict=True)) for row in self.raw.tolist()]

    def prediction_set(self, i: int) -> tuple[str, ...] | None:
        """Return the classes that are not ruled out, None for a regression."""
        return None if self.served.task is Task.REGRESSION else (str(self.predictions[i]),)

    def interval(self, i: int) -> tuple[float, float] | None:
        """Return the range that holds the true value nine times in ten; None where unknown or not a number."""
        if self.served.task is not Task.REGRESSION or self.served.typical_error is None:
            return None
        value, width = float(self.raw[i]), self.served.typical_error
        return (value - width, value + width)

    @property
    def positive(self) -> NDArray[np.float64] | None:
        """The positive class's probability, None unless the question is yes/no."""
        if self.served.task is not Task.BINARY:
            return None
        column: NDArray[np.float64] = self.raw[:, positive_column(self.served)]
        return column


def positive_column(served: Served) -> int:
    """Return where the positive class stands among the classes: the last, unless ``served`` names it."""
    return served.classes.index(served.positive) if served.positive in served.classes else len(served.classes) - 1


def answers(served: Served, raw: NDArray[np.float64]) -> Answers:
    """Turn a model's raw answers into predictions (the most probable class, or the value) and decisions."""
    if served.task is Task.REGRESSION:
        values = [float(value) for value in raw]
        return Answers(served, raw, values, [f"{value:.6g}" for value in values])
    labels = [served.classes[i] for i in raw.argmax(axis=1)]
    if served.task is Task.MULTICLASS:
        return Answers(served, raw, labels, list(labels))
    threshold = 0.5 if served.policy.threshold is None else served.policy.threshold
    acted = raw[:, positive_column(served)] >= threshold
    return Answers(served, raw, labels, [served.policy.yes if act else served.policy.no for act in acted])
