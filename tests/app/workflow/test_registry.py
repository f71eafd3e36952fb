"""The list of versions: what it says, and that it costs the same however many there are."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import event, update
from sqlmodel import Session, select

from app.workflow import comparing, registry, reviewing
from app.workflow.home import Home
from app.workflow.sweeping import sweep
from engine.domain.card import Done
from engine.domain.outcome import Override
from engine.domain.version import Stage
from store import db, models, problems, runs, tables
from tests.app.prepared import EVIDENCE, OUTCOMES, again, prepare


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


def test_a_card_that_is_kept_is_made_again_whenever_it_would_say_something_else(home) -> None:
    opened, project_id = prepare(home, "released")
    again(opened, project_id, "decided")
    asked = registry.show(opened, "leaving:2").problem.id
    said: list[Callable[[Session], object]] = [
        lambda s: runs.reseal(session=s, run_id=s.exec(select(tables.Run.id)).all()[-1], digest="f" * 64, by=""),
        lambda s: problems.report(session=s, problem_id=asked, outcomes=OUTCOMES[:1], seconds={}),
        *(partial(_override, asked, reason) for reason in ("because of this", "because of that")),
        lambda s: s.execute(update(tables.Run).values(evidence=EVIDENCE.model_dump(mode="json") | {"headline": "x"})),
        lambda s: models.stage(session=s, version=models.find(session=s, reference="leaving:1"), stage=Stage.RETIRED),
    ]
    stamps = [registry.stamp(registry.show(opened, "leaving:2"))]
    assert stamps == [registry.stamp(registry.show(opened, "leaving:2"))]
    for change in said:
        with db.writing(opened.engine) as session:
            change(session)
        stamps.append(registry.stamp(registry.show(opened, "leaving:2")))
    assert len(set(stamps)) == len(said) + 1


def _override(problem_id: str, reason: str, session: Session) -> None:
    override = Override(code="DA001", reason=reason)
    problems.override(session=session, problem_id=problem_id, override=override, author="")


@pytest.mark.parametrize(
    ("read", "most"),
    [
        (registry.every, 4),
        (reviewing.waiting_count, 2),
        (lambda home: comparing.other(home, registry.show(home, "leaving:2")), 22),
        (lambda home: reviewing.answered_before(home, registry.show(home, "leaving:latest")), 23),
        (lambda home: registry.card(home, "leaving:latest"), 21),
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
