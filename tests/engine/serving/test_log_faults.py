"""The decision log when things go wrong around it: a full disk, a clock that goes on, two services on one file."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import uuid
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import prometheus_client
import pytest

from engine.errors import Unavailable
from engine.serving import log as log_module
from engine.serving import logfile
from engine.serving.desk import Desk
from engine.serving.log import DecisionLog, OutcomeReport
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served

ROOT = Path(__file__).parents[3]
CALL = json.dumps({"rows": [ROW] * 10}).encode()
WRITER = """
import sys
from pathlib import Path
from engine.serving.log import DecisionLog, OutcomeReport
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served
log, scorer = DecisionLog(Path(sys.argv[1])), Scorer(make_served(), Fake())
for i in range(30):
    told = scorer.predict([ROW, ROW])
    log.decisions("churn:3", told)
    log.outcomes([OutcomeReport(told[0].decision_id, "yes")])
log.close()
sys.exit(log.dropped)
"""

ASKED = """
import sys, uuid
from pathlib import Path
from engine.serving.log import DecisionLog, OutcomeReport
log = DecisionLog(Path(sys.argv[1]))
for line in sys.stdin:
    print(log.outcomes([OutcomeReport(uuid.uuid4().hex, "yes")]), flush=True)
log.close()
"""


def entries(path, table="answered"):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608


def dropped():
    return prometheus_client.REGISTRY.get_sample_value("handrail_log_dropped_total") or 0.0


def test_a_full_disk_costs_entries_and_no_answer(tmp_path, monkeypatch):
    pages = [12]  # of the file, then it is full as SQLite sees it

    def small(path):
        connection = opened(path)
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")
        return connection

    opened, before = logfile.opened, dropped()
    monkeypatch.setattr(logfile, "opened", small)
    log = DecisionLog(tmp_path / "log.sqlite")
    desk = Desk(Scorer(make_served(), Fake()), log, None)
    statuses = {desk.answer("predict", CALL)[0] for _ in range(100)}
    report = json.dumps({"outcomes": [{"decision_id": "a", "outcome": "x" * 900}] * 10}).encode()
    for _ in range(50):
        status, told = desk.answer("outcome", report)
        if status != 200:
            break
    assert statuses == {200}
    assert (status, json.loads(told)["error"]["code"]) == (503, "unavailable")  # an outcome is kept or refused
    assert log.dropped > 0
    assert dropped() - before == log.dropped
    pages[0] = 100_000
    assert desk.answer("outcome", report)[0] == 200  # there is room again, and nobody started anything anew
    log.close()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["deleted", "moved"])
def test_a_folder_that_is_taken_away_is_begun_anew(tmp_path, elsewhere):
    """A service must not say that it recorded what it wrote into a file that nobody can find."""
    log = DecisionLog(tmp_path / "logs" / "log.sqlite")
    log.outcomes([OutcomeReport("a", "yes")])
    if elsewhere:
        (tmp_path / "logs").rename(tmp_path / "kept")
    else:
        shutil.rmtree(tmp_path / "logs")
    assert log.outcomes([OutcomeReport("b", "yes")]) == 1
    assert entries(tmp_path / "logs" / "log.sqlite", "reported") == 1
    log.close()
    assert log.dropped == 0


def test_a_file_that_is_moved_away_keeps_what_was_recorded(tmp_path):
    """As logrotate does it: the file alone, without what SQLite holds beside it."""
    log = DecisionLog(tmp_path / "log.sqlite")
    for i in range(3):
        log.outcomes([OutcomeReport(f"a{i}", "yes")])
    log.path.rename(tmp_path / "log.1")
    log.outcomes([OutcomeReport("b", "yes")])
    log.path.rename(tmp_path / "log.2")
    log.close()
    assert (entries(tmp_path / "log.1", "reported"), entries(tmp_path / "log.2", "reported")) == (3, 1)
    assert log.dropped == 0


def test_a_file_that_is_moved_away_as_it_is_opened_is_noticed(tmp_path, monkeypatch):
    def hurried(path):
        connection = opened(path)
        if not kept.exists():
            path.rename(kept)
        return connection

    opened, kept = logfile.opened, tmp_path / "log.1"
    monkeypatch.setattr(logfile, "opened", hurried)
    log = DecisionLog(tmp_path / "log.sqlite")
    assert [log.outcomes([OutcomeReport(name, "yes")]) for name in "ab"] == [1, 1]
    log.close()
    assert (entries(kept, "reported"), entries(log.path, "reported")) == (1, 1)


def test_two_services_go_on_where_their_file_is_moved_away(tmp_path):
    path = tmp_path / "log.sqlite"
    command = [sys.executable, "-c", ASKED, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:

        def recorded():
            assert log.outcomes([OutcomeReport(uuid.uuid4().hex, "yes")]) == 1
            other.stdin.write("\n")
            other.stdin.flush()
            return other.stdout.readline()

        log = DecisionLog(path)
        assert recorded() == "1\n"
        path.rename(tmp_path / "log.1")
        assert (recorded(), recorded()) == ("1\n", "1\n")
        log.close()
    assert (entries(tmp_path / "log.1", "reported"), entries(path, "reported")) == (2, 4)


def test_an_entry_that_cannot_be_written_costs_its_batch_and_not_the_log(tmp_path, scorer):
    log = DecisionLog(tmp_path / "log.sqlite")
    with pytest.raises(Unavailable):
        log.outcomes([OutcomeReport("\ud800", "yes")])  # half a character
    assert log.dropped == 1
    log.decisions("churn:3", scorer.predict([ROW]))
    assert log.outcomes([OutcomeReport("a", "yes")]) == 1
    log.close()
    assert (entries(log.path), entries(log.path, "reported"), log.dropped) == (1, 1, 1)


def test_old_entries_go_while_it_runs(tmp_path, monkeypatch, scorer):
    class Clock(datetime):
        late = timedelta(0)

        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + cls.late

    monkeypatch.setattr(log_module, "datetime", Clock)
    log = DecisionLog(tmp_path / "log.sqlite", keep_days=30)
    log.decisions("churn:3", scorer.predict([ROW, ROW]))
    log.outcomes([OutcomeReport("a", "yes")])
    assert (entries(log.path), entries(log.path, "reported")) == (2, 1)
    Clock.late = timedelta(days=29)
    log.outcomes([OutcomeReport("b", "yes")])
    assert (entries(log.path), entries(log.path, "reported")) == (2, 2)
    Clock.late = timedelta(days=30, minutes=5)
    log.outcomes([OutcomeReport("c", "yes")])
    log.close()
    assert (entries(log.path), entries(log.path, "reported")) == (0, 2)


def test_two_services_write_one_file_and_lose_nothing(tmp_path):
    path = tmp_path / "log.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert (entries(path), entries(path, "reported")) == (120, 60)
    again = DecisionLog(path)  # a restart goes on where it was
    again.outcomes([OutcomeReport("after", "yes")])
    again.close()
    assert (entries(path), entries(path, "reported")) == (120, 61)


@pytest.mark.parametrize("held", [5, 60])
def test_an_answer_does_not_wait_for_the_disk(tmp_path, monkeypatch, held):
    free, writing = threading.Event(), threading.Event()

    def stuck(path):
        writing.set()
        assert free.wait(30)
        return opened(path)

    opened = logfile.opened
    monkeypatch.setattr(logfile, "opened", stuck)
    monkeypatch.setattr(log_module, "_WAITING", 20)
    log = DecisionLog(tmp_path / "log.sqlite")
    desk = Desk(Scorer(make_served(), Fake()), log, None)
    assert desk.answer("predict", CALL)[0] == 200
    assert writing.wait(10)
    assert {desk.answer("predict", CALL)[0] for _ in range(held)} == {200}
    assert log.dropped == max(0, held - 20) * 10
    free.set()
    log.close()
    assert entries(log.path) == 10 + min(held, 20) * 10
