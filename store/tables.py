"""One class per table.

Nouns are kept as JSON beside the few columns that queries need: the nouns are the schema, pydantic validates them on
the way out, and a migration is needed only where a query changes.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from engine.domain.version import Reference


def now() -> datetime:
    """Return the present moment in UTC, without the zone that SQLite cannot keep."""
    return datetime.now(UTC).replace(tzinfo=None)


def _json(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSON, nullable=nullable))


def _moment(*, nullable: bool = False) -> Any:
    if nullable:
        return Field(default=None, sa_column=Column(DateTime, nullable=True))
    return Field(default_factory=now, sa_column=Column(DateTime, nullable=False))


_LIVE = text("stage = 'live'")


class Base(SQLModel, registry=registry()):
    """Our own registry: Streamlit re-imports modules on edit, which SQLModel's global metadata would refuse."""


class Project(Base, table=True):
    """One business question and all that belongs to it; the pointers say where the analyst is."""

    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    dataset_id: str | None = Field(default=None, foreign_key="dataset.id")
    # No foreign keys: problem and run point here already, and a cycle cannot be created in order.
    problem_id: str | None = None
    run_id: str | None = None
    created_at: datetime = _moment()
    touched_at: datetime = _moment()
    archived_at: datetime | None = _moment(nullable=True)


class Dataset(Base, table=True):
    """An immutable snapshot; the contract is the only thing about it that a person corrects."""

    id: str = Field(primary_key=True)
    name: str
    sha256: str = Field(index=True)
    body: dict[str, Any] = _json()
    profile: dict[str, Any] = _json()
    contract: dict[str, Any] = _json()
    preview: list[dict[str, Any]] = _json()
    notes: list[str] = _json()
    digest: str
    created_at: datetime = _moment()


class Problem(Base, table=True):
    """A question made precise, with the contract it was asked under."""

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    dataset_id: str = Field(foreign_key="dataset.id")
    body: dict[str, Any] = _json()
    contract: dict[str, Any] = _json()
    created_at: datetime = _moment()


class Report(Base, table=True):
    """What the guardrails said about one problem."""

    problem_id: str = Field(primary_key=True, foreign_key="problem.id")
    outcomes: list[dict[str, Any]] = _json()
    seconds: dict[str, float] = _json()
    created_at: datetime = _moment()


class Override(Base, table=True):
    """A person's reason to go on in spite of a finding; follows the question to the cards of its models."""

    id: int | None = Field(default=None, primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    problem_id: str | None = Field(default=None, foreign_key="problem.id", index=True)
    body: dict[str, Any] = _json()
    author: str
    created_at: datetime = _moment()


class Job(Base, table=True):
    """Work that a worker does outside of the web process. Its state is the truth; DBOS drives it."""

    __table_args__ = (Index("ix_job_state_kind", "state", "kind"),)

    id: str = Field(primary_key=True)
    kind: str
    project_id: str | None = Field(default=None, index=True)
    arguments: dict[str, Any] = _json()
    state: str
    request: str | None = None  # "cancel" or "stop", asked by a person
    attempts: int = 0
    progress: dict[str, Any] = _json()
    failure: dict[str, Any] | None = _json(nullable=True)
    result: dict[str, Any] | None = _json(nullable=True)
    created_at: datetime = _moment()
    started_at: datetime | None = _moment(nullable=True)
    ended_at: datetime | None = _moment(nullable=True)


class Worker(Base, table=True):
    """A worker's sign of life."""

    id: str = Field(primary_key=True)
    pid: int
    beat_at: datetime = _moment()


class Run(Base, table=True):
    """One training of a problem; its id is its job's id. The model lies in a sealed folder."""

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    problem_id: str = Field(foreign_key="problem.id")
    plan: dict[str, Any] = _json()
    fitted: dict[str, Any] | None = _json(nullable=True)
    evidence: dict[str, Any] | None = _json(nullable=True)
    tables: dict[str, Any] | None = _json(nullable=True)  # decision tables: "choose" and "test"
    contract: dict[str, Any] | None = _json(nullable=True)  # features only, learned on the learn and choose rows
    digest: str | None = None
    builder: str
    created_at: datetime = _moment()


class Version(Base, table=True):
    """A run that has a card: ``name:number``. At most one version of a name is live."""

    __table_args__ = (
        UniqueConstraint("name", "number"),
        Index("one_live_version", "name", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    number: int
    run_id: str = Field(foreign_key="run.id", unique=True)
    stage: str  # the word of an ``engine.domain.version.Stage``
    policy: dict[str, Any] = _json()
    use: dict[str, Any] = _json()
    created_at: datetime = _moment()

    @property
    def reference(self) -> str:
        """``name:number``."""
        return str(Reference(self.name, self.number))


class Review(Base, table=True):
    """A reviewer's decision; rows are only ever added."""

    id: int | None = Field(default=None, primary_key=True)
    version_id: str = Field(foreign_key="version.id", index=True)
    body: dict[str, Any] = _json()
    created_at: datetime = _moment()


class Release(Base, table=True):
    """A Bento or a wheel that proved itself; its id is its job's id."""

    id: str = Field(primary_key=True)
    version_id: str = Field(foreign_key="version.id", index=True)
    verification: dict[str, Any] = _json()
    digest: str
    created_at: datetime = _moment()


class ApplicationKey(Base, table=True):
    """What an application shows when it asks a model; of the key itself only the hash is kept."""

    id: str = Field(primary_key=True)
    model: str = Field(index=True)  # the name: a key holds for every version of it
    application: str
    sha256: str = Field(unique=True)
    last_four: str
    created_at: datetime = _moment()
    revoked_at: datetime | None = _moment(nullable=True)


class Decision(Base, table=True):
    """What a service answered, collected from its file; of the row it was asked about no value."""

    __table_args__ = (Index("ix_decision_version_at", "version_id", "at"),)

    id: str = Field(primary_key=True)  # the ``decision_id`` of the answer
    version_id: str = Field(foreign_key="version.id")
    at: datetime = Field(sa_column=Column(DateTime, nullable=False, index=True))
    prediction: str
    decision: str
    trust: str
    reasons: str  # codes, with commas between them
    key: str | None = None  # the calling application's own id of the row
    application: str = ""  # whose key was shown, where keys are asked for


class Reported(Base, table=True):
    """What then happened: an application reported it, or a person said it of a case that was left to people."""

    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    source: str = Field(primary_key=True)  # "application" or "person"
    outcome: str
    at: datetime | None = _moment(nullable=True)  # when it happened, where that was said
    received: datetime = Field(sa_column=Column(DateTime, nullable=False))


class LeftCase(Base, table=True):
    """A case that a service left to a person, with the row's values: they go when the case does."""

    __table_args__ = (Index("ix_leftcase_state_at", "state", "at"),)

    decision_id: str = Field(primary_key=True, foreign_key="decision.id")
    version_id: str = Field(foreign_key="version.id", index=True)
    at: datetime = Field(sa_column=Column(DateTime, nullable=False))
    body: dict[str, Any] = _json()  # the noun ``engine.domain.left.LeftCase``
    state: str
    answer: str | None = None
    note: str = ""
    by: str = ""
    answered_at: datetime | None = _moment(nullable=True)


class Collected(Base, table=True):
    """How far a service's file was read, for one model or (empty) for all."""

    file_id: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    path: str
    answered: int = 0
    reported: int = 0
    at: datetime = _moment()


class Event(Base, table=True):
    """One entry of the record; see ``store.record``. The database refuses to change or delete one."""

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = _moment()
    kind: str = Field(index=True)
    subject: str = Field(index=True)
    by: str
    body: dict[str, Any] = _json()
    previous: str = Field(unique=True)
    digest: str


class Remark(Base, table=True):
    """What a person wrote about an entry of the record, which keeps the hash of it: it can be erased."""

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})  # of the entry
    text: str
