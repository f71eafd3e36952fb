"""Answers to what only a person knows about a version: entries of the record, the newest of each test counts."""

from collections.abc import Sequence
from datetime import UTC

from sqlmodel import Session

from engine.domain.card import Answer, Done
from store import projects, record
from store.tables import Event, Version

KIND = "answer"


def add(*, session: Session, version: Version, test: str, done: Done, by: str, note: str = "") -> None:
    """Record an answer about a version; ``note`` is a sentence of the program's own."""
    record.append(
        session=session,
        kind=KIND,
        subject=version.id,
        by=by,
        test=test,
        done=done.value,
        **({"note": note} if note else {}),
    )
    projects.touch(session=session, version=version)


def of_version(*, session: Session, version_id: str) -> tuple[Answer, ...]:
    """Return the answers about a version, oldest first."""
    return of_versions(session=session, version_ids=[version_id])[version_id]


def of_versions(*, session: Session, version_ids: Sequence[str]) -> dict[str, tuple[Answer, ...]]:
    """Return the answers about each of some versions, oldest first."""
    found: dict[str, tuple[Answer, ...]] = dict.fromkeys(version_ids, ())
    for entry in record.about(session=session, subjects=version_ids):
        if entry.kind == KIND:
            found[entry.subject] += (_answer(entry),)
    return found


def _answer(entry: Event) -> Answer:
    return Answer.model_validate({**entry.body, "by": entry.by, "at": entry.at.replace(tzinfo=UTC)})
