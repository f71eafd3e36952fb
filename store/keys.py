"""Keys of applications: what is kept of them, and until when they hold."""

from sqlmodel import Session, col, select

from engine.errors import NotFound
from store import record, standing
from store.ids import new_id
from store.tables import ApplicationKey, now


def add(*, session: Session, model: str, application: str, sha256: str, last_four: str, by: str = "") -> ApplicationKey:
    """Keep the hash of a new key of an application, for all versions of a model."""
    key = ApplicationKey(id=new_id(), model=model, application=application, sha256=sha256, last_four=last_four)
    session.add(key)
    return _noted(session, key, by)


def revoke(*, session: Session, key: ApplicationKey, by: str = "") -> ApplicationKey:
    """End the use of a key for good."""
    key.revoked_at = now()
    session.add(key)
    return _noted(session, key, by)


def get(*, session: Session, key_id: str) -> ApplicationKey:
    """Return a key by its id.

    Raises
    ------
    NotFound
        If there is none.
    """
    key = session.get(ApplicationKey, key_id)
    if key is None:
        raise NotFound(f"There is no key {key_id!r} here.", fix="`handrail key list` shows them, each with its id.")
    return key


def every(*, session: Session, model: str | None = None) -> list[ApplicationKey]:
    """Return all keys, or those of a model, oldest first; revoked ones too."""
    query = select(ApplicationKey).order_by(ApplicationKey.id)
    return list(session.exec(query if model is None else query.where(col(ApplicationKey.model) == model)))


def _noted(session: Session, key: ApplicationKey, by: str) -> ApplicationKey:
    record.append(session=session, kind=record.KEY, subject=key.id, by=by, **standing.of_key(key))
    return key
