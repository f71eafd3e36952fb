"""Collect: what the services wrote down comes into the registry, each entry once; what is too old leaves both."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.workflow import meaning
from app.workflow.home import Home
from engine.domain.left import LeftCase
from engine.errors import Unavailable, UnreadableFile, UnusableInput
from engine.serving import logfile
from store import cases, db, decisions, models
from store import jobs as store_jobs
from store import tables as rows

CHUNK = 5000  # entries in a transaction
SOON = 7  # days before a case is deleted


@dataclass
class Collected:
    """What a collection brought that was not here yet, and the models of the file that it left alone."""

    decisions: int = 0
    cases: int = 0
    outcomes: int = 0
    others: set[str] = field(default_factory=set)
    unmatched: int = 0  # reported outcomes, of no decision that is here


def service_file(home: Home) -> Path:
    """Return where the services of this home, which ``handrail serve`` starts, write down what they answer."""
    return home.path / "logs" / "service.db"


def collect(home: Home, reference: str | None = None, file: Path | None = None) -> Collected:
    """Bring into the registry what services wrote since the last time, and let go what is too old.

    Parameters
    ----------
    home : Home
        Where the registry is.
    reference : str, optional
        The model whose decisions are taken from ``file``.
    file : Path, optional
        Of a service that runs elsewhere; without it that of the services of this home, for all models.

    Raises
    ------
    UnreadableFile
        If the file is none of a service, damaged, or not there.
    UnusableInput
        If it holds nothing of the model.
    """
    found = Collected()
    with db.reading(home.engine) as session:
        name = models.find(session=session, reference=reference).name if reference else ""
        versions = models.every(session=session)
    if file is None or file.resolve() == service_file(home).resolve():
        if service_file(home).exists():
            _of_this_home(home, {version.reference: version.id for version in versions}, found)
    else:
        known = {version.reference: version.id for version in versions if version.name == name}
        with logfile.reading(file) as log:
            _require_of(log, file, name)
            _Reading(home, log, file, name, known, found).read()
    with db.writing(home.engine) as session:
        meaning.settle(session)
        gone = decisions.sweep(session=session, before=oldest(home))
    if gone:
        db.empty_log(home.engine)
    return found


def _of_this_home(home: Home, known: dict[str, str], found: Collected) -> None:
    path = service_file(home)
    with _written(path) as log:
        logfile.sweep(log, oldest(home).replace(tzinfo=UTC))
    with logfile.reading(path) as log:
        upto = _Reading(home, log, path, "", known, found).read()
    with _written(path) as log:
        logfile.forget_cases(log, upto)
        for model in found.others:  # erased, while its service went on or before its file could be cleared
            logfile.forget_model(log, model)


@contextmanager
def _written(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(logfile.opened(path)) as log:
            yield log
    except sqlite3.OperationalError as error:  # locked, full, not writable
        raise Unavailable(
            f"The file {path}, in which services write down what they answer, cannot be written: {error}.",
            fix="Check its folder and the space on its disk; what is in it is collected the next time.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise UnreadableFile(
            f"The file {path}, in which services write down what they answer, is damaged: {error}.",
            fix="Move it away: the services begin a new one when they are started again.",
        ) from error


def _require_of(log: sqlite3.Connection, file: Path, name: str) -> None:
    held = {model for (model,) in log.execute("SELECT DISTINCT model FROM answered")}
    if held and not any(model.startswith(f"{name}:") for model in held):
        raise UnusableInput(
            f"{str(file)!r} holds decisions of {', '.join(sorted(held)[:5])}, none of {name}.",
            fix="Name the model that took them, or another file.",
        )


def oldest(home: Home) -> datetime:
    """Return the moment before which nothing is kept."""
    return rows.now() - timedelta(days=home.settings.service_log_days)


@dataclass
class _Reading:
    """One look into a file: its decisions, then its outcomes, each from where the last one ended.

    The outcomes of one that was named by hand are read from the beginning: an application may report to one copy of a
    service what another decided, whose file comes later.
    """

    home: Home
    log: sqlite3.Connection
    path: Path
    name: str  # the only model that is taken; empty: all
    known: dict[str, str]
    found: Collected

    def read(self) -> int:
        """Read on, and return the number of the last decision that is in the registry now."""
        upto = self._each("answered", self._decided)
        self._each("reported", self._reported)
        return upto

    def _each(self, table: str, keep: Callable[[Any, list[Any]], None]) -> int:
        file_id = logfile.identity(self.log)
        with db.writing(self.home.engine) as session:
            reached = int(getattr(self._position(session, file_id), table))
        if self.name and table == "reported":
            reached = 0
        if reached > logfile.last(self.log, table):
            reached = 0  # the file is an earlier copy of itself: what it holds twice is taken once
        for chunk in _chunks(logfile.since(self.log, table, reached)):
            reached = int(chunk[-1][0])
            with db.writing(self.home.engine) as session:
                try:
                    keep(session, chunk)
                except ValueError as error:
                    raise UnreadableFile(
                        f"{self.path} holds an entry that no service writes (number {chunk[0][0]} to {reached}).",
                        fix="Copy the file again from where it is written.",
                    ) from error
                setattr(self._position(session, file_id), table, reached)
        return reached

    def _position(self, session: Any, file_id: str) -> rows.Collected:
        return decisions.looked(session=session, file_id=file_id, model=self.name, path=str(self.path))

    def _decided(self, session: Any, chunk: list[Any]) -> None:
        taken, left, since = [], [], oldest(self.home)
        for _, decision_id, at, model, prediction, decision, trust, reasons, key, application, body in chunk:
            moment = logfile.moment(at)
            version_id = self.known.get(model)
            if version_id is None:
                self.found.others.add(model)
            if version_id is None or moment < since:
                continue
            said = {"prediction": prediction, "decision": decision, "trust": trust, "reasons": reasons}
            taken.append(
                {"id": decision_id, "version_id": version_id, "at": moment, **said}
                | {"key": _kept(key), "application": application}
            )
            if body is not None:
                whole = LeftCase.model_validate_json(body).model_dump(mode="json")
                left.append({"decision_id": decision_id, "version_id": version_id, "at": moment, "body": whole})
        self.found.decisions += decisions.add(session=session, rows=taken)
        self.found.cases += cases.add(session=session, rows=left)

    def _reported(self, session: Any, chunk: list[Any]) -> None:
        told = [
            {
                "decision_id": decision_id,
                "source": decisions.APPLICATION,
                "outcome": _kept(outcome) or "",
                "at": _moment(at),
                "received": logfile.moment(received),
            }
            for _, decision_id, outcome, at, received in chunk
        ]
        versions = list(self.known.values())
        new, unmatched = decisions.report(session=session, rows=told, versions=versions)
        self.found.outcomes += new
        self.found.unmatched += unmatched


def _chunks(entries: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for entry in entries:
        chunk.append(entry)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _moment(told: str | None) -> datetime | None:
    """Return when something happened; None where an earlier service wrote down what is no moment."""
    with suppress(ValueError):
        return logfile.moment(told) if told else None
    return None


def _kept(text: str | None) -> str | None:
    """Return a text as every database can hold it: PostgreSQL knows no NUL."""
    return text and text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def looked(home: Home) -> tuple[datetime | None, bool]:
    """Return when a service's file was last looked into, and whether a worker is there that does it every minute."""
    with db.reading(home.engine) as session:
        return decisions.collected_at(session=session), bool(store_jobs.workers(session=session))


@dataclass(frozen=True)
class Leaving:
    """How many cases that wait are deleted within so many days unless somebody answers, and when the first one is."""

    count: int
    days: int
    first: datetime | None  # UTC, without zone


def leaving(home: Home, reference: str | None = None) -> Leaving:
    """Return which of the cases that wait are soon deleted: within a week, or a quarter of the time they are kept.

    Raises
    ------
    NotFound
        If there is no such model.
    """
    kept = timedelta(days=home.settings.service_log_days)
    days = max(1, min(SOON, kept.days // 4))
    before = oldest(home) + timedelta(days=days)
    with db.reading(home.engine) as session:
        versions = None if reference is None else [v.id for v in models.meant(session=session, reference=reference)]
        count, at = cases.leaving(session=session, before=before, versions=versions)
    return Leaving(count, days, at + kept if at else None)


def counts(home: Home, version_id: str) -> dict[str, Any]:
    """Return what is kept of a version's decisions: see ``store.decisions.counts``; with its cases by their state."""
    with db.reading(home.engine) as session:
        kept = decisions.counts(session=session, version_id=version_id)
        return {**kept, "cases": cases.by_state(session=session, versions=[version_id])}


def erase(home: Home, references: Sequence[str]) -> None:
    """Delete what the services of this home wrote down about some versions."""
    if service_file(home).exists():
        with _written(service_file(home)) as log:
            for reference in references:
                logfile.forget_model(log, reference)
