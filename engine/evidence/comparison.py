"""The largest difference between groups: how large, how sure, and as a sentence."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Fairness, GroupRate
from engine.domain.problem import Problem, Task
from engine.evidence.intersections import FEWEST_ROWS, FEWEST_YESES
from engine.evidence.rates import Rate, Table
from engine.evidence.score import interval
from engine.evidence.wording import apart, significant
from engine.problem.words import listed, percent, quoted

Array = NDArray[np.float64]
# How to say that one group's rate is so much higher than another's: (higher, difference, lower) to words.
Words = Callable[[str, str, str], str]

FOUR_FIFTHS = 0.8
_CHANCE = 0.02  # of a difference counted as sure that is none, over all columns together


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
    low, high = _ends(rates[most], judged[most])
    between = interval(rates[most].resampled[:, high] - rates[most].resampled[:, low], gaps[most])
    surely = _surely(rates, judged, gaps[most], table.tables)
    return found.model_copy(
        update={
            "value": gaps[most],
            "interval": between,
            "at_least": surely,
            "ratio": min(_ratio(rate.points[kept]) for rate, kept in zip(rates, judged, strict=True) if kept.any()),
            "sentence": _sentence(table, words[most], rates[most], (low, high), between, sure=surely > 0),
        }
    )


def _judged(rate: Rate, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the groups that have this rate: nobody picked, no precision."""
    return np.asarray(kept & np.isfinite(rate.points))


def _ends(rate: Rate, kept: NDArray[np.bool_]) -> tuple[int, int]:
    places = np.flatnonzero(kept)
    return int(places[rate.points[kept].argmin()]), int(places[rate.points[kept].argmax()])


def _surely(rates: tuple[Rate, ...], judged: list[NDArray[np.bool_]], gap: float, tables: int) -> float:
    """Return the gap less what chance would make of it, had every group the same rate.

    That is what resamples, each around its group's own rate, show; over several tables the chance is divided.
    """
    chance = np.max(
        [
            np.ptp((rate.resampled - rate.points)[:, kept], axis=1) if kept.any() else np.zeros(len(rate.resampled))
            for rate, kept in zip(rates, judged, strict=True)
        ],
        axis=0,
    )
    usual = chance[np.isfinite(chance)]
    return max(0.0, gap - float(np.quantile(usual, 1 - _CHANCE / tables))) if len(usual) else 0.0


def _ratio(points: Array) -> float:
    highest = float(points.max())
    return float(points.min()) / highest if highest > 0 else 1.0


def _sentence(
    table: Table, words: Words, rate: Rate, ends: tuple[int, int], between: tuple[float, float], *, sure: bool
) -> str:
    low, high = (float(rate.points[i]) for i in ends)
    lower, higher = (quoted(table.groups.names[i]) for i in ends)
    if rate.shares:
        top, bottom, by = percent(high), percent(low), f"{significant(100 * (high - low))} points"
        within = " to ".join(significant(100 * edge) for edge in between)
    else:
        top, bottom = apart(high, low, 3)
        by, within = significant(high - low), " to ".join(significant(edge) for edge in between)
    whose = " and ".join(quoted(column) for column in table.groups.columns)
    if high == low:
        return f"By {whose}, no difference: {top} everywhere.{_left_out(table)}"
    # Of many groups the two furthest apart are so by chance alone, even where nothing else would part these two.
    chance = "" if sure else "; it may be chance" if between[0] <= 0 else "; with so much compared it may be chance"
    told = f"{top} against {bottom}; 95 % interval {within}{chance}"
    return f"By {whose}: {words(higher, by, lower)} ({told}).{_left_out(table)}"


def four_fifths(ratio: float) -> str:
    """Say whether the lowest rate is at least four fifths of the highest.

    The rule is that of the Uniform Guidelines on Employee Selection Procedures (1978).
    """
    side = "below the four fifths that many places ask for" if ratio < FOUR_FIFTHS else "which keeps to four fifths"
    return f"The lowest rate is {percent(ratio)} of the highest, {side}."


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
