"""Whatever is done with a version of a project brings the project to the front of the start page."""

from datetime import timedelta

import pytest

from app.workflow import deciding, projects, reviewing, stages
from engine.domain.card import Done
from engine.domain.service import Verification
from store import db, models, releases
from store import projects as store_projects
from tests.app.prepared import USE, prepare

REFERENCE = "leaving:1"


def _released(home) -> None:
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=REFERENCE)
        proof = Verification(rows=100, largest_difference=0.0, passed=True)
        releases.add(session=session, release_id="another", version=version, verification=proof, digest="x")


@pytest.mark.parametrize(
    ("upto", "do"),
    [
        ("trained", lambda home: deciding.set_use(home, REFERENCE, USE)),
        ("decided", lambda home: reviewing.answer(home, REFERENCE, "data_6", Done.BY_HAND)),
        ("decided", lambda home: reviewing.submit(home, REFERENCE)),
        ("decided", lambda home: reviewing.approve(home, REFERENCE, note="fine")),
        ("approved", _released),
        ("released", lambda home: stages.retire(home, REFERENCE)),
    ],
    ids=["decided", "answered", "handed in", "approved", "released", "retired"],
)
def test_it_was_touched_last(tmp_path, upto, do) -> None:
    home, project_id = prepare(tmp_path, upto)
    with db.writing(home.engine) as session:
        row = store_projects.get(session=session, project_id=project_id)
        row.touched_at -= timedelta(days=3)
        before = row.touched_at
        other = store_projects.create(session=session, name="Another")
        other.touched_at = before + timedelta(days=1)
    do(home)
    assert [project.id for project in projects.every(home)][0] == project_id
    assert projects.project(home, project_id).touched_at > before
