"""Nouns of the checks: what a guardrail said, what to do about it, and who overrode it."""

from collections.abc import Iterable
from enum import StrEnum

from engine.domain.base import Noun


class Verdict(StrEnum):
    """What came of a guardrail; a crash is an outcome, never silence."""

    PASSED = "passed"
    FLAGGED = "flagged"
    NOT_APPLICABLE = "not_applicable"
    COULD_NOT_RUN = "could_not_run"


class Severity(StrEnum):
    """How bad a finding is."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


class Gate(StrEnum):
    """What an open blocker closes."""

    TRAINING = "training"
    APPROVAL = "approval"


class Action(StrEnum):
    """What a remedy does."""

    DROP_COLUMNS = "drop_columns"
    DROP_ROWS = "drop_rows"
    DEDUPLICATE = "deduplicate"
    KEEP_TOGETHER = "keep_together"
    GROUP_SPLIT = "group_split"
    TIME_SPLIT = "time_split"
    SET_MISSING = "set_missing"
    MERGE_LEVELS = "merge_levels"
    WITHHOLD = "withhold"


NEARLY = "nearly"


class Remedy(Noun):
    """A fix that one click applies: an action and the columns it works on.

    ``drop_rows`` drops the rows in which any of the columns is missing, or, with ``values``, holds one of them.
    ``keep_together`` is about rows that are equal in the columns, or with the value ``NEARLY`` in all but a few.
    """

    action: Action
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class Proof(Noun):
    """What a quick model scores on rows set aside, as the table stands and after the remedy."""

    metric: str
    greater_is_better: bool
    as_it_stands: float
    remedied: float
    rows: int  # judged


class PictureKind(StrEnum):
    """What the bars of a picture count."""

    ANSWER = "answer"  # the share of the answer in question, or the mean of a number, by value of a column
    ANSWER_IN_TIME = "answer_in_time"  # the same, in order of time or of the rows
    ROWS = "rows"  # rows by value of a column
    STRENGTH = "strength"  # the part that each of some columns has in telling something


class Bar(Noun):
    """One bar of a picture."""

    label: str
    value: float
    rows: int = 0
    marked: bool = False  # what the finding is about


class Picture(Noun):
    """The evidence of a finding as bars; ``overall`` is the same figure over all rows."""

    kind: PictureKind
    about: str  # the column, or what else the bars divide
    bars: tuple[Bar, ...]
    answer: str = ""  # what the bars' values say, such as "‘deposit’ is ‘yes’"
    share: bool = False  # whether those values are shares, 0 to 1
    overall: float | None = None
    cut: int | None = None  # the first bar that lies in the test


class Outcome(Noun):
    """What one guardrail said about one set of columns.

    ``examples`` are a few short lines to look at, such as "row 17 and row 4,021 are the same".
    """

    code: str
    title: str
    verdict: Verdict
    severity: Severity | None = None
    gate: Gate | None = None
    columns: tuple[str, ...] = ()
    rows_examined: int = 0
    evidence: dict[str, float] = {}
    problem: str = ""
    fix: str = ""
    remedy: Remedy | None = None
    proof: Proof | None = None
    examples: tuple[str, ...] = ()
    picture: Picture | None = None

    @property
    def blocks(self) -> bool:
        """Whether this is a blocker that closes a gate."""
        return self.verdict is Verdict.FLAGGED and self.severity is Severity.BLOCKER and self.gate is not None


class Override(Noun):
    """A person's decision to go on in spite of a finding; without a column it covers every finding of the code."""

    code: str
    column: str | None = None
    reason: str

    def covers(self, outcome: Outcome) -> bool:
        """Whether this override is about ``outcome``."""
        return self.code == outcome.code and (self.column is None or self.column in outcome.columns)

    def about(self, outcomes: "Iterable[Outcome]") -> tuple[str, ...]:
        """Return the columns of the findings it was given for: of several columns it keeps the first."""
        if self.column is None:
            return ()
        found = (o.columns for o in outcomes if o.blocks and self.covers(o) and o.columns[0] == self.column)
        return tuple(dict.fromkeys(name for columns in found for name in columns)) or (self.column,)


def open_blockers(outcomes: Iterable[Outcome], overrides: Iterable[Override], gate: Gate) -> tuple[Outcome, ...]:
    """Return the blockers of ``gate`` that no override covers."""
    overrides = tuple(overrides)
    return tuple(o for o in outcomes if o.blocks and o.gate is gate and not any(v.covers(o) for v in overrides))
