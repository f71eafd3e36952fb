"""Decisions and outcomes: a SQLite file of the service's own, written behind the answers' back. No row values."""

import contextlib
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.domain.service import Prediction
from engine.errors import Unavailable

_log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS decision (
    decision_id TEXT PRIMARY KEY, at TEXT NOT NULL, model TEXT NOT NULL, prediction TEXT NOT NULL,
    probabilities TEXT, decision TEXT NOT NULL, trust TEXT NOT NULL, reasons TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS decision_at ON decision (at);
CREATE TABLE IF NOT EXISTS outcome (
    decision_id TEXT PRIMARY KEY, outcome TEXT, at TEXT, received TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outcome_received ON outcome (received);
"""
_DECISION = "INSERT OR REPLACE INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_OUTCOME = "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?)"
_WAITING = 1000  # requests that may wait for the disk before decisions are dropped (and counted)


@dataclass
class _Work:
    statement: str
    values: list[tuple[object, ...]]
    written: threading.Event | None = None
    failed: bool = False


@dataclass(frozen=True)
class OutcomeReport:
    """What happened after a decision; ``outcome`` as text, ``at`` as ISO 8601."""

    decision_id: str
    outcome: str | None
    at: str | None = None


def default_path() -> Path:
    """Return ``$HANDRAIL_SERVICE_LOG``, else a file in the user's data directory."""
    told = os.environ.get("HANDRAIL_SERVICE_LOG")
    if told:
        return Path(told)
    import platformdirs

    return Path(platformdirs.user_data_dir("handrail")) / "service" / "decisions.sqlite"


def retention_days() -> int:
    """Return how long entries are kept: ``$HANDRAIL_SERVICE_LOG_DAYS``, else 90."""
    with contextlib.suppress(ValueError):
        return max(1, int(os.environ.get("HANDRAIL_SERVICE_LOG_DAYS", "")))
    return 90


class DecisionLog:
    """Writes in batches from a thread of its own; a full or broken disk costs log entries, never an answer."""

    def __init__(self, path: Path, *, keep_days: int = 90) -> None:
        self.path, self.keep_days = path, keep_days
        self.dropped = 0
        self._queue: queue.Queue[_Work | None] = queue.Queue(maxsize=_WAITING)
        self._thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
        self._thread.start()

    def decisions(self, model: str, predictions: Sequence[Prediction]) -> None:
        """Hand decisions over; returns at once."""
        now = datetime.now(UTC).isoformat()
        values: list[tuple[object, ...]] = [
            (
                p.decision_id,
                now,
                model,
                str(p.prediction),
                _told(p),
                p.decision,
                p.trust,
                ",".join(r.code for r in p.reasons),
            )
            for p in predictions
        ]
        if not values:
            return
        try:
            self._queue.put_nowait(_Work(_DECISION, values))
        except queue.Full:
            self.dropped += len(values)

    def outcomes(self, reports: Sequence[OutcomeReport], *, timeout: float = 10.0) -> int:
        """Write outcomes and return how many, once they are on disk. A later report on a decision replaces the earlier.

        Raises
        ------
        Unavailable
            If they could not be written.
        """
        if not reports:
            return 0
        now = datetime.now(UTC).isoformat()
        work = _Work(_OUTCOME, [(r.decision_id, r.outcome, r.at, now) for r in reports], threading.Event())
        with contextlib.suppress(queue.Full):
            self._queue.put(work, timeout=timeout)
            if work.written is not None and work.written.wait(timeout) and not work.failed:
                return len(reports)
        raise Unavailable(
            "The outcomes could not be written to the service's log.", fix="Check its disk, then send them again."
        )

    def close(self) -> None:
        """Write what is waiting and stop."""
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=5)
            self._thread.join(timeout=5)

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        swept = datetime.min.replace(tzinfo=UTC)
        while True:
            batch, go_on = self._take()
            try:
                if connection is None:
                    connection = _open(self.path)
                if datetime.now(UTC) - swept > timedelta(hours=1):
                    swept = datetime.now(UTC)
                    _sweep(connection, swept - timedelta(days=self.keep_days))
                with connection:
                    for work in batch:
                        connection.executemany(work.statement, work.values)
            except (sqlite3.Error, OSError) as error:
                _log.warning("The decision log could not be written: %s", type(error).__name__)
                if connection is not None:
                    connection.close()
                connection = None
                for work in batch:
                    work.failed = True
                    self.dropped += len(work.values)
            for work in batch:
                if work.written is not None:
                    work.written.set()
            if not go_on:
                break
        if connection is not None:
            connection.close()

    def _take(self) -> tuple[list[_Work], bool]:
        first = self._queue.get()
        batch: list[_Work] = []
        while first is not None:
            batch.append(first)
            try:
                first = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False


def _told(prediction: Prediction) -> str | None:
    if prediction.probabilities is None:
        return None
    return ",".join(f"{p:.6f}" for p in prediction.probabilities.values())


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=5)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(_SCHEMA)
    return connection


def _sweep(connection: sqlite3.Connection, before: datetime) -> None:
    with connection:
        connection.execute("DELETE FROM decision WHERE at < ?", (before.isoformat(),))
        connection.execute("DELETE FROM outcome WHERE received < ?", (before.isoformat(),))
