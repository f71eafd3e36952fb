"""One job in a process of its own: ``python -m app.child HOME``, which is told the job's id on its standard input.

The worker can limit it and kill it; when the worker dies, it ends by itself, so that a job never runs twice at once.
What it produces it puts in place whole, and the job's row becomes final in the same transaction as its result.
"""

import fcntl
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import logs, settings
from app.workflow import (
    checks,
    combining,
    concluding,
    data,
    orders,
    projects,
    releasing,
    retaking,
    scoring,
    training,
)
from app.workflow.home import Home, open_home
from engine.domain.failure import Failure
from engine.domain.run import JobState, Progress
from engine.errors import HandrailError
from engine.files import sync
from store import artifacts, db
from store import jobs as store_jobs
from store.tables import Job

_log = logging.getLogger(__name__)
_PARENT = os.getppid()  # taken before there is a job: a worker that dies while it hands one over is noticed


class Reporter:
    """Keeps the job's row up to date from a thread of its own, and hears what a person asks of the job."""

    def __init__(self, home: Home, job_id: str) -> None:
        self._home, self._job_id = home, job_id
        self._latest, self._written = Progress(), Progress()
        self._request: str | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __call__(self, progress: Progress) -> None:
        """Note what the job does now."""
        self._latest = progress

    def should_stop(self) -> bool:
        """Whether a person asked to stop and keep the best."""
        return self._request == "stop"

    def close(self) -> None:
        """Stop reporting; nothing is written afterwards."""
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(1.0):
            if os.getppid() != _PARENT:
                os._exit(1)  # the worker is gone: whoever takes the job over must find us gone too
            try:
                with db.writing(self._home.engine) as session:
                    self._request = store_jobs.progress(session=session, job_id=self._job_id, progress=self._latest)
            except HandrailError:
                _log.exception("progress could not be written")


def main(home_path: str, job_id: str) -> int:
    """Perform one job; returns the process's exit status."""
    chosen = settings.load(Path(home_path))
    logs.configure(chosen)
    home = open_home(chosen)
    with _alone(home, job_id):
        with db.reading(home.engine) as session:
            job = store_jobs.get(session=session, job_id=job_id)
        return _perform(home, job) if job.state in store_jobs.ALIVE else 0


@contextmanager
def _alone(home: Home, job_id: str) -> Iterator[None]:
    """Wait until nobody else works on the job: an earlier child takes a moment to notice that its worker is gone."""
    with home.log(job_id).open("ab") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        yield


def _perform(home: Home, job: Job) -> int:
    job_id, reporter = job.id, Reporter(home, job.id)
    work = home.work(job_id)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        result = perform(home, job, work, reporter)
    except Exception as error:
        reporter.close()
        _fail(home, job_id, error)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    reporter.close()
    with db.writing(home.engine) as session:
        store_jobs.finish(session=session, job_id=job_id, state=JobState.DONE, result=result)
    _forget_upload(home, job)
    return 0


def _forget_upload(home: Home, job: Job) -> None:
    # Only once the job is final: a job that is tried again needs its file.
    source = Path(job.arguments.get("source", ""))
    if source.parent == home.uploads():
        source.unlink(missing_ok=True)


def _fail(home: Home, job_id: str, error: Exception) -> None:
    _log.error("job %s failed", job_id, exc_info=error)
    failure = Failure.of(error, job_id)
    with db.writing(home.engine) as session:
        store_jobs.finish(session=session, job_id=job_id, state=JobState.FAILED, failure=failure)


def _read_file(home: Home, job: Job, order: orders.ReadFile, work: Path, report: Reporter) -> dict[str, Any]:
    report(Progress(stage="Reading the file"))
    into = None if order.second else job.project_id  # a second table is combined with the project's own, which stays
    known = data.bring(home, Path(order.source), order.name, project_id=into, reading=order.reading)
    return {"dataset_id": known.dataset.id, "second": order.second}


def _read_again(home: Home, job: Job, order: orders.ReadAgain, work: Path, report: Reporter) -> dict[str, Any]:
    report(Progress(stage="Reading the file"))
    known = data.reread(home, order.reread, order.reading, project_id=job.project_id)
    return {"dataset_id": known.dataset.id, "second": False}


def _combine(home: Home, job: Job, order: orders.Combine, work: Path, report: Reporter) -> dict[str, Any]:
    report(Progress(stage="Combining the tables"))
    known = combining.combine(home, order.base, order.other, order.recipe, project_id=job.project_id)
    return {"dataset_id": known.dataset.id, "second": False}


def _sample(home: Home, job: Job, order: orders.MakeSample, work: Path, report: Reporter) -> dict[str, Any]:
    report(Progress(stage="Reading the file"))
    known = data.bring_sample(home, project_id=job.project_id)
    return {"dataset_id": known.dataset.id, "second": False}


def _check(home: Home, job: Job, order: orders.Check, work: Path, report: Reporter) -> dict[str, Any]:
    report(Progress(stage="Looking for what ruins models"))
    return {"problem_id": checks.check(home, order.problem_id, on_progress=report).id}


def _train(home: Home, job: Job, order: orders.Train, work: Path, report: Reporter) -> dict[str, Any]:
    folder = work / "run"
    folder.mkdir()
    trained = training.train(home, job.id, folder, report, report.should_stop)
    report(Progress(stage="Sealing the model"))
    return concluding.conclude(home, job.id, trained, folder, order, work)


def _judge(home: Home, job: Job, order: orders.Judge, work: Path, report: Reporter) -> dict[str, Any]:
    report(Progress(stage="Judging the other model"))
    return retaking.take(home, job.id, order.run_id, order.model, work)


def _release(home: Home, job: Job, order: orders.Release, work: Path, report: Reporter) -> dict[str, Any]:
    began = time.perf_counter()
    built = releasing.build(home, order.reference, work, report, order.form)
    report(Progress(stage=f"Sealing the {releasing.CALLED[order.form]}"))
    return releasing.publish(home, job.id, built, seconds=time.perf_counter() - began, by=order.by)


def _score(home: Home, job: Job, order: orders.Score, work: Path, report: Reporter) -> dict[str, Any]:
    stem = projects.model_name(Path(order.name).stem)
    out = work / "out" / f"{stem}-scored-{job.id[-6:]}.{order.form}"
    out.parent.mkdir()
    summary = scoring.score(
        home,
        order.reference,
        Path(order.source),
        out,
        work=work,
        explain=order.explain,
        ranked=True,
        on_progress=report,
    )
    sync(out)
    artifacts.publish(out.parent, home.scored(job.id))
    return {"file": out.name, **summary}


_PERFORM: dict[type[orders.Order], Callable[[Home, Job, Any, Path, Reporter], dict[str, Any]]] = {
    orders.ReadFile: _read_file,
    orders.ReadAgain: _read_again,
    orders.Combine: _combine,
    orders.MakeSample: _sample,
    orders.Check: _check,
    orders.Train: _train,
    orders.Judge: _judge,
    orders.Release: _release,
    orders.Score: _score,
}


def perform(home: Home, job: Job, work: Path, report: Reporter) -> dict[str, Any]:
    """Do what a job was asked to, in the folder ``work``, and return its result."""
    order = orders.read(job.kind, job.arguments)
    return _PERFORM[type(order)](home, job, order, work, report)


def wait(home_path: str) -> int:
    """Import what every job needs, wait to be told a job and perform it; without a word, the worker is gone."""
    from engine.data import read, snapshot  # noqa: F401

    job_id = sys.stdin.read()
    if not job_id:
        return 0
    with Path(home_path, "logs", f"{job_id}.log").open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())
    return main(home_path, job_id)


if __name__ == "__main__":
    sys.exit(wait(sys.argv[1]))
