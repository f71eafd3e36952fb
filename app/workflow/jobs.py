"""Jobs as the screens see them, and what a person may ask of them."""

from sqlmodel import Session

from app.workflow.home import Home
from app.workflow.orders import Order
from app.workflow.views import JobView
from engine.domain.failure import Failure
from engine.domain.run import JobState, Progress
from store import db
from store import jobs as store_jobs
from store.tables import Job


def job(home: Home, job_id: str) -> JobView:
    """Return one job."""
    with db.reading(home.engine) as session:
        return view(session, store_jobs.get(session=session, job_id=job_id))


def alive(home: Home, project_id: str | None = None, *kinds: str) -> list[JobView]:
    """Return the jobs that are queued or running, oldest first."""
    with db.reading(home.engine) as session:
        return [view(session, j) for j in store_jobs.alive(session=session, project_id=project_id, kinds=kinds)]


def latest(home: Home, project_id: str, kind: str) -> JobView | None:
    """Return a project's newest job of a kind."""
    with db.reading(home.engine) as session:
        found = store_jobs.latest(session=session, project_id=project_id, kind=kind)
        return view(session, found) if found else None


def cancel(home: Home, job_id: str) -> None:
    """Ask a job to end without a result."""
    with db.writing(home.engine) as session:
        store_jobs.ask(session=session, job_id=job_id, request="cancel")


def stop_and_keep_best(home: Home, job_id: str) -> None:
    """Ask a training to end now with the best model so far."""
    with db.writing(home.engine) as session:
        store_jobs.ask(session=session, job_id=job_id, request="stop")


def add(home: Home, order: Order, project_id: str | None = None) -> str:
    """Put a job into the queue and return its id."""
    with db.writing(home.engine) as session:
        return queue(session, order, project_id)


def queue(session: Session, order: Order, project_id: str | None = None) -> str:
    """Put a job into the queue, in the caller's transaction, and return its id."""
    asked = order.model_dump(mode="json")
    return store_jobs.add(session=session, kind=order.kind, arguments=asked, project_id=project_id).id


def view(session: Session, row: Job) -> JobView:
    """Return a job's row as a view."""
    return JobView(
        id=row.id,
        kind=row.kind,
        project_id=row.project_id,
        state=JobState(row.state),
        progress=Progress.model_validate(row.progress),
        ahead=store_jobs.place(session=session, job=row),
        worker_alive=bool(store_jobs.workers(session=session)),
        request=row.request,
        failure=Failure.model_validate(row.failure) if row.failure else None,
        result=row.result,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
