"""Reviews: decisions of reviewers, only ever added."""

from sqlmodel import Session, col, select

from engine.domain.card import ReviewEntry
from store import record, standing
from store.tables import Release, Review, Version


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


def since(*, session: Session, release: Release) -> bool:
    """Whether anybody decided about a version after it was released: by the record, as clocks are set back."""
    told = record.about(session=session, subjects=[release.version_id])
    released = [e.number for e in told if e.kind == record.RELEASE and e.body["release"] == release.id]
    decided = [e.number for e in told if e.kind == record.REVIEW]
    return bool(decided) and (not released or decided[-1] > released[-1])
