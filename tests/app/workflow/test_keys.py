"""Keys of applications: seen once, kept as hashes, recorded, and told to the services that run."""

import socket
from pathlib import Path

import pytest
from sqlmodel import select

from app import commands
from app.workflow import erasing, keys, projects, stages, verifying
from app.workflow.sweeping import catch_up
from engine.errors import NotFound, Refused, TamperedRecord, UnusableOption
from engine.serving import withdrawn as withdrawal
from engine.serving.admitted import VARIABLE, Door
from store import db, record, standing
from store.tables import ApplicationKey
from tests.app.prepared import again, copied, prepare


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home, project_id = prepare(tmp_path_factory.mktemp("keys"), "released")
    again(home, project_id, "decided")
    return home


@pytest.fixture
def home(template, tmp_path):
    opened = copied(template, tmp_path)
    yield opened
    opened.engine.dispose()


def admitted(home, key=None):
    return Door(home.admitted("leaving")).admitted(f"Bearer {key}".encode() if key else None)


def test_a_model_without_keys_is_open(home):
    keys.tell(home, "leaving")
    assert admitted(home) == ""
    assert keys.every(home) == []


def test_a_key_holds_for_every_version_of_a_model_and_is_kept_as_a_hash(home):
    made = keys.add(home, "leaving:2", "  CRM sales ")
    assert made.key.endswith(made.shown.last_four)
    assert (made.shown.model, made.shown.application) == ("leaving", "CRM sales")
    assert admitted(home, made.key) == "CRM sales"
    assert admitted(home) is None
    home.engine.dispose()
    for file in home.path.rglob("*"):
        assert file.is_dir() or made.key.encode() not in file.read_bytes()
    assert keys.every(home, "leaving:1") == keys.every(home) == [made.shown]


def test_services_hear_of_a_revoked_key_also_where_whoever_revoked_it_was_lost(home, monkeypatch):
    made = keys.add(home, "leaving", "crm")
    with monkeypatch.context() as patch:
        patch.setattr(keys, "tell", lambda *_: None)
        keys.revoke(home, made.shown.id)
    assert admitted(home, made.key) == "crm"
    catch_up(home)
    assert admitted(home, made.key) is None


def test_a_revoked_key_is_refused_and_nobody_comes_in_without(home):
    first, second = (
        keys.add(home, "leaving", "crm"),
        keys.add(home, "leaving", "crm"),
    )  # the new one before the old ends
    revoked = keys.revoke(home, first.shown.id)
    assert revoked.revoked_at is not None
    assert (admitted(home, first.key), admitted(home, second.key)) == (None, "crm")
    home.admitted("leaving").unlink()  # whoever revoked was interrupted before the services heard of it
    with pytest.raises(Refused, match="was revoked at"):
        keys.revoke(home, first.shown.id)
    assert (admitted(home, first.key), admitted(home, second.key)) == (None, "crm")
    keys.revoke(home, second.shown.id)
    assert [admitted(home, second.key), admitted(home)] == [None, None]  # the last one closes it to everybody
    assert len(keys.every(home)) == 2


def test_who_made_and_revoked_a_key_is_recorded(home):
    made = keys.add(home, "leaving", "crm")
    keys.revoke(home, made.shown.id)
    with db.reading(home.engine) as session:
        entries = record.about(session=session, subjects=[made.shown.id])
        standing.check(session=session)
    assert [(entry.kind, entry.by, entry.body["revoked"]) for entry in entries] == [
        ("key", home.settings.user, False),
        ("key", home.settings.user, True),
    ]
    assert made.key not in str([entry.body for entry in entries])


@pytest.mark.parametrize("change", [{"revoked_at": None}, {"sha256": "0" * 64}, {"application": "another"}])
def test_a_key_that_somebody_changed_in_the_database_is_found(home, change):
    made = keys.add(home, "leaving", "crm")
    keys.revoke(home, made.shown.id)
    with db.writing(home.engine) as session:
        row = session.exec(select(ApplicationKey)).one()
        for name, value in change.items():
            setattr(row, name, value)
    with pytest.raises(TamperedRecord, match=f"the key {made.shown.id} is another"):
        list(verifying.verify(home, None))


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines", "bell\a"])
def test_a_name_that_cannot_be_one_is_refused(home, name):
    with pytest.raises(UnusableOption, match="is no name of an application"):
        keys.add(home, "leaving", name)
    assert keys.every(home) == []


def test_what_is_not_there_is_said(home):
    with pytest.raises(NotFound, match="no model called 'nope'"):
        keys.add(home, "nope", "crm")
    with pytest.raises(NotFound, match="no key 'nope'"):
        keys.revoke(home, "nope")


def test_keys_end_with_the_last_version_of_their_model(home):
    made = keys.add(home, "leaving", "crm")
    stages.retire(home, "leaving:1")
    (project,) = projects.every(home)
    erasing.erase(home, project.id)
    assert [key.revoked_at is not None for key in keys.every(home)] == [True]
    assert [admitted(home, made.key), admitted(home)] == [None, None]  # nor does a later model of that name take it
    with db.reading(home.engine) as session:
        standing.check(session=session)


def test_what_is_served_looks_where_keys_and_retirement_are_told(home, monkeypatch, tmp_path):
    started = {}
    monkeypatch.setattr(commands.releasing, "released", lambda *_: tmp_path)
    monkeypatch.setattr(commands.os, "execve", lambda *told: started.update(told[2]))
    commands.serve_model(home, "leaving:1", "127.0.0.1", free_port())
    door = Door(Path(started[VARIABLE]))
    assert door.admitted(None) == ""
    made = keys.add(home, "leaving", "crm")
    assert [door.admitted(None), door.admitted(f"Bearer {made.key}".encode())] == [None, "crm"]
    withdrawn = Path(started[withdrawal.VARIABLE])
    assert not withdrawn.exists()
    stages.retire(home, "leaving:1")
    assert withdrawn.is_file()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
