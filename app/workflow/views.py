"""What the screens and the command line are shown: plain values, never database rows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.domain.card import Answer, ReviewEntry
from engine.domain.dataset import DataContract, Dataset, Profile
from engine.domain.evidence import Baseline, Evidence
from engine.domain.failure import Failure
from engine.domain.outcome import Gate, Outcome, Override, open_blockers
from engine.domain.policy import DecisionTable, Policy, UseContract
from engine.domain.problem import Problem
from engine.domain.run import Fitted, JobState, Plan, Progress
from engine.domain.service import Verification
from engine.domain.version import Reference, Stage


@dataclass(frozen=True)
class DatasetView:
    """A dataset with what is understood of it; ``preview`` holds its first 20 rows as text."""

    dataset: Dataset
    profile: Profile
    contract: DataContract
    preview: list[dict[str, str]]
    notes: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class JobView:
    """A job: what it does, how far it is, what came of it. ``ahead`` counts the jobs before it in its queue."""

    id: str
    kind: str
    project_id: str | None
    state: JobState
    progress: Progress
    ahead: int
    worker_alive: bool
    request: str | None
    failure: Failure | None
    result: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def alive(self) -> bool:
        """Whether it is queued or running."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True)
class ProblemView:
    """A problem of a project, with the contract it was asked under and what the guardrails said (None: not yet)."""

    id: str
    project_id: str
    dataset_id: str
    problem: Problem
    contract: DataContract
    outcomes: tuple[Outcome, ...] | None
    overrides: tuple[Override, ...]

    @property
    def blockers(self) -> tuple[Outcome, ...]:
        """Findings that close training."""
        return open_blockers(self.outcomes or (), self.overrides, Gate.TRAINING)


@dataclass(frozen=True)
class RunView:
    """A training run: its plan, its job, and what came out (None until it is done)."""

    id: str
    project_id: str
    problem_id: str
    plan: Plan
    job: JobView
    fitted: Fitted | None
    evidence: Evidence | None
    tables: dict[str, DecisionTable]
    contract: DataContract | None
    builder: str
    created_at: datetime
    digest: str | None = None  # of its sealed folder


@dataclass(frozen=True)
class VersionView:
    """A version of a model, with everything a page or a card shows.

    ``earlier`` are the versions before it that were released and can be live again, oldest first.
    """

    id: str
    name: str
    number: int
    stage: Stage
    policy: Policy
    use: UseContract
    run: RunView
    problem: ProblemView
    dataset: DatasetView
    reviews: tuple[ReviewEntry, ...]
    release_id: str | None
    verification: Verification | None
    released_at: datetime | None
    created_at: datetime
    answers: tuple[Answer, ...] = ()
    handed_in: datetime | None = None  # None: it is a draft, and reasons may still change
    retired_at: datetime | None = None
    earlier: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """``name:number``."""
        return str(Reference(self.name, self.number))


@dataclass(frozen=True)
class VersionRow:
    """A version in a list."""

    reference: str
    name: str
    number: int
    stage: Stage
    project_id: str
    target: str
    metric: str
    score: float | None
    interval: tuple[float, float] | None
    rival: Baseline | None  # the simpler way that does best on the same rows
    rows: int
    released: bool
    created_at: datetime
    builder: str = ""


@dataclass(frozen=True)
class ProjectView:
    """A project and where it stands; the ids are those that the wizard's steps work on."""

    id: str
    name: str
    dataset_id: str | None
    problem_id: str | None
    run_id: str | None
    version: str | None  # "name:number" of the run the project points to
    stage: Stage | None
    live: str | None = None  # "name:number" of the live version of the same model, if one is
    checked: bool = False
    open_blockers: int = 0
    run_state: JobState | None = None
    run_problem_id: str | None = None  # differs from problem_id where the question changed since
    decided: bool = False
    reviewed: bool = False
    released: bool = False
    jobs: tuple[JobView, ...] = field(default=())
    touched_at: datetime | None = None
    archived: bool = False
