"""Follow a job from the command line: the app's worker does it, or one that is started for it."""

import time
from collections.abc import Callable

from app.workflow import jobs
from app.workflow.home import Home
from app.workflow.views import JobView
from engine.domain.run import JobState
from engine.errors import Failed, Refused

POLL = 0.3  # seconds
FALLS = 3  # workers that fell: the next one will, too


def until_final(home: Home, job_id: str, tell: Callable[[JobView], None]) -> JobView:
    """Return a job once it is done, failed or cancelled, telling how it goes. Ctrl-C cancels it.

    Raises
    ------
    Failed
        If the workers that are started for it fall again and again; the job is cancelled.
    """
    from app.processes import worker as program
    from app.supervisor import spawn
    from app.worker import serves

    worker = program(home.path.resolve(), "--until-idle")
    helper, falls = None, 0
    try:
        while (job := jobs.job(home, job_id)).alive:
            tell(job)
            if (helper is None or helper.poll() is not None) and not serves(home):
                falls += helper is not None and helper.returncode != 0
                if falls == FALLS:
                    raise Failed("The worker does not start.", fix=f"The reason stands in {worker.log}.")
                helper = spawn(worker)
            time.sleep(POLL)
    except (KeyboardInterrupt, Failed):
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
        raise Refused("It was cancelled.", fix="Start it again when you like.")
    raise job.failure.error() if job.failure else Failed("It failed.", fix="Try again.")
