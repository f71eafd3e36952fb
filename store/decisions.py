"""Decisions of the services, collected from their files, and what then happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, not_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from store.tables import Collected, Decision, LeftCase, Reported, Version, now

APPLICATION, PERSON = "application", "person"
LATEST = 5  # decisions that are named


def looked(*, session: Session, file_id: str, model: str, path: str) -> Collected:
    """Note that a service's file is looked into, and return how far it was read for a model."""
    first = {"file_id": file_id, "model": model, "path": path, "answered": 0, "reported": 0, "at": now()}
    insert(session, Collected, [first], replace=("path", "at"))
    return session.get_one(Collected, (file_id, model))


def collected_at(*, session: Session) -> datetime | None:
    """Return when a service's file was last read."""
    return session.exec(select(func.max(Collected.at))).one()


def add(*, session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Add decisions, by the columns of ``Decision``; return how many are new. One that is there already stays."""
    return insert(session, Decision, rows)


def report(*, session: Session, rows: Sequence[dict[str, Any]], versions: Sequence[str]) -> tuple[int, int]:
    """Add what happened after decisions of some versions, by the columns of ``Reported``.

    One that was received later takes the place of an earlier one of the same source, in whatever order they come.

    Returns
    -------
    int, int
        How many brought something new, and how many were left out: they are about no decision that is known.
    """
    wanted = [row["decision_id"] for row in rows]
    of = select(Decision.id).where(col(Decision.id).in_(wanted), col(Decision.version_id).in_(versions))
    known = set(session.exec(of))
    kept = [row for row in rows if row["decision_id"] in known]
    new = insert(session, Reported, kept, replace=("outcome", "at", "received"), later="received")
    return new, len(rows) - len(kept)


def insert(
    session: Session, table: Any, rows: Sequence[dict[str, Any]], *, replace: Sequence[str] = (), later: str = ""
) -> int:
    """Insert rows into a table, and return how many changed it.

    One that is there already stays as it is, but for the columns ``replace``; where ``later`` names a column, only if
    the new row's value of it is greater.
    """
    if not rows:
        return 0
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table.__table__)
    keys = [column.name for column in table.__table__.primary_key]
    statement = (
        statement.on_conflict_do_update(
            index_elements=keys,
            set_={name: getattr(statement.excluded, name) for name in replace},
            where=getattr(statement.excluded, later) > table.__table__.c[later] if later else None,
        )
        if replace
        else statement.on_conflict_do_nothing(index_elements=keys)
    )
    # Counted by what comes back: of many rows PostgreSQL's driver does not say how many changed something.
    changed = session.connection().execute(statement.returning(table.__table__.c[keys[0]]), list(rows))
    return len(changed.all())


def find(*, session: Session, decision_id: str) -> tuple[Decision, Version] | None:
    """Return a decision that was collected, with the version that took it."""
    query = select(Decision, Version).join(Version, col(Version.id) == Decision.version_id)
    return session.exec(query.where(Decision.id == decision_id)).first()


def keys(*, session: Session, decision_ids: Sequence[str]) -> dict[str, str | None]:
    """Return what the calling applications call the rows that some decisions are about."""
    return dict(session.exec(select(Decision.id, Decision.key).where(col(Decision.id).in_(decision_ids))).all())


def outcome(*, session: Session, decision_id: str) -> Reported | None:
    """Return what happened after a decision: as an application reported it, else as a person said."""
    found = session.exec(select(Reported).where(Reported.decision_id == decision_id).order_by(Reported.source))
    return found.first()


def counts(*, session: Session, version_id: str) -> dict[str, Any]:
    """Return what is kept of a version: decisions, first and last, by trust and asker, with outcomes; the latest."""
    query = select(Decision.trust, func.count(), func.min(Decision.at), func.max(Decision.at))
    by_trust = list(session.exec(query.where(Decision.version_id == version_id).group_by(Decision.trust)))
    told = select(func.count(func.distinct(Reported.decision_id))).join(
        Decision, col(Decision.id) == Reported.decision_id
    )
    mine = col(Decision.version_id) == version_id
    asked = select(Decision.application, func.count()).where(mine).group_by(Decision.application)
    latest = select(Decision.id).where(mine).order_by(col(Decision.at).desc(), col(Decision.id)).limit(LATEST)
    return {
        "decisions": sum(rows for _, rows, _, _ in by_trust),
        "first": min((first for _, _, first, _ in by_trust), default=None),
        "last": max((last for _, _, _, last in by_trust), default=None),
        "trust": {trust: rows for trust, rows, _, _ in by_trust},
        "outcomes": session.exec(told.where(mine)).one(),
        "applications": dict(session.exec(asked.order_by(Decision.application)).all()),
        "latest": list(session.exec(latest)),
    }


def sweep(*, session: Session, before: datetime) -> int:
    """Delete decisions older than ``before`` with all that belongs to them; return how many.

    One whose case a person worked off later than that goes as long after the answer as others after the decision.
    """
    later = select(LeftCase.decision_id).where(col(LeftCase.answered_at) >= before)
    old = select(Decision.id).where(col(Decision.at) < before, not_(col(Decision.id).in_(later)))
    if session.exec(old.limit(1)).first() is None:
        return 0
    for table, column in ((Reported, Reported.decision_id), (LeftCase, LeftCase.decision_id)):
        session.execute(delete(table).where(col(column).in_(old)))
    gone = session.execute(
        delete(Decision).where(col(Decision.id).in_(old)).execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def erase(*, session: Session, versions: Sequence[str]) -> None:
    """Delete everything that was collected of some versions."""
    of = select(Decision.id).where(col(Decision.version_id).in_(versions))
    session.execute(delete(Reported).where(col(Reported.decision_id).in_(of)))
    session.execute(delete(LeftCase).where(col(LeftCase.version_id).in_(versions)))
    session.execute(delete(Decision).where(col(Decision.version_id).in_(versions)))
