"""A project's decisions, outcomes and cases as nouns: out of one registry and into another."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import or_
from sqlmodel import Session, SQLModel, col, select

from engine.domain.kept import KeptCase, KeptDecision, KeptOutcome
from engine.errors import Refused
from store import decisions
from store.tables import Decision, LeftCase, Reported, now

CHUNK = 2000  # decisions that are held in memory at once
_AHEAD = timedelta(days=1)  # by which another computer's clock may be


def gather(*, session: Session, versions: Sequence[str], since: datetime) -> Iterator[KeptDecision]:
    """Yield the decisions of some versions that are still to be kept: the same that ``decisions.sweep`` leaves.

    Raises
    ------
    Refused
        If one is none that a service of ours could have taken.
    """
    query = select(Decision, LeftCase).join(LeftCase, col(LeftCase.decision_id) == Decision.id, isouter=True)
    kept = or_(col(Decision.at) >= since, col(LeftCase.answered_at) >= since)
    query = query.where(col(Decision.version_id).in_(versions), kept).order_by(Decision.id)
    for found in session.exec(query.execution_options(yield_per=CHUNK)).partitions():
        told: dict[str, list[Reported]] = {}
        asked = [decision.id for decision, _ in found]
        for one in session.exec(select(Reported).where(col(Reported.decision_id).in_(asked)).order_by(Reported.source)):
            told.setdefault(one.decision_id, []).append(one)
        for decision, case in found:
            try:
                yield _kept(decision, case, told.get(decision.id, []))
            except ValidationError as error:
                raise Refused(
                    f"The decision {decision.id[:80]!r} is none that can be taken along ({error.errors()[0]['msg']}).",
                    fix="It came so out of a service's file: wait until it is too old to be kept.",
                ) from error


def _kept(decision: Decision, case: LeftCase | None, told: Sequence[Reported]) -> KeptDecision:
    whole = _held(case, "decision_id", "version_id", "at") if case is not None else None
    return KeptDecision(
        **_held(decision),
        outcomes=tuple(KeptOutcome.model_validate(_held(one, "decision_id")) for one in told),
        case=KeptCase.model_validate(whole) if whole else None,
    )


def _held(row: SQLModel, *but: str) -> dict[str, Any]:
    """Return a row's values as every database can hold them: PostgreSQL knows no NUL, SQLite once took it from us."""
    values = row.model_dump(exclude=set(but))
    return {n: v.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(v, str) else v for n, v in values.items()}


def add(*, session: Session, found: Sequence[KeptDecision], versions: Sequence[str], since: datetime) -> int:
    """Add decisions of some versions with what belongs to them; return how many were too old to be kept here.

    One whose id is here already, of whatever version, stays as it is.

    Raises
    ------
    ValueError
        If one is of another version, or of a day that is still to come: it would be kept for ever.
    """
    if others := {one.version_id for one in found} - set(versions):
        raise ValueError(f"a decision is of {sorted(others)[0]!r}, which is not in it")
    if late := [one.id for one in found if _last(one) > now() + _AHEAD]:
        raise ValueError(f"the decision {late[0]!r} is of a day that is still to come")
    young = [one for one in found if one.at >= since or (one.case and (one.case.answered_at or one.at) >= since)]
    taken = _known(session, young)
    new = [one for one in young if one.id not in taken]
    decisions.add(session=session, rows=[one.model_dump(exclude={"outcomes", "case"}) for one in new])
    decisions.insert(
        session, Reported, [{"decision_id": one.id, **told.model_dump()} for one in new for told in one.outcomes]
    )
    left = [
        {
            "decision_id": one.id,
            "version_id": one.version_id,
            "at": one.at,
            **one.case.model_dump(exclude={"body"}),
            "body": one.case.body.model_dump(mode="json"),
        }
        for one in new
        if one.case is not None
    ]
    decisions.insert(session, LeftCase, left)
    return len(found) - len(young)


def _last(one: KeptDecision) -> datetime:
    """Return when the last thing was written down about a decision."""
    answered = one.case.answered_at if one.case else None
    return max([one.at, answered or one.at, *(told.received for told in one.outcomes)])


def _known(session: Session, found: Sequence[KeptDecision]) -> set[str]:
    return set(session.exec(select(Decision.id).where(col(Decision.id).in_([one.id for one in found]))))
