"""What is done every minute: by the clock of DBOS, once a moment, and leaving nothing behind."""

import sqlite3
import threading
from contextlib import closing

from app import jobs


def test_it_is_done_again_and_again_and_leaves_nothing_behind(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "_EVERY_MINUTE", "* * * * * *")  # each second
    done = threading.Semaphore(0)
    with jobs.running(tmp_path / "jobs.db", "a-0", lambda _: None, done.release):
        for _ in range(4):
            assert done.acquire(timeout=20)
    with closing(sqlite3.connect(tmp_path / "jobs.db")) as kept:
        ((entries,),) = kept.execute("SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS'")
    assert entries < 4
