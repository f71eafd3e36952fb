"""The step Decide where several classes are told apart: what mistakes cost, and what deciding by that brings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.workflow import mitigating, registry
from app.workflow.home import Home
from engine.domain.evidence import Confusion, Estimate
from engine.domain.policy import Policy, PolicyKind
from engine.domain.problem import Problem, Question, Task
from engine.evidence.judged import Judged
from engine.policy.decision import decide
from store import db, models, runs
from tests.app.prepared import EVIDENCE, NASTY, TABLE, prepare
from tests.app.prepared import PROBLEM as YES_NO
from tests.app.reading import primary, read

CLASSES = ("cold", "flu", NASTY)
PROBLEM = Problem(
    task=Task.MULTICLASS, target="left", classes=CLASSES, metric="log_loss", question=Question(who="patient")
)
JUDGED = EVIDENCE.model_copy(
    update={
        "score": Estimate(metric="log_loss", value=0.8, interval=(0.7, 0.9), rows=300),
        "curves": (),
        "fairness": (),
        "mitigations": (),
        "confusion": Confusion(classes=CLASSES, counts=((100, 0, 0),) * 3),
    }
)


def patients(classes: int, seed: int) -> Judged:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet((3.0,) * (classes - 1) + (0.5,), 300)
    y = (rng.random(300)[:, None] > p.cumsum(axis=1)).sum(axis=1).astype(float)
    return Judged(pd.DataFrame(index=range(300)), y, p)


def draft(home: Path, work: Path, classes: tuple[str, ...] = CLASSES, *, rows: bool = True) -> tuple[Home, str]:
    """A draft that decides for the most probable class, with the rows that it was judged by."""
    made, project_id = prepare(
        home, "trained", problem=PROBLEM.model_copy(update={"classes": classes}), evidence=JUDGED, outcomes=()
    )
    shown = registry.show(made, "leaving:1")
    judged = (patients(len(classes), 0), patients(len(classes), 1)) if rows else None
    evidence = mitigating.keep(made, shown.run.id, JUDGED, judged, work)
    with db.writing(made.engine) as session:
        run = runs.get(session=session, run_id=shown.run.id)
        run.evidence = evidence.model_dump(mode="json")
        session.add(run)
        version = models.find(session=session, reference="leaving:1")
        models.decide(session=session, version=version, policy=deciding_by_chance())
    return made, project_id


def deciding_by_chance() -> Policy:
    return decide(None, PROBLEM)


def cost(at, label: str):
    return next(n for n in at.number_input if n.label.replace("\\", "").replace("\N{WORD JOINER}", "") == label)


@pytest.fixture
def tab(home, opened, tmp_path):
    made, project_id = draft(home, tmp_path / "work")
    return made, opened("steps/decide.py", project=project_id)


def test_costs_decide_are_judged_on_the_test_rows_and_can_be_taken_back(tab):
    home, at = tab
    assert "there is no threshold" in read(at)
    at.segmented_control[0].set_value(PolicyKind.COSTS).run()
    assert len(at.number_input) >= 6
    cost(at, f"Cost of saying cold where {NASTY[:29]}… is true").set_value(60.0).run()
    shown = {m.label.replace("\\", ""): m.value for m in at.metric}
    assert float(shown["Mistakes cost, of 1,000 cases"].replace(",", "")) < float(
        shown["The most probable answer would cost"].replace(",", "")
    )
    assert "95 % interval" in read(at)
    assert "Counted on 300 rows it did not learn from" in read(at)
    primary(at).click().run()
    after = registry.show(home, "leaving:1")
    assert after.policy.kind is PolicyKind.COSTS
    assert after.policy.costs.amounts == ((0, 1, 60), (1, 0, 1), (1, 1, 0))
    assert after.run.evidence.test_looks == 2
    assert after.run.evidence.expected_cost.cost.rows == 300
    card = registry.render(registry.card(home, "leaving:1"), "md")
    assert "by what mistakes cost" in card
    assert after.run.evidence.expected_cost.sentence.split("(")[0] in card
    at.switch_page("steps/decide.py").run()
    at.segmented_control[0].set_value(PolicyKind.MOST_LIKELY).run()
    primary(at).click().run()
    back = registry.show(home, "leaving:1")
    assert (back.policy, back.run.evidence.expected_cost) == (deciding_by_chance(), None)


def test_costs_that_decide_nothing_close_the_button_and_say_why(tab):
    _, at = tab
    at.segmented_control[0].set_value(PolicyKind.COSTS).run()
    for field in [n for n in at.number_input if n.label.startswith("Cost of saying")]:
        field.set_value(0.0)
    at.run()
    assert primary(at).disabled
    assert "No mistake costs anything" in read(at)
    assert not at.exception


def test_of_many_classes_it_is_asked_what_it_costs_to_miss_each(home, opened, tmp_path):
    many = tuple(f"kind {i}" for i in range(9))
    made, project_id = draft(home, tmp_path / "work", many)
    at = opened("steps/decide.py", project=project_id)
    at.segmented_control[0].set_value(PolicyKind.COSTS).run()
    cost(at, "kind 8").set_value(30.0).run()
    primary(at).click().run()
    amounts = registry.show(made, "leaving:1").policy.costs.amounts
    assert {row[8] for row in amounts[:8]} == {30}
    assert amounts[0][1] == 1


def test_without_the_rows_of_the_training_it_is_said_that_nothing_can_be_counted(home, opened, tmp_path):
    _, project_id = draft(home, tmp_path / "work", rows=False)
    at = opened("steps/decide.py", project=project_id)
    at.segmented_control[0].set_value(PolicyKind.COSTS).run()
    assert "cannot be counted" in read(at)
    assert not primary(at).disabled


def test_what_nobody_chose_stays_as_it_is_until_somebody_chooses(home, opened):
    """A yes/no question without costs: opening and keeping the step changes nothing, a threshold by hand does."""
    nobody = YES_NO.model_copy(update={"question": Question(who="customer")})
    made, project_id = prepare(home, "trained", problem=nobody)
    with db.writing(made.engine) as session:
        version = models.find(session=session, reference="leaving:1")
        models.decide(session=session, version=version, policy=decide(TABLE, nobody))
    at = opened("steps/decide.py", project=project_id)
    assert at.segmented_control[0].value is PolicyKind.PROPOSED
    primary(at).click().run()
    kept = registry.show(made, "leaving:1")
    assert (kept.policy, kept.run.evidence.test_looks) == (decide(TABLE, nobody), 1)
    at.switch_page("steps/decide.py").run()
    at.segmented_control[0].set_value(PolicyKind.MANUAL).run()
    primary(at).click().run()
    assert registry.show(made, "leaving:1").policy.kind is PolicyKind.MANUAL
