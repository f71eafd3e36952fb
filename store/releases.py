"""Releases: Bentos and wheels that proved themselves."""

from sqlmodel import Session, col, select

from engine.domain.service import Form, Verification
from store import projects, record, standing
from store.tables import Release, Version


def add(*, session: Session, release_id: str, version: Version, verification: Verification, digest: str) -> Release:
    """Record a release; its id is its job's, so a job that is tried again records it once."""
    release = Release(
        id=release_id, version_id=version.id, verification=verification.model_dump(mode="json"), digest=digest
    )
    if session.get(Release, release_id) is None:
        record.append(session=session, kind=record.RELEASE, subject=version.id, **standing.of_release(release))
        projects.touch(session=session, version=version)
    return session.merge(release)


def of_version(*, session: Session, version_id: str) -> list[Release]:
    """Return the releases of a version, oldest first."""
    return list(session.exec(select(Release).where(Release.version_id == version_id).order_by(Release.id)))


def newest(*, session: Session, version_id: str, form: Form = Form.SERVICE) -> Release | None:
    """Return the newest release of a version in a form, if there is one."""
    found = of_version(session=session, version_id=version_id)
    return next((release for release in reversed(found) if of(release).form is form), None)


def released(*, session: Session, form: Form = Form.SERVICE) -> set[str]:
    """Return the ids of the versions that were released in a form."""
    said = session.exec(select(Release.version_id, col(Release.verification)))
    return {version_id for version_id, known in said if known.get("form", Form.SERVICE) == form}


def of(release: Release) -> Verification:
    """Return how a release proved itself."""
    return Verification.model_validate(release.verification)
