"""The record: whatever is changed, left out or put in between later, its first broken place is named."""

import os
import sqlite3
from contextlib import closing, suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from app.workflow.home import open_home
from engine.domain.outcome import Override
from engine.domain.version import Stage
from engine.errors import TamperedRecord, Unavailable
from store import datasets, db, head, models, problems, record, standing
from store import tables as rows
from tests.app.prepared import copied, prepare


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home with a released, live version of ‘leaving’, made once."""
    home, _ = prepare(tmp_path_factory.mktemp("template"), "released")
    with db.writing(home.engine) as session:
        version = models.live(session=session, name="leaving")
        for stage, why in ((Stage.APPROVED, "it is better"), (Stage.LIVE, "it is fair")):
            models.stage(session=session, version=version, stage=stage, why=why)
    return home


@pytest.fixture
def home(template, tmp_path):
    """A copy of the template, to be harmed."""
    return copied(template, tmp_path)


def check(home):
    with db.reading(home.engine) as session:
        return standing.check(session=session)


def force(home, *statements):
    """Change the database as somebody would who has its file."""
    with home.engine.begin() as connection:
        for deed in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS event_stands_{deed}"))
        for statement in statements:
            connection.execute(text(statement))


def test_what_was_written_is_found_to_be_so(home):
    entries, head = check(home)
    with db.reading(home.engine) as session:
        kinds = [entry.kind for entry in record.chain(session=session)]
    assert (entries, len(head)) == (len(kinds), 64)
    assert kinds[0] == "began"
    assert {"dataset", "run", "version", "stage", "release"} <= set(kinds)


@pytest.mark.parametrize("deed", ["UPDATE event SET kind = 'x'", "DELETE FROM event"])
def test_the_database_itself_refuses_to_change_it(home, deed):
    with pytest.raises(DatabaseError, match="only ever added to"), home.engine.begin() as connection:
        connection.execute(text(deed))
    check(home)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("UPDATE event SET \"by\" = 'nobody' WHERE number = 3", r"entry 3 \(run of .*\) is not what was written"),
        ("UPDATE event SET body = '{}' WHERE number = 4", "entry 4 .* is not what was written"),
        ("UPDATE event SET at = '2020-01-01 00:00:00' WHERE number = 2", "entry 2 .* is not what was written"),
        ("DELETE FROM event WHERE number = 3", "entry 3 is missing: after 2 comes 4"),
        ("DELETE FROM event WHERE number = 1", "entry 1 is missing"),
        ("UPDATE event SET previous = 'x' WHERE number = 5", "entry 5 .* does not follow"),
        ("DELETE FROM event WHERE kind = 'release' OR number > 6", "its end was cut off"),
        ("DELETE FROM event", r"ends with entry 0, and \d+ were written"),
        ("DELETE FROM event WHERE number = (SELECT max(number) FROM event)", "its end was cut off"),
        ("UPDATE version SET stage = 'retired'", "leaving:1 is live in it and retired in the registry"),
        ("UPDATE version SET policy = '{\"kind\": \"manual\"}'", "the policy of leaving:1 is not what it was"),
        ("UPDATE run SET evidence = '{}'", "the evidence of leaving:1 is not what it was when it became live"),
        ("UPDATE release SET digest = 'y'", "the release r0 is another in the registry"),
        ("DELETE FROM release", "the release r0 is gone"),
        ("UPDATE dataset SET sha256 = 'y'", "the dataset customers is another"),
        ("UPDATE remark SET text = CASE number WHEN 9 THEN 'it is fair' ELSE 'it is better' END",  # exchanged
         "the remark of entry 9 was changed"),
        ("INSERT INTO remark VALUES (99, 'planted')", "the remark of entry 99 was added"),
        ("DELETE FROM remark WHERE number = 9", "the remark of entry 9 was removed"),
        ("UPDATE dataset SET body = '{}'", "the dataset customers is another"),
        ("UPDATE problem SET body = '{}'", "the run .* is another in the registry"),
        ("UPDATE report SET outcomes = '[]'", "the run .* is another in the registry"),
        ("UPDATE run SET builder = 'somebody'", "the run .* is another in the registry"),
        ("UPDATE run SET plan = 'no JSON'", "the database holds what was never written there"),
        ("UPDATE event SET body = '[1]' WHERE number = 4", "entry 4 .* is not what was written"),
        ("UPDATE dataset SET created_at = 'never'", "the database holds what was never written there"),
    ],
)  # fmt: skip
def test_the_first_broken_place_is_named(home, deed, words):
    force(home, deed)
    with pytest.raises(TamperedRecord, match=words):
        check(home)


def test_a_reason_that_is_put_into_somebody_elses_mouth_is_found(home):
    with db.writing(home.engine) as session:
        asked = session.exec(select(rows.Problem)).first().id
        reason = Override(code="LK007", column="calls", reason="We checked with them.")
        problems.override(session=session, problem_id=asked, override=reason, author="Kim")
    check(home)
    force(home, "UPDATE override SET author = 'the reviewer'")
    with pytest.raises(TamperedRecord, match=f"an override of {asked} was changed"):
        check(home)


def test_a_run_whose_question_is_gone_is_named(home):
    with closing(sqlite3.connect(home.path / "handrail.db")) as file, file:  # which checks no foreign keys
        file.execute("DELETE FROM problem")
    with pytest.raises(TamperedRecord, match="the run .* is another in the registry"):
        check(home)


def test_a_chain_made_with_another_key_is_refused(home):
    other = home.engine.execution_options(key=b"another")
    with pytest.raises(TamperedRecord, match="entry 1 .* is not"), db.reading(other) as session:
        standing.check(session=session)


@pytest.mark.parametrize("deed", ["DELETE FROM event", "DELETE FROM event WHERE number > 6"])
def test_what_was_cut_off_stays_seen_however_far_the_record_goes_on(home, deed):
    entries, _ = check(home)
    force(home, deed)
    opened = open_home(home.settings)  # begins none anew
    for _ in range(entries + 1):
        with db.writing(opened.engine) as session:
            record.append(session=session, kind="made", subject="x")
    with pytest.raises(TamperedRecord, match=f"entry {entries} .* what stood here was cut off"):
        check(open_home(home.settings))


def test_whoever_was_lost_before_it_was_told_how_far_the_record_goes_is_caught_up_with(home):
    before = (home.path / head.FILE).read_bytes()
    with db.writing(home.engine) as session:
        record.append(session=session, kind="made", subject="x")
    after = head.told(home.engine)
    (home.path / head.FILE).write_bytes(before)
    assert head.told(open_home(home.settings).engine) == after


def test_what_was_there_before_is_taken_up(home):
    force(home, "DELETE FROM event", "DELETE FROM remark")
    (home.path / head.FILE).unlink()  # as before anything was recorded
    check(open_home(home.settings))


def test_where_the_record_ends_is_told_once_it_is_committed(home):
    entries, _ = check(home)
    with suppress(ZeroDivisionError), db.writing(home.engine) as session:
        record.append(session=session, kind="made", subject="x")
        raise ZeroDivisionError
    assert (head.told(home.engine) or (0,))[0] == entries


@pytest.mark.parametrize("said", ["{", "[]", "null", '"x"', '{"handrail.db": 5}', '{"handrail.db": ["9", "x"]}'])
def test_a_file_that_tells_nothing_is_named(home, said):
    (home.path / head.FILE).write_text(said)
    with pytest.raises(Unavailable, match="how far the record goes"):
        check(home)


def test_of_several_databases_each_has_its_own_end(home, tmp_path):
    entries, _ = check(home)
    elsewhere = home.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'work' / 'handrail.db'}"})
    assert check(open_home(elsewhere))[0] == 1  # it begins
    assert check(home)[0] == entries
    servers = ["a:5432/x", "a:5433/x", "b/x", "a/y", "/x?host=/run/one", "/x?host=/run/two"]
    for number, server in enumerate(servers, 1):
        head.keep(db.connect(f"postgresql://{server}", head=home.path / head.FILE), (number, "x"))
    told = [head.told(db.connect(f"postgresql://{server}", head=home.path / head.FILE)) for server in servers]
    assert told == [(number, "x") for number in range(1, len(servers) + 1)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_what_root_writes_stays_the_owners_of_the_home(home):
    os.chown(home.path, 65534, 65534)
    with db.writing(home.engine) as session:
        record.append(session=session, kind="made", subject="x")
    told = (home.path / head.FILE).stat()
    assert (told.st_uid, told.st_gid, told.st_mode & 0o777) == (65534, 65534, 0o600)


def test_what_was_erased_may_be_gone(tmp_path):
    home, _ = prepare(tmp_path, "empty")
    with db.writing(home.engine) as session:
        session.add(rows.Dataset(id="d", name="d", sha256="s", body={}, profile={}, contract={}, preview=[], notes=[],
                                 digest="x"))  # fmt: skip
    with pytest.raises(TamperedRecord, match="the dataset d is not in it"):
        check(home)
    with db.writing(home.engine) as session:
        datasets.remove(session=session, dataset_id="d")
    check(home)


def test_two_versions_of_a_name_are_never_live(home):
    with db.writing(home.engine) as session:
        first = models.live(session=session, name="leaving")
        session.add(rows.Job(id="j2", kind="train", arguments={}, state="done", progress={}))
        run = session.get(rows.Run, first.run_id)
        session.add(rows.Run(**{**run.model_dump(), "id": "j2"}))
        session.flush()
    with pytest.raises(DatabaseError, match="UNIQUE"), db.writing(home.engine) as session:
        session.add(rows.Version(id="v2", name="leaving", number=2, run_id="j2", stage="live", policy={}, use={}))
