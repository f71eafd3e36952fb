"""Choosing how groups are treated: the test rows are looked at when it is kept, and other trainings are points."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.workflow import deciding, mitigating, registry
from app.workflow.home import Home
from engine.domain.fair import FairnessAnswers, Harm
from engine.domain.outcome import Bar, Outcome, Picture, PictureKind, Severity, Verdict
from engine.domain.problem import Task
from engine.domain.run import Plan
from engine.errors import TamperedArtifact
from engine.evidence.judged import Judged
from store import db, jobs, models, runs
from tests.app.prepared import CONTRACT, EVIDENCE, FITTED, NASTY, OUTCOMES, TABLE, prepare

STANDS_IN = Outcome(
    code="FA002",
    title="Stand-ins",
    verdict=Verdict.FLAGGED,
    severity=Severity.WARNING,
    columns=("sex",),
    picture=Picture(kind=PictureKind.STRENGTH, about="sex", bars=(Bar(label=NASTY, value=0.8),)),
)


def leavers(seed: int, lift: float = 0.3) -> Judged:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], 1000)
    chance = np.clip(rng.random(1000) * 0.5 + lift * (sex == "m"), 0, 1)
    return Judged(pd.DataFrame({"sex": sex}, dtype=object), (rng.random(1000) < chance) * 1.0, chance)


def keep(home: Home, run_id: str, work: Path, *, lift: float = 0.3) -> None:
    """Give a run the rows that it was judged by."""
    evidence = mitigating.keep(home, run_id, EVIDENCE, (leavers(0, lift), leavers(1, lift)), work)
    with db.writing(home.engine) as session:
        run = runs.get(session=session, run_id=run_id)
        run.evidence = evidence.model_dump(mode="json")
        session.add(run)


@pytest.fixture
def opened(home: Path, tmp_path: Path) -> Home:
    """A draft that picks men more often, with the rows that it was judged by."""
    made, _ = prepare(home, "trained", outcomes=(*OUTCOMES, STANDS_IN))
    keep(made, registry.show(made, "leaving:1").run.id, tmp_path / "work")
    return made


def chosen(home: Home):
    shown = registry.show(home, "leaving:1")
    (found,) = mitigating.candidates(home, shown, shown.policy)
    return shown, found, mitigating.choose(shown, shown.policy, found, found.candidates[-1])


def test_only_what_is_kept_looks_at_the_test_rows(opened: Home):
    shown, found, policy = chosen(opened)
    assert registry.show(opened, "leaving:1").run.evidence.test_looks == 1
    after = deciding.set_policy(opened, "leaving:1", policy)
    assert after.run.evidence.test_looks == 2
    assert after.run.evidence.treated.gap < after.run.evidence.treated.gap_before
    assert after.run.evidence.fairness[0].groups[0].rows + after.run.evidence.fairness[0].groups[1].rows == 1000
    card = registry.render(registry.card(opened, "leaving:1"), "md")
    assert "Thresholds by ‘sex’" in card
    assert "ask a lawyer first" in card
    assert "Thresholds by ‘sex’" in registry.render(registry.card(opened, "leaving:1"), "json")
    back = deciding.set_policy(opened, "leaving:1", shown.policy)
    assert back.run.evidence.treated is None
    assert back.run.evidence.test_looks == 3


def test_which_difference_matters_needs_no_look_and_stands_first(opened: Home):
    shown = registry.show(opened, "leaving:1")
    again = deciding.set_policy(opened, "leaving:1", shown.policy.model_copy(update={"threshold": 0.4}))
    answers = FairnessAnswers(record_is_fair=True, harm=Harm.PICKED, scarce=False, group_may_be_used=True)
    choice = mitigating.recommend(answers, Task.BINARY)
    after = deciding.set_policy(opened, "leaving:1", again.policy.model_copy(update={"fairness": choice}))
    assert after.run.evidence.test_looks == again.run.evidence.test_looks == 2
    assert after.run.evidence.fairness[0].measure == "false_positive_rate_difference"
    assert "false positive rate difference" in registry.render(registry.card(opened, "leaving:1"), "html")


def test_rows_that_were_changed_are_refused(opened: Home):
    shown = registry.show(opened, "leaving:1")
    (opened.judged(shown.run.id, shown.run.evidence.judged) / "choose.parquet").write_bytes(b"other")
    with pytest.raises(TamperedArtifact):
        mitigating.candidates(opened, shown, shown.policy)


def test_a_run_without_kept_rows_has_no_candidates_and_counts_its_looks(home: Path):
    made, _ = prepare(home, "trained")
    shown = registry.show(made, "leaving:1")
    assert mitigating.candidates(made, shown, shown.policy) == ()
    after = deciding.set_policy(made, "leaving:1", shown.policy.model_copy(update={"threshold": 0.7}))
    assert after.run.evidence.test_looks == 2
    assert after.run.evidence.fairness == shown.run.evidence.fairness


def test_training_anew_is_offered_started_and_becomes_a_point(opened: Home, tmp_path: Path):
    shown, found, _ = chosen(opened)
    plans = mitigating.plans(shown, "sex")
    assert list(plans.values()) == [Plan(reweigh="sex"), Plan(without=(NASTY,))]
    assert mitigating.others(opened, shown, shown.policy, found) == ()
    with db.writing(opened.engine) as session:
        job = jobs.add(session=session, kind="train", arguments={}, project_id=shown.run.project_id)
        runs.add(
            session=session, run_id=job.id, project_id=shown.run.project_id, problem_id=shown.run.problem_id,
            plan=Plan(reweigh="sex"), builder="builder",
        )  # fmt: skip
        runs.conclude(
            session=session, run_id=job.id, fitted=FITTED, evidence=EVIDENCE, tables={"choose": TABLE},
            contract=CONTRACT, digest="x",
        )  # fmt: skip
    keep(opened, job.id, tmp_path / "other", lift=0.0)
    (point,) = mitigating.others(opened, shown, shown.policy, found)
    assert point.label == "rows reweighed by ‘sex’"
    assert point.gap < found.candidates[0].gap


def test_a_button_starts_a_training_with_that_plan(opened: Home):
    shown = registry.show(opened, "leaving:1")
    plan = mitigating.plans(shown, "sex")["rows reweighed by ‘sex’"]
    run_id = mitigating.train(opened, shown, plan)
    with db.reading(opened.engine) as session:
        assert runs.get(session=session, run_id=run_id).plan["reweigh"] == "sex"
        assert models.of_run(session=session, run_id=run_id) is None
