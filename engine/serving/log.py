"""Decisions and outcomes, written behind the answers' back into the service's own file (``engine.serving.logfile``).

No row values, but for the cases that are left to a person, who has to see them.
"""

import contextlib
import logging
import os
import queue
import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.domain.left import LeftCase
from engine.domain.service import Prediction
from engine.errors import Unavailable, UnusableOption
from engine.serving import counters, logfile

_log = logging.getLogger(__name__)

_WAITING = 1000  # requests that may wait for the disk before decisions are dropped (and counted)
_HELD = 50_000_000  # characters of cases that may wait for it before their values are dropped (and counted)
_LONGEST = 36_500  # days that entries can be kept
_SWEEP = 3600.0  # seconds between two looks for what is too old


@dataclass
class _Work:
    statement: str
    values: list[tuple[object, ...]]
    written: threading.Event | None = None
    failed: bool = False
    held: int = 0  # characters of cases


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
    """Return how long entries are kept: ``$HANDRAIL_SERVICE_LOG_DAYS``, else 90.

    Raises
    ------
    UnusableOption
        If it says no number of days: to keep what should be gone by now is no default.
    """
    told = os.environ.get("HANDRAIL_SERVICE_LOG_DAYS", "").strip() or "90"
    if not re.fullmatch("[0-9]{1,5}", told) or not 1 <= int(told) <= _LONGEST:
        raise UnusableOption(
            f"HANDRAIL_SERVICE_LOG_DAYS is {told[:20]!r}, which is no number of days from 1 to {_LONGEST:,}.",
            fix="Say for how many days decisions are kept, or leave it out: then it is 90.",
        )
    return int(told)


class DecisionLog:
    """Writes in batches from a thread of its own; a full or broken disk costs log entries, never an answer."""

    def __init__(self, path: Path, *, keep_days: int = 90) -> None:
        self.path, self.keep_days = path, keep_days
        self.dropped = 0
        self._held, self._room = 0, threading.Lock()
        self._queue: queue.Queue[_Work | None] = queue.Queue(maxsize=_WAITING)
        self._thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
        self._thread.start()

    def decisions(
        self,
        model: str,
        predictions: Sequence[Prediction],
        *,
        rows: Sequence[Mapping[str, Any]] = (),
        columns: Sequence[str] = (),
        keys: Sequence[str] | None = None,
        application: str = "",
    ) -> None:
        """Hand decisions over; returns at once.

        Parameters
        ----------
        model : str
            ``name:number``.
        predictions : sequence of Prediction
            What was answered.
        rows, columns : sequence of mappings, sequence of str
            What was asked, one mapping a prediction, and which of its columns a person needs to see: kept where the
            model abstained, and nowhere else.
        keys : sequence of str, optional
            The caller's own ids, one a prediction.
        application : str
            Whose key was shown, where keys are asked.
        """
        if not predictions:
            return
        now = datetime.now(UTC).isoformat()
        values: list[tuple[object, ...]] = []
        held = 0
        for i, p in enumerate(predictions):
            left = _case(p, rows[i], columns) if p.trust == "abstain" and rows else None
            held += len(left or "")
            codes = ",".join(dict.fromkeys([r.code for r in p.reasons]))
            key = keys[i] if keys else None
            said = (str(p.prediction), _told(p), p.decision, p.trust, codes, key, application)
            values.append((p.decision_id, now, model, *said, left))
        self._hand_over(_Work(logfile.ANSWERED, values, held=held))

    def _hand_over(self, work: _Work) -> None:
        with self._room:
            if work.held and self._held + work.held > _HELD:
                self._drop(sum(value[-1] is not None for value in work.values))
                work.values, work.held = [(*value[:-1], None) for value in work.values], 0
            self._held += work.held
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            self._written(work)
            self._drop(len(work.values))

    def _drop(self, entries: int) -> None:
        self.dropped += entries
        counters.dropped(entries)

    def _written(self, work: _Work) -> None:
        with self._room:
            self._held -= work.held

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
        work = _Work(logfile.REPORTED, [(r.decision_id, r.outcome, r.at, now) for r in reports], threading.Event())
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
        place: tuple[int, int] | None = None
        swept = datetime.min.replace(tzinfo=UTC)
        go_on = True
        while go_on:
            batch, go_on = self._take()
            try:
                if connection is not None and (place is None or logfile.place(self.path) != place):
                    logfile.leave(connection)  # what is written into a file that was taken away nobody ever reads
                    connection = None
                if connection is None:
                    place = logfile.place(self.path)  # before, as it may be taken away while it is opened
                    connection = logfile.opened(self.path)
                if datetime.now(UTC) - swept > timedelta(seconds=_SWEEP):
                    swept = datetime.now(UTC)
                    logfile.sweep(connection, swept - timedelta(days=self.keep_days))
                with connection:
                    for work in batch:
                        logfile.write(connection, work.statement, work.values)
            except Exception as error:  # whatever it is costs this batch; without the thread nothing is ever written
                # SQLite's own name for it (SQLITE_FULL) says what to do about it, and holds no values.
                why = getattr(error, "sqlite_errorname", None) or type(error).__name__
                _log.warning("The decision log could not be written: %s", why)
                if connection is not None:
                    logfile.leave(connection)
                connection = None
                for work in batch:
                    work.failed = True
                    self._drop(len(work.values))
            for work in batch:
                self._written(work)
                if work.written is not None:
                    work.written.set()
        if connection is not None:
            logfile.leave(connection)

    def _take(self) -> tuple[list[_Work], bool]:
        """Return what waits, nothing after an hour in which nobody asked, and whether there may be more."""
        batch: list[_Work] = []
        with contextlib.suppress(queue.Empty):
            first = self._queue.get(timeout=_SWEEP)
            while first is not None:
                batch.append(first)
                first = self._queue.get_nowait()
            return batch, False
        return batch, True


def _told(prediction: Prediction) -> str | None:
    if prediction.probabilities is None:
        return None
    return ",".join([f"{p:.6f}" for p in prediction.probabilities.values()])


def _case(prediction: Prediction, row: Mapping[str, Any], columns: Sequence[str]) -> str:
    """Return what a person is shown: the row's values as they were sent, where the model leans, why it abstained."""
    return LeftCase(
        row={name: row.get(name) for name in columns},
        probabilities=prediction.probabilities,
        prediction_set=prediction.prediction_set,
        interval=prediction.interval,
        reasons=prediction.reasons,
    ).model_dump_json()
