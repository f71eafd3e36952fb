"""Cached reads: what changes an answer has it made afresh, in another home too; what does not is not waited for."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app import resources
from app.workflow import (
    asking,
    combining,
    comparing,
    deciding,
    interview,
    mitigating,
    origin,
    registry,
    scoring,
    wizarding,
)
from app.workflow.home import Home
from app.workflow.views import DatasetView, VersionView
from engine.domain.problem import Mistake
from engine.domain.version import Stage
from tests.app.prepared import copied, prepare

MADE_BY = [
    (registry, "render"),
    (scoring, "result_path"),
    (wizarding, "first_rows"),
    (interview, "suspects"),
    (interview, "pictured"),
    (combining, "suggest_keys"),
    (combining, "match"),
    (mitigating, "candidates"),
    (deciding, "by_costs"),
    (asking, "ask"),
    (origin, "making"),
    (comparing, "compare"),
]
NUMBERS = itertools.count(1)  # of all tests: the caches are not emptied between them


@dataclass(frozen=True)
class Asked:
    """What the reads are asked about."""

    opened: Home
    shown: VersionView
    known: DatasetView
    row: dict[str, Any]
    costs: tuple[Mistake, ...] = (Mistake(said="no", truth="yes", cost=5), Mistake(said="yes", truth="no", cost=1))


READS: dict[str, Callable[[Asked], object]] = {
    "card": lambda a: resources.card(a.shown, "html"),
    "scored": lambda a: resources.scored(a.opened, "job"),
    "suspects": lambda a: resources.suspects(a.opened, a.known, "left"),
    "pictured": lambda a: resources.pictured(a.opened, a.known, a.shown.problem.problem, "calls"),
    "proposed_keys": lambda a: resources.proposed_keys(a.opened, a.known, a.shown.dataset, None, None),
    "matching": lambda a: resources.matching(a.opened, a.known, a.shown.dataset, (("id", "id"),), None, "since"),
    "mitigations": lambda a: resources.mitigations(a.opened, a.shown, a.shown.policy),
    "by_costs": lambda a: resources.by_costs(a.opened, a.shown, a.costs),
    "what_if": lambda a: resources.what_if(a.opened, a.shown, a.row, a.shown.policy),
    "making": lambda a: resources.making(a.opened, a.shown.run),
    "compared": lambda a: resources.compared(a.opened, a.shown, a.shown),
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Home:
    """A home with one version."""
    return prepare(tmp_path_factory.mktemp("home"), "decided")[0]


@pytest.fixture
def asked(opened, monkeypatch) -> Asked:
    """That version, and reads that are numbered in the order in which they are made."""
    for module, name in MADE_BY:
        monkeypatch.setattr(module, name, lambda *_, **__: next(NUMBERS))
    shown = registry.show(opened, "leaving:1")
    return Asked(opened, shown, shown.dataset, {"calls": 1.0, "since": None})


def of_version(**changed: object) -> Callable[[Asked], Asked]:
    return lambda a: replace(a, shown=replace(a.shown, **changed))


def of_run(**changed: object) -> Callable[[Asked], Asked]:
    return lambda a: replace(a, shown=replace(a.shown, run=replace(a.shown.run, **changed)))


def of_policy(**changed: object) -> Callable[[Asked], Asked]:
    return lambda a: replace(a, shown=replace(a.shown, policy=a.shown.policy.model_copy(update=changed)))


def judged_anew(a: Asked) -> Asked:
    assert a.shown.run.evidence is not None
    return of_run(evidence=a.shown.run.evidence.model_copy(update={"judged": "0" * 64}))(a)


def another_answer(a: Asked) -> Asked:
    problem = a.shown.problem.problem.model_copy(update={"target": "sex"})
    return of_version(problem=replace(a.shown.problem, problem=problem))(a)


def limited(a: Asked) -> Asked:
    return of_version(use=a.shown.use.model_copy(update={"owner": "Sales"}))(a)


def another_table(a: Asked) -> Asked:
    return replace(a, known=replace(a.known, dataset=a.known.dataset.model_copy(update={"id": "d1"})))


def understood_anew(a: Asked) -> Asked:
    return replace(a, known=replace(a.known, contract=a.known.contract.only(("calls", "left"))))


def of_row(value: object) -> Callable[[Asked], Asked]:
    return lambda a: replace(a, row={**a.row, "calls": value})


ALL, TABLES = set(READS), {"suspects", "pictured", "proposed_keys", "matching"}
JUDGED = {"mitigations", "by_costs", "card", "compared"}
CHANGES = {
    "nothing": (lambda a: a, set()),
    "another home": (
        lambda a: replace(a, opened=copied(a.opened, a.opened.path.parent / f"{a.opened.path.name}-other")),
        ALL - {"card"},
    ),
    "another table": (another_table, TABLES),
    "a table understood anew": (understood_anew, TABLES),
    "another answer": (another_answer, {"pictured", "card", "compared"}),
    "another stage": (of_version(stage=Stage.LIVE), {"card", "compared"}),
    "another use": (limited, {"card", "compared", "what_if"}),
    "another sentence": (of_policy(sentence="It pays."), {"card", "compared", "what_if"}),
    "another threshold": (of_policy(threshold=0.4), {"card", "compared", "what_if", "mitigations"}),
    "another seal": (of_run(digest="y"), {"card", "compared", "making"}),
    "other judged rows": (judged_anew, JUDGED),
    "a number that is a text": (of_row("1.0"), {"what_if"}),
    "a value that is gone": (of_row(None), {"what_if"}),
    "other costs": (lambda a: replace(a, costs=a.costs[:1]), {"by_costs"}),
}


@pytest.mark.parametrize(("change", "afresh"), CHANGES.values(), ids=list(CHANGES))
def test_a_read_is_made_afresh_by_what_it_depends_on_and_by_nothing_else(asked, change, afresh) -> None:
    before = {name: read(asked) for name, read in READS.items()}
    changed = change(asked)
    assert {name for name, read in READS.items() if read(changed) != before[name]} == afresh
    assert {name: read(asked) for name, read in READS.items()} == before
