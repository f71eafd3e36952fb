"""The database: durable, patient, and plain about what is wrong with it."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlmodel import select

from engine.errors import Outdated, Unavailable, UnusableOption
from store import db, head, projects, record, tables
from store.tables import Base
from tests.store.writers import write_at_once


@pytest.fixture
def engine(tmp_path):
    engine = db.connect(f"sqlite:///{tmp_path / 'handrail.db'}", head=tmp_path / head.FILE)
    db.migrate(engine)
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_declares(engine):
    found = {t: {c["name"] for c in inspect(engine).get_columns(t)} for t in inspect(engine).get_table_names()}
    declared = {name: {c.name for c in table.columns} for name, table in Base.metadata.tables.items()}
    found.pop("alembic_version")
    assert found == declared


def test_down_and_up_again_with_a_row_in_it(engine):
    with db.writing(engine) as session:
        projects.create(session=session, name="churn")
    config = db._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    db.migrate(engine)
    with db.writing(engine) as session:
        projects.create(session=session, name="churn")


def test_it_is_durable_and_checks_foreign_keys(engine):
    with engine.connect() as connection:
        pragma = {
            n: connection.execute(text(f"PRAGMA {n}")).scalar() for n in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_twenty_writers_wait_for_each_other(engine):
    assert write_at_once(engine, writers=20, turns=5) == []
    with db.reading(engine) as session:
        assert len(projects.every(session=session)) == 100
        assert len(list(record.chain(session=session))) == 100
    assert (head.told(engine) or (0,))[0] == 100


def test_a_newer_database_is_refused(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer version of Handrail.*'9999'"):
        db.migrate(engine)


@pytest.mark.parametrize("change", ["DROP TABLE worker", "ALTER TABLE worker RENAME COLUMN pid TO number"])
def test_what_another_version_changed_meanwhile_is_said_to_be_so(engine, change):
    with engine.begin() as connection:
        connection.execute(text(change))
    with pytest.raises(Outdated, match="Another version of Handrail has changed"), db.reading(engine) as session:
        session.exec(select(tables.Worker)).all()


def test_a_damaged_database_is_refused(tmp_path):
    path = tmp_path / "handrail.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(Unavailable, match="is not a database"):
        db.migrate(db.connect(f"sqlite:///{path}"))


def test_a_copy_that_cannot_be_made_says_why(tmp_path):
    (tmp_path / "torn.db").write_text("no database, but long enough to be one" * 100)
    with pytest.raises(Unavailable, match="torn.db is not a database"):
        db.copy_sqlite(tmp_path / "torn.db", tmp_path / "copy.db")


def test_a_locked_database_says_so(tmp_path, monkeypatch):
    path = tmp_path / "handrail.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(db, "PATIENCE", 0.2)
    with pytest.raises(Unavailable, match=r"locked by another program.*Close that program"):
        db.migrate(db.connect(f"sqlite:///{path}"))
    other.close()


def test_a_failed_transaction_leaves_nothing(engine):
    def fail():
        with db.writing(engine) as session:
            projects.create(session=session, name="half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with db.reading(engine) as session:
        assert projects.every(session=session) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [("nonsense", "'nonsense' is no address"), ("mysql://a/b", "mysql is no database that Handrail can use")],
)
def test_an_address_that_is_no_database_is_refused(url, words):
    with pytest.raises(UnusableOption, match=words):
        db.connect(url)


def test_postgresql_is_reached_by_the_driver_that_is_installed():
    assert db.connect("postgresql://somebody@localhost/handrail").driver == "psycopg"


def test_of_the_copies_those_go_that_can(engine, monkeypatch):
    folder = Path(engine.url.database).parent
    copies = [folder / f"{Path(engine.url.database).stem}.before-000{i}.db" for i in (1, 2, 3)]
    for copy in copies:
        copy.touch()
    real = Path.unlink

    def unlink(path, **more):
        if path == copies[1]:
            raise PermissionError(13, "Permission denied", str(path))
        real(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(Unavailable, match=r"before-0002.db could not be erased \(Permission denied\)"):
            db.flush_away(engine)
    assert [copy.exists() for copy in copies] == [False, True, False]
