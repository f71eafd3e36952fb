"""What leaving doubtful cases to a person brings: every error with the rows behind it, on choose and test rows."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.card import Card
from engine.domain.policy import Abstention, Answered
from engine.domain.problem import Problem, Task
from engine.evidence.card_parts import Abstaining, Way
from engine.evidence.intervals import Groups, of_mean, of_share
from engine.evidence.related import related
from engine.evidence.score import draw
from engine.policy.abstention import abstains, half_widths, mistakes
from engine.problem.rows import encode
from engine.problem.words import alike, counted, percent, rounded

NOTHING = "—"


def on_test(limits: Abstention, test: pd.DataFrame, p: NDArray[np.float64], problem: Problem) -> Abstention:
    """Return the limits with what they come to on the test rows, which did not set them."""
    wrong, stays = mistakes(encode(test, problem), p, problem), ~abstains(limits, p)
    together = related(test, problem)
    known = _range(limits, wrong, p, together) if problem.task is Task.REGRESSION else {}
    if stays.any():
        of = None if together is None else np.unique(together[stays], return_inverse=True)[1].astype(np.intp)
        known["error_answered"] = float(wrong[stays].mean())
        known["interval"] = _interval(wrong[stays], problem, of)
    found = Answered(rows=len(test), answered=int(stays.sum()), error=float(wrong.mean()), **known)
    return limits.model_copy(update={"tested": found})


def _range(
    limits: Abstention, off: NDArray[np.float64], p: NDArray[np.float64], groups: Groups | None
) -> dict[str, Any]:
    """Return how often the range beside a number holds the true one, and how wide it is."""
    wide = half_widths(limits, p)
    covered = float((off <= wide).mean())
    rows = len(off) if groups is None else int(groups.max()) + 1
    return {"covered": covered, "covered_interval": of_share(covered, rows), "half_width": float(wide.mean())}


def range_in_words(limits: Abstention | None, problem: Problem) -> str:
    """Say how wide the range beside a number is and how often it holds the true one; nothing where nobody counted."""
    test = limits.tested if limits else None
    if limits is None or test is None or test.covered is None or test.half_width is None:
        return ""
    low, high = test.covered_interval or (test.covered, test.covered)
    return (
        f"± {rounded(test.half_width)} on average, to hold the true number {percent(limits.coverage)} of the "
        f"time; on the {counted(test.rows, 'test row')} it does so {percent(test.covered)} of the time (95 % interval "
        f"{percent(low)} to {percent(high)})."
    )


def _interval(wrong: NDArray[np.float64], problem: Problem, groups: Groups | None) -> tuple[float, float]:
    """Return the interval of a mean error; of a share, rows that belong together count as one."""
    if problem.task is Task.REGRESSION:
        return of_mean(wrong, draw(len(wrong), seed=problem.seed, groups=groups), groups)
    return of_share(float(wrong.mean()), len(wrong) if groups is None else int(groups.max()) + 1)


def asked(problem: Problem) -> str:
    """Return what a coverage is the share of, as the heading of a choice."""
    if problem.task is Task.REGRESSION:
        return "How often the true number lies within the range"
    return "How often the true answer stays among the possible ones"


def counted_as(problem: Problem) -> str:
    """Return what is counted of what it answers: mistakes of the likelier answer, wherever a policy decides."""
    if problem.task is Task.REGRESSION:
        return "Off by"
    return "Best guess wrong" + (" (one half decides)" if problem.task is Task.BINARY else "")


def table(card: Card) -> Abstaining | None:
    """Return what leaving cases to a person brings, for each coverage that can be chosen; None where none can."""
    limits, problem = card.evidence.limits, card.problem
    if not limits:
        return None
    chosen = card.policy.abstention.coverage if card.policy.abstention else None
    rows = [Way(chosen=each.coverage == chosen, cells=cells(each, problem)) for each in limits]
    wrong = counted_as(problem)
    head = [asked(problem), "Left to a person", f"{wrong}, where it answers", "if it answered all"]
    head += ["Left, of the test rows", f"{wrong} there, where it answers"]
    return Abstaining(head=head, rows=rows, note=only_the_width(limits, problem))


def only_the_width(choices: Iterable[Abstention], problem: Problem) -> str:
    """Say that who is left to a person does not hang on the coverage, where that is so of a number; else nothing."""
    left = {(each.abstained, each.tested.answered if each.tested else None) for each in choices}
    if problem.task is not Task.REGRESSION or len(left) != 1:
        return ""
    ((share, _),) = left
    who = f"the same {percent(share)} of the cases are" if share else "no case is"
    return f"Whichever is chosen, {who} left to a person: it changes only the width of the range beside each number."


def cells(limits: Abstention, problem: Problem) -> list[str]:
    """Return the cells of one row of the table, from the coverage on."""
    test = limits.tested
    return [
        percent(limits.coverage),
        percent(limits.abstained),
        _error(limits.error_answered, limits.answered, problem),
        _said(problem, limits.error)[0],
        percent(1 - test.answered / test.rows) if test else NOTHING,
        _error(test.error_answered, test.answered, problem, test.interval) if test else NOTHING,
    ]


def in_words(limits: Abstention, problem: Problem) -> str:
    """Say when a case is left to a person and what that brings, on the choose and on the test rows."""
    said = f"{_when(limits, problem)} Of the rows to choose by {percent(limits.abstained)} are left"
    said = f"{said}{_among(limits.error_answered, limits.answered, limits.error, problem)}."
    if not (test := limits.tested):
        return said
    left = f"Of the {counted(test.rows, 'test row')} {percent(1 - test.answered / test.rows)} are left"
    return f"{said} {left}{_among(test.error_answered, test.answered, test.error, problem, test.interval)}."


def _when(limits: Abstention, problem: Problem) -> str:
    share = percent(limits.coverage)
    if problem.task is Task.REGRESSION and limits.widest is None:
        return f"It answers every case, with a range that holds the true number {share} of the time."
    if problem.task is Task.REGRESSION:
        wide = rounded(limits.widest or 0.0)
        return f"It answers only where the range that holds the true number {share} of the time is at most ± {wide}."
    return f"It answers only where one answer stays possible, if the true one is to stay in {share} of the cases."


def _among(
    error: float | None,
    answered: int | None,
    all_: float,
    problem: Problem,
    interval: tuple[float, float] | None = None,
) -> str:
    if error is None:
        return ": it answers none of them"
    every = _said(problem, error, *(interval or ()), beside=[all_])[-1]
    what = "it is off on average by" if problem.task is Task.REGRESSION else "its best guess is wrong in"
    return f"; among the others {what} {_error(error, answered, problem, interval)}, not {every}"


def _error(
    error: float | None, answered: int | None, problem: Problem, interval: tuple[float, float] | None = None
) -> str:
    """Say an error with the rows it was counted on, and its interval where one is known."""
    if error is None:
        return NOTHING
    value, *ends = _said(problem, error, *(interval or ()))
    behind = []
    if answered is not None:
        number = problem.task is Task.REGRESSION
        behind.append(counted(answered, "row") if number else f"{error * answered:,.0f} of {counted(answered, 'row')}")
    if ends:
        behind.append(f"95 % interval {' to '.join(ends)}")
    return f"{value} ({'; '.join(behind)})" if behind else value


def _said(problem: Problem, error: float, *ends: float, beside: Sequence[float] = ()) -> tuple[str, ...]:
    if problem.task is Task.REGRESSION:
        return alike(error, *ends, beside=beside)
    return tuple(percent(share) for share in (error, *ends, *beside))
