"""The child that waits: it takes one job, and goes when the worker goes."""

import subprocess
import sys

import pytest

from app import settings
from app.spare import Spare
from app.workflow import jobs, orders, projects, wizarding
from app.workflow.home import Home, open_home
from engine.domain.run import JobState


@pytest.fixture
def opened(home) -> Home:
    return open_home(settings.load(home))


def queued(home: Home) -> str:
    """A job that fails at once in words: it names a file that is not there."""
    return jobs.add(home, orders.ReadFile(source="gone.csv", name="gone.csv"))


def test_the_child_that_waited_gets_the_job_and_the_next_one_is_another(opened) -> None:
    spare = Spare(opened)
    spare.keep()
    waiting = spare._waiting
    assert waiting is not None
    spare.keep()
    assert spare._waiting is waiting
    job_id = wizarding.bring_sample(opened, projects.create(opened, "a").id)
    child = spare.take(job_id)
    assert child is waiting
    assert child.wait(timeout=60) == 0
    assert jobs.job(opened, job_id).state is JobState.DONE
    assert spare._waiting is None


@pytest.mark.parametrize("fell", [False, True])
def test_without_one_that_waits_a_job_gets_a_child_all_the_same(opened, fell) -> None:
    spare = Spare(opened)
    if fell:
        spare.keep()
        spare._waiting.kill()
        spare._waiting.wait()
        spare._waiting.stdin.close()
    job_id = queued(opened)
    assert spare.take(job_id).wait(timeout=60) == 1
    assert jobs.job(opened, job_id).state is JobState.FAILED
    assert "gone.csv" in opened.log(job_id).read_text()


def test_the_child_that_waits_ends_with_its_worker(opened) -> None:
    code = (
        "import os; from app import settings; from app.spare import Spare; from app.workflow.home import open_home;"
        "spare = Spare(open_home(settings.load())); spare.keep(); print(spare._waiting.pid, flush=True); os._exit(1)"
    )
    worker = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=60, check=False)
    # Its output is the worker's, so reading it to the end waited for the child to go.
    assert int(worker.stdout) > 0
