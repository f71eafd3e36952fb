"""What a guardrail is and what it gets to see."""

from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from engine.domain.dataset import Column, DataContract, Profile, Role
from engine.domain.outcome import Action, Gate, Outcome, Picture, Proof, Remedy, Severity, Verdict
from engine.domain.problem import Problem, SplitKind, Task
from engine.guardrails.association import Answers, Coded, Codes, Strength, code, folds, gini
from engine.problem.rows import encode, usable
from engine.problem.split import Cut, cut, identical, together

MOST_ROWS = 50_000  # that are looked at, where a part of the rows can answer the question


@dataclass(frozen=True, eq=False)
class Table:
    """A canonical table with its contract and profile."""

    frame: pd.DataFrame
    contract: DataContract
    profile: Profile


class NotApplicable(Exception):  # it is a verdict, not an error
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
    picture: Picture | None = None  # where it is at hand; most are drawn from the table afterwards
    rows: int | None = None  # examined, where not all


class Case:
    """What guardrails examine: the table and the problem, with what several of them need computed once.

    Of a large table ``frame`` is a part drawn at random, in table order, and all that is derived from it is about that
    part. ``whole`` has all rows, and ``entire`` is this case with ``frame`` being all of them.
    """

    def __init__(
        self,
        table: Table,
        problem: Problem | None,
        gaps: tuple[str, ...] | None = None,
        most_rows: int | None = None,
        purpose: str = "",
    ) -> None:
        self.table, self.contract, self._problem, self.gaps = table, table.contract, problem, gaps
        self.purpose = purpose
        self._most_rows = MOST_ROWS if most_rows is None else most_rows
        self._coded: dict[str, Coded] = {}
        self._levels: dict[str, tuple[Codes, pd.Index]] = {}
        self._different: dict[str, int] = {}
        self._gini: dict[str, Strength] = {}
        self.memory: dict[tuple[str, ...], Any] = {}  # what a check found out about columns and another needs too

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
    def whole(self) -> pd.DataFrame:
        """All rows that have an answer, remedies applied; without a question all rows."""
        return usable(self.table.frame, self._problem) if self._problem else self.table.frame

    @property
    def sampled(self) -> bool:
        """Whether ``frame`` is a part of ``whole``."""
        return len(self.whole) > self._most_rows

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows that are looked at: all, or as many as are enough."""
        if not self.sampled:
            return self.whole
        random = np.random.default_rng(self._problem.seed if self._problem else 0)
        part = self.whole.iloc[np.sort(random.choice(len(self.whole), self._most_rows, replace=False))]
        return part.assign(**{str(name): _side_by_side(part[name]) for name in part if part[name].dtype == object})

    @cached_property
    def entire(self) -> "Case":
        """The same case with every row looked at."""
        if not self.sampled:
            return self
        entire = Case(self.table, self._problem, self.gaps, len(self.whole), self.purpose)
        vars(entire)["whole"] = self.whole
        return entire

    def about(self, columns: Collection[str]) -> "Case":
        """Return this case with only some of its features; what was computed is shared."""
        narrowed = copy(self)
        vars(narrowed)["features"] = tuple(name for name in self.features if name in columns)
        return narrowed

    @cached_property
    def _as_profiled(self) -> bool:
        """Whether all rows are those that the profile describes, as it describes them."""
        return self.whole is self.table.frame and len(self.whole) == self.table.profile.rows

    def different(self, name: str) -> int:
        """Return how many different values a column has in all rows."""
        if name not in self._different:
            known = self._profiled(name)
            self._different[name] = self.whole[name].nunique() if known is None else known.distinct
        return self._different[name]

    def missing(self, name: str) -> float:
        """Return in which share of all rows a column is empty."""
        known = self._profiled(name)
        return float(self.whole[name].isna().mean()) if known is None else known.missing_rate

    def _profiled(self, name: str) -> Column | None:
        """Return what the profile counted, where it holds for all rows; a person's correction makes other values."""
        if not self._as_profiled or name not in self.contract.names:
            return None
        found = next((column for column in self.table.profile.columns if column.name == name), None)
        return found if found is not None and found.type is self.contract.column(name).type else None

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
        return identical(self.frame, [*self.describing, self.problem.target])

    @property
    def in_time(self) -> bool:
        """Whether the test lies after the training."""
        return self.problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}

    def levels(self, name: str) -> tuple[Codes, pd.Index]:
        """Return which of a column's different values stands in each row, -1 where it is empty, and these values."""
        if name not in self._levels:
            self._levels[name] = pd.factorize(self.frame[name])
        return self._levels[name]

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


def _side_by_side(words: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return words that lie side by side in memory: those of a part are far apart, and each look at them waits."""
    import pyarrow as pa

    packed = pa.array(words, pa.string(), from_pandas=True).to_numpy(zero_copy_only=False)
    return pd.Series(packed, index=words.index, dtype=object)


class Named(Protocol):
    """What has a code that never changes meaning."""

    @property
    def code(self) -> str:
        """Family and number, such as ``LK007``."""

    @property
    def title(self) -> str:
        """What it looks at, in a few plain words."""

    @property
    def gate(self) -> Gate | None:
        """What an open blocker closes."""


class Guardrail(Named, Protocol):
    """A check of a table."""

    @property
    def needs_target(self) -> bool:
        """Whether it says nothing before a question is asked."""

    def check(self, case: Case) -> Iterator[Finding]:
        """Yield what is wrong; nothing where all is well."""


def said(
    guardrail: Named, verdict: Verdict, *, rows: int = 0, found: Finding | None = None, problem: str = ""
) -> Outcome:
    """Return what a guardrail said as the noun that is kept; ``rows`` were examined where ``found`` says no other."""
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
            "picture": found.picture,
            "rows_examined": rows if found.rows is None else found.rows,
        }
    )
