"""The model card as values; documents are rendered from it."""

from datetime import date, datetime
from enum import StrEnum

from engine.domain.base import Noun
from engine.domain.dataset import DataContract, Dataset
from engine.domain.evidence import Evidence
from engine.domain.outcome import Outcome, Override
from engine.domain.policy import DecisionTable, Policy, UseContract
from engine.domain.problem import Problem
from engine.domain.run import Fitted, Plan
from engine.domain.service import Verification
from engine.domain.version import Stage


class ReviewEntry(Noun):
    """One decision of a reviewer, or the builder's answer to it."""

    decision: str  # "approved", "returned" or "answered"
    note: str
    reviewer: str  # whoever wrote the note
    by_builder: bool = False
    accepted: tuple[Override, ...] = ()
    at: datetime


class Done(StrEnum):
    """How far a test of the ML Test Score is done."""

    AUTOMATED = "automated"
    BY_HAND = "by_hand"
    NOT_DONE = "not_done"
    NOT_YET = "not_yet"  # nobody answered, or there is nothing yet to tell it by

    @property
    def points(self) -> float:
        """What it counts: half for a test done by hand and written down, one for a test that repeats by itself."""
        return {Done.AUTOMATED: 1.0, Done.BY_HAND: 0.5}.get(self, 0.0)


class Answer(Noun):
    """What a person says of a test that only a person can know about; the newest one counts."""

    test: str  # such as "data_3"
    done: Done
    note: str = ""
    by: str
    at: datetime


class Tested(Noun):
    """One of the 28 tests, how far it is done, and by what evidence.

    ``asked`` says that only a person knows; then ``evidence`` is what the program can add.
    """

    test: str
    section: str  # "data", "model", "infrastructure", "monitoring"
    title: str
    done: Done
    evidence: str
    asked: bool = False
    answer: Answer | None = None


class Readiness(Noun):
    """The ML Test Score: the least of its four sections' points."""

    tests: tuple[Tested, ...]
    sections: dict[str, float]
    score: float
    weakest: str  # the section that sets the score
    says: str  # what its authors say of such a score


class Card(Noun):
    """Everything a reviewer needs to trust, or not trust, one version."""

    model: str  # "name:version"
    stage: Stage
    created: datetime
    dataset: Dataset
    problem: Problem
    contract: DataContract
    plan: Plan
    fitted: Fitted
    evidence: Evidence
    outcomes: tuple[Outcome, ...]
    overrides: tuple[Override, ...] = ()
    policy: Policy
    policy_on_test: DecisionTable | None = None
    use: UseContract
    reviews: tuple[ReviewEntry, ...] = ()
    answers: tuple[Answer, ...] = ()
    verification: Verification | None = None  # of its newest release: a service, else a package
    earlier: tuple[str, ...] = ()  # versions of the same model that were released and are kept
    as_of: date | None = None  # the day the card was made out; what has expired follows from it
    seal: str = ""
    gaps: tuple[str, ...] = ()
