"""A worker killed in the middle of a training: the run is taken up again and ends in a model, once."""

import itertools
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from app import processes, settings
from app.workflow import checks, data, jobs, projects, question, registry, training
from app.workflow.home import open_home
from app.workflow.sweeping import sweep
from engine.data.sample import TRUTH, churn
from engine.domain.run import JobState, Plan, Quality
from store import db
from store import jobs as store_jobs
from tests.faults.siege import KINDS, Siege
from tests.journeys.browsing import in_front, start

pytestmark = pytest.mark.training

KILLS = 100


@pytest.fixture
def opened(home, tmp_path):
    """A home with a checked question about the sample table, ready to train."""
    opened = open_home(settings.load(home))
    path = tmp_path / "churn.csv"
    churn(customers=500).to_csv(path, index=False)
    project = projects.create(opened, "churn")
    data.bring(opened, path, path.name, project_id=project.id)
    answers = question.Answers(
        target=TRUTH["target"], group=TRUTH["entity"], ignored=(TRUTH["row_number"], TRUTH["known_after"])
    )
    asked = checks.check(opened, question.frame_problem(opened, project.id, answers).id)
    return opened, asked


def wait_for(condition, seconds):
    for _ in range(int(seconds * 10)):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"it did not happen within {seconds} s")


def test_a_killed_workers_run_ends_in_a_model(opened):
    home, asked = opened
    run_id = training.start(home, asked.id, Plan(minutes=0.2, quality=Quality.FAST))
    first = start(processes.worker(home.path))
    try:
        wait_for(lambda: "model" in os.listdir(_folder(home, run_id)), 60)
        (child,) = psutil.Process(first.pid).children()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        wait_for(lambda: not psutil.pid_exists(child.pid), 15)
        assert jobs.job(home, run_id).state is JobState.RUNNING
    finally:
        first.kill()
    second = start(processes.worker(home.path))
    try:
        wait_for(lambda: not jobs.job(home, run_id).alive, 90)
    finally:
        second.terminate()
        second.wait(timeout=20)
    job = jobs.job(home, run_id)
    assert job.state is JobState.DONE, job.failure
    assert [row.reference for row in registry.every(home)] == ["churn:1"]
    with db.reading(home.engine) as session:
        assert store_jobs.get(session=session, job_id=run_id).attempts == 2
    assert registry.show(home, "churn:1").run.evidence is not None


def test_a_worker_lost_again_and_again_is_said_to_be(opened):
    home, asked = opened
    run_id = training.start(home, asked.id, Plan(minutes=0.2, quality=Quality.FAST))
    with db.writing(home.engine) as session:
        for _ in range(2):
            store_jobs.begin(session=session, job_id=run_id)
    worker = start(processes.worker(home.path))
    try:
        wait_for(lambda: not jobs.job(home, run_id).alive, 30)
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    job = jobs.job(home, run_id)
    assert (job.state, job.failure.code) == (JobState.FAILED, "worker_lost")


def test_a_cancelled_training_ends_at_once(opened):
    home, asked = opened
    run_id = training.start(home, asked.id, Plan(minutes=5, quality=Quality.BALANCED))
    worker = start(processes.worker(home.path))
    try:
        wait_for(lambda: jobs.job(home, run_id).state is JobState.RUNNING, 30)
        (child,) = psutil.Process(worker.pid).children()
        jobs.cancel(home, run_id)
        wait_for(lambda: not jobs.job(home, run_id).alive, 10)
        assert jobs.job(home, run_id).state is JobState.CANCELLED
        wait_for(lambda: not child.is_running(), 5)
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    assert registry.every(home) == []


def _folder(home, run_id) -> Path:
    folder = home.work(run_id) / "run"
    return folder if folder.is_dir() else home.path


@pytest.mark.soak
@pytest.mark.skipif(os.environ.get("HANDRAIL_SOAK") != "full", reason="a tenth runs in tests/faults/test_killed.py")
def test_a_hundred_kills_at_random_lose_nothing_and_do_nothing_twice(opened, free_port, chromium):
    home, asked = opened
    siege = Siege(home, asked, free_port, seed=5)
    try:
        with in_front(chromium, f"http://127.0.0.1:{free_port}") as reviewer:
            siege.undisturbed(reviewer)
            for kind in itertools.cycle(KINDS):
                siege.round(kind, reviewer)
                if siege.kills >= KILLS:
                    break
    finally:
        siege.lift()
        sweep(home, older_than=-1)
        print(siege.told())  # noqa: T201 - the soak prints its figures, whatever came of it
    assert siege.wrong == []
    assert {what: found for what, (found, _) in siege.totals().items()} == {
        what: due for what, (_, due) in siege.totals().items()
    }
