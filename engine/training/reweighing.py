"""Weights under which an answer has nothing to do with a group: reweighing (Kamiran & Calders 2012)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.fair import GroupRule
from engine.evidence.groups import grouped, rule_of

Array = NDArray[np.float64]

WEIGHT = "weight"


@dataclass(frozen=True)
class Weights:
    """What a row of a group with an answer weighs, found on the rows to learn from; one where both are unknown."""

    column: str
    rule: GroupRule
    known: Mapping[tuple[str, float], float]

    def of(self, frame: pd.DataFrame, y: Array) -> Array:
        """Return the weight of each row, shape (n,)."""
        groups = grouped(frame[self.column], self.rule)
        return np.array([self.known.get(cell, 1.0) for cell in zip(groups, y.tolist(), strict=True)])


def reweighed(frame: pd.DataFrame, y: Array, column: str) -> Weights:
    """Find weights by which every group of a column holds each answer as often as all rows do.

    A row weighs P(group) x P(answer) / P(group and answer), so that the weights of all rows add up to their number.
    """
    rule = rule_of(frame[column])
    groups = grouped(frame[column], rule)
    counts = pd.crosstab(groups.to_numpy(), y)
    table = counts.to_numpy(dtype=np.float64)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    known = {
        (str(group), float(answer)): float(expected[i, j] / table[i, j])
        for i, group in enumerate(counts.index)
        for j, answer in enumerate(counts.columns)
        if table[i, j] > 0
    }
    return Weights(column, rule, known)
