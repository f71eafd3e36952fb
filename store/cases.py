"""Cases that services left to a person: which wait, and what was said of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, update
from sqlmodel import Session, col, select

from engine.errors import NotFound
from store import decisions
from store.tables import LeftCase, Reported, Version, now

# One that an application reported the outcome of, as the question knows it, is known whoever has looked at it.
WAITING, ANSWERED, UNKNOWABLE, KNOWN = "waiting", "answered", "unknowable", "known"


def add(*, session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Let cases wait, by the columns of ``LeftCase``; return how many are new. One that is there already stays."""
    return decisions.insert(session, LeftCase, [{"state": WAITING, "note": "", "by": "", **row} for row in rows])


def told(*, session: Session) -> list[tuple[str, str, str]]:
    """Return the cases that wait although an application reported an outcome: decision, version, outcome."""
    query = select(LeftCase.decision_id, LeftCase.version_id, Reported.outcome)
    query = query.join(Reported, col(Reported.decision_id) == LeftCase.decision_id)
    return list(session.exec(query.where(Reported.source == decisions.APPLICATION, LeftCase.state == WAITING)))


def settle(*, session: Session, decision_ids: Sequence[str]) -> None:
    """Let cases wait no more: what happened is known. One that somebody worked off meanwhile stays as it is."""
    table = LeftCase.__table__  # type: ignore[attr-defined]
    known = update(table).where(table.c.decision_id == bindparam("told"), table.c.state == WAITING)
    if decision_ids:
        session.connection().execute(known.values(state=KNOWN), [{"told": id_} for id_ in decision_ids])


def _waits(versions: Sequence[str] | None) -> ColumnElement[bool]:
    """Return what holds for a case that waits, of some versions where they are given."""
    waits = col(LeftCase.state) == WAITING
    return waits if versions is None else and_(waits, col(LeftCase.version_id).in_(versions))


def count(*, session: Session, versions: Sequence[str] | None = None) -> int:
    """Return how many cases wait, of all models or of some versions."""
    return session.exec(select(func.count()).where(_waits(versions))).one()


def leaving(
    *, session: Session, before: datetime, versions: Sequence[str] | None = None
) -> tuple[int, datetime | None]:
    """Return how many cases that wait were left before a moment, and when the first of them was."""
    query = select(func.count(), func.min(LeftCase.at)).where(_waits(versions), col(LeftCase.at) < before)
    return session.exec(query).one()


def by_state(*, session: Session, versions: Sequence[str]) -> dict[str, int]:
    """Return how many cases of some versions there are in each state."""
    query = select(LeftCase.state, func.count()).where(col(LeftCase.version_id).in_(versions))
    return dict(session.exec(query.group_by(LeftCase.state)).all())


def waiting(*, session: Session, most: int, versions: Sequence[str] | None = None) -> list[tuple[LeftCase, Version]]:
    """Return the cases that wait, of all models or of some versions, the one that waits longest first."""
    query = select(LeftCase, Version).join(Version, col(Version.id) == LeftCase.version_id)
    query = query.where(_waits(versions)).order_by(col(LeftCase.at), col(LeftCase.decision_id)).limit(most)
    return list(session.exec(query))


def after(*, session: Session, case: LeftCase) -> str | None:
    """Return the decision of the next case that waits: the one after this, else the one that waits longest."""
    rest = select(LeftCase.decision_id).where(LeftCase.state == WAITING, LeftCase.decision_id != case.decision_id)
    rest = rest.order_by(col(LeftCase.at), col(LeftCase.decision_id)).limit(1)
    later = (col(LeftCase.at) > case.at) | (
        (col(LeftCase.at) == case.at) & (col(LeftCase.decision_id) > case.decision_id)
    )
    return session.exec(rest.where(later)).first() or session.exec(rest).first()


def get(*, session: Session, decision_id: str) -> LeftCase:
    """Return one case.

    Raises
    ------
    NotFound
        If there is none, or no longer.
    """
    found = session.get(LeftCase, decision_id)
    if found is None:
        raise NotFound(
            f"There is no case {decision_id!r} here, or no longer.", fix="Choose one of those that wait, under Cases."
        )
    return found


def answer(*, session: Session, decision_id: str, label: str | None, note: str, by: str) -> bool:
    """Write down what a person says of a case that waits: its label, or None where it cannot be known.

    Returns
    -------
    bool
        False where somebody else was quicker: nothing is changed then.
    """
    moment = now()
    done = session.execute(
        update(LeftCase)
        .where(col(LeftCase.decision_id) == decision_id, col(LeftCase.state) == WAITING)
        .values(state=UNKNOWABLE if label is None else ANSWERED, answer=label, note=note, by=by, answered_at=moment)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    if label is not None:
        said = {"decision_id": decision_id, "source": decisions.PERSON, "outcome": label, "at": None}
        decisions.insert(session, Reported, [{**said, "received": moment}], replace=("outcome", "at", "received"))
    return True


def reopen(*, session: Session, decision_id: str) -> bool:
    """Take back what a person said of a case; returns False where nobody had said anything."""
    done = session.execute(
        update(LeftCase)
        .where(col(LeftCase.decision_id) == decision_id, col(LeftCase.state).in_((ANSWERED, UNKNOWABLE)))
        .values(state=WAITING, answer=None, note="", by="", answered_at=None)
        .execution_options(synchronize_session=False)
    )
    told = session.get(Reported, (decision_id, decisions.PERSON))
    if told is not None:
        session.delete(told)
    return bool(done.rowcount)  # type: ignore[attr-defined]


def worked_off(*, session: Session, most: int) -> list[tuple[LeftCase, Version]]:
    """Return the cases that a person worked off, the latest first."""
    query = select(LeftCase, Version).join(Version, col(Version.id) == LeftCase.version_id)
    query = query.where(col(LeftCase.answered_at).is_not(None))
    return list(session.exec(query.order_by(col(LeftCase.answered_at).desc()).limit(most)))


def labelled(*, session: Session, versions: Sequence[str]) -> list[tuple[LeftCase, list[str]]]:
    """Return the cases of which something is told, oldest first, and it: of an application, then of a person."""
    told: dict[str, list[str]] = {}
    of = select(Reported).join(LeftCase, col(LeftCase.decision_id) == Reported.decision_id)
    for one in session.exec(of.where(col(LeftCase.version_id).in_(versions)).order_by(Reported.source)):
        told.setdefault(one.decision_id, []).append(one.outcome)
    query = select(LeftCase).where(col(LeftCase.version_id).in_(versions)).order_by(col(LeftCase.at))
    return [(case, told[case.decision_id]) for case in session.exec(query) if case.decision_id in told]


def tally(*, session: Session) -> list[tuple[str, str, int]]:
    """Return how many cases of each model are in each state: name, state, number."""
    query = select(Version.name, LeftCase.state, func.count()).join(Version, col(Version.id) == LeftCase.version_id)
    return list(session.exec(query.group_by(Version.name, LeftCase.state).order_by(Version.name)))


def note(*, session: Session, decision_id: str, note: str) -> bool:
    """Keep what is noted of a case that still waits; returns False where it does not."""
    waits = update(LeftCase).where(col(LeftCase.decision_id) == decision_id, col(LeftCase.state) == WAITING)
    done = session.execute(waits.values(note=note).execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]
