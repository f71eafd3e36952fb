"""What a guardrail is, what it gets to see, and how all of them are run as one report."""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import pandas as pd

from engine.domain.dataset import DataContract, Profile, Role
from engine.domain.outcome import Action, Gate, Outcome, Proof, Remedy, Severity, Verdict
from engine.domain.problem import Problem, SplitKind, Task
from engine.guardrails.association import Answers, Coded, Codes, Strength, code, folds, gini
from engine.problem.rows import encode, usable
from engine.problem.split import Cut, cut, identical, together

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Table:
    """A canonical table with its contract and profile."""

    frame: pd.DataFrame
    contract: DataContract
    profile: Profile


class NotApplicable(Exception):  # noqa: N818 - it is a verdict, not an error
    """There is nothing here for this guardrail to examine; the message says why."""


@dataclass(frozen=True)
class Finding:
    """What a guardrail found about one set of columns."""

    severity: Severity
    problem: str
    fix: str
    columns: tuple[str, ...] = ()
    evidence: dict[str, float] = field(default_factory=dict)
    remedy: Remedy | None = None
    proof: Proof | None = None
    examples: tuple[str, ...] = ()
    rows: int | None = None  # examined, where not all


class Case:
    """What guardrails examine: the table and the problem, with what several of them need computed once."""

    def __init__(self, table: Table, problem: Problem | None, gaps: tuple[str, ...] | None = None) -> None:
        self.table, self.contract, self._problem, self.gaps = table, table.contract, problem, gaps
        self._coded: dict[str, Coded] = {}
        self._gini: dict[str, Strength] = {}

    @property
    def asked(self) -> Problem | None:
        """The problem, or None where no question was asked yet."""
        return self._problem

    @property
    def problem(self) -> Problem:
        """The problem; only for guardrails that need a target."""
        if self._problem is None:
            raise NotApplicable("No question was asked yet.")
        return self._problem

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows that have an answer, remedies applied; without a question all rows."""
        return usable(self.table.frame, self._problem) if self._problem else self.table.frame

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Columns the model may use; without a question all columns."""
        return self._problem.features(self.contract) if self._problem else self.contract.names

    @cached_property
    def left_out(self) -> frozenset[str]:
        """Columns that a remedy or the analyst took out: nothing more needs to be said about them."""
        return self._problem.dropped() | set(self._problem.ignored) if self._problem else frozenset()

    @cached_property
    def answers(self) -> Answers:
        """The target as numbers, with folds that keep together what the split keeps together."""
        values = encode(self.frame, self.problem)
        classes = 0 if self.problem.task is Task.REGRESSION else len(self.problem.classes)
        groups = together(self.frame, self.problem)
        if groups is None:
            groups = pd.RangeIndex(len(self.frame)).to_numpy()
        return Answers(values, classes, folds(groups, values, classes, self.problem.seed))

    @cached_property
    def cut(self) -> Cut:
        """Learn, choose and test rows as the problem stands."""
        return cut(self.frame, self.problem)

    @cached_property
    def describing(self) -> tuple[str, ...]:
        """Columns that tell one row from another: all but the target, identifiers and what was left out as a leak.

        Withheld columns count: two people who differ in age only are two people, also where the model is not told.
        """
        leaks = {n for r in self.problem.remedies if r.action is Action.DROP_COLUMNS for n in r.columns}
        out = {self.problem.target, *self.problem.ignored, *leaks}
        return tuple(c.name for c in self.contract.columns if c.name not in out and c.role is not Role.IDENTIFIER)

    @cached_property
    def twins(self) -> Codes:
        """A number per row that rows share which agree in every describing column and in the answer."""
        return identical(self.frame[[*self.describing, self.problem.target]])

    @property
    def in_time(self) -> bool:
        """Whether the test lies after the training."""
        return self.problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}

    def coded(self, name: str) -> Coded:
        """Return a column as codes."""
        if name not in self._coded:
            self._coded[name] = code(self.frame[name])
        return self._coded[name]

    def gini(self, name: str) -> float:
        """Return the cross-validated normalised Gini of a column alone."""
        return self.strength(name).value

    def strength(self, name: str) -> Strength:
        """Return the cross-validated normalised Gini of a column alone, with its error."""
        if name not in self._gini:
            self._gini[name] = gini(self.coded(name), self.answers)
        return self._gini[name]


class Guardrail(Protocol):
    """A check with a code that never changes meaning."""

    @property
    def code(self) -> str:
        """Family and number, such as ``LK007``."""

    @property
    def title(self) -> str:
        """What it looks at, in a few plain words."""

    @property
    def gate(self) -> Gate | None:
        """What an open blocker closes."""

    @property
    def needs_target(self) -> bool:
        """Whether it says nothing before a question is asked."""

    def check(self, case: Case) -> Iterator[Finding]:
        """Yield what is wrong; nothing where all is well."""


def run(
    table: Table,
    problem: Problem | None,
    *,
    only: Collection[str] | None = None,
    gaps: tuple[str, ...] | None = None,
) -> tuple[Outcome, ...]:
    """Run the guardrails that need no model; return their outcomes in order of their codes.

    Parameters
    ----------
    table : Table
        The whole canonical table; the problem's remedies are applied here.
    problem : Problem, optional
        Without one, only the guardrails that need no target are run.
    only : codes, optional
        Run these and no others.
    gaps : names, optional
        What ``UseContract.gaps`` said, where there is a use contract already.

    Returns
    -------
    tuple of Outcome
        One per code and set of columns; a guardrail that crashed is among them as ``could_not_run``.
    """
    # The families build on this module, so the list of them cannot be imported before it.
    from engine.guardrails.suite import GUARDRAILS

    wanted = [g for g in GUARDRAILS if (only is None or g.code in only) and (problem or not g.needs_target)]
    case = Case(table, problem, gaps)
    return tuple(outcome for g in sorted(wanted, key=lambda g: g.code) for outcome in _run(g, case))


def _run(guardrail: Guardrail, case: Case) -> Iterator[Outcome]:
    try:
        findings = list(guardrail.check(case))
        rows = len(case.frame)
    except NotApplicable as reason:
        yield _outcome(guardrail, Verdict.NOT_APPLICABLE, problem=str(reason))
    except Exception:
        # The one broad except: a guardrail that crashes must be seen, not skipped.
        _log.exception("%s could not run", guardrail.code)
        yield _outcome(guardrail, Verdict.COULD_NOT_RUN, problem="This check failed, so nobody has looked.")
    else:
        if not findings:
            yield _outcome(guardrail, Verdict.PASSED, rows=rows)
        for found in findings:
            yield _outcome(guardrail, Verdict.FLAGGED, rows=rows, found=found)


def _outcome(
    guardrail: Guardrail, verdict: Verdict, *, rows: int = 0, found: Finding | None = None, problem: str = ""
) -> Outcome:
    plain = Outcome(
        code=guardrail.code,
        title=guardrail.title,
        verdict=verdict,
        gate=guardrail.gate,
        rows_examined=rows,
        problem=problem,
    )
    if found is None:
        return plain
    return plain.model_copy(
        update={
            "severity": found.severity,
            "columns": found.columns,
            "evidence": {name: float(value) for name, value in found.evidence.items()},
            "problem": found.problem,
            "fix": found.fix,
            "remedy": found.remedy,
            "proof": found.proof,
            "examples": found.examples,
            "rows_examined": rows if found.rows is None else found.rows,
        }
    )
