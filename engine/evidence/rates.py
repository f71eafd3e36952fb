"""Rates of groups, and the same in every resample: each group's rows are looked at once for all that is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.evidence.intersections import FEWEST_YESES, Grouping
from engine.evidence.score import Draws, over

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """The groups of one sensitive column, or of two crossed, with what the model said of their rows."""

    groups: Grouping
    y: Array
    p: Array
    said: Array
    problem: Problem
    draws: Draws
    tables: int = 1  # how many are compared: with each a chance finding becomes likelier
    quick: bool = False  # whether rates are counted without Fairlearn

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Which groups are large enough to judge."""
        return self.groups.kept

    @cached_property
    def rows(self) -> tuple[NDArray[np.intp], ...]:
        """The rows of each group."""
        return tuple(np.flatnonzero(column) for column in self.groups.member.T)

    @cached_property
    def drawn(self) -> tuple[Draws, ...]:
        """How often each row of each group stands in each resample."""
        return tuple(self.draws[:, rows] for rows in self.rows)


@dataclass(frozen=True)
class Rate:
    """A rate of every group, and the same in every resample: (groups,) and (resamples, groups).

    ``rows`` are those of each group that it is counted among.
    """

    points: Array
    resampled: Array
    rows: Array
    shares: bool = True  # from 0 to 1, said in points
    yes_no: bool = False  # the share of rows of which something is true
    of_kind: int = 1  # rates that one question is asked of, as one for each class


@dataclass(frozen=True, eq=False)
class Counted:
    """A rate: the mean of ``values`` over the rows ``among`` which they are counted, shape (rows,) each.

    ``metric`` names Fairlearn's, or scikit-learn's, that is the same; None where there is none, or there are many.
    """

    values: NDArray[np.generic]
    among: NDArray[np.bool_] | None = None
    metric: str | None = None
    shares: bool = True
    of_kind: int = 1

    @property
    def yes_no(self) -> bool:
        """Whether each row counts wholly or not at all."""
        return bool(np.isin(self.values, (0, 1)).all())

    @property
    def fewest(self) -> int:
        """How many rows of a group must be counted for it to have this rate: among the picked there may be none."""
        return 1 if self.among is None else FEWEST_YESES


def rates(table: Table, counted: Sequence[Counted]) -> tuple[Rate, ...]:
    """Return rates by group; a group with few rows to count has none."""
    summed = np.column_stack([part for one in counted for part in _parts(one, len(table.y))])
    points, among = np.empty((len(counted), len(table.rows))), np.empty((len(counted), len(table.rows)))
    resampled = np.empty((len(counted), len(table.draws), len(table.rows)))
    for i, rows in enumerate(table.rows):
        own = summed[rows]
        points[:, i], among[:, i] = _shares(own, np.ones((1, len(rows))))[0], own[:, 1::2].sum(axis=0)
        resampled[:, :, i] = over(partial(_shares, own), table.drawn[i]).T
    return tuple(
        Rate(
            np.where(among[k] >= one.fewest, points[k], np.nan),
            resampled[k],
            among[k],
            shares=one.shares,
            yes_no=one.yes_no,
            of_kind=one.of_kind,
        )
        for k, one in enumerate(counted)
    )


def _parts(one: Counted, rows: int) -> tuple[Array, Array]:
    among = np.ones(rows) if one.among is None else one.among.astype(np.float64)
    return among * np.asarray(one.values, dtype=np.float64), among


def _shares(summed: Array, w: Array) -> Array:
    total = w @ summed
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(total[:, ::2] / total[:, 1::2])
