"""The model card as values; documents are rendered from it."""

from datetime import datetime

from engine.domain.base import Noun
from engine.domain.dataset import DataContract, Dataset
from engine.domain.evidence import Evidence
from engine.domain.outcome import Outcome, Override
from engine.domain.policy import DecisionTable, Policy, UseContract
from engine.domain.problem import Problem
from engine.domain.run import Fitted, Plan


class ReviewEntry(Noun):
    """One decision of a reviewer."""

    decision: str  # "approved" or "returned"
    note: str
    reviewer: str
    by_builder: bool = False
    accepted: tuple[Override, ...] = ()
    at: datetime


class Card(Noun):
    """Everything a reviewer needs to trust, or not trust, one version."""

    model: str  # "name:version"
    stage: str
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
    seal: str = ""
    gaps: tuple[str, ...] = ()
