"""The life of a version, from its table to its end; and the ways back to it."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from app.cli import main
from app.workflow import catalogue, lineage, registry, reviewing, stages
from engine.domain.outcome import Override
from engine.domain.service import Prediction
from engine.errors import NotFound
from engine.serving.log import DecisionLog, OutcomeReport
from store import db, problems
from tests.app.prepared import NASTY, PROBLEM, again, prepare
from tests.app.workflow.test_stages import release


@pytest.fixture
def lived(home):
    """A version that was returned, approved, released, replaced, brought back and retired."""
    opened, project_id = prepare(home, "decided")
    with db.writing(opened.engine) as session:
        asked = registry.show(opened, "leaving").problem.id
        override = Override(code="LK007", column="calls", reason="they are made before")
        problems.override(session=session, problem_id=asked, override=override, author="Kim")
    reviewing.submit(opened, "leaving:1")
    reviewing.send_back(opened, "leaving:1", note="who owns it?")
    reviewing.submit(opened, "leaving:1", note="Sales does.")
    reviewing.approve(opened, "leaving:1", note="clear now")
    release(opened, "leaving:1")
    stages.promote(opened, "leaving:1")
    again(opened, project_id, "released")
    stages.rollback(opened, "leaving", why="too many calls")
    stages.retire(opened, "leaving:1", why="a new contract")
    return opened


def test_its_life_is_told_in_order(lived):
    told = lineage.life(lived, registry.show(lived, "leaving:1"))
    said = [moment.said for moment in told]
    assert [m.at for m in told] == sorted(m.at for m in told)
    assert said[:2] == ["The table customers was brought: 200 rows.", f"It was asked to predict {PROBLEM.target}."]
    assert said[said.index("It was handed to a reviewer.") :] == [
        "It was handed to a reviewer.",
        "It was returned: who owns it?",
        "It was answered: Sales does.",
        "It was handed to a reviewer.",
        "It was approved: clear now",
        "It was released, after proving itself in a clean process.",
        "It went live.",
        "leaving:2 went live instead; it stays approved.",
        "It became live again. Why: too many calls",
        "It was retired. Why: a new contract",
    ]
    (kept,) = [m for m in told if m.kind == lineage.REASON]
    assert (kept.said, kept.by) == ("What LK007 found in calls was kept: they are made before", "Kim")


def test_all_that_led_to_it_stands_on_one_page(lived):
    sections = dict(lineage.origin(lived, registry.show(lived, "leaving:1")))
    assert ("File", f"sha256 {'0' * 64}") in sections["The table"]
    assert "calls" in dict(sections["What a valid row is"])
    assert dict(sections["The question"])["Predicted"].startswith("left")
    assert f"US003 {NASTY}" in dict(sections["What the checks found, and why it was kept"])
    assert "CatBoost_FULL" in dict(sections["The training"])
    assert "0.81 (0.76 to 0.86), on 400 test rows" in dict(sections["How good it is"])["Its score"]
    assert dict(sections["Who may use it for what"])["Owner"] == "Service"
    assert [name.split(", ")[0] for name, _ in sections["Who looked at it"]] == [
        "1. returned",
        "2. answered",
        "3. approved",
    ]
    assert "100 rows answered as by the original; its seal x" in sections["Releases"][0][1]


def test_from_a_table_to_what_was_built_on_it(lived):
    (entry,) = catalogue.every(lived)
    assert entry.models == (("leaving:2", "approved"), ("leaving:1", "retired"))
    told = json.loads(CliRunner().invoke(main, ["datasets", "--json"]).stdout)
    assert told["datasets"][0]["models"] == ["leaving:2", "leaving:1"]


def test_from_a_decision_back_to_everything(lived):
    log = DecisionLog(lived.path / "logs" / "service.db")
    log.decisions("leaving:1", [Prediction(decision_id="d-1", prediction="yes", decision="call", trust="ok")])
    log.outcomes([OutcomeReport("d-1", "no")])
    log.close()
    found = lineage.of_decision(lived, "d-1")
    assert (found.model, found.prediction, found.decision, found.outcome) == ("leaving:1", "yes", "call", "no")
    assert abs((datetime.now(UTC).replace(tzinfo=None) - found.at).total_seconds()) < 60
    told = json.loads(CliRunner().invoke(main, ["show", "--decision", "d-1", "--json"]).stdout)
    assert (told["model"], told["decision"]["decision_id"]) == ("leaving:1", "d-1")
    assert told["life"][-1]["said"].endswith("1 decision, 0 left to a person; what then happened is known of 1.")
    assert (told["decision"]["outcome_from"], told["decisions"]["count"]) == ("application", 1)
    wrong = CliRunner().invoke(main, ["show", "leaving:2", "--decision", "d-1"])
    assert (wrong.exit_code, "taken by leaving:1, not by leaving:2" in wrong.stderr) == (2, True)


def test_a_decision_that_nobody_knows(lived):
    with pytest.raises(NotFound, match="No decision 'x' is known here"):
        lineage.of_decision(lived, "x")
