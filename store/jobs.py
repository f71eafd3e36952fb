"""Jobs: work done outside of the web process. The row is the truth; a worker drives it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from engine.domain.failure import Failure
from engine.domain.run import JobState, Progress
from engine.errors import NotFound
from store.ids import new_id
from store.tables import Job, Worker, now

ALIVE = (JobState.QUEUED.value, JobState.RUNNING.value)
HEARTBEAT = timedelta(seconds=15)


def add(*, session: Session, kind: str, arguments: dict[str, Any], project_id: str | None = None) -> Job:
    """Put a job into the queue, in the caller's transaction: it cannot get lost between two databases."""
    job = Job(
        id=new_id(),
        kind=kind,
        project_id=project_id,
        arguments=arguments,
        state=JobState.QUEUED.value,
        progress=Progress().model_dump(mode="json"),
    )
    session.add(job)
    session.flush()
    return job


def get(*, session: Session, job_id: str) -> Job:
    """Return one job.

    Raises
    ------
    NotFound
        If there is none with that id.
    """
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id!r} here.", fix="Open the project from the start page.")
    return job


def place(*, session: Session, job: Job) -> int:
    """Return how many jobs of the same kind come before this one; 0 for a job that is not queued."""
    if job.state != JobState.QUEUED:
        return 0
    before = select(Job.id).where(Job.kind == job.kind, col(Job.state).in_(ALIVE), Job.id < job.id)
    return len(list(session.exec(before)))


def alive(*, session: Session, project_id: str | None = None, kinds: Sequence[str] = ()) -> list[Job]:
    """Return the jobs that are queued or running, oldest first."""
    query = select(Job).where(col(Job.state).in_(ALIVE)).order_by(Job.id)
    if project_id is not None:
        query = query.where(Job.project_id == project_id)
    if kinds:
        query = query.where(col(Job.kind).in_(kinds))
    return list(session.exec(query))


def latest(*, session: Session, project_id: str, kind: str) -> Job | None:
    """Return the newest job of a kind in a project."""
    query = select(Job).where(Job.project_id == project_id, Job.kind == kind).order_by(col(Job.id).desc())
    return session.exec(query).first()


def of_kind(*, session: Session, kind: str) -> list[Job]:
    """Return all jobs of a kind, newest first."""
    return list(session.exec(select(Job).where(Job.kind == kind).order_by(col(Job.id).desc())))


def ask(*, session: Session, job_id: str, request: str) -> None:
    """Ask a job to ``cancel`` or to ``stop``. One that has not begun is cancelled at once."""
    job = get(session=session, job_id=job_id)
    if job.state == JobState.QUEUED and request == "cancel":
        finish(session=session, job_id=job_id, state=JobState.CANCELLED)
    elif job.state in ALIVE:
        job.request = request
        session.add(job)


def begin(*, session: Session, job_id: str) -> Job:
    """Mark a job as running and count the attempt; a job that is final already stays so."""
    job = get(session=session, job_id=job_id)
    if job.state in ALIVE:
        job.state, job.attempts, job.started_at = JobState.RUNNING.value, job.attempts + 1, now()
        session.add(job)
    return job


def progress(*, session: Session, job_id: str, progress: Progress) -> str | None:
    """Record what a job does now; return what a person asked of it meanwhile."""
    job = get(session=session, job_id=job_id)
    job.progress = progress.model_dump(mode="json")
    session.add(job)
    return job.request


def finish(
    *,
    session: Session,
    job_id: str,
    state: JobState,
    result: dict[str, Any] | None = None,
    failure: Failure | None = None,
) -> bool:
    """Give a job its final state, once: returns False where it had one already."""
    why = failure.model_dump() if failure else None
    changed = session.execute(
        update(Job)
        .where(col(Job.id) == job_id, col(Job.state).in_(ALIVE))
        .values(state=state.value, result=result, failure=why, ended_at=now())
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def beat(*, session: Session, worker_id: str, pid: int) -> None:
    """Record a worker's sign of life."""
    worker = session.get(Worker, worker_id) or Worker(id=worker_id, pid=pid)
    worker.pid, worker.beat_at = pid, now()
    session.add(worker)


def workers(*, session: Session) -> list[Worker]:
    """Return the workers that gave a sign of life lately."""
    return list(session.exec(select(Worker).where(col(Worker.beat_at) > now() - HEARTBEAT)))
