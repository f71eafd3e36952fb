"""What mistakes cost, as a person says it: amounts that make sense, of classes that there are."""

from collections.abc import Iterable

import numpy as np

from engine.domain.outcome import Action
from engine.domain.policy import MistakeCosts
from engine.domain.problem import EVERY, Mistake, Problem, Task
from engine.errors import UnusableOption
from engine.problem.rewriting import merged
from engine.problem.words import listed, quoted

USUAL = 1.0  # what a mistake costs that nobody named
_MOST = 1e12  # beyond that, sums lose the smaller amounts


def require_amounts(*costs: float | None) -> None:
    """Refuse what is no cost.

    Raises
    ------
    UnusableOption
        If one is not a number from 0 to 1e12.
    """
    for cost in costs:
        if cost is not None and not 0 <= cost <= _MOST:
            raise UnusableOption(
                f"A mistake that costs {cost:g} makes no sense.", fix=f"Give an amount from 0 up to {_MOST:,.0f}."
            )


def check_costs(problem: Problem) -> None:
    """Refuse costs that make no sense for a question.

    Raises
    ------
    UnusableOption
        If an amount is none, names a class that there is none of, or is for another kind of question.
    """
    asked, several = problem.question, problem.task is Task.MULTICLASS
    require_amounts(asked.cost_wrong_yes, asked.cost_missed_yes)
    of_yes = (asked.cost_wrong_yes, asked.cost_missed_yes, asked.capacity)
    if problem.task is not Task.BINARY and any(said is not None for said in of_yes):
        raise UnusableOption(
            f"What a wrong or a missed yes costs, and a capacity, only fit a yes/no question; {quoted(problem.target)} "
            "is none.",
            fix="Leave them out" + (", and say what it costs to take one class for another." if several else "."),
        )
    if asked.costs and not several:
        raise UnusableOption(
            f"Costs of taking one class for another only fit a question of several classes; {quoted(problem.target)} "
            "is none.",
            fix="Say what a wrong and a missed yes cost." if problem.task is Task.BINARY else "Leave them out.",
        )
    if asked.costs:
        costs_of(asked.costs, problem.classes)


def costs_for(problem: Problem) -> MistakeCosts | None:
    """Return what mistakes cost in a question of several classes; None where nobody said.

    Where a fix united classes, the dearest that was said of one of them holds for all; of what it left out, nothing.
    """
    asked = said = problem.question.costs
    for remedy in problem.remedies:
        if remedy.action is Action.MERGE_LEVELS and problem.target in remedy.columns:
            united = merged(remedy.values)
            said = tuple(
                Mistake(said=united.get(m.said, m.said), truth=united.get(m.truth, m.truth), cost=m.cost) for m in said
            )
    known = {*problem.classes, EVERY}
    said = tuple(m for m in said if {m.said, m.truth} <= known and (m.said != m.truth or m.said == EVERY))
    if said == asked:
        return costs_of(said, problem.classes) if said else None
    # Of classes that are one now, the dearer mistake counts: nobody said that it had become cheaper.
    dearest = {(m.said, m.truth): m for m in sorted(said, key=lambda m: m.cost)}
    said = tuple(dict.fromkeys(dearest[m.said, m.truth] for m in said))
    return costs_of(said, problem.classes) if any(m.cost for m in said) else None


def costs_of(said: Iterable[Mistake], classes: tuple[str, ...]) -> MistakeCosts:
    """Return what every mistake costs: what was said, the later one counting, and 1 for what nobody named.

    Raises
    ------
    UnusableOption
        If an amount is none, a class is unknown, a right answer is to cost something, or nothing costs anything.
    """
    amounts = np.full((len(classes), len(classes)), USUAL)
    for mistake in said:
        require_amounts(mistake.cost)
        one, other = (_places(name, classes) for name in (mistake.said, mistake.truth))
        if one == other and len(one) == 1 and mistake.cost:
            raise UnusableOption(
                f"To say {quoted(mistake.said)} where that is true is no mistake, so it cannot cost {mistake.cost:g}.",
                fix="Say what the wrong answers cost beyond the right one.",
            )
        amounts[np.ix_(one, other)] = mistake.cost
    np.fill_diagonal(amounts, 0.0)
    if not amounts.any():
        raise UnusableOption(
            "No mistake costs anything, so every answer is as good as any other.",
            fix="Give at least one mistake an amount above 0.",
        )
    return MistakeCosts(classes=classes, amounts=tuple(tuple(row) for row in amounts.tolist()))


def _places(name: str, classes: tuple[str, ...]) -> list[int]:
    if name in classes:
        return [classes.index(name)]
    if name == EVERY:
        return list(range(len(classes)))
    raise UnusableOption(f"There is no class {quoted(name)} to cost something.", fix=f"There are {listed(classes)}.")
