"""What kind of answer a target asks for, and why, in one sentence each."""

from collections.abc import Iterable, Mapping

from engine.domain.dataset import NUMERIC, Column, ColumnContract, ColumnType, Role
from engine.domain.problem import Task
from engine.errors import UnusableOption, UnusableTarget
from engine.problem.rows import text_of
from engine.problem.words import counted, listed, percent, quoted, vocabulary

MOST_CLASSES = 100
_FEW_WHOLE_NUMBERS = 10
_YES = vocabulary("yes true y t ja j oui o si sí s positive churned won bought")


def in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Sort class labels: as numbers where all are numbers, else as text."""
    found = sorted(set(values))
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(found)


def only_names(target: ColumnContract) -> str:
    """Say that a target only tells rows apart; nothing where it holds answers."""
    if target.role is not Role.IDENTIFIER:
        return ""
    return (
        f"{quoted(target.name)} looks like an identifier: its values name the rows and are no answer, so predicting it"
        " is of no use. Predict another column, or say on the data step that it is none."
    )


def check_target(column: Column) -> None:
    """Refuse a target nothing can be learned about.

    Raises
    ------
    UnusableTarget
        If it is empty, constant, a date, or free text.
    """
    name = quoted(column.name)
    if column.distinct == 0:
        raise UnusableTarget(f"{name} is empty in every row.", fix="Choose a column that holds answers.")
    if column.distinct == 1:
        value = quoted(column.levels[0].value if column.levels else next(iter(column.examples), ""))
        empty = f" or empty ({counted(column.missing, 'row')})" if column.missing else ""
        raise UnusableTarget(
            f"{name} is {value}{empty} in every row: nothing can be learned from one value.",
            fix="If an empty cell means ‘no’, write that into the table." if empty else "Choose a column that varies.",
        )
    if column.type is ColumnType.DATETIME:
        raise UnusableTarget(
            f"{name} holds dates, and a date cannot be predicted directly.",
            fix="Choose a number, such as the days until then, or a yes/no column.",
        )
    if column.type is ColumnType.TEXT:
        raise UnusableTarget(
            f"{name} holds free text ({counted(column.distinct, 'different value')}), which cannot be predicted.",
            fix="Choose another column; if it holds a few kinds, correct its type to category on the data step.",
        )
    if column.type not in NUMERIC and column.distinct > MOST_CLASSES:
        raise UnusableTarget(
            f"{name} has {counted(column.distinct, 'different value')}, which is too many kinds of answer:"
            f" at most {MOST_CLASSES} can be told apart.",
            fix="Choose a column with fewer kinds, or put them into groups first.",
        )


def classes_of(column: Column) -> dict[str, int]:
    """Return rows by class label, labels in order; empty where there are too many values to be classes."""
    if column.distinct > MOST_CLASSES or len(column.levels) < column.distinct:
        return {}
    rows = {_label(column, level.value): level.rows for level in column.levels}
    return {label: rows[label] for label in in_order(rows)}


def propose_task(column: Column) -> tuple[Task, str]:
    """Return the task and why, one sentence."""
    name, classes = quoted(column.name), classes_of(column)
    if len(classes) == 2:
        return Task.BINARY, f"A yes/no question, because {name} has two values: {' and '.join(classes)}."
    if column.type not in NUMERIC:
        return Task.MULTICLASS, f"A choice among kinds, because {name} has {len(classes)} values: {_few(classes)}."
    whole = all(label.lstrip("-").isdigit() for label in classes)
    if classes and whole and len(classes) <= _FEW_WHOLE_NUMBERS:
        return Task.MULTICLASS, (
            f"A choice among kinds, because {name} holds only {len(classes)} different whole numbers:"
            f" {_few(classes)}. If they are amounts rather than kinds, predict the number instead."
        )
    return Task.REGRESSION, (
        f"A number, because {name} holds {counted(column.distinct, 'different number')}"
        f" from {column.minimum:,g} to {column.maximum:,g}."
    )


def check_task(task: Task, column: Column) -> None:
    """Refuse a task that the target's values do not allow.

    Raises
    ------
    UnusableOption
        If numbers are asked of words, or a choice among too many or too few values.
    """
    name, classes = quoted(column.name), classes_of(column)
    if task is Task.REGRESSION:
        if column.type not in NUMERIC:
            raise UnusableOption(
                f"{name} holds words, not numbers, so it cannot be predicted as a number.",
                fix="Leave the task open, or choose a numeric column.",
            )
        return
    if not classes:
        raise UnusableOption(
            f"{name} has {counted(column.distinct, 'different value')}: at most {MOST_CLASSES} can be told apart.",
            fix="Predict it as a number (task regression).",
        )
    if (task is Task.BINARY) != (len(classes) == 2):
        raise UnusableOption(
            f"{name} has {counted(len(classes), 'value')} ({_few(classes)}), which does not fit the task {task}.",
            fix=f"Use the task {Task.BINARY if len(classes) == 2 else Task.MULTICLASS}.",
        )


def propose_positive(classes: Iterable[str], rows: Mapping[str, int]) -> tuple[str, str]:
    """Return the answer looked for and why: the one that says yes, else the rarer, else the last."""
    names = list(classes)
    said_yes = [name for name in names if name.strip().lower() in _YES or name.strip().startswith(">")]
    if set(names) in ({"0", "1"}, {"1", "2"}, {"-1", "1"}):
        said_yes = ["1"]
    if len(said_yes) == 1:
        return said_yes[0], f"{quoted(said_yes[0])} is taken as the yes{_share(said_yes[0], rows)}."
    rarer = min(reversed(names), key=lambda name: rows.get(name, 0))
    return rarer, f"{quoted(rarer)} is taken as the yes, because it is the rarer answer{_share(rarer, rows)}."


def find_class(value: str, classes: Iterable[str], target: str) -> str:
    """Return the class that ``value`` means, however a number is written.

    Raises
    ------
    UnusableOption
        If the target has no such value.
    """
    names = list(classes)
    for name in names:
        if value.strip() == name or _same_number(value, name):
            return name
    raise UnusableOption(
        f"{quoted(target)} has no value {quoted(value)}.", fix=f"Choose one of {listed(names, last='or', most=12)}."
    )


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _label(column: Column, value: str) -> str:
    if column.type not in NUMERIC:
        return value
    try:
        return text_of(float(value))
    except ValueError:
        return value


def _share(name: str, rows: Mapping[str, int]) -> str:
    total = sum(rows.values())
    return f": {percent(rows[name] / total)} of {total:,} rows" if total and name in rows else ""


def _few(classes: Iterable[str]) -> str:
    names = list(classes)
    return ", ".join(names if len(names) <= 12 else [*names[:11], "…"])
