"""One attempt at a job: a child process, watched, limited, killed where needed."""

import os
import shutil
import signal
import threading
import time

import psutil

from app.spare import Child, Spare
from app.workflow.home import Home
from engine.domain.failure import Failure
from engine.domain.run import JobState
from engine.errors import Failed, HandrailError, OutOfMemory, WorkerLost
from engine.training import memory
from store import db
from store import jobs as store_jobs

ATTEMPTS = 2
POLL = 0.5  # seconds


class Attempt:
    """Perform a job in a child process until it is final; harmless for a job that is final already."""

    def __init__(self, home: Home, job_id: str, ended: threading.Event, spare: Spare) -> None:
        self._home, self._job_id, self._ended, self._spare = home, job_id, ended, spare

    def perform(self) -> None:
        """Run the child, watch it, and leave the job in a final state, unless the worker itself is to end."""
        with db.writing(self._home.engine) as session:
            job = store_jobs.begin(session=session, job_id=self._job_id)
        if job.state not in store_jobs.ALIVE:
            return
        if job.attempts > ATTEMPTS:
            self._fail(lost())
            return
        child = self._spare.take(self._job_id)
        try:
            self._watch(child)
        finally:
            _kill(child)
            # A child that was killed could not tidy up; what it had half done can be gigabytes.
            shutil.rmtree(self._home.work(self._job_id), ignore_errors=True)

    def _watch(self, child: Child) -> None:
        limit = memory.limit(self._home.settings.memory_gb)
        while child.poll() is None:
            if self._ended.wait(POLL):
                self._suspend()
            if self._asked_to_cancel():
                _kill(child)
                self._finish(JobState.CANCELLED)
                return
            if _memory(child.pid) > limit:
                _kill(child)
                self._out_of_memory(limit)
                return
        if child.returncode == -signal.SIGKILL:
            self._out_of_memory(limit)
        elif child.returncode != 0:
            problem = f"The process that worked on this ended unexpectedly (status {child.returncode})."
            fix = f"Try again; if it fails again, report it with the reference {self._job_id}."
            self._fail(Failed(problem, fix=fix))

    def _suspend(self) -> None:
        # The worker is told to end: this thread stays here, the process exits, the next start takes the job up again.
        # An orderly end is no lost worker, so the attempt does not count.
        with db.writing(self._home.engine) as session:
            job = store_jobs.get(session=session, job_id=self._job_id)
            job.attempts = max(0, job.attempts - 1)
            session.add(job)
        time.sleep(3600)

    def _asked_to_cancel(self) -> bool:
        with db.reading(self._home.engine) as session:
            return store_jobs.get(session=session, job_id=self._job_id).request == "cancel"

    def _out_of_memory(self, limit: float) -> None:
        problem = f"It needed more memory than there is ({limit / 1e9:.1f} GB may be used)."
        self._fail(OutOfMemory(problem, fix=OutOfMemory.way_out))

    def _fail(self, error: HandrailError) -> None:
        self._finish(JobState.FAILED, Failure.of(error, self._job_id))

    def _finish(self, state: JobState, failure: Failure | None = None) -> None:
        with db.writing(self._home.engine) as session:
            store_jobs.finish(session=session, job_id=self._job_id, state=state, failure=failure)


def lost() -> WorkerLost:
    """Return why nobody works on a job any more that was alive."""
    return WorkerLost(
        "The worker was lost while it worked on this, and trying again did not help.",
        fix="Look whether the computer runs out of memory or is switched off, and start it again.",
    )


def _memory(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return float(sum(p.memory_info().rss for p in family))
    except psutil.Error:
        return 0.0


def _kill(child: Child) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
