"""The registry on PostgreSQL: a server of the tests' own, on loopback, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from app import settings
from app.workflow import collecting, erasing, lineage, registry, reviewing, stages
from app.workflow.home import open_home
from app.workflow.sweeping import catch_up, sweep
from engine.domain.service import Verification
from engine.errors import Refused, TamperedRecord, Unavailable
from store import db, decided, decisions, head, models, record, releases, standing
from store.tables import Base, Dataset
from tests.app.prepared import again, prepare
from tests.app.workflow.left import served
from tests.store.writers import write_at_once

PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
PROOF = Verification(rows=100, largest_difference=0.0, passed=True)


def programs() -> Path:
    """The folder of ``initdb`` and ``postgres``."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    for place in PLACES:
        folders += sorted(Path(place).glob("*/bin"), reverse=True)
    folder = next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)
    if folder is None:
        pytest.skip("no PostgreSQL here (initdb and postgres)")
    return folder


def servant() -> dict[str, object]:
    """Who runs the server: it refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names.get("nobody")
    if user is None:
        pytest.skip("nobody but root is here, who may not run PostgreSQL")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server that keeps nothing; yields its address without a database."""
    folder, who = programs(), servant()
    place = Path(tempfile.mkdtemp(prefix="handrail-pg-"))
    if who:
        os.chown(place, who["user"], who["group"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"cwd": place, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **who}
    # How one is asked in, how words sort, that nothing need be durable.
    new = ["-D", str(place / "data"), "-U", "handrail", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run([str(folder / "initdb"), *new], check=True, **quiet)
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "port": str(port)}
    said = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen([str(folder / "postgres"), "-D", str(place / "data"), *said], **quiet)
    try:
        _answers(port)
        yield f"postgresql://handrail@127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)  # without waiting for whoever is still connected
        process.wait(timeout=30)
        shutil.rmtree(place)


def _answers(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=handrail dbname=postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def address(server, request):
    """The address of a new, empty database."""
    name = f"t{abs(hash(request.node.name))}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


@pytest.fixture
def engine(address, tmp_path):
    engine = db.connect(address, key=bytes(32), head=tmp_path / head.FILE)
    db.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def line(address, tmp_path, monkeypatch):
    """A home whose registry is there: two versions of ‘leaving’, both released, the first one live."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", address)
    home, project_id = prepare(tmp_path, "released")
    again(home, project_id, "approved")
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference="leaving:2")
        releases.add(session=session, release_id="r-2", version=version, verification=PROOF, digest="x")
    yield home, project_id
    home.engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_declares(engine):
    found = {t: {c["name"] for c in inspect(engine).get_columns(t)} for t in inspect(engine).get_table_names()}
    found.pop("alembic_version")
    assert found == {name: {c.name for c in table.columns} for name, table in Base.metadata.tables.items()}


def test_down_and_up_again_with_rows_in_it(line):
    home, _ = line
    steps = [path.name.partition("_")[0] for path in sorted((db.MIGRATIONS / "versions").glob("[0-9]*.py"))]
    for step in (*reversed(steps[:-1]), "base", "head"):
        config = db._config()
        with home.engine.begin() as connection:
            config.attributes["connection"] = connection
            (command.upgrade if step == "head" else command.downgrade)(config, step)
        if step not in {"base", "head"}:
            with home.engine.connect() as connection:
                assert connection.execute(text("SELECT count(*) FROM version")).scalar() == 2
    assert registry.every(home) == []  # it went all the way down


def test_a_newer_one_is_refused(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer version of Handrail.*'9999'"):
        db.migrate(engine)


def test_one_that_does_not_answer_is_said_so_without_its_password():
    with pytest.raises(Unavailable, match="does not answer") as refused:
        db.migrate(db.connect("postgresql://somebody:secret@127.0.0.1:1/handrail"))
    assert "secret" not in str(refused.value)


def test_many_writers_wait_for_each_other_and_the_record_is_one_chain(engine):
    assert write_at_once(engine, writers=8, turns=3) == []
    with db.reading(engine) as session:
        assert len(list(record.chain(session=session))) == 24
    assert (head.told(engine) or (0,))[0] == 24


def test_what_is_written_while_the_record_is_checked_is_no_false_alarm(engine, monkeypatch):
    chain = record.chain

    def chain_and_more(*, session):
        yield from chain(session=session)
        with db.writing(engine) as other:
            add(other, "second")

    def add(session, name):
        row = Dataset(
            id=name, name=name, sha256="s", body={}, profile={}, contract={}, preview=[], notes=[], digest="x"
        )
        session.add(row)
        record.append(session=session, kind=record.DATASET, subject=name, **standing.of_dataset(row))

    with db.writing(engine) as session:
        add(session, "first")
    monkeypatch.setattr(record, "chain", chain_and_more)
    with db.reading(engine) as session:
        assert standing.check(session=session)[0] == 1
    assert (head.told(engine) or (0,))[0] == 2


def test_whoever_is_alone_keeps_the_others_waiting(engine):
    line = []

    def second():
        with db.writing(engine) as session:
            db.alone(session)
            line.append("second")

    waiting = threading.Thread(target=second)
    with db.writing(engine) as session:
        db.alone(session)
        waiting.start()
        waiting.join(0.5)
        line.append("first")
    waiting.join(10)
    assert line == ["first", "second"]


def test_an_entry_of_the_record_is_neither_changed_nor_deleted(line):
    home, _ = line
    for said in ("UPDATE event SET kind = 'x' WHERE number = 1", "DELETE FROM event WHERE number = 1"):
        with pytest.raises(DatabaseError), home.engine.begin() as connection:
            connection.execute(text(said))
    with home.engine.begin() as connection:
        connection.execute(text("UPDATE version SET stage = 'draft' WHERE number = 2"))
    with pytest.raises(TamperedRecord), db.reading(home.engine) as session:
        standing.check(session=session)


def test_versions_move_from_stage_to_stage(line):
    home, project_id = line
    assert stages.promote(home, "leaving:2").before == "leaving:1"
    assert stages.rollback(home, "leaving").live == "leaving:1"
    with pytest.raises(DatabaseError), home.engine.begin() as connection:  # never two at once
        connection.execute(text("UPDATE version SET stage = 'live'"))
    third = again(home, project_id, "decided")
    reviewing.submit(home, third)
    reviewing.send_back(home, third, note="why?")
    stages.retire(home, "leaving:1")
    assert sorted(row.stage for row in registry.every(home)) == ["approved", "retired", "returned"]
    with db.reading(home.engine) as session:
        standing.check(session=session)


def test_what_services_wrote_is_collected_as_on_sqlite(line, tmp_path, monkeypatch):
    home, _ = line
    first = served(tmp_path / "first.sqlite", ["a"], outcomes=[("b", "no"), ("a", "no")])
    second = served(tmp_path / "second.sqlite", answered=["b"], outcomes=[("a", "yes")])  # received last
    with closing(sqlite3.connect(first)) as log, log:
        log.execute("UPDATE answered SET key = ?", ("k\0",))
        log.execute("UPDATE reported SET outcome = ? WHERE decision_id = 'b'", ("n\0",))
    found = [collecting.collect(home, "leaving", file) for file in (first, second, first, first)]
    assert [(one.decisions, one.outcomes, one.unmatched) for one in found] == [
        (1, 1, 1), (1, 1, 0), (0, 1, 0), (0, 0, 0),
    ]  # fmt: skip
    assert [lineage.of_decision(home, name).outcome for name in ("a", "b")] == ["yes", "n\ufffd"]
    version, long_ago = registry.show(home, "leaving:1").id, datetime(2020, 1, 1)
    with db.writing(home.engine) as session, monkeypatch.context() as patch:
        patch.setattr(decided, "CHUNK", 1)  # rows are still being read while their outcomes are asked for
        kept = list(decided.gather(session=session, versions=[version], since=long_ago))
        decisions.erase(session=session, versions=[version])
        assert decided.add(session=session, found=kept, versions=[version], since=long_ago) == 0
        assert list(decided.gather(session=session, versions=[version], since=long_ago)) == kept
    assert [(one.id, one.case is not None, one.outcomes[0].outcome) for one in kept] == [
        ("a", True, "yes"), ("b", False, "n\ufffd"),
    ]  # fmt: skip


def test_what_is_lost_is_swept_and_what_is_erased_is_gone(line):
    home, project_id = line
    (home.path / "runs" / "lost").mkdir()
    catch_up(home)
    assert home.path / "runs" / "lost" in sweep(home, older_than=-1)
    with pytest.raises(Refused, match="is live"):
        erasing.erase(home, project_id)
    stages.retire(home, "leaving:1")
    assert erasing.erase(home, project_id) == ("customers",)
    assert registry.every(home) == []
    later = open_home(settings.load(home.path))
    assert registry.every(later) == []
    later.engine.dispose()
