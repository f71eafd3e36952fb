"""Decide: what to do with an answer, and who may use it for what."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workflow import mitigating, registry, seen
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.dataset import DataContract
from engine.domain.evidence import Curve, Evidence, ExpectedCost
from engine.domain.policy import Abstention, DecisionTable, Policy, UseContract
from engine.domain.problem import Mistake, Problem
from engine.domain.version import Stage
from engine.errors import Refused
from store import db, models, runs

if TYPE_CHECKING:
    from engine.evidence.value import Reach


@dataclass(frozen=True)
class Costed:
    """What deciding by costs would bring on the choose rows; None where they were not kept.

    ``always`` and ``likeliest`` say how much more the two simple ways would cost.
    """

    policy: Policy
    found: ExpectedCost | None
    always: str = ""
    likeliest: str = ""


def set_policy(home: Home, reference: str, policy: Policy) -> VersionView:
    """Replace a draft's policy. The test rows were scored before, so this is counted as one more look at them.

    How groups fare is judged anew on them; what only a person says, which difference matters, needs no look.

    Raises
    ------
    Refused
        If the version is approved or in review: what was reviewed stands. Or if it changed in this moment.
    """
    shown = registry.show(home, reference)
    _require_changeable(shown.reference, shown.stage)
    evidence = mitigating.judged_under(home, shown, policy)
    with db.writing(home.engine) as session:
        db.alone(session)
        version = models.find(session=session, reference=shown.reference)
        _require_changeable(version.reference, Stage(version.stage))
        if evidence is not None:
            seen.require_unmoved(session, shown)  # it was judged by what was shown: another model's is no use
            run = runs.get(session=session, run_id=version.run_id)
            run.evidence = evidence.model_dump(mode="json")
            session.add(run)
        models.decide(session=session, version=version, policy=policy)
    return registry.show(home, reference)


def set_use(home: Home, reference: str, use: UseContract) -> VersionView:
    """Replace a draft's use contract.

    Raises
    ------
    Refused
        If the version is approved or in review: what was reviewed stands.
    UnusableOption
        If it is limited to cases that there are none of.
    """
    from engine.policy.allowed import require_sensible

    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        _require_changeable(version.reference, Stage(version.stage))
        learned = runs.get(session=session, run_id=version.run_id).contract
        if learned is not None:
            require_sensible(DataContract.model_validate(learned), use.allowed)
        models.decide(session=session, version=version, use=use)
    return registry.show(home, reference)


def _require_changeable(reference: str, stage: Stage) -> None:
    if not stage.may_change:
        raise Refused(
            f"{reference} is {stage}: what was reviewed stands.",
            fix="Train again, or have the reviewer return it, to change how it decides.",
        )


def reached(evidence: Evidence, problem: Problem, top: int, table: DecisionTable | None) -> "tuple[str, Reach]":
    """Say whom acting on the ``top`` test rows reaches, in a sentence and in numbers; ``table`` was counted on them.

    Raises
    ------
    ValueError
        If the question is not yes/no.
    """
    from engine.evidence.value import reach, reach_in_words

    found = reach(evidence, top, table)
    if found is None:
        raise ValueError("only a yes/no question has somebody to reach")
    return reach_in_words(found, problem), found


def near(evidence: Evidence, problem: Problem, off: float) -> str:
    """Say how often a predicted number is at most ``off`` wrong."""
    from engine.evidence.value import near_in_words

    return near_in_words(evidence, problem, off)


def profit(table: DecisionTable, policy: Policy) -> Curve | None:
    """Return the money that acting brings by the share acted on; None where no costs are known."""
    from engine.evidence.value import profit as of

    if policy.cost_wrong_yes is None or policy.cost_missed_yes is None:
        return None
    return of(table, policy.cost_wrong_yes, policy.cost_missed_yes)


def brings(table: DecisionTable, policy: Policy, who: str) -> str:
    """Say what acting brings in money against the cheapest simple way; nothing where no costs are known."""
    from engine.evidence.value import money_in_words

    return money_in_words(table, policy, who)


def coverage_asked(problem: Problem) -> str:
    """Return what a coverage is the share of, as the label of a choice."""
    from engine.evidence.abstaining import asked

    return asked(problem)


def only_the_width(choices: Iterable[Abstention], problem: Problem) -> str:
    """Say that a coverage changes only how wide ranges are, and not who is left to a person; nothing where it does."""
    from engine.evidence.abstaining import only_the_width as said

    return said(choices, problem)


def doubted(limits: Abstention, problem: Problem) -> str:
    """Say when a case is left to a person and what that brings, as the card does."""
    from engine.evidence.abstaining import in_words

    return in_words(limits, problem)


def by_costs(home: Home, shown: VersionView, said: Iterable[Mistake]) -> Costed:
    """Say how the costs of taking one class for another would decide, and what that would bring. Keeps nothing.

    Raises
    ------
    UnusableOption
        If an amount makes no sense, or no mistake costs anything.
    """
    from engine.evidence.expected_cost import compared, expected_cost
    from engine.policy.decision import by_costs as decided
    from engine.problem.costs import costs_of

    problem, rows = shown.problem.problem, mitigating.kept(home, shown.run)
    costs = costs_of(said, problem.classes)
    policy = decided(costs, problem, rows[0] if rows else None)
    if rows is None:
        return Costed(policy, None)
    found = expected_cost(costs, rows[0], problem)
    return Costed(policy, found, *compared(found))


def most_likely(problem: Problem) -> Policy:
    """Return the policy that takes the most probable of several classes."""
    from engine.policy.decision import decide

    return decide(None, problem.model_copy(update={"question": problem.question.model_copy(update={"costs": ()})}))
