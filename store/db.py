"""Open a database: SQLite on one machine, PostgreSQL for a team."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import inf
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError
from sqlmodel import Session, create_engine

from engine.errors import DiskFull, Outdated, Unavailable, UnusableOption
from store import head as heads

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 30.0  # seconds a writer waits for the others
RECORDED = "recorded"  # of a session: the last entry of the record that it wrote
_LOCK = 5_005_005  # any number of our own


def connect(url: str, *, key: bytes = b"", head: Path | None = None) -> Engine:
    """Return an engine for ``url``; for SQLite with the pragmas that make it durable and patient.

    Parameters
    ----------
    url : str
        The database's address.
    key : bytes
        The installation's key, which authenticates the record (``store.record``).
    head : Path or None
        The file where the record's last entry is written down (``store.head``); None: nowhere.

    Raises
    ------
    UnusableOption
        If ``url`` is no database's address.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise UnusableOption(
            f"{url!r} is no address of a database.", fix="Write it as postgresql://user:password@host/name."
        ) from error
    options = {"key": key, "head": head}
    if address.get_backend_name() == "postgresql":
        return create_engine(
            address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, execution_options=options
        )
    if address.get_backend_name() != "sqlite":
        raise UnusableOption(
            f"{address.get_backend_name()} is no database that Handrail can use.", fix="Use SQLite or PostgreSQL."
        )
    patient = {"timeout": PATIENCE, "check_same_thread": False}
    engine = create_engine(url, connect_args=patient, execution_options=options)
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _pragmas(connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself, or BEGIN IMMEDIATE below could not.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:
    # A transaction that reads first and writes later cannot be upgraded when another wrote in between: SQLite then
    # says "database is locked" at once, whatever the timeout. Taking the write lock first makes it wait instead.
    writes = connection.get_execution_options().get("read_only") is not True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Yield a session in one transaction: committed when the block ends, rolled back when it raises."""
    with _said_plainly(engine), Session(engine, expire_on_commit=False) as session:
        with session.begin():
            yield session
        if RECORDED in session.info:
            heads.keep(engine, session.info[RECORDED])


def alone(session: Session) -> None:
    """Wait for whoever else called this, and keep the others waiting until the transaction ends.

    On SQLite there is only one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session that only reads, and so waits for nobody; whatever it reads is of one moment."""
    options: dict[str, Any] = {"read_only": True}
    if engine.dialect.name == "postgresql":  # SQLite does so by itself
        options["isolation_level"] = "REPEATABLE READ"
    with _said_plainly(engine), Session(engine.execution_options(**options), expire_on_commit=False) as session:
        yield session


@contextmanager
def _said_plainly(engine: Engine) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise  # a slip of ours, not of the surroundings
    except DatabaseError as error:
        raise _unavailable(engine.url.render_as_string(hide_password=True), error.orig) from error


def flush_away(engine: Engine, *, made_before: float = inf) -> None:
    """Leave nothing of deleted rows behind: SQLite overwrites them, its log is emptied, and earlier copies go.

    Parameters
    ----------
    engine : Engine
        Of the database.
    made_before : float, default inf
        Copies that were made later hold nothing of them, and stay: seconds since 1970.

    Raises
    ------
    Unavailable
        If a copy cannot be erased, or the database does not answer.
    """
    empty_log(engine)
    stay: list[OSError] = []
    for copy in copies(engine):
        try:
            if copy.stat().st_mtime < made_before:
                copy.unlink(missing_ok=True)
        except FileNotFoundError:
            continue  # somebody else was quicker
        except OSError as error:
            stay.append(error)
    if stay:
        first = stay[0]
        raise Unavailable(f"{first.filename} could not be erased ({first.strerror}).", fix="Delete it.") from first


def empty_log(engine: Engine) -> None:
    """Empty the log beside a SQLite file, which still holds what was deleted."""
    if engine.url.get_backend_name() != "sqlite":
        return
    at_once = engine.execution_options(read_only=True, isolation_level="AUTOCOMMIT")
    with _said_plainly(engine), at_once.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def copies(engine: Engine) -> list[Path]:
    """Return the copies of a SQLite file that were made before it was migrated."""
    file = _file(engine)
    return list(file.parent.glob(f"{file.stem}.before-*.db")) if file is not None else []


def migrate(engine: Engine) -> None:
    """Bring the database to this program's version; a SQLite file is copied before it changes.

    Raises
    ------
    Unavailable
        If the database is of a newer version, locked, damaged, or cannot be written.
    """
    try:
        if _version(engine) == head():
            return
        with _one_at_a_time(engine):
            current = _version(engine)  # whoever came first has done it meanwhile
            if current != head():
                _upgrade(engine, current)
    except IntegrityError:
        raise  # a slip of ours, not of the surroundings
    except DatabaseError as error:
        raise _unavailable(engine.url.render_as_string(hide_password=True), error.orig) from error


def head() -> str:
    """Return the newest migration: their files are numbered. Alembic would take half a second to say the same."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _version(engine: Engine) -> str | None:
    with engine.execution_options(read_only=True).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[None]:
    """Wait until no other process migrates a SQLite file: its copy would be one of what that process has changed."""
    file = _file(engine)
    if file is None:
        yield
        return
    locks = file.parent / "locks"
    locks.mkdir(exist_ok=True)
    with FileLock(locks / "migrating"):
        yield


def _file(engine: Engine) -> Path | None:
    database = engine.url.database
    return Path(database) if database and engine.url.get_backend_name() == "sqlite" else None


def _upgrade(engine: Engine, current: str | None) -> None:
    from alembic import command

    if current is not None and current > head():
        raise Unavailable(
            f"The database was written by a newer version of Handrail (its version is {current!r}).",
            fix="Install that version, or choose another home with --home.",
        )
    if current is not None:
        _copy(engine, current)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _copy(engine: Engine, revision: str) -> None:
    file = _file(engine)
    if file is None:
        return
    half = file.with_suffix(f".before-{revision}.half.db")  # an earlier copy stays until this one is whole
    try:
        copy_sqlite(file, half)
        os.replace(half, file.with_suffix(f".before-{revision}.db"))
    finally:
        half.unlink(missing_ok=True)


def copy_sqlite(source: Path, to: Path) -> None:
    """Copy a SQLite database as it stands at one moment, also while others write to it; ``to`` is replaced.

    Raises
    ------
    Unavailable
        If one cannot be read, or the other not be written.
    """
    to.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source, timeout=PATIENCE)) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    except sqlite3.Error as error:
        at_the_copy = "full" in str(error) or "I/O" in str(error)
        raise _unavailable(to if at_the_copy else source, error) from error


# What databases say, in words that help: what part of it, what it is for us, and what to do.
_SAID: tuple[tuple[tuple[str, ...], type[Unavailable], str, str], ...] = (
    (("locked",), Unavailable, "The database {} is locked by another program.", "Close that program and try again."),
    (("readonly", "unable to open"), Unavailable, "The database {} cannot be written.",
     "Make its folder writable, or choose another with --home."),
    (("full",), DiskFull, "The disk that holds {} is full.", "Free some space and try again."),
    (("disk I/O error",), Unavailable, "The disk that holds {} lets nothing be read or written.",
     "Free some space, or check the disk."),
    (("not a database", "malformed"), Unavailable, "The file {} is not a database: {}.",
     "Restore it from a backup, or choose another home."),
    (("no such column", "no such table", "has no column named", "UndefinedColumn", "UndefinedTable"), Outdated,
     "Another version of Handrail has changed the database {}.", "Start Handrail again."),
    (("",), Unavailable, "The database {} does not answer: {}.", "Check that it runs and is reachable."),
)  # fmt: skip


def _unavailable(where: object, error: BaseException | None) -> Unavailable:
    said = str(error)
    heard = f"{type(error).__name__} {said}"
    kind, problem, fix = next(
        (kind, problem, fix) for words, kind, problem, fix in _SAID if any(word in heard for word in words)
    )
    return kind(problem.format(where, said), fix=fix)
