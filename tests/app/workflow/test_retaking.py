"""Taking another model of a run: it takes the place of a draft's model, and of no other's."""

import pytest

from app import child
from app.workflow import deciding, jobs, judging, registry, retaking, reviewing, training
from engine.domain.version import Stage
from engine.errors import Refused, UnusableOption
from store import db, models, standing
from tests.app.prepared import EVIDENCE, TABLE, prepare

OTHER = "CatBoost_FULL"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A draft whose other model waits to be judged; ``meanwhile`` holds what happens while it is."""
    home, _ = prepare(tmp_path, "decided")
    meanwhile = []

    def perform(home, run_id, model):
        for happens in meanwhile:
            happens()
        evidence = EVIDENCE.model_copy(update={"test_looks": EVIDENCE.test_looks + 1})
        return training.run(home, run_id), evidence, {"choose": TABLE, "test": TABLE}, None

    monkeypatch.setattr(judging, "perform", perform)
    job_id = retaking.start(home, registry.show(home, "leaving:1").run.id, OTHER)
    return home, job_id, meanwhile


def stage(home, to):
    with db.writing(home.engine) as session:
        models.stage(session=session, version=models.find(session=session, reference="leaving:1"), stage=to)


def test_a_drafts_model_becomes_the_other_one(asked):
    home, job_id, _ = asked
    child.main(str(home.path), job_id)
    shown = registry.show(home, "leaving:1")
    assert jobs.job(home, job_id).result == {"run_id": shown.run.id, "model": OTHER}
    assert (shown.run.fitted.chosen, shown.run.evidence.test_looks) == (OTHER, EVIDENCE.test_looks + 1)


@pytest.mark.parametrize("to", [Stage.IN_REVIEW, Stage.APPROVED])
def test_what_was_decided_on_while_it_was_judged_keeps_its_model(asked, to):
    home, job_id, meanwhile = asked
    before = registry.show(home, "leaving:1")
    meanwhile.append(lambda: stage(home, to))
    child.main(str(home.path), job_id)
    failure, shown = jobs.job(home, job_id).failure, registry.show(home, "leaving:1")
    assert failure.problem == f"leaving:1 is {to}: its model stands."
    assert (shown.run.fitted, shown.run.evidence, shown.policy) == (
        before.run.fitted,
        before.run.evidence,
        before.policy,
    )
    with db.reading(home.engine) as session:
        assert standing.check(session=session)[0]


def test_what_was_decided_at_the_last_moment_is_not_lost(asked, monkeypatch):
    home, job_id, _ = asked
    settled = retaking.mitigating.settled
    policy = registry.show(home, "leaving:1").policy.model_copy(update={"threshold": 0.9})

    def late(*known):
        deciding.set_policy(home, "leaving:1", policy)
        return settled(*known)

    monkeypatch.setattr(retaking.mitigating, "settled", late)
    child.main(str(home.path), job_id)
    assert "changed in this moment" in jobs.job(home, job_id).failure.problem
    assert registry.show(home, "leaving:1").policy.threshold == 0.9


def test_what_was_judged_by_the_model_before_is_not_written_under_the_other(asked, monkeypatch):
    home, job_id, _ = asked
    judged_under = deciding.mitigating.judged_under

    def slow(*known):
        child.main(str(home.path), job_id)
        return judged_under(*known)

    monkeypatch.setattr(deciding.mitigating, "judged_under", slow)
    policy = registry.show(home, "leaving:1").policy.model_copy(update={"threshold": 0.9})
    with pytest.raises(Refused, match="leaving:1 changed while you looked at it: .*its model, what was measured"):
        deciding.set_policy(home, "leaving:1", policy)
    shown = registry.show(home, "leaving:1")
    assert (shown.run.fitted.chosen, shown.run.evidence.test_looks) == (OTHER, EVIDENCE.test_looks + 1)
    assert shown.policy.threshold != 0.9


def test_nobody_decides_on_a_version_that_is_about_to_get_another_model(asked):
    home, job_id, _ = asked
    for decide in (lambda: reviewing.submit(home, "leaving:1"), lambda: reviewing.approve(home, "leaving:1", note="y")):
        with pytest.raises(Refused, match=rf"Another model \({OTHER}\) was taken for leaving:1 .*Wait .* or cancel it"):
            decide()
    assert registry.show(home, "leaving:1").stage == "draft"
    jobs.cancel(home, job_id)
    assert reviewing.approve(home, "leaving:1", note="yes").stage == "approved"


def test_only_a_drafts_model_can_be_another(asked):
    home, _, _ = asked
    run_id = registry.show(home, "leaving:1").run.id
    with pytest.raises(UnusableOption, match="has no model 'ghost'"):
        retaking.start(home, run_id, "ghost")
    stage(home, Stage.APPROVED)
    with pytest.raises(UnusableOption, match="is approved: its model stands"):
        retaking.start(home, run_id, OTHER)
