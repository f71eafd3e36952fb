"""What is done today: a rule of comparisons, or a column that holds the answers given so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import NUMERIC, Column, ColumnType, DataContract
from engine.domain.problem import Problem, Task
from engine.errors import UnusableOption
from engine.problem.rewriting import NO, YES, meanings
from engine.problem.rows import text_of, texts
from engine.problem.rule import Rule, parse
from engine.problem.words import listed, quoted

Array = NDArray[np.float64]

_KINDS = 100  # more different values are no answers


class Says(StrEnum):
    """What today's way says of a row."""

    CLASS = "class"  # which answer, as its place among the classes
    SCORE = "score"  # a number that goes up, or down, with the chance of a yes
    VALUE = "value"  # the number itself


@dataclass(frozen=True)
class Held:
    """A column that holds what is done today; ``means`` gives the place of each of its values among the classes."""

    column: str
    says: Says
    means: dict[str, float]

    @property
    def in_words(self) -> str:
        """Where it stands and how it is read."""
        if self.says is not Says.CLASS:
            return f"the {'score' if self.says is Says.SCORE else 'number'} in {quoted(self.column)}"
        return f"what stands in {quoted(self.column)}"

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return what is done today with each row, shape (n,); NaN where nothing is said."""
        values = frame[self.column]
        if self.says is Says.CLASS:
            return np.asarray(texts(values).map(self.means), dtype=np.float64)
        return values.to_numpy(dtype=np.float64, na_value=np.nan)


@dataclass(frozen=True, eq=False)
class Today:
    """Today's way, asked of rows as they came: to it -1 is -1, also where a fix made it missing for the model."""

    way: Rule | Held
    frame: pd.DataFrame

    @property
    def says(self) -> Says:
        """What it says of a row; a rule says no (0) or yes (1)."""
        return self.way.says if isinstance(self.way, Held) else Says.CLASS

    @property
    def in_words(self) -> str:
        """The rule itself, or where today's answers stand."""
        return self.way.in_words if isinstance(self.way, Held) else self.way.text

    def apply(self, frame: pd.DataFrame) -> Array:
        """Return what today's way says of the rows whose labels ``frame`` holds, shape (n,); NaN for nothing."""
        return np.asarray(self.way.apply(self.frame.loc[frame.index]), dtype=np.float64)


def today(problem: Problem, contract: DataContract, frame: pd.DataFrame) -> Today | None:
    """Return today's way of a problem, None where nobody said what it is.

    Parameters
    ----------
    frame : DataFrame
        Canonical, of the whole table before any fix.

    Raises
    ------
    UnusableOption
        If the rule is not understood, or the column does not hold answers.
    """
    if problem.today is not None:
        values = frame[problem.today].dropna()
        different = texts(values).drop_duplicates().tolist() if values.nunique() <= _KINDS else None
        return Today(_held(problem.today, contract.column(problem.today).type, different, problem), frame)
    return Today(parse(problem.question.rule, contract), frame) if problem.question.rule else None


def column_named(text: str, contract: DataContract) -> str | None:
    """Return the column that a rule consists of, in backticks or not; None where it is none."""
    name = text.strip()
    names = {name, name[1:-1]} if len(name) > 1 and name[0] == name[-1] == "`" else {name}
    return next((column for column in contract.names if column in names), None)


def check_rule(problem: Problem, contract: DataContract, columns: Iterable[Column]) -> Problem:
    """Return the problem with the column that its rule names, if it names one, and why.

    Parameters
    ----------
    columns : iterable of Column
        The profile's.

    Raises
    ------
    UnusableOption
        If the rule is not understood, reads the answer itself, cannot answer this question, or names a column that
        does not hold answers.
    """
    text, target = problem.question.rule, problem.target
    if not text:
        return problem
    name = column_named(text, contract)
    if target in ((name,) if name else parse(text, contract).columns):
        raise UnusableOption(
            f"Today's rule uses {quoted(target)}, which is the answer itself.",
            fix="Write the rule with columns that are known when the decision is made.",
        )
    if name is None:
        if problem.task is not Task.BINARY:
            raise UnusableOption(
                f"Today's rule {quoted(text)} says yes or no, and {quoted(target)} is not a yes/no question.",
                fix="Name the column that holds today's answers instead, or leave the rule out.",
            )
        return problem
    column = next(c for c in columns if c.name == name)
    known = [_plain(level.value, column.type) for level in column.levels]
    _held(name, column.type, known if len(known) == column.distinct else None, problem)
    why = f"{quoted(name)} holds what is done today: the model does not see it and has to beat it."
    return problem.model_copy(update={"today": name, "reasons": (*problem.reasons, why)})


def _held(name: str, kind: ColumnType, values: list[str] | None, problem: Problem) -> Held:
    """Return how a column answers; ``values`` are its different ones, None where they are too many to be answers."""
    if problem.task is Task.REGRESSION:
        if kind not in NUMERIC:
            raise _unreadable(name, values, f"as a number like {quoted(problem.target)}")
        return Held(name, Says.VALUE, {})
    means = _means(values or [], problem)
    if means is not None:
        return Held(name, Says.CLASS, means)
    if problem.task is Task.BINARY and kind in NUMERIC:
        return Held(name, Says.SCORE, {})
    raise _unreadable(name, values, f"as an answer to {quoted(problem.target)} ({listed(problem.classes, last='or')})")


def _means(values: list[str], problem: Problem) -> dict[str, float] | None:
    place = {label: float(i) for i, label in enumerate(problem.classes)}
    if values and all(value in place for value in values):
        return {value: place[value] for value in values}
    words = meanings(values)
    if problem.task is Task.BINARY and values and all(word in YES or word in NO for word in words.values()):
        return {value: float(word in YES) for value, word in words.items()}
    return None


def _plain(value: str, kind: ColumnType) -> str:
    try:
        return text_of(float(value)) if kind in NUMERIC else value
    except ValueError:
        return value


def _unreadable(name: str, values: list[str] | None, how: str) -> UnusableOption:
    held: Any = listed(values, most=4) if values else "too many different values"
    return UnusableOption(
        f"Today's rule names {quoted(name)}, which holds {held} and cannot be read {how}.",
        fix="Name a column that holds such answers, or for a yes/no question yes or no, 0 or 1, or a score.",
    )
