"""The list of versions: what it says, and that it costs the same however many there are."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update
from sqlmodel import select

from app.workflow import comparing, registry, reviewing
from app.workflow.home import Home
from app.workflow.sweeping import sweep
from engine.domain.card import Done
from store import db, tables
from tests.app.prepared import EVIDENCE, again, prepare


@contextmanager
def _statements(home: Home) -> Iterator[list[str]]:
    said: list[str] = []

    def heard(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(home.engine, "before_cursor_execute", heard)
    yield said
    event.remove(home.engine, "before_cursor_execute", heard)


def test_a_row_says_what_a_list_shows(home) -> None:
    opened, project_id = prepare(home, "released")
    again(opened, project_id, "decided", evidence=EVIDENCE.model_copy(update={"headline": "another"}))
    newest, live = registry.every(opened)
    assert (newest.reference, newest.stage, newest.released) == ("leaving:2", "draft", False)
    assert (live.reference, live.stage, live.released) == ("leaving:1", "live", True)
    assert (live.project_id, live.builder, live.target, live.metric) == (project_id, "builder", "left", "roc_auc")
    assert (live.score, live.interval, live.rows) == (0.81, (0.76, 0.86), 400)
    reviewing.submit(opened, "leaving:2")
    assert reviewing.waiting_count(opened) == 1
    assert [row.reference for row in reviewing.waiting(opened)] == ["leaving:2"]


def test_a_number_that_is_none_in_one_version_keeps_no_other_from_being_listed(home) -> None:
    opened, project_id = prepare(home, "released")
    said = EVIDENCE.model_dump(mode="json")
    said["score"]["interval"] = [math.nan, 0.9]
    with db.writing(opened.engine) as session:
        session.execute(update(tables.Run).values(evidence=said))
        proof = session.exec(select(tables.Release)).one()
        proof.verification = {**proof.verification, "largest_difference": math.inf}
    again(opened, project_id, "decided")
    assert [row.reference for row in registry.every(opened)] == ["leaving:2", "leaving:1"]
    assert registry.every(opened)[1].released
    assert sweep(opened) == []


@pytest.mark.parametrize(
    ("read", "most"),
    [
        (registry.every, 4),
        (reviewing.waiting_count, 2),
        (lambda home: comparing.other(home, registry.show(home, "leaving:2")), 20),
        (lambda home: reviewing.answered_before(home, registry.show(home, "leaving:latest")), 20),
        (lambda home: registry.card(home, "leaving:latest"), 20),
    ],
    ids=["all versions", "waiting", "the other", "answered before", "card"],
)
def test_many_versions_take_no_more_statements_than_few(home, read: Callable[[Home], object], most: int) -> None:
    opened, project_id = prepare(home, "released")
    counted = []
    for _ in range(2):
        for _ in range(3):
            reference = again(opened, project_id, "released")
            reviewing.answer(opened, reference, "data_6", Done.BY_HAND)
        with _statements(opened) as said:
            read(opened)
        counted.append(len(said))
    assert counted[0] == counted[1] <= most
