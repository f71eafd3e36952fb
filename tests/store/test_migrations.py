"""Migrations: down and up again, step by step, with data in them; before each the database is copied."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import inspect, text

from app import settings
from app.workflow import cases, collecting, keys, registry, stages
from app.workflow.home import open_home
from engine.domain.card import ReviewEntry
from engine.domain.outcome import Override
from engine.errors import TamperedRecord, Unavailable
from store import db, models, problems, projects, reviews, standing, tables
from tests.app.prepared import OUTCOMES, again, prepare
from tests.app.workflow.left import served

STEPS = [path.name.partition("_")[0] for path in sorted((db.MIGRATIONS / "versions").glob("[0-9]*.py"))]
# What a step down to a version drops: tables, and columns of tables, that this version has no place for. They come
# back empty on the way up; what was in them is in a backup from before the step down, and nowhere else.
DROPS = {
    "0008": set(),
    "0007": {"remark"},
    "0006": {"decision", "reported", "leftcase", "collected"},
    "0005": {"applicationkey"},
    "0004": {"project.archived_at"},
    "0003": {"event"},
    "0002": {"override.problem_id"},
    "0001": set(),
}
# What a step down gives a place to again that a later step dropped: empty.
BACK = {"report.against", "job.handed_over"}
# What the record says of that afterwards, as it should; where it was dropped itself, it is begun anew.
TOLD = {
    "0007": "the remark of entry [0-9]+ was removed",
    "0006": "the remark of entry [0-9]+ was removed",
    "0005": "the key .* is gone from the registry",
    "0004": "the key .* is gone from the registry",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A home with rows in every table; of two released versions one is live, the other was retired with a remark."""
    home, project_id = prepare(tmp_path_factory.mktemp("template"), "released")
    again(home, project_id, "released")
    stages.retire(home, "leaving:1", why="It misread dates.")
    keys.add(home, "leaving", "CRM")
    served(home, left=["d1", "d2"], answered=["d3"], outcomes=[("d3", "yes")])
    collecting.collect(home)
    cases.answer(home, "d1", "no", "She called.")
    with db.writing(home.engine) as session:
        asked = projects.get(session=session, project_id=project_id).problem_id
        why = Override(code="US003", column="sex", reason="The desk may see it.")
        problems.override(session=session, problem_id=asked, override=why, author="ann")
        problems.report(session=session, problem_id=asked, outcomes=OUTCOMES, seconds={"US003": 0.1})
        version = models.find(session=session, reference="leaving:2")
        entry = ReviewEntry(reviewer="bob", at=tables.now(), decision="approved", note="Looked at.")
        reviews.add(session=session, version=version, entry=entry)
        away = projects.create(session=session, name="put away")
        projects.archive(session=session, project=away, archived=True)
        session.add(tables.Worker(id="w", pid=1))
    with db.reading(home.engine) as session:
        standing.check(session=session)
    home.engine.dispose()
    return home.path


@pytest.fixture
def engine(template, tmp_path):
    shutil.copy(template / "handrail.db", tmp_path / "handrail.db")
    shutil.copy(template / "key", tmp_path / "key")
    engine = connect(tmp_path)
    yield engine
    engine.dispose()


def connect(folder):
    return db.connect(f"sqlite:///{folder / 'handrail.db'}", key=bytes.fromhex((folder / "key").read_text()))


def move(engine, to):
    config = db._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if to < db._version(engine) else command.upgrade)(config, to)


def contents(engine):
    """All that is in the tables but for the version: the values of each column, in the order of the rows."""
    found = {}
    with engine.connect() as connection:
        known = inspect(connection)
        for table in set(known.get_table_names()) - {"alembic_version"}:
            key = ", ".join(known.get_pk_constraint(table)["constrained_columns"])
            rows = connection.execute(text(f'SELECT * FROM "{table}" ORDER BY {key}')).mappings().all()  # noqa: S608
            found[table] = {c["name"]: [row[c["name"]] for row in rows] for c in known.get_columns(table)}
    return found


def without(known, dropped):
    """What is left of contents without some tables and columns."""
    return {
        table: {name: values for name, values in columns.items() if f"{table}.{name}" not in dropped}
        for table, columns in known.items()
        if table not in dropped
    }


def test_every_table_and_column_has_something_to_lose(engine):
    known = contents(engine)
    assert known.keys() == tables.Base.metadata.tables.keys()
    assert [table for table, columns in known.items() if not all(columns.values())] == []
    for dropped in set().union(*DROPS.values()):
        table, _, name = dropped.partition(".")
        assert any(value not in {None, "null"} for value in known[table][name or next(iter(known[table]))])


@pytest.mark.parametrize("down_to", STEPS[:-1])
def test_down_and_up_again_nothing_is_lost_but_what_has_no_place(engine, tmp_path, down_to):
    before, dropped = contents(engine), set()
    for step in reversed(STEPS[STEPS.index(down_to) : -1]):
        move(engine, step)
        dropped |= DROPS[step]
        assert without(contents(engine), BACK) == without(before, dropped)
    engine.dispose()
    home = open_home(settings.load(tmp_path))
    assert without(contents(home.engine), dropped) == without(before, dropped)
    assert sorted(row.stage for row in registry.every(home)) == ["live", "retired"]
    with db.reading(home.engine) as session:
        if down_to in TOLD:
            with pytest.raises(TamperedRecord, match=TOLD[down_to]):
                standing.check(session=session)
        else:
            standing.check(session=session)
    home.engine.dispose()
    assert (tmp_path / f"handrail.before-{down_to}.db").is_file()


def test_overrides_belong_to_their_question_again(engine):
    before = contents(engine)["override"]
    for step in ("0002", "0003"):
        move(engine, step)
    assert contents(engine)["override"] == before


def test_the_copy_before_a_migration_holds_what_was_not_yet_in_the_file_itself(engine, tmp_path):
    move(engine, "0003")
    with engine.begin() as connection:
        connection.execute(text("UPDATE project SET name = 'written a moment ago' WHERE run_id IS NOT NULL"))
    assert (tmp_path / "handrail.db-wal").stat().st_size  # it stands in the log beside the file
    db.migrate(engine)
    with closing(sqlite3.connect(tmp_path / "handrail.before-0003.db")) as copy:
        assert ("written a moment ago",) in copy.execute("SELECT name FROM project").fetchall()
    assert version_of(tmp_path / "handrail.before-0003.db") == "0003"


def version_of(file):
    with closing(sqlite3.connect(file)) as copy:
        return copy.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def test_of_two_that_start_at_once_one_migrates_and_the_copy_is_its_own(engine, tmp_path, monkeypatch):
    move(engine, "0007")
    real, other = db._version, connect(tmp_path)

    def version(asked):
        found = real(asked)
        monkeypatch.setattr(db, "_version", real)
        db.migrate(engine)  # after the other one has looked
        return found

    monkeypatch.setattr(db, "_version", version)
    db.migrate(other)
    other.dispose()
    assert version_of(tmp_path / "handrail.db") == STEPS[-1]
    assert version_of(tmp_path / "handrail.before-0007.db") == "0007"


def test_a_copy_that_fails_takes_no_earlier_one_with_it(engine, tmp_path, monkeypatch):
    move(engine, "0007")
    db.migrate(engine)
    move(engine, "0007")

    def fails(_source, to):
        to.write_bytes(b"half")
        raise Unavailable("The disk is full.", fix="Free some space.")

    with monkeypatch.context() as patch:
        patch.setattr(db, "copy_sqlite", fails)
        with pytest.raises(Unavailable, match="disk is full"):
            db.migrate(engine)
    assert version_of(tmp_path / "handrail.db") == "0007"
    assert [path.name for path in db.copies(engine)] == ["handrail.before-0007.db"]
    assert version_of(tmp_path / "handrail.before-0007.db") == "0007"
