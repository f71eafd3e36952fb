"""LK006: rows are ordered in time, so the test must lie after the training."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Problem
from engine.guardrails.association import by_chance, code, gini
from engine.guardrails.base import MOST_ROWS, Case, Finding, NotApplicable
from engine.guardrails.clocks import Clock, clocks, counter, follows
from engine.guardrails.proof import beside, divided
from engine.guardrails.quick import Score
from engine.problem.metric import METRICS
from engine.problem.remedies import apply_remedy
from engine.problem.words import alike, counted, quoted

_DRIFTS, _WORSE = 0.1, 0.05
_SURE, _VERY_SURE = 3.0, 5.0  # standard errors
_TOO_GOOD = 0.85
_FEWEST_ROWS = 100
_SPLIT = Action.TIME_SPLIT


@dataclass(frozen=True)
class Forward:
    """What a quick model scores on rows drawn at random and on the last ones, and how much time alone tells."""

    random: Score | None
    forward: Score | None
    drift: float
    drifts: bool

    @property
    def worse(self) -> bool:
        """Whether the last rows are clearly harder than any, seen from guessing and knowing."""
        if self.random is None or self.forward is None:
            return False
        return bool(self.random.skill - self.forward.skill > max(_WORSE, _SURE / np.sqrt(self.forward.rows)))


class OrderInTime:
    """LK006: rows are ordered in time, and a random test would ask about days that the training has seen."""

    code, title, gate, needs_target = "LK006", "Rows in order of time", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag the column that says when rows happened, where the test does not lie after the training."""
        if case.in_time:
            raise NotApplicable("The test lies after the training already.")
        if len(case.frame) < _FEWEST_ROWS:
            raise NotApplicable("There are too few rows to tell what time does.")
        for clock in clocks(case):
            if clock.property and not clock.sorted:
                continue
            columns = _columns(case, clock)
            tested = _tested(case, clock, columns)
            severity = _severity(clock, tested)
            if severity is not None:
                yield _finding(case, clock, columns, tested, severity)
                return


def _severity(clock: Clock, tested: Forward) -> Severity | None:
    harm = tested.worse or tested.drifts
    if clock.property:
        return Severity.NOTE if harm else None
    if clock.sorted or clock.even:
        return Severity.BLOCKER if harm else Severity.WARNING
    if clock.named:
        return Severity.BLOCKER if harm else Severity.NOTE
    # A date in no order and without a telling name may be the customer's, not the row's.
    return Severity.WARNING if harm and len(clock.columns) == 1 and clock.moments > 100 else None


def _columns(case: Case, clock: Clock) -> tuple[str, ...]:
    """Return the columns to divide by: a number that follows the clock says more than year and month do."""
    if len(clock.columns) == 1:
        return clock.columns
    finer = counter(case, clock)
    return (finer,) if finer else clock.columns


def _tested(case: Case, clock: Clock, columns: tuple[str, ...]) -> Forward:
    strength = gini(code(pd.Series(clock.when)), case.answers)
    part = case if len(case.frame) <= MOST_ROWS else Case(case.table, case.problem)
    alike = {*clock.columns, *columns, *follows(case, clock)}
    names = [name for name in case.problem.features(case.contract) if name not in alike]
    features = [name for name in names if part.gini(name) < _TOO_GOOD]
    later = apply_remedy(case.problem, Remedy(action=_SPLIT, columns=columns))
    return Forward(
        random=divided(part.frame, case.problem, features),
        forward=divided(part.frame, later, features),
        drift=strength.value,
        drifts=strength.at_least > 0 and strength.value >= max(_DRIFTS, _VERY_SURE * by_chance(case.answers)),
    )


def _finding(case: Case, clock: Clock, columns: tuple[str, ...], tested: Forward, severity: Severity) -> Finding:
    return Finding(
        severity=severity,
        columns=columns,
        problem=f"{_order(case, clock, columns)} {_consequence(case.problem, tested)}".strip(),
        fix="Test on the latest rows what was learned from the earlier ones, as it will be in use."
        if not clock.property
        else f"If {quoted(columns[0])} says when the row happened, test on the latest rows.",
        evidence=_evidence(clock, tested),
        remedy=Remedy(action=_SPLIT, columns=columns),
        proof=beside(tested.random, tested.forward),
        examples=_examples(case, clock),
    )


def _order(case: Case, clock: Clock, columns: tuple[str, ...]) -> str:
    names = " and ".join(quoted(name) for name in clock.columns)
    say = "says" if len(clock.columns) == 1 else "say"
    moments = counted(clock.moments, "different moment")
    if clock.sorted:
        by = "" if columns == clock.columns else f", and {quoted(columns[0])} counts along"
        return f"The rows stand in order of time: {names} {say} when each happened ({moments}){by}."
    if clock.property:
        return f"{names} may say when each row happened ({moments})."
    return f"{names} {say} when each row happened ({moments})."


def _consequence(problem: Problem, tested: Forward) -> str:
    if tested.random is None or tested.forward is None:
        return "A test on rows drawn at random asks about days that the training has seen."
    label = METRICS[problem.metric].label
    at_random, forward = alike(tested.random.value, beside=[tested.forward.value])
    figures = (
        f"On rows drawn at random a quick model reaches {label} {at_random}; on the latest rows, having learned from"
        f" the earlier ones, {forward}"
    )
    if tested.worse:
        return f"{figures}: the second is what it would be in use."
    if tested.drifts:
        return f"{figures}. The answer itself drifts with time: what is learned grows old."
    return f"{figures}: so far time does little harm, but only a test on later rows shows it."


def _evidence(clock: Clock, tested: Forward) -> dict[str, float]:
    found = {"moments": clock.moments, "order": clock.order, "drift": tested.drift}
    if tested.random is not None and tested.forward is not None:
        found |= {"random": tested.random.value, "forward": tested.forward.value}
    return found


def _examples(case: Case, clock: Clock) -> tuple[str, ...]:
    """Return when the first, the middle and the last row of the table happened."""
    last = len(case.frame) - 1
    shown = []
    for at in dict.fromkeys((0, last // 2, last)):
        said = " ".join(_moment(case.frame[name].iloc[at]) for name in clock.columns)
        shown.append(f"row {case.frame.index[at] + 1:,}: {said}")
    return tuple(shown)


def _moment(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
