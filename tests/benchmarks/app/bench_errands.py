"""Reading and checking a table through the worker, beside the same work without it in this process."""

import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from app import settings
from app.workflow import checks, data, projects, question, wizarding
from app.workflow.home import Home, open_home
from app.workflow.views import JobView
from tests.benchmarks.app.machine import done, load, seconds, table, working
from tests.benchmarks.figures import publish

TIMES = 5
READING = 5.0  # seconds that a person looks at a page, at the least, before asking for the next thing
ANSWERS = question.Answers(target="deposit")


@dataclass(frozen=True)
class Errand:
    """Seconds from asking to the answer, and how they were spent."""

    total: float
    queued: float
    performed: float


def main() -> None:
    """Publish the figures."""
    source = table("bank.csv")
    with tempfile.TemporaryDirectory() as folder:
        home = open_home(settings.load(Path(folder, "home")))
        files = [shortened(source, Path(folder), drop) for drop in range(1, 2 * TIMES + 3)]
        warm = iter(files[TIMES + 1 :])
        here = [directly(home, next(warm)) for _ in range(TIMES + 1)][1:]
        with working(home) as worker:
            there = [through_worker(home, file) for file in files[: TIMES + 1]][1:]
            time.sleep(READING)
            cold = at_once(home, files[0])
            time.sleep(READING)
            share, megabytes = idle(worker)
    ingests, asked = zip(*there, strict=True)
    ingest, check = middle(ingests), middle(asked)
    plain_ingest, plain_check = (statistics.median(found) for found in zip(*here, strict=True))
    publish(
        "app_errands",
        {
            "ingest of bank.csv through the worker, seconds": ingest.total,
            "  until the worker began": ingest.queued,
            "  in its own process": ingest.performed,
            "the same in this process, seconds": plain_ingest,
            "ingest, times as long through the worker": ingest.total / plain_ingest,
            "check of bank.csv through the worker, seconds": check.total,
            "  until the worker began (check)": check.queued,
            "  in its own process (check)": check.performed,
            "the same in this process, seconds (check)": plain_check,
            "check, times as long through the worker": check.total / plain_check,
            "check right after another errand, seconds": cold,
            "a worker with nothing to do, percent of a core": 100 * share,
            "  its memory, with the child that waits, megabytes": megabytes,
            "load": load(),
        },
    )


def shortened(source: Path, folder: Path, drop: int) -> Path:
    """The table without its last rows: another file each time, so that nothing is known already."""
    lines = source.read_bytes().splitlines(keepends=True)
    path = folder / f"bank{drop}.csv"
    path.write_bytes(b"".join(lines[:-drop]))
    return path


def through_worker(home: Home, file: Path) -> tuple[Errand, Errand]:
    """Queue the reading, then the check, as the wizard does."""
    project = projects.create(home, file.stem)
    time.sleep(READING)
    began = time.perf_counter()
    with file.open("rb") as content:
        job = done(home, wizarding.bring(home, project.id, content, file.name))
    ingest = errand(time.perf_counter() - began, job)
    asked = question.frame_problem(home, project.id, ANSWERS)
    time.sleep(READING)
    began = time.perf_counter()
    job = done(home, checks.start(home, project.id, asked.id))
    return ingest, errand(time.perf_counter() - began, job)


def at_once(home: Home, file: Path) -> float:
    """Two checks asked for at the same moment: the seconds until the second is done, for which nobody waited."""
    project = projects.create(home, file.stem)
    data.bring(home, file, file.name, project_id=project.id)
    asked = question.frame_problem(home, project.id, ANSWERS)
    first, second = (checks.start(home, project.id, asked.id) for _ in range(2))
    spent = seconds(lambda: done(home, second))
    done(home, first)
    return spent


def idle(worker: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """What a worker costs while nothing is asked of it: its share of a core, and megabytes."""
    family = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
    before = sum(sum(process.cpu_times()[:2]) for process in family)
    time.sleep(2 * READING)
    after = sum(sum(process.cpu_times()[:2]) for process in family)
    return (after - before) / (2 * READING), sum(process.memory_info().rss for process in family) / 1e6


def errand(total: float, job: JobView) -> Errand:
    """How a job spent its time."""
    assert job.started_at
    assert job.ended_at
    waited = (job.started_at - job.created_at).total_seconds()
    return Errand(total, waited, (job.ended_at - job.started_at).total_seconds())


def middle(found: tuple[Errand, ...]) -> Errand:
    """The medians."""
    return Errand(*(statistics.median(getattr(e, n) for e in found) for n in ("total", "queued", "performed")))


def directly(home: Home, file: Path) -> tuple[float, float]:
    """The same two errands without a queue and a process."""
    copy = shutil.copy2(file, home.uploads() / file.name)
    project = projects.create(home, file.stem)
    reading = seconds(lambda: data.bring(home, copy, file.name, project_id=project.id))
    asked = question.frame_problem(home, project.id, ANSWERS)
    return reading, seconds(lambda: checks.check(home, asked.id))


if __name__ == "__main__":
    main()
