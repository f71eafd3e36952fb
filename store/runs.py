"""Runs: one training of a problem each."""

from typing import Any

from sqlmodel import Session, col, select

from engine.domain.dataset import DataContract
from engine.domain.evidence import Evidence
from engine.domain.policy import DecisionTable
from engine.domain.run import Fitted, Plan
from engine.errors import NotFound
from store import record, standing
from store.tables import Run


def add(*, session: Session, run_id: str, project_id: str, problem_id: str, plan: Plan, builder: str) -> Run:
    """Record a run; its id is its job's."""
    run = Run(
        id=run_id, project_id=project_id, problem_id=problem_id, plan=plan.model_dump(mode="json"), builder=builder
    )
    session.add(run)
    session.flush()
    return run


def get(*, session: Session, run_id: str) -> Run:
    """Return one run.

    Raises
    ------
    NotFound
        If there is none with that id.
    """
    run = session.get(Run, run_id)
    if run is None:
        raise NotFound(f"There is no training run {run_id!r} here.", fix="Open the project from the start page.")
    return run


def of_project(*, session: Session, project_id: str) -> list[Run]:
    """Return the runs of a project, newest first."""
    return list(session.exec(select(Run).where(Run.project_id == project_id).order_by(col(Run.id).desc())))


def concluded(*, session: Session) -> list[Run]:
    """Return the runs that left a sealed folder behind, oldest first."""
    return list(session.exec(select(Run).where(col(Run.digest).is_not(None)).order_by(Run.id)))


def conclude(
    *,
    session: Session,
    run_id: str,
    fitted: Fitted,
    evidence: Evidence,
    tables: dict[str, DecisionTable],
    contract: DataContract,
    digest: str,
) -> Run:
    """Record what a run produced: the models, the evidence, and the digest of its sealed folder."""
    run = get(session=session, run_id=run_id)
    run.fitted = fitted.model_dump(mode="json")
    run.evidence = evidence.model_dump(mode="json")
    run.tables = _dump(tables)
    run.contract = contract.model_dump(mode="json")
    run.digest = digest
    session.add(run)
    record.append(session=session, kind=record.RUN, subject=run.id, by=run.builder, **standing.of_run(session, run))
    return run


def reseal(*, session: Session, run_id: str, digest: str, by: str) -> None:
    """Record that a run's folder holds another model, which gives the same answers."""
    run = get(session=session, run_id=run_id)
    run.digest = digest
    session.add(run)
    record.append(session=session, kind=record.RUN, subject=run.id, by=by, **standing.of_run(session, run))


def _dump(tables: dict[str, DecisionTable]) -> dict[str, Any]:
    return {name: table.model_dump(mode="json") for name, table in tables.items()}
