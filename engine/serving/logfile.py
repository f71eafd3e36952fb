"""The service's own file: decisions, outcomes, and the cases it left to a person, in a SQLite database.

Entries are numbered, and no number is ever given twice, so that whoever collects them knows where to go on. Of a row
that was answered no value is kept; one that was left to a person is kept whole, for that person to see.
"""

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from engine.errors import UnreadableFile

PATIENCE = 5.0  # seconds a writer waits for the others

# Not ``decision`` and ``outcome``: so services call their tables that were released before entries had numbers.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answered (
    number INTEGER PRIMARY KEY AUTOINCREMENT, decision_id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, model TEXT NOT NULL,
    prediction TEXT NOT NULL, probabilities TEXT, decision TEXT NOT NULL, trust TEXT NOT NULL, reasons TEXT NOT NULL,
    key TEXT, application TEXT NOT NULL DEFAULT '', left_case TEXT);
CREATE INDEX IF NOT EXISTS answered_at ON answered (at);
CREATE TABLE IF NOT EXISTS reported (
    number INTEGER PRIMARY KEY AUTOINCREMENT, decision_id TEXT NOT NULL UNIQUE, outcome TEXT, at TEXT,
    received TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reported_received ON reported (received);
"""
_MOVED = {
    "decision": "INSERT OR IGNORE INTO answered (decision_id, at, model, prediction, probabilities, decision, trust,"
    " reasons) SELECT decision_id, at, model, prediction, probabilities, decision, trust, reasons FROM decision",
    "outcome": "INSERT OR IGNORE INTO reported (decision_id, outcome, at, received)"
    " SELECT decision_id, outcome, at, received FROM outcome",
}
# What was answered first stands: asked again with the same key and row, the service says the same.
ANSWERED = (
    "INSERT OR IGNORE INTO answered (decision_id, at, model, prediction, probabilities, decision, trust, reasons, key,"
    " application, left_case) VALUES"
)
REPORTED = "INSERT OR REPLACE INTO reported (decision_id, outcome, at, received) VALUES"
_AT_ONCE = 200  # entries
_READ = {
    "answered": "SELECT number, decision_id, at, model, prediction, decision, trust, reasons, key, application,"
    " left_case FROM answered WHERE number > ? ORDER BY number",
    "reported": "SELECT number, decision_id, outcome, at, received FROM reported WHERE number > ? ORDER BY number",
}


def opened(path: Path) -> sqlite3.Connection:
    """Open the file to write, made where there is none; what an earlier service wrote into it is taken along."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        if not path.exists():  # then what still lies beside it belongs to a file that was taken away
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
        connection = sqlite3.connect(path, timeout=PATIENCE)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
    connection.executescript(_SCHEMA)
    with connection:
        connection.execute("INSERT INTO file SELECT ? WHERE NOT EXISTS (SELECT 1 FROM file)", (uuid.uuid4().hex,))
        for name in _MOVED.keys() & _tables(connection):
            connection.execute(_MOVED[name])
            connection.execute(f"DROP TABLE {name}")
    return connection


def write(connection: sqlite3.Connection, statement: str, entries: Sequence[tuple[object, ...]]) -> None:
    """Write entries; ``statement`` is ``ANSWERED`` or ``REPORTED``.

    Many in one statement, as after each one a thread has to wait for Python's lock again: beside threads that answer,
    one by one took a hundred times as long.
    """
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        each = f"({', '.join('?' * len(some[0]))})"
        connection.execute(f"{statement} {', '.join([each] * len(some))}", [*chain.from_iterable(some)])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other service begins a file in the folder."""
    with ExitStack() as stack:
        with suppress(OSError):  # some file systems know no such locks
            held = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, held)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def place(path: Path) -> tuple[int, int] | None:
    """Return which file it is that lies there now, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def leave(connection: sqlite3.Connection) -> None:
    """Close the file with all in it that was written: of one that was moved away SQLite itself loses what is new."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def sweep(connection: sqlite3.Connection, before: datetime) -> None:
    """Delete what is older than ``before``, and leave nothing of it on the disk."""
    with connection:
        gone = connection.execute("DELETE FROM answered WHERE at < ?", (before.isoformat(),)).rowcount
        gone += connection.execute("DELETE FROM reported WHERE received < ?", (before.isoformat(),)).rowcount
    _flushed(connection, gone)


def forget_cases(connection: sqlite3.Connection, upto: int) -> None:
    """Delete the values of cases that were collected: they are kept in one place only."""
    with connection:
        query = "UPDATE answered SET left_case = NULL WHERE number <= ? AND left_case IS NOT NULL"
        gone = connection.execute(query, (upto,)).rowcount
    _flushed(connection, gone)


def forget_model(connection: sqlite3.Connection, model: str) -> None:
    """Delete everything about one version of a model."""
    with connection:
        of = "DELETE FROM reported WHERE decision_id IN (SELECT decision_id FROM answered WHERE model = ?)"
        gone = connection.execute(of, (model,)).rowcount
        gone += connection.execute("DELETE FROM answered WHERE model = ?", (model,)).rowcount
    _flushed(connection, gone)


def _flushed(connection: sqlite3.Connection, gone: int) -> None:
    if gone:  # the log beside the file still holds the pages as they were
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield the file as it stands at one moment, also while a service writes to it; nothing is changed.

    Raises
    ------
    UnreadableFile
        If it is not the file of a service, or damaged.
    """
    if not path.is_file():
        raise UnreadableFile(
            f"There is no file {str(path)!r}.", fix="Name the file that HANDRAIL_SERVICE_LOG named where it served."
        )
    try:
        with closing(_connected(path)) as connection:
            connection.execute("BEGIN")
            _require_ours(connection, path)
            yield connection
    except sqlite3.DatabaseError as error:
        raise UnreadableFile(
            f"{str(path)!r} is not the file of a service, or is damaged: {error}.",
            fix="Copy it again, together with the file beside it that ends in -wal, if there is one.",
        ) from error


def _connected(path: Path) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE)
    try:
        _tables(connection)
    except sqlite3.OperationalError:
        connection.close()
        # In a folder that cannot be written to SQLite cannot keep watch; then nobody writes to the file either.
        return sqlite3.connect(f"{uri}&immutable=1", uri=True)
    return connection


def _require_ours(connection: sqlite3.Connection, path: Path) -> None:
    tables = _tables(connection)
    if {"file", "answered", "reported"} <= tables:
        return
    if tables & _MOVED.keys():
        raise UnreadableFile(
            f"{str(path)!r} was written by a service that was released with an earlier version.",
            fix="Release the model again and serve it with the same file: what it holds is taken along.",
        )
    raise UnreadableFile(
        f"{str(path)!r} is a database, but not of a service.", fix="Name the file that the service writes."
    )


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def identity(connection: sqlite3.Connection) -> str:
    """Return the file's own id: a copy has the same, a new file another."""
    name: str = connection.execute("SELECT id FROM file").fetchone()[0]
    return name


def last(connection: sqlite3.Connection, table: str) -> int:
    """Return the highest number that was ever given to an entry of ``answered`` or ``reported``."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(found[0]) if found else 0


def since(connection: sqlite3.Connection, table: str, number: int) -> sqlite3.Cursor:
    """Return the entries of ``answered`` or ``reported`` after a number, in order, the number first."""
    return connection.execute(_READ[table], (number,))


def moment(text: str) -> datetime:
    """Return a moment that stands in the file, in UTC and without the zone; one that names none is in UTC.

    Raises
    ------
    ValueError
        If it is none, or lies outside the years 1 to 9999.
    """
    told = datetime.fromisoformat(text)
    try:
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError(f"{text!r} lies outside the years 1 to 9999") from None
