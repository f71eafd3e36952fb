"""The worker: takes jobs from the registry and performs each in a child process it can limit and kill.

It also keeps the warm scorer, which answers the app's what-if questions.

``python -m app.worker [--until-idle]``; the home and the limits come from HANDRAIL_* variables.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from filelock import FileLock, Timeout

from app import logs, settings
from app.attempt import Attempt, lost
from app.jobs import running
from app.spare import Spare
from app.warm import Keeper
from app.workflow import collecting
from app.workflow.home import Home, open_home
from app.workflow.sweeping import catch_up, sweep
from engine.domain.failure import Failure
from engine.domain.run import JobState
from engine.errors import HandrailError, Outdated, Unavailable
from store import db
from store import jobs as store_jobs

POLL, BEAT, IDLE, SWEEP = 0.25, 5.0, 3.0, 24 * 3600.0  # seconds

_log = logging.getLogger(__name__)


def main(*, until_idle: bool = False) -> None:
    """Run one worker until it is told to end, or, ``until_idle``, until nothing has been alive for a few seconds."""
    chosen = settings.load()
    logs.configure(chosen)
    home = open_home(chosen)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: ended.set())

    spare, warm = Spare(home), Keeper(home)
    spare.keep()  # whoever starts a worker has a job for it, and DBOS takes as long to come up

    def perform(job_id: str) -> None:
        Attempt(home, job_id, ended, spare).perform()

    jobs_file, collect = home.path / "jobs.db", partial(_collect, home)
    with _identity(home) as executor_id, running(jobs_file, executor_id, perform, collect) as hand_over:
        _log.info("worker %s is ready", executor_id)
        chores = (Chore(BEAT, partial(_beat, home, executor_id)), Chore(SWEEP, partial(_tidy, home)))
        busy = time.monotonic()
        while not ended.wait(POLL):
            try:
                for chore in chores:
                    chore.look()
                alive = _hand_over(home, hand_over)
            except Outdated as error:  # whoever waits starts a worker of the version that is installed now
                _log.error("this worker ends: %s", error)
                break
            except Unavailable as error:
                _log.warning("the registry does not answer: %s", error)  # a full disk, say: it may again
                continue
            busy = time.monotonic() if alive else busy
            if until_idle and not alive and time.monotonic() - busy > IDLE:
                break
            if not until_idle:
                warm.look()
                if not alive:
                    spare.keep()  # not beside a training, which wants the memory
        # Jobs in flight go on at the next start, so their threads and children must not keep this process: children
        # end by themselves when it does.
        logging.shutdown()
        os._exit(0)


class Chore:
    """What is done again and again, so many seconds apart."""

    def __init__(self, every: float, do: Callable[[], None]) -> None:
        self._every, self._do, self._due = every, do, time.monotonic()

    def look(self) -> None:
        """Do it if it is time."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + self._every
            self._do()


def _beat(home: Home, executor_id: str) -> None:
    with db.writing(home.engine) as session:
        store_jobs.beat(session=session, worker_id=executor_id, pid=os.getpid())


def _collect(home: Home) -> None:
    try:
        found = collecting.collect(home)
    except Exception:  # the next minute tries again; whoever waits for cases asks on the screen, and is told
        _log.exception("what the services wrote down could not be collected")
        return
    if found.decisions or found.outcomes:
        _log.info("collected: %s", found)


def _tidy(home: Home) -> None:
    for chore in (_sweep, catch_up):
        try:
            chore(home)
        except (OSError, HandrailError):  # the next day tries again; trainings go on
            _log.exception("the home could not be tidied")


def _sweep(home: Home) -> None:
    for path in sweep(home):
        _log.warning("%s had no row: removed", path)


def _hand_over(home: Home, hand_over: Callable[[str, str], bool]) -> bool:
    """Hand over what is alive; say whether anything is."""
    with db.reading(home.engine) as session:
        alive = [(job.id, job.kind) for job in store_jobs.alive(session=session)]
    for job_id, kind in alive:
        if not hand_over(job_id, kind):
            _lost(home, job_id)
    return bool(alive)


def serves(home: Home) -> bool:
    """Whether a worker on this machine is at work for this home."""
    lock = _lock(home, 0)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


@contextmanager
def _identity(home: Home) -> Iterator[str]:
    # The first id that no live worker holds: it inherits the unfinished jobs of whoever held it last.
    number = 0
    while True:
        lock = _lock(home, number)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            number += 1
            continue
        with lock:
            yield f"{socket.gethostname()}-{number}"
        return


def _lock(home: Home, number: int) -> FileLock:
    folder = home.path / "locks"
    folder.mkdir(exist_ok=True)
    return FileLock(folder / f"worker-{number}.lock")


def _lost(home: Home, job_id: str) -> None:
    failure = Failure.of(lost(), job_id)
    with db.writing(home.engine) as session:
        store_jobs.finish(session=session, job_id=job_id, state=JobState.FAILED, failure=failure)


if __name__ == "__main__":
    main(until_idle="--until-idle" in sys.argv[1:])
