"""Apply what a guardrail proposes to a problem: the problem remembers, rows and split follow."""

from collections.abc import Iterable

from engine.domain.outcome import Action, Outcome, Remedy, Verdict
from engine.domain.problem import Problem, Split, SplitKind, SplitRows, Task
from engine.errors import UnusableOption
from engine.problem.answers import in_order, propose_positive
from engine.problem.costs import costs_for
from engine.problem.metric import DEFAULT, METRICS
from engine.problem.rewriting import merged
from engine.problem.words import quoted

# Columns go first: what is dropped must not decide which rows are related.
_ORDER = (
    *(Action.DROP_COLUMNS, Action.WITHHOLD, Action.SET_MISSING, Action.DROP_ROWS, Action.MERGE_LEVELS),
    *(Action.DEDUPLICATE, Action.TIME_SPLIT, Action.GROUP_SPLIT, Action.KEEP_TOGETHER),
)


def apply_remedy(problem: Problem, remedy: Remedy) -> Problem:
    """Return the problem with one fix applied; a fix that is applied already changes nothing.

    Raises
    ------
    UnusableOption
        If the fix would take out the target.
    """
    if remedy in problem.remedies:
        return problem
    if remedy.action in {Action.DROP_COLUMNS, Action.WITHHOLD} and problem.target in remedy.columns:
        raise UnusableOption(
            f"{quoted(problem.target)} is what is to be predicted and cannot be left out.",
            fix="Leave out other columns, or choose another column to predict.",
        )
    changes = {"remedies": (*problem.remedies, remedy), **_split(problem, remedy), **_classes(problem, remedy)}
    return problem.model_copy(update=changes)


def apply_all(problem: Problem, outcomes: Iterable[Outcome]) -> Problem:
    """Return the problem with every proposed remedy applied; columns found sensitive are kept to judge by.

    Raises
    ------
    UnusableOption
        If a fix would take out the target.
    """
    proposed = [o for o in outcomes if o.verdict is Verdict.FLAGGED and o.remedy]
    found = [name for o in proposed if o.code == "FA001" for name in o.columns if name not in problem.sensitive]
    problem = problem.model_copy(update={"sensitive": (*problem.sensitive, *dict.fromkeys(found))})
    remedies = [o.remedy for o in proposed if o.remedy]
    for remedy in sorted(remedies, key=lambda r: _ORDER.index(r.action)):
        problem = apply_remedy(problem, remedy)
    return problem


def _split(problem: Problem, remedy: Remedy) -> dict[str, object]:
    split = problem.split
    if remedy.action is Action.KEEP_TOGETHER:
        return {"split": split.model_copy(update={"keep_together": True, "rows": SplitRows()})}
    when, entities = (
        (split.columns[: split.moments], split.columns[split.moments :]) if problem.time else ((), split.columns)
    )
    if remedy.action is Action.TIME_SPLIT:
        return {
            "time": remedy.columns[0],
            "split": structure(remedy.columns[0], entities, split.keep_together, finer=remedy.columns[1:]),
        }
    if remedy.action is Action.GROUP_SPLIT:
        entities = tuple(dict.fromkeys((*entities, *remedy.columns)))
        return {
            "group": problem.group or remedy.columns[0],
            "split": structure(problem.time, entities, split.keep_together, finer=when[1:]),
        }
    return {}


def structure(
    time: str | None, entities: tuple[str, ...], keep_together: bool = False, *, finer: tuple[str, ...] = ()
) -> Split:
    """Return the validation structure for a time column and entity columns, in that order.

    ``finer`` columns divide the time that the first one says, as months divide years.
    """
    when = (time, *finer) if time else ()
    names = {
        (False, False): SplitKind.RANDOM,
        (False, True): SplitKind.GROUP,
        (True, False): SplitKind.TIME,
        (True, True): SplitKind.GROUP_TIME,
    }
    kind = names[bool(time), bool(entities)]
    return Split(kind=kind, columns=(*when, *entities), moments=len(when) or 1, keep_together=keep_together)


def _classes(problem: Problem, remedy: Remedy) -> dict[str, object]:
    """Return what changes where the remedy takes out or unites values of the target."""
    if problem.target not in remedy.columns or not remedy.values or problem.task is Task.REGRESSION:
        return {}
    left = [name for name in problem.classes if name not in remedy.values]
    if remedy.action is Action.MERGE_LEVELS:
        left = [*left, *dict.fromkeys(merged(remedy.values).values())]
    elif remedy.action not in {Action.DROP_ROWS, Action.SET_MISSING}:
        return {}
    classes = in_order(left)
    if problem.task is Task.BINARY or len(classes) > 2:
        return {"classes": classes}
    # Two answers are left of more: it has become a yes/no question.
    positive = propose_positive(classes, {})[0]
    metric = problem.metric if Task.BINARY in METRICS[problem.metric].tasks else DEFAULT[Task.BINARY]
    negative = next((name for name in classes if name != positive), positive)
    two = problem.model_copy(update={"classes": (negative, positive), "remedies": (*problem.remedies, remedy)})
    changes: dict[str, object] = {"task": Task.BINARY, "positive": positive, "classes": two.classes, "metric": metric}
    if costs := costs_for(two):
        (_, missed), (wrong, _) = costs.amounts
        asked = problem.question.model_copy(update={"cost_wrong_yes": wrong, "cost_missed_yes": missed})
        changes["question"] = asked
    return changes
