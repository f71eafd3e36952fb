"""The largest difference between groups: how large, how sure, and as a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.domain.fair import Apart, Fairness, GroupRate
from engine.domain.problem import Problem, Task
from engine.evidence.certainty import surely
from engine.evidence.intersections import FEWEST_ROWS, FEWEST_YESES
from engine.evidence.rates import Rate, Table
from engine.evidence.score import interval
from engine.problem.words import alike, listed, percent, quoted, rounded

Array = NDArray[np.float64]
# How to say that one group's rate is so much higher than another's: (higher, difference, lower) to words.
Words = Callable[[str, str, str], str]

FOUR_FIFTHS = 0.8


def measure(
    table: Table, name: str, rates: tuple[Rate, ...], shown: tuple[GroupRate, ...], words: tuple[Words, ...]
) -> Fairness:
    """Return the largest difference between judged groups over ``rates``; ``words`` say what each rate is."""
    columns = table.groups.columns if len(table.groups.columns) > 1 else ()
    found = Fairness(
        column=table.groups.label, columns=columns, measure=name, value=0.0, interval=None, groups=shown,
        sentence=_unjudged(table),
    )  # fmt: skip
    judged = [_judged(rate, table.kept) for rate in rates]
    if max(kept.sum() for kept in judged) < 2:
        return found
    # A rate that only one group has, or none, cannot be the one that differs most.
    gaps = [float(np.ptp(r.points[kept])) if kept.sum() > 1 else -1.0 for r, kept in zip(rates, judged, strict=True)]
    most = int(np.argmax(gaps))
    widest = _Pair(rates[most], words[most], *_ends(rates[most], judged[most]))
    sure = [surely(rate, kept, table) for rate, kept in zip(rates, judged, strict=True)]
    least = max(float(each.max()) for each in sure)
    told = widest
    if least > 0 >= sure[most][widest.high, widest.low]:
        which = int(np.argmax([each.max() for each in sure]))
        high, low = np.unravel_index(int(sure[which].argmax()), sure[which].shape)
        told = _Pair(rates[which], words[which], int(low), int(high))
    return found.model_copy(
        update={
            "value": gaps[most],
            "interval": widest.between,
            "at_least": max(0.0, least),
            "surely": _apart(told, table) if least > 0 else None,
            "ratio": min(_ratio(rate.points[kept]) for rate, kept in zip(rates, judged, strict=True) if kept.any()),
            "sentence": _sentence(table, told, widest, sure=least > 0),
        }
    )


@dataclass(frozen=True)
class _Pair:
    """Two groups, as numbers, and a rate of theirs with how to say it."""

    rate: Rate
    words: Words
    low: int
    high: int

    @property
    def rates(self) -> tuple[float, float]:
        """The lower rate and the higher one."""
        return float(self.rate.points[self.low]), float(self.rate.points[self.high])

    @property
    def gap(self) -> float:
        """The difference."""
        low, high = self.rates
        return high - low

    @cached_property
    def between(self) -> tuple[float, float]:
        """The 95 % interval of the difference."""
        return interval(self.rate.resampled[:, self.high] - self.rate.resampled[:, self.low], self.gap)


def _apart(pair: _Pair, table: Table) -> Apart:
    return Apart(
        lower=table.groups.names[pair.low],
        higher=table.groups.names[pair.high],
        difference=pair.gap,
        interval=pair.between,
        ratio=_ratio(np.array(pair.rates)),
    )


def _judged(rate: Rate, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the groups that have this rate: nobody picked, no precision."""
    return np.asarray(kept & np.isfinite(rate.points))


def _ends(rate: Rate, kept: NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(kept)
    return int(places[rate.points[kept].argmin()]), int(places[rate.points[kept].argmax()])


def _ratio(points: Array) -> float:
    highest = float(points.max())
    return float(points.min()) / highest if highest > 0 else 1.0


def _sentence(table: Table, told: _Pair, widest: _Pair, *, sure: bool) -> str:
    """Say which two groups differ: those furthest apart, or where that may be chance, two that surely do before."""
    whose, few = " and ".join(quoted(column) for column in table.groups.columns), _left_out(table)
    low, high = told.rates
    if high == low:
        top = percent(high) if told.rate.shares else rounded(high)
        return f"By {whose}, no difference: {top} everywhere.{few}"
    # Of many groups the two furthest apart are so by chance alone, even where nothing else would part these two.
    chance = (
        "" if sure else "; it may be chance" if told.between[0] <= 0 else "; with so much compared it may be chance"
    )
    also = "" if told is widest else f" Further apart, which may be chance: {_clause(table, widest)}."
    return f"By {whose}: {_clause(table, told, chance)}.{few}{also}"


def _clause(table: Table, pair: _Pair, chance: str = "") -> str:
    low, high = pair.rates
    lower, higher = (quoted(table.groups.names[i]) for i in (pair.low, pair.high))
    if pair.rate.shares:
        top, bottom = percent(high), percent(low)
        by, least, most = alike(100 * pair.gap, *(100 * edge for edge in pair.between), digits=2)
        by += " points"
    else:
        top, bottom = alike(high, beside=[low])
        by, least, most = alike(pair.gap, *pair.between, digits=2)
    return f"{pair.words(higher, by, lower)} ({top} against {bottom}; 95 % interval {least} to {most}{chance})"


def four_fifths(ratio: float) -> str:
    """Say whether the lower of two rates is at least four fifths of the higher.

    The rule is that of the Uniform Guidelines on Employee Selection Procedures (1978).
    """
    side = "below the four fifths that many places ask for" if ratio < FOUR_FIFTHS else "which keeps to four fifths"
    return f"The lower rate is {percent(ratio)} of the higher, {side}."


def _left_out(table: Table) -> str:
    few = [name for name, kept in zip(table.groups.names, table.kept, strict=True) if not kept]
    return f" Too few rows to judge {listed(few, last='or')}." if few else ""


def _unjudged(table: Table) -> str:
    need = f"at least {FEWEST_ROWS} test rows"
    if table.problem.task is Task.BINARY:
        need += f", {FEWEST_YESES} of them with {positive(table.problem)}"
    return f"The groups of {quoted(table.groups.label)} cannot be compared: fewer than two have {need}."


def positive(problem: Problem) -> str:
    """Return the positive answer in words."""
    return f"{quoted(problem.target)} = {quoted(problem.positive or problem.classes[-1])}"
