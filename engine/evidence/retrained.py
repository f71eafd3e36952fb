"""Models trained in another way, as points beside the thresholds of groups: how far apart groups are, at what price."""

import numpy as np

from engine.domain.fair import Mitigation, Mitigations
from engine.domain.policy import Policy
from engine.domain.problem import Problem
from engine.domain.run import Plan
from engine.evidence.groups import grouped
from engine.evidence.judged import Judged
from engine.evidence.mitigation import candidate, fares, large
from engine.policy.decision import decide, tabulate
from engine.problem.words import listed, percent, quoted


def retrained(
    label: str, theirs: Judged, ours: Judged, problem: Problem, policy: Policy, beside: Mitigations
) -> Mitigation | None:
    """Return what another model would bring with one threshold for all, on its own choose rows.

    Its threshold is what the policy's costs make best for it; where they did not set ours, it picks as many as we do.
    None where the groups cannot be compared.
    """
    column, names = beside.column, tuple(beside.candidates[0].thresholds)
    if beside.rule is None or column not in theirs.frame.columns:
        return None
    told = large(grouped(theirs.frame[column], beside.rule).to_numpy(), theirs.y, names)
    if len(told.names) < 2:
        return None
    at = _threshold(theirs, ours, problem, policy)
    now = fares(theirs, told, theirs.chance >= at, policy, beside.measure)
    sentence = f"{label}, with one threshold for all ({percent(min(at, 1.0))})."
    return candidate(dict.fromkeys(told.names, at), now, sentence, label)


def called(plan: Plan) -> str:
    """Say how a plan has a model trained, seen from how groups fare."""
    said = [f"without {listed(plan.without)}"] if plan.without else []
    said += [f"rows reweighed by {quoted(plan.reweigh)}"] if plan.reweigh else []
    return " and ".join(said) or "trained as the question says"


def _threshold(theirs: Judged, ours: Judged, problem: Problem, policy: Policy) -> float:
    costs = {"cost_wrong_yes": policy.cost_wrong_yes, "cost_missed_yes": policy.cost_missed_yes}
    if None not in costs.values():
        asked = problem.model_copy(update={"question": problem.question.model_copy(update=costs)})
        return float(decide(tabulate(theirs.y, theirs.chance), asked).threshold or 0.5)
    share = float((ours.chance >= (0.5 if policy.threshold is None else policy.threshold)).mean())
    return float(np.quantile(theirs.chance, 1 - share))
