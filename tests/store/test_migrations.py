"""Migrations: down and up again, step by step, with data in them; before each the database is copied."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import text

from app import settings
from app.workflow import registry
from app.workflow.home import open_home
from store import db, standing
from tests.app.prepared import again, prepare

STEPS = [path.name.partition("_")[0] for path in sorted((db.MIGRATIONS / "versions").glob("[0-9]*.py"))]
KEPT = ("project", "dataset", "problem", "run", "version", "review", "release", "job", "override")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home with two released versions of a model and a person's reason."""
    home, project_id = prepare(tmp_path_factory.mktemp("template"), "released")
    again(home, project_id, "released")
    home.engine.dispose()
    return home.path


@pytest.fixture
def engine(template, tmp_path):
    shutil.copy(template / "handrail.db", tmp_path / "handrail.db")
    shutil.copy(template / "key", tmp_path / "key")
    engine = db.connect(f"sqlite:///{tmp_path / 'handrail.db'}", key=bytes.fromhex((tmp_path / "key").read_text()))
    yield engine
    engine.dispose()


def move(engine, to):
    config = db._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if to < db._version(engine) else command.upgrade)(config, to)


def contents(engine):
    with engine.connect() as connection:
        return {
            table: sorted(map(str, connection.execute(text(f"SELECT id, created_at FROM {table}"))))  # noqa: S608
            for table in KEPT
        }


@pytest.mark.parametrize("down_to", STEPS[:-1])
def test_down_and_up_again_nothing_is_lost(engine, tmp_path, down_to):
    before = contents(engine)
    assert before["version"]
    for step in reversed(STEPS[STEPS.index(down_to) : -1]):
        move(engine, step)
    assert contents(engine) == before
    engine.dispose()
    home = open_home(settings.load(tmp_path))
    assert contents(home.engine) == before
    assert sorted(row.stage for row in registry.every(home)) == ["approved", "live"]
    with db.reading(home.engine) as session:
        standing.check(session=session)
    home.engine.dispose()
    assert (tmp_path / f"handrail.before-{down_to}.db").is_file()


def test_the_copy_before_a_migration_holds_what_was_not_yet_in_the_file_itself(engine, tmp_path):
    move(engine, "0003")
    with engine.begin() as connection:
        connection.execute(text("UPDATE project SET name = 'written a moment ago'"))
    assert (tmp_path / "handrail.db-wal").stat().st_size  # it stands in the log beside the file
    db.migrate(engine)
    with closing(sqlite3.connect(tmp_path / "handrail.before-0003.db")) as copy:
        assert copy.execute("SELECT name FROM project").fetchall() == [("written a moment ago",)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]
