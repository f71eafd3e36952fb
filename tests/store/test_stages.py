"""The life of a version: from each stage only its own ways lead on, and what is kept of it are plain words."""

import pytest
from sqlalchemy import text

from app.workflow.home import Home
from engine.domain.version import MOVES, Stage
from engine.errors import Refused
from store import db, models, record
from tests.app.prepared import copied, prepare

WAYS = [(at, to) for at in Stage for to in Stage]


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Home:
    """A home with a draft of ‘leaving’, made once."""
    return prepare(tmp_path_factory.mktemp("template"), "decided")[0]


@pytest.fixture(scope="module")
def home(template, tmp_path_factory) -> Home:
    """A copy of it, whose version is put to any stage."""
    return copied(template, tmp_path_factory.mktemp("copy"))


def _words(home: Home) -> tuple[str, str]:
    """What stands in the database, and what the record said last."""
    with db.reading(home.engine) as session:
        entry = record.of_kind(session=session, kind=record.STAGE)[-1]
        return session.execute(text("SELECT stage FROM version")).scalar_one(), entry.body["to"]


@pytest.mark.parametrize(("at", "to"), WAYS, ids=[f"{at} to {to}" for at, to in WAYS])
def test_a_version_goes_only_where_a_way_leads(home, at, to) -> None:
    with db.writing(home.engine) as session:
        session.execute(text("UPDATE version SET stage = :at"), {"at": at.value})
    before = _words(home)
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference="leaving:1")
        if to not in MOVES[at]:
            with pytest.raises(Refused, match=f"leaving:1 is {at} and cannot become {to}"):
                models.stage(session=session, version=version, stage=to)
        else:
            models.stage(session=session, version=version, stage=to)
    assert _words(home) == ((to.value, to.value) if to in MOVES[at] else before)
