"""One attempt at a job: whatever ends it, the job's row says why."""

import errno
import sys
import threading

import pytest

from app import settings
from app.attempt import Attempt
from app.spare import Spare
from app.workflow import jobs, orders, projects
from app.workflow.home import open_home
from engine.domain.failure import Failure
from engine.domain.run import JobState
from engine.errors import UnusableTarget


@pytest.fixture
def opened(home):
    return open_home(settings.load(home))


def ingest(home, path):
    project = projects.create(home, "p")
    return jobs.add(home, orders.ReadFile(source=str(path), name=path.name), project.id)


def attempt(home, job_id):
    Attempt(home, job_id, threading.Event(), Spare(home)).perform()
    return jobs.job(home, job_id)


def test_a_file_that_can_be_read_becomes_a_dataset(opened, tmp_path):
    path = opened.uploads() / "brought.csv"
    path.write_text("a,b\n" + "1,2\n3,4\n" * 20)
    job = attempt(opened, ingest(opened, path))
    assert job.state is JobState.DONE, job.failure
    assert projects.project(opened, job.project_id).dataset_id == job.result["dataset_id"]
    assert not path.exists()  # the snapshot is kept, the upload is not
    assert not opened.work(job.id).exists()


def test_a_refusal_is_kept_as_it_was_said(opened, tmp_path):
    path = tmp_path / "empty.csv"
    path.touch()
    job = attempt(opened, ingest(opened, path))
    assert job.state is JobState.FAILED
    assert "empty" in job.failure.problem
    assert job.failure.fix


def test_a_job_that_needs_too_much_memory_is_ended_and_says_so(home, tmp_path, monkeypatch):
    monkeypatch.setenv("HANDRAIL_MEMORY_GB", "0.02")
    opened = open_home(settings.load(home))
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * 20)
    job = attempt(opened, ingest(opened, path))
    assert job.failure.code == "out_of_memory"
    assert "0.0 GB" in job.failure.problem


def test_a_child_that_breaks_off_is_said_to_have(opened, tmp_path, monkeypatch):
    job_id = ingest(opened, tmp_path / "x.csv")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    job = attempt(opened, job_id)
    assert (job.state, job.failure.code) == (JobState.FAILED, "failed")
    assert job_id in job.failure.fix


def test_what_a_killed_child_had_half_done_is_removed(opened, tmp_path, monkeypatch):
    job_id = ingest(opened, tmp_path / "x.csv")
    opened.work(job_id).mkdir(parents=True)
    (opened.work(job_id) / "half").touch()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    attempt(opened, job_id)
    assert not opened.work(job_id).exists()


def test_a_final_job_is_left_alone(opened, tmp_path):
    job_id = ingest(opened, tmp_path / "x.csv")
    jobs.cancel(opened, job_id)
    assert attempt(opened, job_id).state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full", "disk is full"),
        (MemoryError(), "out_of_memory", "out of memory"),
        (UnusableTarget("It varies not.", fix="Choose another."), "unusable_target", "It varies not."),
        (KeyError("x"), "failed", "KeyError"),
    ],
    ids=["disk", "memory", "refusal", "ours"],
)
def test_every_failure_says_why_and_what_to_do(error, code, words):
    said = Failure.of(error, "20260101T000000-abc")
    assert said.code == code
    assert words in said.problem
    assert said.fix.endswith(".")
