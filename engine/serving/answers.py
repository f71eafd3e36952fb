"""From a model's raw answers to predictions and decisions, by the policy."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Task
from engine.domain.service import Served
from engine.policy import abstention, by_cost, fair

Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Words:
    """A few words, and which of them each row has, shape (n,): what is done for every row is done to numbers."""

    each: tuple[str, ...]
    which: NDArray[np.intp]

    def spelled(self) -> Objects:
        """Return each row's word."""
        return np.array(self.each, dtype=object)[self.which]

    def where(self, rows: NDArray[np.bool_], word: str) -> "Words":
        """Return the words with another one in some rows."""
        return Words((*self.each, word), np.where(rows, len(self.each), self.which))

    def column(self) -> "pd.Categorical[Any]":
        """Return them as a column of a table; a word that stands twice among them is one category."""
        # Not told apart by pandas, to which words are the same that differ after a NUL.
        places = {word: place for place, word in enumerate(dict.fromkeys(self.each))}
        codes = np.array([places[word] for word in self.each], dtype=np.intp)
        return pd.Categorical.from_codes(codes[self.which], categories=pd.Index(list(places), dtype=object))


@dataclass(frozen=True)
class Answers:
    """Predictions and decisions of some rows; ``raw`` has shape (n, n_classes), for a regression (n,)."""

    served: Served
    raw: NDArray[np.float64]
    labels: Words | None  # the most probable class, None for a regression
    decided: Words | None  # None for a regression
    abstained: NDArray[np.bool_]  # left to a person

    @cached_property
    def predictions(self) -> Objects:
        """Each row's label, for a regression its value."""
        return self.raw.astype(object) if self.labels is None else self.labels.spelled()

    @cached_property
    def decisions(self) -> Objects:
        """What is done about each row, in words; for a regression the value, as it is read."""
        if self.decided is not None:
            return self.decided.spelled()
        said = np.array([f"{value:.6g}" for value in self.raw], dtype=object)
        return np.where(self.abstained, _asked(self.served), said)

    def by_class(self) -> list[dict[str, float] | None]:
        """Return each row's probability of each class, None for a regression."""
        if self.served.task is Task.REGRESSION:
            return [None] * len(self.raw)
        return [dict(zip(self.served.classes, row, strict=True)) for row in self.raw.tolist()]

    @cached_property
    def prediction_sets(self) -> list[tuple[str, ...] | None]:
        """The classes that stay possible, by row; None for a regression."""
        if self.served.task is Task.REGRESSION:
            return [None] * len(self.raw)
        if self.served.limits is None:
            return [(str(name),) for name in self.predictions]
        # A set is one of few: each is written out once.
        stays = map(tuple, abstention.possible(self.served.limits, self.raw).tolist())
        return [_among(self.served.classes, which) for which in stays]

    def intervals(self) -> list[tuple[float, float] | None]:
        """Return the range that holds the true value as often as was asked for; None where unknown or not a number."""
        known = ~np.isnan(self.half_widths)
        if not known.any():
            return [None] * len(self.raw)
        ends = zip((self.raw - self.half_widths).tolist(), (self.raw + self.half_widths).tolist(), strict=True)
        return [each if is_known else None for each, is_known in zip(ends, known.tolist(), strict=True)]

    @cached_property
    def half_widths(self) -> NDArray[np.float64]:
        """The half width of each row's range, NaN where there is none."""
        if self.served.task is not Task.REGRESSION or self.served.limits is None:
            return np.full(len(self.raw), np.nan)
        return abstention.half_widths(self.served.limits, self.raw)

    def doubt(self, i: int) -> str:
        """Return why a row is left to a person, in a sentence."""
        limits = self.served.limits
        assert limits is not None  # noqa: S101 - nothing is left to a person without limits
        if self.served.task is Task.REGRESSION:
            return f"It may be off by {self.half_widths[i]:.4g}; at most {limits.widest:.4g} is accepted."
        stays = self.prediction_sets[i]
        if not stays:
            return "No answer is probable enough to be given."
        sure = f"if the true one is to stay in {100 * limits.coverage:.3g} of 100 cases"
        if len(stays) == 1:
            return f"The likeliest answer is {self.predictions[i]!r}, but only {stays[0]!r} stays possible {sure}."
        return f"{' and '.join(map(repr, stays))} both stay possible {sure}." if len(stays) == 2 else (
            f"{len(stays)} answers stay possible {sure}."
        )  # fmt: skip

    @property
    def positive(self) -> NDArray[np.float64] | None:
        """The positive class's probability, None unless the question is yes/no."""
        if self.served.task is not Task.BINARY:
            return None
        column: NDArray[np.float64] = self.raw[:, positive_column(self.served)]
        return column


@lru_cache(maxsize=1024)
def _among(names: tuple[str, ...], stays: tuple[bool, ...]) -> tuple[str, ...]:
    return tuple(compress(names, stays))


def positive_column(served: Served) -> int:
    """Return where the positive class stands among the classes: the last, unless ``served`` names it."""
    return served.classes.index(served.positive) if served.positive in served.classes else len(served.classes) - 1


def answers(served: Served, raw: NDArray[np.float64], rows: pd.DataFrame | None = None) -> Answers:
    """Turn a model's raw answers into predictions (the most probable class, or the value) and decisions.

    ``rows`` tell whose threshold decides, where groups have thresholds of their own; without them the one for
    everybody else does.
    """
    left = np.zeros(len(raw), dtype=bool)
    if served.policy.abstention is not None:
        left = abstention.abstains(served.policy.abstention, raw)
    if served.task is Task.REGRESSION:
        return Answers(served, raw, None, None, left)
    labels = Words(served.classes, raw.argmax(axis=1))
    if served.task is Task.MULTICLASS:
        costs = served.policy.costs
        decided = labels if costs is None else Words(costs.classes, by_cost.cheapest(costs, raw))
    else:
        by = served.policy.group_thresholds
        of = rows[by.column.name] if by is not None and rows is not None else None
        acted = raw[:, positive_column(served)] >= fair.row_thresholds(served.policy, of)
        decided = Words((served.policy.no, served.policy.yes), acted.astype(np.intp))
    return Answers(served, raw, labels, decided.where(left, _asked(served)), left)


def _asked(served: Served) -> str:
    return f"ask {served.use.abstained_to or 'a person'}"
