"""Make a question precise: task, target, metric, validation structure, each with its reason."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from engine.domain.dataset import NUMERIC, Column, ColumnType, DataContract, KnownWhen, Profile
from engine.domain.problem import Problem, Question, Split, Task
from engine.errors import EmptyTable, UnusableOption, UnusableTarget
from engine.problem.answers import (
    check_target,
    check_task,
    classes_of,
    find_class,
    only_names,
    propose_positive,
    propose_task,
)
from engine.problem.costs import check_costs
from engine.problem.metric import DEFAULT, metric_for
from engine.problem.remedies import apply_remedy, structure
from engine.problem.suggest import suggest_known, suggest_sensitive, targets
from engine.problem.today import check_rule
from engine.problem.words import counted, listed, quoted

__all__ = ["apply_remedy", "formulate", "suggest_known", "suggest_sensitive", "targets"]

_FEWEST_ENTITIES = 3
_WHY_METRIC = {
    "roc_auc": "Judged by how well it ranks (ROC AUC): 0.5 is guessing, 1 is perfect.",
    "log_loss": "Judged by how much probability it gives to what really happened (log loss): lower is better.",
    "rmse": "Judged by how far off it typically is, large misses counting most (RMSE): lower is better.",
}


def formulate(
    contract: DataContract,
    profile: Profile,
    *,
    target: str,
    task: Task | str | None = None,
    positive: str | None = None,
    metric: str | None = None,
    question: Question | None = None,
    sensitive: Iterable[str] = (),
    use_sensitive: Iterable[str] = (),
    known: Mapping[str, KnownWhen] | None = None,
    ignored: Iterable[str] = (),
    time: str | None = None,
    group: str | None = None,
    seed: int = 0,
) -> Problem:
    """Return a problem that can be trained on; what is None is proposed.

    Parameters
    ----------
    contract, profile : DataContract, Profile
        Of the whole table.
    target : str
        Name of the column to predict.
    task, positive, metric : optional
        As the analyst says; else proposed from the target's values.
    question : Question, optional
        The question in words, with costs and today's rule.
    sensitive, use_sensitive : names
        Columns to judge by; they are withheld from the model unless named in ``use_sensitive`` too.
    known : mapping of name to KnownWhen
        What was said of columns; one that is not named counts as known before the decision.
    ignored : names
        Columns to leave out.
    time, group : str, optional
        Columns by which rows are divided.

    Returns
    -------
    Problem
        With one sentence per proposal in ``reasons``.

    Raises
    ------
    UnusableTarget
        If the target is absent, empty, constant, a date or free text.
    UnusableOption
        If an option does not fit the table.
    EmptyTable
        If no column is left to predict from.
    """
    if target not in contract.names:
        raise UnusableTarget(f"There is no column called {quoted(target)}.", fix=_nearest(target, contract))
    column = profile.column(target)
    check_target(column)
    known, ignored = dict(known or {}), tuple(ignored)
    sensitive, use_sensitive = tuple(sensitive), tuple(use_sensitive)
    _check_names(contract, target, {"sensitive": sensitive, "use-sensitive": use_sensitive, "ignore": ignored})
    _check_names(contract, target, {"known after, or known before": tuple(known)})
    chosen, why_task = _task(column, task)
    classes, answer, why_answer = _classes(column, chosen, positive)
    named = metric_for(metric or DEFAULT[chosen], chosen).name
    split, why_split = _split(contract, profile, target, time, group)
    problem = Problem(
        task=chosen,
        target=target,
        classes=classes,
        positive=answer,
        metric=named,
        split=split,
        question=question or Question(),
        sensitive=tuple(dict.fromkeys((*sensitive, *use_sensitive))),
        use_sensitive=tuple(dict.fromkeys(use_sensitive)),
        known=known,
        ignored=tuple(dict.fromkeys(ignored)),
        time=time,
        group=group,
        reasons=tuple(
            filter(None, (only_names(contract.column(target)), why_task, why_answer, _WHY_METRIC.get(named), why_split))
        ),
        seed=seed,
    )
    check_costs(problem)
    problem = check_rule(problem, contract, profile.columns)
    if not problem.features(contract):
        raise EmptyTable(
            f"Beside {quoted(target)} no column is left to predict it from.",
            fix="Bring a table with more columns, or leave out fewer.",
        )
    return problem


def _task(column: Column, asked: Task | str | None) -> tuple[Task, str]:
    if asked is None:
        return propose_task(column)
    try:
        task = Task(asked)
    except ValueError:
        raise UnusableOption(
            f"There is no task called {quoted(str(asked))}.", fix=f"Choose one of {listed(Task, last='or')}."
        ) from None
    check_task(task, column)
    return task, "This kind of answer was chosen by hand."


def _classes(column: Column, task: Task, positive: str | None) -> tuple[tuple[str, ...], str | None, str]:
    """Return class labels (the positive last), the positive one and why."""
    if positive is not None and task is not Task.BINARY:
        raise UnusableOption(
            f"A positive value ({quoted(positive)}) only fits a yes/no question, and {quoted(column.name)} is none.",
            fix="Leave the positive value out.",
        )
    rows = classes_of(column)
    if task is Task.REGRESSION:
        return (), None, ""
    if task is Task.MULTICLASS:
        return tuple(rows), None, ""
    if positive is None:
        answer, why = propose_positive(rows, rows)
    else:
        answer = find_class(positive, rows, column.name)
        why = f"{quoted(answer)} was chosen as the yes."
    return (*(name for name in rows if name != answer), answer), answer, why


def _split(
    contract: DataContract, profile: Profile, target: str, time: str | None, group: str | None
) -> tuple[Split, str]:
    """Return the validation structure that the analyst's columns ask for, and why."""
    _check_names(contract, target, {"time": (time,) if time else (), "group": (group,) if group else ()})
    if time and time == group:
        raise UnusableOption(f"{quoted(time)} cannot be both time and group.", fix="Name two different columns.")
    if time and contract.column(time).type not in {*NUMERIC, ColumnType.DATETIME}:
        raise UnusableOption(
            f"{quoted(time)} holds neither dates nor numbers, so rows cannot be put in order of time by it.",
            fix="Correct its type on the data step, or name another column.",
        )
    for name, fewest in ((time, 2), (group, _FEWEST_ENTITIES)):
        if name and profile.column(name).distinct < fewest:
            raise UnusableOption(
                f"{quoted(name)} has only {counted(profile.column(name).distinct, 'different value')}:"
                " rows cannot be divided by it.",
                fix="Name a column with more values, or none.",
            )
    parts = [f"the test lies after the training by {quoted(time)}"] if time else []
    parts += [f"rows with the same {quoted(group)} stay on one side"] if group else []
    return structure(time, (group,) if group else ()), f"As asked, {' and '.join(parts)}." if parts else ""


def _check_names(contract: DataContract, target: str, options: Mapping[str, tuple[str, ...]]) -> None:
    for option, names in options.items():
        for name in names:
            if name not in contract.names:
                raise UnusableOption(
                    f"There is no column called {quoted(name)} (option {option}).", fix=_nearest(name, contract)
                )
            if name == target:
                raise UnusableOption(
                    f"{quoted(name)} is what is to be predicted, so it cannot be named under {option}.",
                    fix="Name another column.",
                )


def _nearest(name: str, contract: DataContract) -> str:
    lower = {known.lower(): known for known in contract.names}
    near = [lower[match] for match in get_close_matches(name.lower(), list(lower), n=3, cutoff=0.6)]
    if near:
        return f"Did you mean {listed(near, last='or')}?"
    return f"The columns are {listed(contract.names, most=12)}."
