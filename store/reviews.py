"""Reviews: decisions of reviewers, only ever added."""

from datetime import datetime

from sqlmodel import Session, col, select

from engine.domain.card import ReviewEntry
from store import record, standing
from store.tables import Review, Version


def add(*, session: Session, version: Version, entry: ReviewEntry) -> Review:
    """Record a decision about a version."""
    review = Review(version_id=version.id, body=entry.model_dump(mode="json"))
    session.add(review)
    of = standing.of_review(review)
    record.append(session=session, kind=record.REVIEW, subject=version.id, by=entry.reviewer, **of)
    return review


def of_version(*, session: Session, version_id: str) -> tuple[ReviewEntry, ...]:
    """Return the decisions about a version, oldest first."""
    rows = session.exec(select(Review).where(Review.version_id == version_id).order_by(col(Review.id)))
    return tuple(ReviewEntry.model_validate(row.body) for row in rows)


def since(*, session: Session, version_id: str, moment: datetime) -> bool:
    """Whether anybody decided about a version after a moment, in UTC."""
    decided = of_version(session=session, version_id=version_id)
    return bool(decided) and decided[-1].at.replace(tzinfo=None) > moment.replace(tzinfo=None)
