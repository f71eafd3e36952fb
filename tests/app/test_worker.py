"""The worker goes on whatever it cannot tidy, and ends where it is no longer of the version that the home is."""

import sqlite3
import time
from contextlib import closing

import pytest

from app import processes, settings, worker
from app.supervisor import spawn
from app.workflow.home import open_home
from engine.errors import Unavailable


@pytest.mark.parametrize("error", [PermissionError(13, "no"), Unavailable("It is locked.", fix="Wait.")])
def test_what_cannot_be_tidied_does_not_end_the_worker(home, monkeypatch, caplog, error):
    told = []

    def broken(_home):
        raise error

    monkeypatch.setattr(worker, "sweep", broken)
    monkeypatch.setattr(worker, "catch_up", told.append)
    worker._tidy(home)
    assert told == [home]
    assert "could not be tidied" in caplog.text


def test_a_worker_ends_once_a_newer_version_has_changed_the_database(home):
    opened = open_home(settings.load(home))
    program = processes.worker(opened.path)
    running = spawn(program)
    try:
        for _ in range(600):
            if program.log.is_file() and "is ready" in program.log.read_text():
                break
            time.sleep(0.1)
        with closing(sqlite3.connect(opened.path / "handrail.db")) as newer:
            newer.execute("ALTER TABLE worker RENAME COLUMN beat_at TO seen_at")
        assert running.wait(60) == 0
    finally:
        running.kill()
    assert program.log.read_text().count("Another version of Handrail has changed the database") == 1
