"""Follow a job from the command line: the app's worker does it, or one that is started for it."""

import subprocess
import sys
import time
from collections.abc import Callable

from app.workflow import jobs
from app.workflow.home import Home
from app.workflow.views import JobView
from engine import errors
from engine.domain.run import JobState

POLL = 0.3  # seconds


def until_final(home: Home, job_id: str, tell: Callable[[JobView], None]) -> JobView:
    """Return a job once it is done, failed or cancelled, telling how it goes. Ctrl-C cancels it."""
    from app.worker import serves

    helper = None if serves(home) else _start_worker(home)
    try:
        while (job := jobs.job(home, job_id)).alive:
            tell(job)
            time.sleep(POLL)
            if helper is not None and helper.poll() is not None and not serves(home):
                helper = _start_worker(home)
    except KeyboardInterrupt:
        jobs.cancel(home, job_id)
        raise
    return job


def require_done(job: JobView) -> None:
    """Raise what a job failed of.

    Raises
    ------
    HandrailError
        The refusal that ended the job, of its own kind; ``Failed`` for what is ours.
    """
    if job.state is JobState.DONE:
        return
    if job.state is JobState.CANCELLED:
        raise errors.Refused("It was cancelled.", fix="Start it again when you like.")
    failure = job.failure or {}
    kinds = {kind.code: kind for kind in vars(errors).values() if _is_refusal(kind)}
    kind = kinds.get(failure.get("code", ""), errors.Failed)
    raise kind(failure.get("problem", "It failed."), fix=failure.get("fix", "Try again."))


def _is_refusal(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, errors.HandrailError)


def _start_worker(home: Home) -> "subprocess.Popen[bytes]":
    import os

    environment = {**os.environ, "HANDRAIL_HOME": str(home.path.resolve())}
    log = (home.path / "logs" / "worker.log").open("ab")
    with log:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "app.worker", "--until-idle"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
