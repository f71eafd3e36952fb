"""A project's decisions, outcomes and cases as nouns: out of one registry and into another."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from engine.domain.kept import KeptCase, KeptDecision, KeptOutcome
from store import decisions
from store.tables import Decision, LeftCase, Reported, now

CHUNK = 2000  # decisions that are held in memory at once
_AHEAD = timedelta(days=1)  # by which another computer's clock may be


def gather(*, session: Session, versions: Sequence[str], since: datetime) -> Iterator[KeptDecision]:
    """Yield the decisions of some versions that are still to be kept: the same that ``decisions.sweep`` leaves."""
    query = select(Decision, LeftCase).join(LeftCase, col(LeftCase.decision_id) == Decision.id, isouter=True)
    kept = or_(col(Decision.at) >= since, col(LeftCase.answered_at) >= since)
    query = query.where(col(Decision.version_id).in_(versions), kept).order_by(Decision.id)
    for found in session.exec(query.execution_options(yield_per=CHUNK)).partitions():
        told: dict[str, list[KeptOutcome]] = {}
        asked = [decision.id for decision, _ in found]
        for one in session.exec(select(Reported).where(col(Reported.decision_id).in_(asked)).order_by(Reported.source)):
            told.setdefault(one.decision_id, []).append(
                KeptOutcome.model_validate(one.model_dump(exclude={"decision_id"}))
            )
        for decision, case in found:
            whole = case.model_dump(exclude={"decision_id", "version_id", "at"}) if case is not None else None
            yield KeptDecision(
                **decision.model_dump(),
                outcomes=tuple(told.get(decision.id, ())),
                case=KeptCase.model_validate(whole) if whole else None,
            )


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
