"""Following a job: somebody works on it, and what ended it is raised as what it was."""

import subprocess
import sys
from datetime import datetime

import pytest

from app import follow, settings, supervisor
from app.follow import require_done, until_final
from app.workflow import jobs, orders, projects
from app.workflow.asking import NotWarm
from app.workflow.home import open_home
from app.workflow.views import JobView
from engine.domain.failure import Failure
from engine.domain.run import JobState, Progress
from engine.errors import Failed, GateClosed, HandrailError, OutOfMemory, Refused, TooShort, UnusableTarget, WorkerLost


@pytest.fixture
def waiting(home, tmp_path):
    """A home with a file to be read, and no worker."""
    opened = open_home(settings.load(home))
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n3,4\n" * 20)
    return opened, jobs.add(opened, orders.ReadFile(source=str(path), name=path.name), projects.create(opened, "p").id)


@pytest.fixture
def started(monkeypatch):
    """The workers that were started, ended when the test is over."""
    processes: list[subprocess.Popen[bytes]] = []
    spawn = supervisor.spawn
    monkeypatch.setattr(supervisor, "spawn", lambda program: processes.append(spawn(program)) or processes[-1])
    yield processes
    for process in processes:
        process.terminate()
        process.wait(timeout=20)


def test_a_worker_is_started_and_imports_nothing_from_the_current_folder(waiting, started, tmp_path, monkeypatch):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    told = []
    home, queued = waiting
    job = until_final(home, queued, told.append)
    assert job.state is JobState.DONE, job.failure
    assert told
    assert len(started) == 1


def test_workers_that_fall_again_and_again_end_it_and_the_log_is_named(waiting, started, monkeypatch):
    home, job_id = waiting
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(follow, "POLL", 0.01)
    with pytest.raises(Failed, match=r"does not start. The reason stands in .*worker\.log"):
        until_final(home, job_id, lambda _: None)
    assert len(started) == follow.FALLS
    assert jobs.job(home, job_id).state is JobState.CANCELLED


def job(state, failure=None):
    moment = datetime(2026, 1, 1)
    return JobView("j", "train", None, state, Progress(), 0, True, None, failure, None, moment, moment, moment)


def test_a_done_job_raises_nothing():
    require_done(job(JobState.DONE))


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("unusable_target", UnusableTarget, 2),
        ("gate_closed", GateClosed, 1),
        ("out_of_memory", OutOfMemory, 2),
        ("budget_too_short", TooShort, 2),
        ("worker_lost", WorkerLost, 3),
        ("not_warm", NotWarm, 2),
        ("failed", Failed, 3),
        ("of another version", Failed, 3),
    ],
)
def test_a_failure_is_raised_as_its_kind(code, kind, status):
    with pytest.raises(HandrailError, match="It is so. Do that.") as raised:
        require_done(job(JobState.FAILED, Failure(code=code, problem="It is so.", fix="Do that.")))
    assert type(raised.value) is kind
    assert raised.value.exit_status == status


def test_a_cancelled_job_says_so():
    with pytest.raises(Refused, match="cancelled"):
        require_done(job(JobState.CANCELLED))
