"""Problems, what the guardrails said about them, and who overrode it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from engine.domain import outcome as outcomes_
from engine.domain import problem as nouns
from engine.domain.dataset import DataContract
from engine.errors import NotFound
from store import record, standing
from store.ids import new_id
from store.tables import Override, Problem, Report


def add(
    *, session: Session, project_id: str, dataset_id: str, problem: nouns.Problem, contract: DataContract
) -> Problem:
    """Record a problem; problems never change, a changed question is a new one."""
    row = Problem(
        id=new_id(),
        project_id=project_id,
        dataset_id=dataset_id,
        body=problem.model_dump(mode="json"),
        contract=contract.model_dump(mode="json"),
    )
    session.add(row)
    session.flush()
    return row


def get(*, session: Session, problem_id: str) -> Problem:
    """Return one problem.

    Raises
    ------
    NotFound
        If there is none with that id.
    """
    row = session.get(Problem, problem_id)
    if row is None:
        raise NotFound(f"There is no question {problem_id!r} here.", fix="Open the project from the start page.")
    return row


def report(
    *,
    session: Session,
    problem_id: str,
    outcomes: Sequence[outcomes_.Outcome],
    seconds: dict[str, float],
) -> Report:
    """Record what the guardrails said; a second run replaces the first."""
    row = session.get(Report, problem_id) or Report(problem_id=problem_id, outcomes=[], seconds={})
    row.outcomes = [o.model_dump(mode="json") for o in outcomes]
    row.seconds = seconds
    session.add(row)
    return row


def reported(*, session: Session, problem_id: str) -> tuple[outcomes_.Outcome, ...] | None:
    """Return what the guardrails said about a problem, or None where they have not run."""
    row = session.get(Report, problem_id)
    if row is None:
        return None
    return tuple(outcomes_.Outcome.model_validate(o) for o in row.outcomes)


def override(*, session: Session, problem_id: str, override: outcomes_.Override, author: str) -> None:
    """Record a person's reason to go on with a problem.

    Raises
    ------
    NotFound
        If there is no such problem.
    """
    row = get(session=session, problem_id=problem_id)
    body = override.model_dump(mode="json")
    _keep(session, Override(project_id=row.project_id, problem_id=problem_id, body=body, author=author))


def inherit(*, session: Session, before: str, after: str) -> None:
    """Let what a person accepted of one problem hold for the one that it became: of the same table and target."""
    old, new = get(session=session, problem_id=before), get(session=session, problem_id=after)
    if (old.dataset_id, old.body.get("target")) != (new.dataset_id, new.body.get("target")):
        return
    for row in given(session=session, problem_id=before):
        _keep(
            session,
            Override(
                project_id=new.project_id,
                problem_id=after,
                body=row.body,
                author=row.author,
                created_at=row.created_at,
            ),
        )


def _keep(session: Session, row: Override) -> None:
    session.add(row)
    of = standing.of_override(row)
    record.append(session=session, kind=record.OVERRIDE, subject=row.problem_id or "", by=row.author, **of)


def overrides(*, session: Session, problem_id: str, until: datetime | None = None) -> tuple[outcomes_.Override, ...]:
    """Return the overrides of a problem that hold, oldest first: of several reasons for the same, the newest.

    ``until`` (UTC, without zone) leaves out what was said later.
    """
    said = [
        outcomes_.Override.model_validate(row.body)
        for row in given(session=session, problem_id=problem_id)
        if until is None or row.created_at <= until
    ]
    return tuple({(one.code, one.column): one for one in said}.values())


def given(*, session: Session, problem_id: str) -> Sequence[Override]:
    """Return every override that was given for a problem, oldest first, with who gave it and when."""
    return session.exec(select(Override).where(Override.problem_id == problem_id).order_by(col(Override.id))).all()
