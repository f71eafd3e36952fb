"""Treat groups more alike: candidates found on the choose rows, and a chosen one judged on the test rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.workflow import drafts, training
from app.workflow.home import Home
from app.workflow.views import RunView, VersionView
from engine.domain.evidence import Evidence
from engine.domain.fair import FairnessAnswers, FairnessChoice, Mitigation, Mitigations
from engine.domain.outcome import Bar
from engine.domain.policy import DecisionTable, Policy, PolicyKind
from engine.domain.problem import Problem, Task
from engine.domain.run import Plan
from store import artifacts

if TYPE_CHECKING:
    from engine.evidence.judged import Judged

STANDS_IN = "FA002"  # the check that names them
LITTLE = 0.25  # of the strongest one's part: a column with less hardly tells the group, and may be worth much otherwise


def keep(home: Home, run_id: str, evidence: Evidence, rows: "tuple[Judged, Judged] | None", work: Path) -> Evidence:
    """Seal the rows that a run's model was judged by; returns the evidence that names the seal."""
    from engine.evidence.judged import write

    if rows is None:
        return evidence
    folder = work / "judged"
    write(folder, *rows)
    digest = artifacts.seal(folder, key=home.key)
    artifacts.publish(folder, home.judged(run_id, digest))
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
    place = home.judged(run.id, run.evidence.judged)
    return read(artifacts.verify(place, expected=run.evidence.judged, key=home.key))


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


def others(home: Home, shown: VersionView, policy: Policy, found: Mitigations) -> tuple[Mitigation, ...]:
    """Return the other trainings of the same question as candidates beside thresholds of groups.

    Those whose plan treats groups alike in the same way as this one's are left out, but for the newest of each.
    """
    from engine.evidence.retrained import retrained

    ours, mine = kept(home, shown.run), shown.run.plan
    points: dict[str, Mitigation] = {}
    for run in training.of_project(home, shown.run.project_id) if ours else ():
        label = called(run.plan)
        if run.problem_id != shown.run.problem_id or label == called(mine) or label in points:
            continue
        rows = kept(home, run)
        if rows is not None and ours is not None:
            point = retrained(label, rows[0], ours[0], shown.problem.problem, policy, found)
            points |= {label: point} if point else {}
    return tuple(points.values())


def compared(shown: VersionView) -> list[str]:
    """Return the sensitive columns whose groups were compared."""
    found = shown.run.evidence.fairness if shown.run.evidence else ()
    return list(dict.fromkeys(one.column for one in found if not one.columns))


def plans(shown: VersionView, column: str) -> dict[str, Plan]:
    """Return the ways to train anew that may treat a column's groups more alike, by what they do.

    Rows are reweighed by how often a group has an answer; a number is no such answer.
    """
    plan, names = shown.run.plan, shown.run.contract.names if shown.run.contract else ()
    told = [o.picture for o in shown.problem.outcomes or () if o.code == STANDS_IN and column in o.columns]
    stand_ins = tuple(bar.label for picture in told if picture for bar in _strong(picture.bars) if bar.label in names)
    able = shown.problem.problem.task is not Task.REGRESSION and plan.reweigh != column
    ways = [plan.model_copy(update={"reweigh": column})] if able else []
    if stand_ins and len(stand_ins) < len(names):
        ways.append(plan.model_copy(update={"without": tuple(dict.fromkeys((*plan.without, *stand_ins)))}))
    return {called(way): way for way in ways}


def _strong(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    most = max((bar.value for bar in bars), default=0.0)
    return tuple(bar for bar in bars if bar.value >= LITTLE * most)


def train(home: Home, shown: VersionView, policy: Policy, plan: Plan) -> str:
    """Start another training of the same question by a plan and return its run's id.

    What was said of the decision goes on: what mistakes cost, which difference matters, the use contract as far as it
    is filled in.

    Raises
    ------
    GateClosed
        If a blocker of the question is open.
    """
    begun = drafts.draft(home, shown.run.project_id, "decide")
    use = begun["use"] if begun.get("version") == shown.id else shown.use.model_dump(mode="json")
    return training.start(home, shown.run.problem_id, plan, name=shown.name, use=use, decided=policy)


def decided(
    table: DecisionTable | None, problem: Problem, before: Policy | None, choose: "Judged | None" = None
) -> Policy:
    """Propose how a new model decides; ``before`` is what was said of one whose place it may take."""
    from engine.policy.decision import by_costs, decide

    if before is None:
        return decide(table, problem, choose=choose)
    if before.kind is PolicyKind.MOST_LIKELY:
        problem = problem.model_copy(update={"question": problem.question.model_copy(update={"costs": ()})})
    if before.costs is not None:
        return by_costs(before.costs, problem, choose).model_copy(update={"fairness": before.fairness})
    if before.kind is PolicyKind.COSTS:
        costs = {"cost_wrong_yes": before.cost_wrong_yes, "cost_missed_yes": before.cost_missed_yes}
        problem = problem.model_copy(update={"question": problem.question.model_copy(update=costs)})
    if before.kind is PolicyKind.CAPACITY:
        room = {"cost_wrong_yes": None, "cost_missed_yes": None, "capacity": before.capacity}
        problem = problem.model_copy(update={"question": problem.question.model_copy(update=room)})
    again = decide(table, problem, batch=before.batch, choose=choose)
    return again.model_copy(update={"fairness": before.fairness})


def settled(
    evidence: Evidence,
    table: DecisionTable | None,
    problem: Problem,
    before: Policy | None,
    kept: "tuple[Judged, Judged] | None",
) -> tuple[Policy, Evidence]:
    """Return how a new model decides, and the evidence under it; ``kept`` are its choose and test rows.

    The policy rests on the choose rows alone, so what it does to the test rows is no further look at them.
    """
    from engine.evidence.rejudge import under
    from engine.policy.fair_measure import leading

    policy = decided(table, problem, before, kept[0] if kept else None)
    if before is None or kept is None:
        return policy, evidence
    evidence = under(evidence, kept[1], problem, policy, choose=kept[0])
    first = policy.fairness.measure if policy.fairness else None
    return policy, evidence.model_copy(update={"fairness": leading(evidence.fairness, first)})


def choose(shown: VersionView, policy: Policy, found: Mitigations, chosen: Mitigation) -> Policy:
    """Return the policy with a candidate's thresholds; the first candidate is one threshold for all."""
    from engine.policy.fair import with_thresholds

    return with_thresholds(policy, found, chosen, shown.problem.contract.column(found.column))


def recommend(answers: FairnessAnswers, task: Task) -> FairnessChoice:
    """Return the difference between groups that four answers say matters, and why."""
    from engine.policy.fair_measure import recommended

    return recommended(answers, task)


def called(plan: Plan) -> str:
    """Say how a plan has a model trained, seen from how groups fare."""
    from engine.evidence.retrained import called as said

    return said(plan)


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
        evidence = evidence if rows is None else under(evidence, rows[1], shown.problem.problem, policy, choose=rows[0])
    return evidence.model_copy(update={"fairness": leading(evidence.fairness, first)})
