"""Keys: which applications may ask a model. Once a model has had one, nobody asks it without."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from app.workflow.home import Home
from engine.errors import Refused, UnusableOption
from store import db, keys, models
from store import tables as rows

LONGEST = 60


@dataclass(frozen=True)
class KeyView:
    """What is known of a key; never the key itself."""

    id: str
    model: str
    application: str
    last_four: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewKey:
    """A key at the only moment at which it can be seen."""

    shown: KeyView
    key: str


def add(home: Home, reference: str, application: str) -> NewKey:
    """Make a key with which an application may ask any version of a model; services that run take it at once.

    Raises
    ------
    UnusableOption
        If the application's name is empty, too long, or more than a line.
    NotFound
        If there is no such model.
    """
    from engine.serving import admitted

    name = application.strip()
    if not is_name(name):
        raise UnusableOption(
            f"{application[:LONGEST]!r} is no name of an application.",
            fix=f"Name it on one line, in at most {LONGEST} characters.",
        )
    key = admitted.new_key()
    with db.writing(home.engine) as session:
        model = models.find(session=session, reference=reference).name
        row = keys.add(
            session=session,
            model=model,
            application=name,
            sha256=admitted.hashed(key.encode()),
            last_four=key[-4:],
            by=home.settings.user,
        )
    tell(home, model)
    return NewKey(_view(row), key)


def is_name(text: str) -> bool:
    """Whether an application can be called that."""
    return 0 < len(text) <= LONGEST and text.isprintable()


def revoke(home: Home, key_id: str) -> KeyView:
    """End the use of a key; services that run refuse it from their next call on.

    Raises
    ------
    Refused
        If it is revoked already.
    NotFound
        If there is no such key.
    """
    with db.writing(home.engine) as session:
        row = keys.get(session=session, key_id=key_id)
        before = row.revoked_at
        if before is None:
            keys.revoke(session=session, key=row, by=home.settings.user)
    tell(home, row.model)  # also where it was revoked already: whoever did it may have been interrupted
    if before is not None:
        raise Refused(
            f"The key of {row.application!r} that ends in {row.last_four} was revoked at {before:%Y-%m-%d %H:%M} UTC.",
            fix="Nothing is left to do.",
        )
    return _view(row)


def end_with(session: Session, names: Iterable[str], by: str) -> tuple[str, ...]:
    """Revoke the keys of models of which no version is left, and return the models: their services are to be told."""
    left = {version.name for version in models.every(session=session)}
    ended = tuple(dict.fromkeys(name for name in names if name not in left))
    for key in keys.every(session=session):
        if key.model in ended and key.revoked_at is None:
            keys.revoke(session=session, key=key, by=by)
    return ended


def every(home: Home, reference: str | None = None) -> list[KeyView]:
    """Return the keys of all models, or of one, oldest first; revoked ones too.

    Raises
    ------
    NotFound
        If there is no such model.
    """
    with db.reading(home.engine) as session:
        model = models.find(session=session, reference=reference).name if reference else None
        return [_view(row) for row in keys.every(session=session, model=model)]


def tell(home: Home, model: str) -> Path:
    """Write the file from which the services of a model learn whose keys they take, and return it.

    Of a model that was erased there is none: its services that still run answer nobody.
    """
    from engine.serving import admitted

    file = home.admitted(model)
    with db.writing(home.engine) as session:
        db.alone(session)  # one after the other: the file never falls behind the registry
        hashes = _hashes(session, model)
        if hashes is None and not any(version.name == model for version in models.every(session=session)):
            file.unlink(missing_ok=True)
        else:
            admitted.admit(file, hashes)
    return file


def _hashes(session: Session, model: str) -> list[tuple[str, str]] | None:
    known = keys.every(session=session, model=model)
    return [(key.sha256, key.application) for key in known if key.revoked_at is None] if known else None


def _view(row: rows.ApplicationKey) -> KeyView:
    return KeyView(row.id, row.model, row.application, row.last_four, row.created_at, row.revoked_at)
