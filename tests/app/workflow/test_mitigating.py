"""Choosing how groups are treated: the test rows are looked at when it is kept, and other trainings are points."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import child, settings
from app.workflow import checks, data, deciding, drafts, mitigating, projects, question, registry, training
from app.workflow.home import Home, open_home
from app.workflow.views import ProblemView, VersionView
from engine.domain.fair import FairnessAnswers, Harm
from engine.domain.outcome import Bar, Outcome, Picture, PictureKind, Severity, Verdict
from engine.domain.policy import Policy, PolicyKind, UseContract
from engine.domain.problem import Task
from engine.domain.run import Plan, Quality
from engine.errors import TamperedArtifact
from engine.evidence.judged import Judged
from store import db, jobs, models, runs
from tests.app.prepared import EVIDENCE, FITTED, NASTY, OUTCOMES, TABLE, prepare

STANDS_IN = Outcome(
    code="FA002",
    title="Stand-ins",
    verdict=Verdict.FLAGGED,
    severity=Severity.WARNING,
    columns=("sex",),
    picture=Picture(kind=PictureKind.STRENGTH, about="sex", bars=(Bar(label=NASTY, value=0.8),)),
)

# What somebody said of a decision: both mistakes cost, and nobody is decided about by the group.
SAID = Policy(
    kind=PolicyKind.COSTS,
    threshold=0.4,
    cost_wrong_yes=3,
    cost_missed_yes=6,
    fairness=mitigating.recommend(
        FairnessAnswers(record_is_fair=False, harm=Harm.MISSED, scarce=False, group_may_be_used=False), Task.BINARY
    ),
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


def made_up(home: Home, asked: ProblemView, plan: Plan, work: Path, *, lift: float) -> str:
    """Record a training that nobody carried out; returns its run."""
    with db.writing(home.engine) as session:
        job = jobs.add(session=session, kind="train", arguments={}, project_id=asked.project_id)
        about = {"run_id": job.id, "project_id": asked.project_id, "problem_id": asked.id}
        runs.add(session=session, **about, plan=plan, builder="builder")
        told = {"fitted": FITTED, "evidence": EVIDENCE, "tables": {"choose": TABLE}}
        runs.conclude(session=session, run_id=job.id, **told, contract=asked.contract, digest="x")
    keep(home, job.id, work, lift=lift)
    return job.id


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


def test_a_model_that_is_trained_anew_is_judged_as_it_decides(opened: Home):
    shown = registry.show(opened, "leaving:1")
    choose, test = mitigating.kept(opened, shown.run)
    cheap = SAID.model_copy(update={"cost_wrong_yes": 1, "cost_missed_yes": 60})
    policy, evidence = mitigating.settled(shown.run.evidence, TABLE, shown.problem.problem, cheap, (choose, test))
    assert policy.cost_missed_yes == 60
    assert evidence.threshold == policy.threshold != shown.run.evidence.threshold
    picked = int((test.chance >= policy.threshold).sum())
    assert evidence.confusion.counts[0][1] + evidence.confusion.counts[1][1] == picked
    assert evidence.fairness[0].measure == cheap.fairness.measure
    assert evidence.test_looks == shown.run.evidence.test_looks  # the choose rows alone set the policy
    same = mitigating.settled(shown.run.evidence, TABLE, shown.problem.problem, None, (choose, test))
    assert same[1] == shown.run.evidence


def test_rows_that_were_changed_are_refused(opened: Home):
    shown = registry.show(opened, "leaving:1")
    (opened.judged(shown.run.id, shown.run.evidence.judged) / "choose.parquet").write_bytes(b"other")
    with pytest.raises(TamperedArtifact):
        mitigating.candidates(opened, shown, shown.policy)


def test_rows_that_an_earlier_version_kept_elsewhere_come_to_their_place(opened: Home):
    shown = registry.show(opened, "leaving:1")
    place = opened.judged(shown.run.id, shown.run.evidence.judged)
    place.rename(place.with_name(f"{shown.run.id}-judged"))
    again = open_home(opened.settings)
    assert place.is_dir()  # where seals are verified, projects exported and files without rows swept away
    assert len(mitigating.candidates(again, shown, shown.policy)) == 1


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
    made_up(opened, shown.problem, Plan(reweigh="sex"), tmp_path / "other", lift=0.0)
    (point,) = mitigating.others(opened, shown, shown.policy, found)
    assert point.label == "rows reweighed by ‘sex’"
    assert point.gap < found.candidates[0].gap


@pytest.mark.parametrize(("task", "ways"), [(Task.MULTICLASS, ["sex", None]), (Task.REGRESSION, [None])])
def test_other_questions_are_trained_anew_too(opened: Home, task: Task, ways: list[str | None]):
    shown = registry.show(opened, "leaving:1")
    problem = shown.problem.problem.model_copy(update={"task": task})
    other = replace(shown, problem=replace(shown.problem, problem=problem))
    assert mitigating.candidates(opened, other, shown.policy) == ()
    assert mitigating.compared(other) == ["sex"]
    plans = list(mitigating.plans(other, "sex").values())
    assert [plan.reweigh for plan in plans] == ways
    assert plans[-1].without == (NASTY,)


def test_a_button_starts_a_training_with_that_plan(opened: Home):
    shown = registry.show(opened, "leaving:1")
    plan = mitigating.plans(shown, "sex")["rows reweighed by ‘sex’"]
    run_id = mitigating.train(opened, shown, shown.policy, plan)
    with db.reading(opened.engine) as session:
        assert runs.get(session=session, run_id=run_id).plan["reweigh"] == "sex"
        assert models.of_run(session=session, run_id=run_id) is None


@pytest.fixture
def hiring(home: Path, tmp_path: Path) -> tuple[Home, VersionView]:
    """A draft about 900 applicants: women were hired less at equal merit, and height tells who they are."""
    rng = np.random.default_rng(0)
    sex, merit = rng.choice(["f", "m"], 900), rng.random(900)
    frame = pd.DataFrame({"sex": sex, "merit": merit.round(3)})
    frame["height"] = (165 + 14 * (sex == "m") + rng.normal(0, 4, 900)).round()
    hired = merit + 0.3 * (sex == "m") + rng.normal(0, 0.15, 900) > 0.7
    frame.assign(hired=np.where(hired, "yes", "no")).to_csv(tmp_path / "hiring.csv", index=False)
    (home / "logs").mkdir()
    opened = open_home(settings.load(home))
    project = projects.create(opened, "hiring")
    data.bring(opened, tmp_path / "hiring.csv", "hiring.csv", project_id=project.id)
    answers = question.Answers(target="hired", positive="yes", sensitive=("sex",))
    asked = checks.check(opened, question.frame_problem(opened, project.id, answers).id)
    run_id = made_up(opened, asked, Plan(minutes=0.1, quality=Quality.FAST), tmp_path / "work", lift=0.3)
    with db.writing(opened.engine) as session:
        models.add(session=session, name="hiring", run_id=run_id, policy=SAID, use=UseContract(purpose="hiring"))
    return opened, registry.show(opened, "hiring:1")


@pytest.mark.training
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_a_button_trains_is_another_model_that_treats_groups_more_alike(hiring: tuple[Home, VersionView]):
    opened, first = hiring
    plans = mitigating.plans(first, "sex")
    assert list(plans) == ["rows reweighed by ‘sex’", "without ‘height’"]
    use = first.use.model_copy(update={"owner": "recruiters"})
    drafts.keep(opened, first.run.project_id, "decide", {"version": first.id, "use": use.model_dump(mode="json")})
    both = first.run.plan.model_copy(update={"reweigh": "sex", "without": ("height",)})

    run_id = mitigating.train(opened, first, SAID, both)
    assert child.main(str(opened.path), run_id) == 0, training.run(opened, run_id).job.failure
    second = registry.show(opened, "hiring:2")
    assert (second.run.id, second.use, second.policy.fairness) == (run_id, use, SAID.fairness)
    assert (second.policy.cost_wrong_yes, second.policy.cost_missed_yes) == (3, 6)
    assert second.run.contract is not None
    assert second.run.contract.names == ("merit",)
    for form in ("html", "json"):
        card = registry.render(registry.card(opened, second.reference), form)
        assert "without ‘height’ and rows reweighed by ‘sex’" in card
    (found,) = mitigating.candidates(opened, first, SAID)
    (point,) = mitigating.others(opened, first, SAID, found)
    assert point.label == mitigating.called(both)
    assert point.gap < found.candidates[0].gap
