"""Treat groups more alike: candidates found on the choose rows, and a chosen one judged on the test rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.workflow.home import Home
from app.workflow.views import RunView, VersionView
from engine.domain.evidence import Evidence, Mitigation, Mitigations
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


def judged_under(home: Home, shown: VersionView, policy: Policy) -> Evidence | None:
    """Return the evidence under another policy; None where the test rows need not be looked at again for it.

    What depends on the policy is counted anew: how groups fare, who is picked rightly and wrongly. That is one more
    look at the test rows, even where they were not kept and nothing can be counted.
    """
    from engine.evidence.rejudge import under

    evidence = shown.run.evidence
    if evidence is None or policy.model_copy(update={"fairness": shown.policy.fairness}) == shown.policy:
        return None
    rows = kept(home, shown.run)
    looked = evidence.model_copy(update={"test_looks": evidence.test_looks + 1})
    return looked if rows is None else under(looked, rows[1], shown.problem.problem, policy)
