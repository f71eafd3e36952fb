"""The life of a version, from its table to its end; and the ways back to it."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from app.cli import main
from app.workflow import catalogue, checks, collecting, lineage, origin, registry, reviewing, stages, training
from engine.domain.outcome import Action, Gate, Override, Remedy, Verdict
from engine.domain.run import Progress
from engine.domain.service import Prediction
from engine.errors import NotFound
from engine.serving.log import DecisionLog, OutcomeReport
from store import db, problems, standing
from tests.app.prepared import LATE, NASTY, PROBLEM, again, prepare
from tests.app.reading import read
from tests.app.workflow.left import served
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
    assert any(words.startswith("It ended with 2 models tried; chosen: LightGBM") for words in said)
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
    sections = dict(origin.origin(lived, registry.show(lived, "leaving:1")))
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
    assert sections["What was changed for it"] == [("Nothing", "as it came")]
    assert sections["What it decided"][0][0] == "Nothing"
    told = json.loads(CliRunner().invoke(main, ["show", "leaving:1", "--json"]).stdout)
    page = {part["part"]: [(fact["what"], fact["said"]) for fact in part["facts"]] for part in told["page"]}
    assert {title: page[title] for title in sections} == sections
    assert "its manifest is gone" in told["lineage"]["unreadable"]  # a prepared model has no files
    said = CliRunner().invoke(main, ["show", "leaving:1"]).stdout
    assert all(f"  {what}: {value}" in said for facts in sections.values() for what, value in facts)


def test_reasons_stand_beside_what_they_are_about(home):
    late = LATE.model_copy(update={"verdict": Verdict.PASSED, "severity": None})
    unfair = LATE.model_copy(
        update={"code": "FA004", "gate": Gate.APPROVAL, "columns": ("sex", "city, state"), "problem": "Unlike."}
    )
    fixed = PROBLEM.model_copy(update={"remedies": (Remedy(action=Action.DROP_COLUMNS, columns=("a", "b", "c")),)})
    opened, _ = prepare(home, "decided", outcomes=(late, unfair), problem=fixed)
    with db.writing(opened.engine) as session:
        asked = registry.show(opened, "leaving").problem.id
        override = Override(code="LK007", column="calls", reason="they are made before")
        problems.override(session=session, problem_id=asked, override=override, author="Kim")
    why = Override(code="FA004", column="city, state", reason="asked a lawyer")
    reviewing.approve(opened, "leaving:1", note="clear", accepted=(why,))
    sections = dict(origin.origin(opened, registry.show(opened, "leaving:1")))
    checks = dict(sections["What the checks found, and why it was kept"])
    assert checks["FA004 sex, city, state"] == f"Stop: Unlike. Accepted by {opened.settings.user}: asked a lawyer"
    assert checks["LK007 calls"] == "Nothing is found any more. It was to be kept, because: they are made before"
    assert "LK007" in checks["Fine"]
    assert sections["What was changed for it"] == [("1.", "Leave out a, b, c")]
    assert ("Known only afterwards", "calls") in sections["The question"]


def test_another_reason_takes_the_place_of_the_first_until_the_version_is_handed_in(home):
    opened, project_id = prepare(home, "decided", outcomes=(LATE,))
    asked = registry.show(opened, "leaving:1").problem.id

    def kept(reason: str) -> None:
        checks.override(opened, asked, Override(code="LK007", column="calls", reason=reason))

    for reason in ("a hasty one", "they are made before"):
        kept(reason)
    reviewing.submit(opened, "leaving:1")
    kept("nobody reviewed this one")
    made = registry.card(opened, "leaving:1")
    assert [one.reason for one in made.overrides] == ["they are made before"]
    told = [m.said for m in lineage.life(opened, registry.show(opened, "leaving:1")) if m.kind == lineage.REASON]
    assert told == [
        "What LK007 found in calls was kept: a hasty one",
        "What LK007 found in calls was kept, for another reason: they are made before",
    ]
    # It holds for what is trained next, and for this one where it comes back.
    next_one = registry.card(opened, again(opened, project_id, "decided"))
    reviewing.send_back(opened, "leaving:1", note="why is it kept?")
    for card in (next_one, registry.card(opened, "leaving:1")):
        assert [one.reason for one in card.overrides] == ["nobody reviewed this one"]
    with db.reading(opened.engine) as session:
        standing.check(session=session)


def test_what_was_accepted_stands_in_the_review_and_in_its_life(home, opened):
    unfair = LATE.model_copy(
        update={"code": "FA004", "gate": Gate.APPROVAL, "columns": ("sex", "age"), "problem": "Unlike."}
    )
    kept, project_id = prepare(home, "decided", outcomes=(unfair,))
    why = Override(code="FA004", column="sex", reason="asked a lawyer")
    reviewing.approve(kept, "leaving:1", note="clear", accepted=(why,))
    assert ": clear. " in lineage.life(kept, registry.show(kept, "leaving:1"))[-1].said
    page = opened("steps/review.py", project=project_id, model="leaving:1")
    assert "Accepted: **FA004** (sex, age), because: asked a lawyer" in read(page)


def test_what_a_training_did_is_written_down_as_it_changes(tmp_path):
    heard = []
    tell = training.Diary(tmp_path / "log.txt", heard.append)
    tried = Progress(stage="Trying model 2", models=1, best_model="CatBoost", best_score=0.5)
    for told in (Progress(stage="Reading the rows"), tried, tried.model_copy(update={"seconds": 3.0})):
        tell(told)
    assert len(heard) == 3
    assert [line[20:] for line in (tmp_path / "log.txt").read_text().splitlines()] == [
        "Reading the rows",
        "Trying model 2; 1 model tried; best so far CatBoost 0.5",
    ]


def test_a_log_of_anything_is_shown_as_far_as_it_goes(lived, monkeypatch):
    run = registry.show(lived, "leaving:1").run
    lived.run(run.id).mkdir()
    (lived.run(run.id) / training.LOG).write_bytes(b"\xff\x00 and on")
    monkeypatch.setattr("app.workflow.judging.sealed", lambda *_, **__: lived.run(run.id))
    assert origin.making(lived, run) == ([], "\ufffd\x00 and on")
    monkeypatch.setattr(origin, "LONGEST", 2)
    assert origin.making(lived, run) == ([], "\ufffd\x00\n(The rest is left out.)")


def test_what_it_decided_is_counted_by_who_asked(lived):
    served(lived, left=("d-1",), answered=("d-2",), outcomes=[("d-2", "no")])
    collecting.collect(lived)
    told = dict(dict(origin.origin(lived, registry.show(lived, "leaving:1")))["What it decided"])
    assert told["By how far they can be trusted"] == "abstain 1, ok 1"
    assert told["Asked by"] == "whoever, without a key 2"
    assert told["Cases left to a person"] == "waiting 1"
    assert set(told["The last of them"].split(", ")) == {"d-1", "d-2"}


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
