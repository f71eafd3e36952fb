"""Two versions side by side: every change is named, and the score's difference is told on the same rows."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from app.cli import main
from app.workflow import comparing, deciding, registry
from engine.domain.evidence import Importance
from engine.domain.outcome import Gate, Severity, Verdict
from engine.domain.policy import PolicyKind
from engine.errors import NotFound, TamperedArtifact
from engine.evidence.held import hold
from store import artifacts, db, problems, runs
from tests.app.prepared import EVIDENCE, FITTED, OUTCOMES, PROBLEM, again, prepare
from tests.app.reading import everything

ROWS = 400
RNG = np.random.default_rng(3)
X = RNG.normal(size=ROWS)
TEST = pd.DataFrame({"left": np.where(X + RNG.normal(size=ROWS) > 0, "yes", "no"), "sex": "f"})
LEANS = (Importance(column="since", value=0.3, share=0.9), Importance(column="calls", value=0.03, share=0.1))


@pytest.fixture
def two(home):
    """Two versions with sealed answers: the second knows nothing, leans on other columns, decides by hand."""
    opened, project_id = prepare(home, "released")
    again(opened, project_id, "decided", evidence=EVIDENCE.model_copy(update={"importance": LEANS}))
    deciding.set_policy(
        opened,
        "leaving:2",
        registry.show(opened, "leaving:2").policy.model_copy(update={"kind": PolicyKind.MANUAL, "threshold": 0.7}),
    )
    for reference, chance in (("leaving:1", 1 / (1 + np.exp(-X))), ("leaving:2", RNG.random(ROWS))):
        run_id = registry.show(opened, reference).run.id
        folder = opened.run(run_id)
        folder.mkdir()
        hold(folder, TEST, np.column_stack([1 - chance, chance]), PROBLEM, model=FITTED.chosen)
        with db.writing(opened.engine) as session:
            runs.get(session=session, run_id=run_id).digest = artifacts.seal(folder, key=opened.key)
    return opened


def changed(compared):
    return {title: [line.what for line in lines if line.changed] for title, lines in compared.parts}


def test_what_changed_is_named_and_what_did_not_is_not(two):
    found = changed(comparing.compare(two, "leaving:2", "leaving:1"))
    assert found["The table"] == found["The question"] == found["How groups fare"] == []
    assert {"since", "calls"} <= set(found["What it leans on"])
    assert "Threshold" in found["How it decides"]


def test_what_explains_nothing_is_not_set_against_reasons(two):
    simple = EVIDENCE.baselines[0].model_copy(update={"difference": (-0.1, 0.1)})
    nothing = EVIDENCE.model_copy(update={"baselines": (simple,)})
    with db.writing(two.engine) as session:
        run = runs.get(session=session, run_id=registry.show(two, "leaving:2").run.id)
        run.evidence = nothing.model_dump(mode="json")
    parts = dict(comparing.compare(two, "leaving:2", "leaving:1").parts)
    assert parts["What it leans on"][0].ours.startswith("There is nothing to explain")


def test_a_worse_version_is_surely_worse_on_the_same_rows(two):
    compared = comparing.compare(two, "leaving:2", "leaving:1")
    assert compared.score.startswith("On the same 400 test rows leaving:2 scores")
    assert "(ROC AUC, higher is better). It is surely worse, by" in compared.score
    assert "(95 % interval)." in compared.score
    assert compared.faced.difference[1] < 0
    better = comparing.compare(two, "leaving:1", "leaving:2").score
    assert "It is surely better" in better
    assert "Stop" not in better
    with db.writing(two.engine) as session:
        asked = registry.show(two, "leaving:1").problem.id
        leak = OUTCOMES[0].model_copy(update={"code": "LK007", "verdict": Verdict.FLAGGED, "gate": Gate.TRAINING})
        leak = leak.model_copy(update={"severity": Severity.BLOCKER})
        problems.report(session=session, problem_id=asked, outcomes=(leak,), seconds={})
    said = comparing.compare(two, "leaving:1", "leaving:2").score
    assert "But the checks say Stop of leaving:1 (LK007)" in said


def test_a_version_does_not_differ_from_itself(two):
    compared = comparing.compare(two, "leaving:1", "leaving:1")
    assert compared.changes == 0
    assert "no difference beyond chance: leaving:1 lies between 0 worse and 0 better (95 % interval)." in compared.score


def test_where_the_answers_were_not_kept_the_figures_are_to_be_taken_with_care(two):
    run_id = registry.show(two, "leaving:1").run.id
    (two.run(run_id) / "held.parquet").unlink()
    with pytest.raises(TamperedArtifact, match="held.parquet is missing"):
        comparing.compare(two, "leaving:2", "leaving:1")
    with db.writing(two.engine) as session:
        runs.get(session=session, run_id=run_id).digest = artifacts.seal(two.run(run_id), key=two.key)
    compared = comparing.compare(two, "leaving:2", "leaving:1")
    assert compared.faced is None
    assert "not kept, or are too few: compare these figures with care" in compared.score


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"metric": "log_loss"},
            "(log loss). They are judged by different measures: these figures cannot be compared.",
        ),
        ({"classes": ("yes", "no")}, "What counts as a yes differs: compare"),
        ({"target": "stays"}, "The tables or the questions differ, so the test rows do: compare"),
    ],
    ids=["measure", "positive class", "question"],
)
def test_two_scores_that_are_not_alike_say_by_what(two, monkeypatch, changes, why):
    def asked(shown):
        made = card_of(shown)
        if shown.reference == "leaving:2":
            return made
        problem = made.problem.model_copy(update=changes)
        score = made.evidence.score.model_copy(update={"metric": problem.metric})
        return made.model_copy(
            update={"problem": problem, "evidence": made.evidence.model_copy(update={"score": score})}
        )

    card_of = registry.card_of
    monkeypatch.setattr(registry, "card_of", asked)
    monkeypatch.setattr(comparing, "_faced", lambda *_: None)
    told = comparing.compare(two, "leaving:2", "leaving:1").score
    assert "(ROC AUC), leaving:1 " in told
    assert why in told


def test_a_version_is_compared_with_the_live_one_first(two):
    assert comparing.other(two, registry.show(two, "leaving:2")) == "leaving:1"
    assert comparing.other(two, registry.show(two, "leaving:1")) is None
    assert comparing.others(two, registry.show(two, "leaving:1")) == ["leaving:2"]
    with pytest.raises(NotFound, match="no version '9'"):
        comparing.compare(two, "leaving:1", "leaving:9")


def test_the_reviewer_sees_it_and_so_does_the_models_page(two, opened):
    project_id = registry.show(two, "leaving:2").run.project_id
    at = opened("steps/review.py", project=project_id)
    assert "What changed since leaving" in everything(at)
    assert "It is surely worse" in everything(at)
    at = opened("screens/model.py", model="leaving:2")
    at.segmented_control(key="show").set_value("Against another").run()
    assert "It is surely worse" in everything(at)
    assert not at.exception


def test_as_a_command(two):
    told = json.loads(CliRunner().invoke(main, ["compare", "leaving:2", "leaving:1", "--json"]).stdout)
    assert (told["model"], told["against"], told["score"]["rows"]) == ("leaving:2", "leaving:1", 400)
    assert told["score"]["difference"][1] < 0
    assert {"part": "How it decides", "what": "Threshold", "model": "0.7", "against": "0.5"} in told["changes"]
    said = CliRunner().invoke(main, ["compare", "leaving:2"])
    assert (said.exit_code, "surely worse" in said.stdout) == (0, True)
    alone = CliRunner().invoke(main, ["compare", "leaving:1", "leaving:1"])
    assert "Nothing else differs" in alone.stdout
