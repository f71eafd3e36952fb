"""Releases: Bentos that verified themselves."""

from sqlmodel import Session, col, select

from engine.domain.service import Verification
from store import record, standing
from store.tables import Release, Version


def add(*, session: Session, release_id: str, version: Version, verification: Verification, digest: str) -> Release:
    """Record a release; its id is its job's, so a job that is tried again records it once."""
    release = Release(
        id=release_id, version_id=version.id, verification=verification.model_dump(mode="json"), digest=digest
    )
    if session.get(Release, release_id) is None:
        record.append(session=session, kind=record.RELEASE, subject=version.id, **standing.of_release(release))
    return session.merge(release)


def of_version(*, session: Session, version_id: str) -> list[Release]:
    """Return the releases of a version, oldest first."""
    return list(session.exec(select(Release).where(Release.version_id == version_id).order_by(Release.id)))


def newest(*, session: Session, version_id: str) -> Release | None:
    """Return the newest release of a version, if there is one."""
    query = select(Release).where(Release.version_id == version_id).order_by(col(Release.id).desc())
    return session.exec(query).first()
