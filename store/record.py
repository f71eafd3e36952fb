"""The record: what was done to whom, entry after entry, each holding the one before it.

Entries are only ever added. An entry's digest is authenticated with the installation's key and covers the digest before
it, so whatever is changed, left out or put in between later breaks the chain at that place. No entry holds a row of
anybody's table, nor a text that somebody wrote about people: of those it keeps the hash.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from engine.errors import TamperedRecord
from store import db, head
from store.tables import Event, Remark, now

# What happened, by the kind of its entry.
BEGAN, DATASET, OVERRIDE, RUN, VERSION = "began", "dataset", "override", "run", "version"
REVIEW, STAGE, RELEASE, ERASED = "review", "stage", "release", "erased"
KEY = "key"
IMPORTED = "imported"
REMARK = "remark"  # in an entry: the hash of what a person wrote about it
FIRST = "0" * 64  # what stands before the first entry


def append(*, session: Session, kind: str, subject: str, by: str = "", remark: str = "", **body: Any) -> Event:
    """Add an entry in the caller's transaction.

    Parameters
    ----------
    session : Session
        Of a database that ``db.connect`` opened with the installation's key.
    kind, subject : str
        What happened, and the id of what it happened to.
    by : str
        Who did it, where somebody did.
    remark : str
        What a person wrote about it: kept beside the record, which has the hash, and gone when what it is about is.
    **body
        Plain JSON: names, numbers, hashes.
    """
    return again(session=session, kind=kind, subject=subject, by=by, at=now(), body=body, remark=remark)


def again(
    *, session: Session, kind: str, subject: str, by: str, at: datetime, body: dict[str, Any], remark: str = ""
) -> Event:
    """Add an entry about something that happened at ``at``: where a project comes in a file, its record comes too."""
    key = _key(session)
    db.alone(session)
    last = newest(session=session)
    entry = Event(
        number=(last.number if last else 0) + 1,
        at=at,
        kind=kind,
        subject=subject,
        by=by,
        body=json.loads(_canonical(body | ({REMARK: fingerprint(remark)} if remark else {}))),
        previous=last.digest if last else FIRST,
        digest="",
    )
    entry.digest = _digest(entry, key)
    session.add(entry)
    session.flush()
    if remark:
        session.add(Remark(number=entry.number, text=remark))
    if db.RECORDED in session.info or _goes_on(session, last):
        session.info[db.RECORDED] = (entry.number, entry.digest)
    return entry


def catch_up(*, session: Session) -> None:
    """Write down how far the record goes, where whoever wrote its last entry was lost before that was done."""
    last = newest(session=session)
    if last is not None and _goes_on(session, last):
        head.keep(session.get_bind(), (last.number, last.digest))


def _goes_on(session: Session, last: Event | None) -> bool:
    """Whether the record still holds the entry that was written down last: else that stays, and tells of it."""
    told = head.told(session.get_bind())
    if told is None or (last is not None and told == (last.number, last.digest)):
        return True
    known = session.get(Event, told[0])
    return known is not None and known.digest == told[1]


def fingerprint(noun: Any) -> str:
    """Return the hash of a stored noun: what an entry keeps of it."""
    return hashlib.sha256(_canonical(noun).encode()).hexdigest()


def about(*, session: Session, subjects: Sequence[str]) -> list[Event]:
    """Return the entries about some subjects, oldest first; what came back begins where it was erased."""
    found: list[Event] = []
    for entry in session.exec(select(Event).where(col(Event.subject).in_(subjects)).order_by(col(Event.number))):
        if entry.kind == ERASED:
            found = [before for before in found if before.subject != entry.subject]
        else:
            found.append(entry)
    return found


def remarks(*, session: Session, subjects: Sequence[str]) -> dict[int, str]:
    """Return what people wrote about the entries of some subjects, by the numbers of these."""
    query = select(Remark).join(Event, col(Event.number) == Remark.number)
    return {one.number: one.text for one in session.exec(query.where(col(Event.subject).in_(subjects)))}


def of_kind(*, session: Session, kind: str) -> list[Event]:
    """Return the entries of a kind, oldest first."""
    return list(session.exec(select(Event).where(Event.kind == kind).order_by(col(Event.number))))


def newest(*, session: Session) -> Event | None:
    """Return the last entry; None where nothing was recorded yet."""
    return session.exec(select(Event).order_by(col(Event.number).desc()).limit(1)).first()


def chain(*, session: Session) -> Iterator[Event]:
    """Yield every entry, oldest first, each after its place in the chain was checked.

    Raises
    ------
    TamperedRecord
        At the first entry that is missing or is not what was written.
    """
    key = _key(session)
    # Read before the entries are: whoever writes one commits it first.
    number, last = 0, head.told(session.get_bind())
    before = FIRST
    for number, entry in enumerate(session.exec(select(Event).order_by(col(Event.number))), 1):
        if entry.number != number:
            raise _broken(f"entry {number} is missing: after {number - 1} comes {entry.number}")
        said = f"entry {number} ({entry.kind} of {entry.subject}, {entry.at:%Y-%m-%d %H:%M} UTC)"
        if entry.previous != before:
            raise _broken(f"{said} does not follow from the one before it")
        if not hmac.compare_digest(entry.digest, _digest(entry, key)):
            raise _broken(f"{said} is not what was written")
        if last is not None and last[0] == number and last[1] != entry.digest:
            raise _broken(f"{said} is another than was written: what stood here was cut off")
        before = entry.digest
        yield entry
    if last is not None and number < last[0]:
        raise _broken(f"it ends with entry {number}, and {last[0]} were written: its end was cut off")


def _broken(what: str) -> TamperedRecord:
    return TamperedRecord(
        f"The record of what was done here is broken: {what}.",
        fix="Do not rely on what comes after it; find out who changed the database, or restore a backup.",
    )


def _key(session: Session) -> bytes:
    key: bytes = session.get_bind().get_execution_options()["key"]
    return key


def _digest(entry: Event, key: bytes) -> str:
    at: datetime = entry.at
    said = [entry.number, at.isoformat(), entry.kind, entry.subject, entry.by, entry.body, entry.previous]
    return hmac.new(key, _canonical(said).encode(), hashlib.sha256).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
