"""Collecting: each entry once, from this home's services or one elsewhere; what is too old leaves both."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app import settings
from app.workflow import backup, cases, collecting, erasing, lineage, registry, restoring, stages
from app.workflow.home import open_home
from engine.errors import NotFound, TamperedArtifact, Unavailable, UnreadableFile, UnusableInput
from engine.serving import logfile
from store import db, tables
from tests.app.prepared import again, copied, prepare
from tests.app.workflow.left import ROW, served


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("template"), "released")


@pytest.fixture
def home(template, tmp_path):
    opened = copied(template[0], tmp_path / "home")
    yield opened
    opened.engine.dispose()


def kept(home, table):
    with db.reading(home.engine) as session:
        return session.exec(select(table)).all()


def in_the_file(home, column="decision_id", table="answered"):
    with closing(sqlite3.connect(collecting.service_file(home))) as log:
        return [value for (value,) in log.execute(f"SELECT {column} FROM {table} ORDER BY number")]  # noqa: S608


def test_nothing_is_there_before_anything_is_served(home):
    assert collecting.collect(home) == collecting.Collected()
    assert not collecting.service_file(home).exists()


def test_each_entry_comes_once_and_keeps_what_was_promised(home):
    served(home, ["a"], ["b"], outcomes=[("b", "yes")])
    first = collecting.collect(home)
    assert (first.decisions, first.cases, first.outcomes) == (2, 1, 1)
    assert collecting.collect(home) == collecting.Collected()
    served(home, ["c"], ["b"], outcomes=[("a", "no"), ("b", "no"), ("never", "no")])
    second = collecting.collect(home)
    assert (second.decisions, second.cases, second.outcomes) == (1, 1, 2)
    by_id = {row.id: row for row in kept(home, tables.Decision)}
    assert (by_id["b"].key, by_id["b"].trust, by_id["a"].reasons) == ("key of b", "ok", "uncertain")
    assert {(told.decision_id, told.outcome) for told in kept(home, tables.Reported)} == {("a", "no"), ("b", "no")}
    counted = collecting.counts(home, registry.show(home, "leaving:1").id)
    assert (counted["decisions"], counted["trust"], counted["outcomes"]) == (3, {"abstain": 2, "ok": 1}, 2)
    assert counted["cases"] == {"known": 1, "waiting": 1}


def test_the_values_of_a_case_are_kept_in_one_place_and_those_of_an_answered_row_nowhere(home):
    secret = {**ROW, "sex": "planted-left"}
    served(home, ["a"], row=secret)
    served(home, answered=["b"], row={**ROW, "sex": "planted-answered"})
    collecting.collect(home)
    assert cases.show(home, "a").case.row["sex"] == "planted-left"
    assert "id" not in cases.show(home, "a").case.row
    files = [path for path in (home.path / "logs").iterdir() if b"planted" in path.read_bytes()]
    assert files == []
    home.engine.dispose()
    assert not [path for path in home.path.rglob("*") if path.is_file() and b"planted-answered" in path.read_bytes()]


def test_two_who_collect_at_once_count_nothing_twice(home):
    served(home, [f"a{i}" for i in range(50)], [f"b{i}" for i in range(50)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: collecting.collect(home), range(4)))
    assert sum(one.decisions for one in found) == 100
    assert sum(one.cases for one in found) == 50
    assert len(kept(home, tables.Decision)) == 100


def test_a_file_that_is_swept_empty_and_goes_on_is_read_on(home):
    served(home, answered=["a", "b"])
    collecting.collect(home)
    with closing(logfile.opened(collecting.service_file(home))) as log:
        logfile.sweep(log, tables.now().replace(tzinfo=None) + timedelta(days=1))
    assert in_the_file(home) == []
    served(home, answered=["c"])
    assert collecting.collect(home).decisions == 1


def test_a_new_file_in_the_place_of_another_is_read_from_its_beginning(home):
    served(home, answered=["a", "b"])
    collecting.collect(home)
    for path in (home.path / "logs").glob("service.db*"):
        path.unlink()
    served(home, answered=["c"])
    assert collecting.collect(home).decisions == 1


def test_what_is_torn_waits_until_it_is_whole(home, tmp_path, monkeypatch):
    monkeypatch.setattr(logfile, "leave", sqlite3.Connection.close)  # as a service that is killed leaves its file
    elsewhere = tmp_path / "elsewhere" / "log.sqlite"
    served(elsewhere, answered=["a"])
    with closing(sqlite3.connect(elsewhere)) as keeps_the_log_open:
        keeps_the_log_open.execute("SELECT 1 FROM answered").fetchone()
        served(elsewhere, answered=["b"])
        served(elsewhere, ["c"])
        torn = tmp_path / "torn"
        shutil.copytree(elsewhere.parent, torn)
    log = torn / "log.sqlite-wal"
    whole = log.read_bytes()
    log.write_bytes(whole[:-100])
    (torn / "log.sqlite-shm").unlink(missing_ok=True)
    assert collecting.collect(home, "leaving", torn / "log.sqlite").decisions == 2
    log.write_bytes(whole)
    (torn / "log.sqlite-shm").unlink(missing_ok=True)
    found = collecting.collect(home, "leaving", torn / "log.sqlite")
    assert (found.decisions, found.cases) == (1, 1)


def test_the_file_of_a_service_elsewhere_is_read_and_left_as_it_is(home, tmp_path):
    file = served(tmp_path / "log.sqlite", ["a"], ["b"], outcomes=[("b", "yes")])
    served(file, ["x"], model="other:1")
    before = file.read_bytes()
    found = collecting.collect(home, "leaving:1", file)
    assert (found.decisions, found.cases, found.outcomes, found.others) == (2, 1, 1, {"other:1"})
    assert file.read_bytes() == before
    decided = lineage.of_decision(home, "b")
    assert (decided.model, decided.outcome, decided.outcome_from, decided.key) == (
        "leaving:1",
        "yes",
        "application",
        "key of b",
    )


def test_an_outcome_may_be_reported_to_another_copy_of_the_service_than_decided(home, tmp_path):
    first = served(tmp_path / "first.sqlite", answered=["a"], outcomes=[("b", "no"), ("a", "no")])
    second = served(tmp_path / "second.sqlite", answered=["b"], outcomes=[("a", "yes")])  # received last

    def collected(file):
        found = collecting.collect(home, "leaving", file)
        return found.decisions, found.outcomes, found.unmatched

    assert collected(first) == (1, 1, 1)
    assert collected(second) == (1, 1, 0)
    assert collected(first) == (0, 1, 0)
    assert collected(first) == collected(second) == (0, 0, 0)
    assert {(told.decision_id, told.outcome) for told in kept(home, tables.Reported)} == {("a", "yes"), ("b", "no")}


def test_what_an_earlier_service_let_through_stops_no_file(home):
    served(home, ["a"], ["b", "c"], outcomes=[("a", "yes"), ("b", "no"), ("c", "no")])
    with closing(sqlite3.connect(collecting.service_file(home))) as log, log:
        log.execute("UPDATE answered SET key = ? WHERE decision_id = 'b'", ("k\0",))
        log.execute("UPDATE reported SET at = '9999-12-31T23:59:59-01:00' WHERE decision_id = 'a'")
        log.execute(
            "UPDATE reported SET at = '2026-03-31T14:05:00+02:00', outcome = ? WHERE decision_id = 'b'", ("n\0",)
        )
    found = collecting.collect(home)
    assert (found.decisions, found.cases, found.outcomes) == (3, 1, 3)
    told = {one.decision_id: (one.outcome, one.at) for one in kept(home, tables.Reported)}
    assert told == {"a": ("yes", None), "b": ("n\ufffd", datetime(2026, 3, 31, 12, 5)), "c": ("no", None)}
    assert {one.key for one in kept(home, tables.Decision)} == {"key of a", "k\ufffd", "key of c"}
    assert cases.show(home, "a").state == "known"


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda path: None, UnreadableFile, "There is no file"),
        (lambda path: path.write_text("a,b\n1,2\n" * 500), UnreadableFile, "not the file of a service, or is damaged"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE a (b)"), UnreadableFile, "but not of a service"),
        (lambda path: served(path, answered=["z"], model="other:1"), UnusableInput, "decisions of other:1, none of"),
    ],
    ids=["absent", "no database", "another database", "another model"],
)
def test_a_file_that_is_none_of_its_services_is_refused(home, tmp_path, make, error, words):
    made = make(tmp_path / "file")
    if isinstance(made, sqlite3.Cursor):
        made.connection.close()
    with pytest.raises(error, match=words):
        collecting.collect(home, "leaving", tmp_path / "file")


@pytest.mark.parametrize(
    ("harm", "error", "words"),
    [
        (lambda path: path.write_text("a,b\n1,2\n" * 500), UnreadableFile, "is damaged: file is not a database"),
        (lambda path: path.mkdir(), Unavailable, "cannot be written: unable to open"),
    ],
    ids=["damaged", "not to be opened"],
)
def test_what_is_wrong_with_the_file_of_this_homes_services_is_said(home, harm, error, words):
    harm(collecting.service_file(home))
    with pytest.raises(error, match=words):
        collecting.collect(home)


def test_an_entry_that_no_service_writes_is_refused_and_nothing_of_its_chunk_kept(home, tmp_path):
    file = served(tmp_path / "log.sqlite", ["a"], ["b"])
    with closing(sqlite3.connect(file)) as log, log:
        log.execute("UPDATE answered SET at = 'soon' WHERE decision_id = 'b'")
    with pytest.raises(UnreadableFile, match=r"no service writes \(number 1 to 2\)"):
        collecting.collect(home, "leaving", file)
    assert kept(home, tables.Decision) == []


def test_what_a_service_of_an_earlier_release_wrote_is_taken_along(home):
    path = collecting.service_file(home)
    with closing(sqlite3.connect(path)) as log, log:
        log.execute(
            "CREATE TABLE decision (decision_id TEXT PRIMARY KEY, at TEXT NOT NULL, model TEXT NOT NULL,"
            " prediction TEXT NOT NULL, probabilities TEXT, decision TEXT NOT NULL, trust TEXT NOT NULL,"
            " reasons TEXT NOT NULL)"
        )
        now = f"{tables.now().isoformat()}+00:00"
        log.execute("INSERT INTO decision VALUES ('old', ?, 'leaving:1', 'yes', NULL, 'act', 'ok', '')", (now,))
    assert collecting.collect(home).decisions == 1
    assert lineage.of_decision(home, "old").decision == "act"


def test_what_is_older_than_the_retention_leaves_the_registry_and_the_file(home, monkeypatch):
    served(home, ["waits", "done"], ["b"], outcomes=[("b", "yes")])
    collecting.collect(home)
    cases.answer(home, "done", "yes")
    day = tables.now()

    def after(days):
        monkeypatch.setattr(tables, "now", lambda: day + timedelta(days=days))
        collecting.collect(home)
        return {row.id for row in kept(home, tables.Decision)}

    with db.writing(home.engine) as session:  # as if it had been worked off ten days later
        session.get_one(tables.LeftCase, "done").answered_at = day + timedelta(days=10)
    assert after(89) == {"waits", "done", "b"}
    assert in_the_file(home)
    assert after(91) == {"done"}
    assert in_the_file(home) == in_the_file(home, table="reported") == []
    assert cases.show(home, "done").leaves == day + timedelta(days=100)
    assert after(101) == set()
    assert kept(home, tables.LeftCase) == kept(home, tables.Reported) == []
    with pytest.raises(NotFound, match="or no longer"):
        cases.show(home, "done")


def test_what_is_let_go_is_on_the_disk_no_more(home, monkeypatch):
    served(home, ["a"], row={**ROW, "sex": "planted"})
    collecting.collect(home)

    def holding():
        return [path.name for path in home.path.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]

    assert holding()
    day = tables.now() + timedelta(days=91)
    monkeypatch.setattr(tables, "now", lambda: day)
    collecting.collect(home)  # the database stays open, as it does in a worker
    assert holding() == []


def test_erasing_a_project_erases_them_everywhere(template, home):
    project_id = template[1]
    again(home, project_id, "approved")
    served(home, ["a"], ["b"], outcomes=[("b", "yes")], row={**ROW, "sex": "planted"})
    collecting.collect(home)
    stages.retire(home, "leaving:1")
    erasing.erase(home, project_id)
    assert [kept(home, table) for table in (tables.Decision, tables.Reported, tables.LeftCase)] == [[], [], []]
    assert in_the_file(home) == []
    assert in_the_file(home, table="reported") == []
    served(home, ["late"], row={**ROW, "sex": "planted"})  # by a service that still runs
    assert collecting.collect(home).others == {"leaving:1"}
    assert in_the_file(home) == []
    home.engine.dispose()
    assert not [path for path in home.path.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]


def test_a_backup_holds_them(home, tmp_path):
    served(home, ["a"], ["b"])
    collecting.collect(home)
    cases.answer(home, "a", "yes")
    served(home, ["c"])  # not collected yet
    backup.backup(home, tmp_path / "kept.tar")
    with suppress(TamperedArtifact):  # the sealed folders of a prepared home are not there
        list(restoring.restore(settings.load(tmp_path / "there"), tmp_path / "kept.tar"))
    restored = open_home(settings.load(tmp_path / "there"))
    assert cases.show(restored, "a").answer == "yes"
    assert collecting.collect(restored).cases == 1
    restored.engine.dispose()
