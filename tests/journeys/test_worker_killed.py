"""A worker killed in the middle of a training: the run is taken up again and ends in a model, once."""

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from app import processes, settings
from app.workflow import (
    checks,
    data,
    jobs,
    projects,
    question,
    registry,
    releasing,
    reviewing,
    training,
    verifying,
    wizarding,
)
from app.workflow.home import open_home
from app.workflow.sweeping import sweep
from engine.data.sample import TRUTH, churn
from engine.domain.outcome import Gate, Override, open_blockers
from engine.domain.run import JobState, Plan, Quality
from store import db, record
from store import jobs as store_jobs
from tests.journeys.browsing import answers, until

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


def start_worker(home):
    with (home.path / "logs" / "worker.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "app.worker"], stdout=log, stderr=log, env=dict(os.environ))


def wait_for(condition, seconds):
    for _ in range(int(seconds * 10)):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"it did not happen within {seconds} s")


def test_a_killed_workers_run_ends_in_a_model(opened):
    home, asked = opened
    run_id = training.start(home, asked.id, Plan(minutes=0.2, quality=Quality.FAST))
    first = start_worker(home)
    try:
        wait_for(lambda: "model" in os.listdir(_folder(home, run_id)), 60)
        (child,) = psutil.Process(first.pid).children()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        wait_for(lambda: not psutil.pid_exists(child.pid), 15)
        assert jobs.job(home, run_id).state is JobState.RUNNING
    finally:
        first.kill()
    second = start_worker(home)
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
    worker = start_worker(home)
    try:
        wait_for(lambda: not jobs.job(home, run_id).alive, 30)
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    job = jobs.job(home, run_id)
    assert (job.state, (job.failure or {})["code"]) == (JobState.FAILED, "worker_lost")


def test_a_cancelled_training_ends_at_once(opened):
    home, asked = opened
    run_id = training.start(home, asked.id, Plan(minutes=5, quality=Quality.BALANCED))
    worker = start_worker(home)
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
def test_a_hundred_kills_at_random_lose_nothing_and_do_nothing_twice(opened, free_port):
    home, asked = opened
    rng = random.Random(5)  # noqa: S311 - which moments
    began, done = Counter(), []
    programs = {"worker": processes.worker(home.path), "web": processes.web(home.path, "127.0.0.1", free_port)}
    running = {name: start(program) for name, program in programs.items()}
    try:
        for number in range(KILLS):
            kind = ("read", "train", "read", "release")[number % 4]
            job_id = begin(home, asked, kind, number)
            began[kind] += 1
            time.sleep(rng.uniform(0, 25 if kind != "read" else 4))
            victim = running["web" if number % 5 == 4 else "worker"]
            os.kill(victim.pid, signal.SIGKILL)
            victim.wait()
            running = {name: p if p.poll() is None else start(programs[name]) for name, p in running.items()}
            wait_for(lambda job_id=job_id: not jobs.job(home, job_id).alive, 90)
            job = jobs.job(home, job_id)
            assert job.state is JobState.DONE, (kind, job.failure)
            done.append(list(verifying.verify(home, None)))  # whole, whatever was going on
        until(lambda: answers(free_port), 60)
    finally:
        for process in running.values():
            process.terminate()
            process.wait(timeout=30)
    sweep(home, older_than=-1)
    with db.reading(home.engine) as session:
        kinds = Counter(entry.kind for entry in record.chain(session=session))
    assert len(registry.every(home)) == kinds["run"] == kinds["version"] == began["train"]
    assert len(data.every_dataset(home)) == kinds["dataset"] == began["read"] + 1
    assert kinds["release"] == began["release"]
    assert [len(list((home.path / name).iterdir())) for name in ("work", "uploads")] == [0, 0]


def begin(home, asked, kind, number) -> str:
    """Queue a job; what is released was approved first."""
    if kind == "train":
        return training.start(home, asked.id, Plan(minutes=0.1, quality=Quality.FAST))
    if kind == "read":
        table = "a,b\n" + "".join(f"{row},{row % 7 + number}\n" for row in range(2000))
        return wizarding.bring(home, asked.project_id, io.BytesIO(table.encode()), f"t{number}.csv")
    newest = registry.every(home)[0].reference
    accepted = tuple(
        Override(code=outcome.code, reason="made up")
        for outcome in open_blockers(registry.outcomes(registry.show(home, newest)), (), Gate.APPROVAL)
    )
    reviewing.approve(home, newest, note="it holds", accepted=accepted)
    return releasing.start(home, newest)


def start(program: processes.Program) -> subprocess.Popen[bytes]:
    with program.log.open("ab") as log:
        environment = {**os.environ, **program.environment}
        return subprocess.Popen(program.command, stdout=log, stderr=log, env=environment, start_new_session=True)
