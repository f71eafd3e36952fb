"""Treat groups more alike: candidates found on the choose rows, and a chosen one judged on the test rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.workflow.home import Home
from app.workflow.views import RunView, VersionView
from engine.domain.evidence import Evidence, Mitigation, Mitigations
from engine.domain.fair import FairnessAnswers, FairnessChoice
from engine.domain.policy import Policy
from engine.domain.problem import Task
from store import artifacts

if TYPE_CHECKING:
    from engine.evidence.judged import Judged


def keep(home: Home, run_id: str, evidence: Evidence, rows: "tuple[Judged, Judged] | None", work: Path) -> Evidence:
    """Seal the rows that a run's model was judged by; returns the evidence that names the seal."""
    from engine.evidence.judged import write

    if rows is None:
        return evidence
    folder = work / "judged"
    write(folder, *rows)
    digest = artifacts.seal(folder, key=home.key)
    artifacts.publish(folder, home.judged(run_id))
    return evidence.model_copy(update={"judged": digest})


def kept(home: Home, run: RunView) -> "tuple[Judged, Judged] | None":
    """Return the choose and test rows that a run's model was judged by; None where they were not kept.

    Raises
    ------
    TamperedArtifact
        If they are not what was sealed.
    """
    from engine.evidence.judged import read

    if run.evidence is None or not run.evidence.judged:
        return None
    return read(artifacts.verify(home.judged(run.id), expected=run.evidence.judged, key=home.key))


def candidates(home: Home, shown: VersionView, policy: Policy) -> tuple[Mitigations, ...]:
    """Return for each sensitive column what thresholds of its groups would bring under a policy.

    Only choose rows are looked at. Nothing where the question is not yes/no, or the rows were not kept.
    """
    from engine.evidence.mitigation import PARITY, mitigations

    rows = kept(home, shown.run) if shown.problem.problem.task is Task.BINARY else None
    if rows is None:
        return ()
    measure = policy.fairness.measure if policy.fairness else PARITY
    return mitigations(rows[0], shown.problem.problem, policy, measure=measure)


def choose(shown: VersionView, policy: Policy, found: Mitigations, chosen: Mitigation) -> Policy:
    """Return the policy with a candidate's thresholds; the first candidate is one threshold for all."""
    from engine.policy.fair import with_thresholds

    return with_thresholds(policy, found, chosen, shown.problem.contract.column(found.column))


def recommend(answers: FairnessAnswers, task: Task) -> FairnessChoice:
    """Return the difference between groups that four answers say matters, and why."""
    from engine.policy.fair_measure import recommended

    return recommended(answers, task)


def caution() -> str:
    """Return what must be known before groups are decided by thresholds of their own."""
    from engine.policy.fair import CAUTION

    return CAUTION


def judged_under(home: Home, shown: VersionView, policy: Policy) -> Evidence | None:
    """Return the evidence under another policy; None where it is the same.

    What depends on the policy is counted anew: how groups fare, who is picked rightly and wrongly. That is one more
    look at the test rows, even where they were not kept and nothing can be counted; to say which difference matters is
    none, as long as everybody has one threshold.
    """
    from engine.evidence.rejudge import under
    from engine.policy.fair_measure import leading

    evidence, first = shown.run.evidence, policy.fairness.measure if policy.fairness else None
    if evidence is None or policy == shown.policy:
        return None
    same_decisions = policy.model_copy(update={"fairness": shown.policy.fairness}) == shown.policy
    if not same_decisions or policy.group_thresholds is not None:
        rows = kept(home, shown.run)
        evidence = evidence.model_copy(update={"test_looks": evidence.test_looks + 1})
        evidence = evidence if rows is None else under(evidence, rows[1], shown.problem.problem, policy)
    return evidence.model_copy(update={"fairness": leading(evidence.fairness, first)})
