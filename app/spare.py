"""A child process that has imported already what every job needs, and waits to be told which job is its own.

Importing takes longer than reading most tables does, so it is done while nobody waits. Each process still does one job.
"""

import subprocess
import threading
from contextlib import suppress

from app import launch
from app.workflow.home import Home

Child = subprocess.Popen[bytes]


class Spare:
    """The children of one worker, at most one of them without a job."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._waiting: Child | None = None

    def keep(self) -> None:
        """See to it that a child waits. One that fell is not replaced here, but when its job comes."""
        with self._lock:
            self._waiting = self._waiting or self._start()

    def take(self, job_id: str) -> Child:
        """Give a job to the child that waits, or to a new one, and return that."""
        with self._lock:
            child, self._waiting = self._waiting, None
        if child is None or child.poll() is not None:
            child = self._start()
        assert child.stdin is not None  # noqa: S101 - piped below
        # One that falls at this very moment says so by its status.
        with suppress(BrokenPipeError), child.stdin as line:
            line.write(job_id.encode())
        return child

    def _start(self) -> Child:
        # What it says before it has a job goes where the worker's own words go. When the worker is gone, so is the
        # other end of its standard input, and it ends.
        return subprocess.Popen(  # noqa: S603 - our own module
            launch.module("app.child", str(self._home.path)),
            stdin=subprocess.PIPE,
            cwd=self._home.path,
            start_new_session=True,
        )
