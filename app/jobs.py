"""Durable jobs: DBOS drives them, the registry's job row is the truth about them.

A job is put into the registry in the caller's own transaction. The worker hands new rows over to DBOS under the job's
id, which makes handing over twice harmless. DBOS then sees to it that a job survives the death of its worker: a
workflow that was running is resumed at the next start, which tries the job once more. What is to be done every minute
it does once, however many workers there are.
"""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from app.workflow.orders import TRAIN

# Bumped only when the workflow's steps change: DBOS resumes work of the same version only.
APPLICATION_VERSION = "1"
TRAINING, ERRANDS = "training", "errands"
_MINUTE, _EVERY_MINUTE = "minute", "* * * * *"
_OVER = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


@contextlib.contextmanager
def running(
    database: Path, executor_id: str, perform: Callable[[str], None], every_minute: Callable[[], None]
) -> Iterator[Callable[[str, str], bool]]:
    """Run DBOS in this process; yields ``hand_over(job_id, kind)``.

    At most one training and two errands (everything else) run at a time.

    Parameters
    ----------
    database : Path
        DBOS's own SQLite file; not the registry, so that neither waits for the other's locks.
    executor_id : str
        This process's id. No two live processes may share one: DBOS would run a live job twice.
    perform : callable
        Performs a job by its id; must be harmless to call again for a job that is final.
    every_minute : callable
        What is done every minute by one of the workers; harmless to call again, and raises nothing.

    Yields
    ------
    callable
        Hands a job over, harmless to call twice; False where DBOS is through with a job of that id, so that nobody
        will perform it any more.
    """
    config: DBOSConfig = {
        "name": "handrail",
        "system_database_url": f"sqlite:///{database}",
        "application_version": APPLICATION_VERSION,
        "executor_id": executor_id,
        "enable_otlp": False,
        "log_level": "WARNING",
    }
    DBOS(config=config)

    @DBOS.step(name="perform")
    def attempt(job_id: str) -> None:
        perform(job_id)

    @DBOS.workflow(name="job")
    def job(job_id: str) -> None:
        attempt(job_id)

    @DBOS.step(name="each")
    def each() -> None:
        every_minute()

    @DBOS.workflow(name=_MINUTE)
    def minute(at: datetime, _context: Any) -> None:
        each()
        # Each minute leaves an entry behind, which nobody asks for any more.
        over = DBOS.list_workflows(name=_MINUTE, status="SUCCESS", load_input=False, load_output=False)
        DBOS.delete_workflows([one.workflow_id for one in over])

    def hand_over(job_id: str, kind: str) -> bool:
        status = DBOS.get_workflow_status(job_id)
        if status is None:
            with SetWorkflowID(job_id):
                DBOS.enqueue_workflow(TRAINING if kind == TRAIN else ERRANDS, job, job_id)
        return status is None or status.status not in _OVER

    DBOS.launch()
    try:
        DBOS.register_queue(TRAINING, worker_concurrency=1, polling_interval_sec=0.25)
        DBOS.register_queue(ERRANDS, worker_concurrency=2, polling_interval_sec=0.25)
        DBOS.apply_schedules([{"schedule_name": _MINUTE, "workflow_fn": minute, "schedule": _EVERY_MINUTE}])
        yield hand_over
    finally:
        DBOS.destroy()
