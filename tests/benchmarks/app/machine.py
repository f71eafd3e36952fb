"""What the benchmarks of the app share: how busy the machine is, programs of ours beside them, the shared tables."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.processes import worker
from app.supervisor import Program
from app.workflow import jobs
from app.workflow.home import Home
from app.workflow.views import JobView
from engine.domain.run import JobState

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"


def load() -> str:
    """How many programs wanted a core in the last minute, and how many cores there are."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def table(name: str) -> Path:
    """One of the real tables; leaves quietly where they are not here."""
    path = SHARED / name
    if not path.is_file():
        sys.stdout.write("skipped: the shared tables are not here\n")
        sys.exit(0)
    return path


def seconds(do: Callable[[], object]) -> float:
    """How long something takes, once."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def median(do: Callable[[], object], times: int = 7) -> float:
    """The median of how long something takes."""
    return statistics.median(seconds(do) for _ in range(times))


@contextmanager
def started(program: Program) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program of ours beside the benchmark; it is ended afterwards."""
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as log:
        process = subprocess.Popen(
            program.command, cwd=ROOT, env={**os.environ, **program.environment}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def working(home: Home) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the worker of a home, ready to take jobs."""
    from app.worker import serves

    with started(worker(home.path)) as process:
        wait(lambda: serves(home))
        yield process


def wait(until: Callable[[], bool], *, most: float = 600.0, every: float = 0.05) -> None:
    """Wait for something, but not for ever."""
    deadline = time.monotonic() + most
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came within {most:.0f} seconds")
        time.sleep(every)


def done(home: Home, job_id: str) -> JobView:
    """Wait for a job and return it; a benchmark of failures is none."""
    wait(lambda: not jobs.job(home, job_id).alive)
    job = jobs.job(home, job_id)
    assert job.state is JobState.DONE, job.failure
    return job
