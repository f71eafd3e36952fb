"""Proof: what a fix of a leak does to the score of a quick model, all other fixes being applied."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.domain.outcome import Action, Outcome, Proof, Severity, Verdict
from engine.domain.problem import Problem
from engine.errors import HandrailError
from engine.guardrails.base import Table
from engine.guardrails.quick import Score, quick_score, rows_for
from engine.problem.remedies import apply_all, apply_remedy
from engine.problem.rows import usable
from engine.problem.split import cut, gathered, together

MOST_PROOFS, SECONDS = 6, 8.0
_MOST_ROWS, _MOST_GROUPED = 10_000, 100_000
_DIVIDES = {Action.TIME_SPLIT, Action.GROUP_SPLIT, Action.KEEP_TOGETHER}
_SHOWN = {Severity.BLOCKER, Severity.WARNING}


def proved(table: Table, problem: Problem | None, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes with their proof, where a leak can be fixed and the rows tell.

    A column is judged where all other fixes are applied, so that one leak does not hide another: the score with it
    beside the score without, on the same rows, divided as honestly as the fixes ask. A way of dividing rows is judged
    beside the one that stands, without any of the leaking columns.

    Parameters
    ----------
    table : Table
        The whole canonical table.
    outcomes : sequence of Outcome
        Of all guardrails. The first six blockers and warnings of leakage are looked at, for at most eight seconds.
    """
    if problem is None:
        return tuple(outcomes)
    open_ = [o for o in outcomes if o.code.startswith("LK") and o.remedy and o.verdict is Verdict.FLAGGED]
    wanted = [o for o in open_ if o.severity in _SHOWN and o.proof is None]
    wanted.sort(key=lambda o: o.severity is not Severity.BLOCKER)
    until = time.monotonic() + SECONDS
    found: dict[int, Proof] = {}
    ways = _Ways(table, problem, tuple(open_))
    for outcome in wanted[:MOST_PROOFS]:
        if time.monotonic() < until and (proof := ways.proof(outcome)):
            found[id(outcome)] = proof
    return tuple(o.model_copy(update={"proof": found[id(o)]}) if id(o) in found else o for o in outcomes)


def divided(
    frame: pd.DataFrame, problem: Problem, features: Sequence[str], most_rows: int = _MOST_ROWS
) -> Score | None:
    """Return what a quick model scores on the test rows of a problem; ``frame`` is what ``usable`` returned."""
    parts = cut(frame, problem)
    learn = np.concatenate([parts.learn, parts.choose])
    return quick_score(frame, problem, features, learn=learn, test=parts.test, most_rows=most_rows)


def beside(before: Score | None, after: Score | None) -> Proof | None:
    """Return a score as it stands beside the one with a fix, where there are both."""
    if before is None or after is None:
        return None
    return Proof(
        metric=after.metric,
        greater_is_better=after.greater_is_better,
        as_it_stands=before.value,
        remedied=after.value,
        rows=after.rows,
    )


@dataclass(frozen=True)
class _Ways:
    """A sample of a table with all fixes, or all but one."""

    table: Table
    problem: Problem
    open: tuple[Outcome, ...]

    def proof(self, outcome: Outcome) -> Proof | None:
        """Return what one fix does, where both ways have a score."""
        if outcome.remedy and outcome.remedy.action in _DIVIDES:
            before, after = self.as_divided, self._score(apply_remedy(self.columns_fixed, outcome.remedy))
        else:
            # Two findings may ask for the same fix: none of them is applied.
            others = [o for o in self.open if o.remedy != outcome.remedy]
            before, after = self._score(apply_all(self.problem, others)), self.remedied
        return beside(before, after)

    @cached_property
    def fixed(self) -> Problem:
        return apply_all(self.problem, self.open)

    @cached_property
    def columns_fixed(self) -> Problem:
        return apply_all(self.problem, [o for o in self.open if o.remedy and o.remedy.action not in _DIVIDES])

    @cached_property
    def as_divided(self) -> Score | None:
        return self._score(self.columns_fixed)

    @cached_property
    def remedied(self) -> Score | None:
        return self._score(self.fixed)

    @cached_property
    def sample(self) -> pd.DataFrame:
        """Rows that have an answer, untouched otherwise; what must stay together is there together."""
        answered = self.table.frame[self.problem.target].notna()
        frame = self.table.frame if answered.all() else self.table.frame[answered]
        most = rows_for(len(self.problem.features(self.table.contract)), _MOST_ROWS)
        random = np.random.default_rng(self.problem.seed)
        if len(frame) > _MOST_GROUPED:
            frame = frame.iloc[np.sort(random.choice(len(frame), _MOST_GROUPED, replace=False))]
        groups = together(frame, self.fixed)
        return frame.iloc[gathered(np.arange(len(frame)) if groups is None else groups, most, self.problem.seed)]

    def _score(self, problem: Problem) -> Score | None:
        try:
            return divided(usable(self.sample, problem), problem, problem.features(self.table.contract))
        except HandrailError:
            return None
