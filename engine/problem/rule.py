"""Today's rule: a tiny language of comparisons, read by hand and never evaluated as code."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import NUMERIC, ColumnContract, ColumnType, DataContract
from engine.errors import UnusableOption
from engine.problem.rows import texts
from engine.problem.words import listed, quoted

LONGEST = 2_000
_DEEPEST = 50
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
      | (?P<string>'[^']*'|"[^"]*")
      | (?P<quoted>`[^`]*`)
      | (?P<word>[^\W\d]\w*)
      | (?P<operator>==|!=|<>|<=|>=|<|>|=|\(|\))
    )""",
    re.VERBOSE,
)
_EXAMPLE = (
    "Write it like: balance > 1000 and loan == 'no' (names with spaces between `backticks`), or name the column that "
    "holds what is done today."
)
_MEANS = {"=": "==", "<>": "!="}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_COMPARE: dict[str, Callable[[object, object], object]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}

Mask = NDArray[np.bool_]
Node = Callable[[pd.DataFrame], Mask]


@dataclass(frozen=True)
class Rule:
    """A rule that was understood: its text, the columns it reads, and what it says of a row."""

    text: str
    columns: tuple[str, ...]
    node: Node

    def apply(self, frame: pd.DataFrame) -> Mask:
        """Return whether the rule says yes, shape (n,); a comparison with a missing value is never true.

        Raises
        ------
        UnusableOption
            If the table lacks a column of the rule.
        """
        absent = [name for name in self.columns if name not in frame.columns]
        if absent:
            raise UnusableOption(
                f"The rule needs {listed(absent)}, which the table does not have.", fix="Change the rule or the table."
            )
        return self.node(frame)


def parse(text: str, contract: DataContract) -> Rule:
    """Understand a rule such as ``balance > 1000 and (loan == 'no' or not age < 30)``.

    Parameters
    ----------
    text : str
        At most 2,000 characters; column names as they are or between backticks, ``== != < <= > >=``, ``and``,
        ``or``, ``not``, brackets, numbers, and 'text'.
    contract : DataContract
        Says which columns there are and what they hold.

    Raises
    ------
    UnusableOption
        Naming the part that is not understood.
    """
    if len(text) > LONGEST:
        raise _refusal(f"The rule has {len(text):,} characters; at most {LONGEST:,} can be read")
    parser = _Parser(_tokens(text), contract)
    node = parser.either(0)
    if parser.peek() is not None:
        raise _refusal(f"The rule goes on with {quoted(parser.peek() or '')} where it should end")
    return Rule(text=text, columns=tuple(parser.columns), node=node)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True)
class _Value:
    """One side of a comparison: a column, a number, or text."""

    column: ColumnContract | None = None
    number: float | None = None
    text: str = ""


def _refusal(problem: str) -> UnusableOption:
    return UnusableOption(f"{problem}.", fix=_EXAMPLE)


def _tokens(text: str) -> list[_Token]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _refusal(f"This part of the rule is not understood: {quoted(text[at:].strip())}")
        found.append(_Token(match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


class _Parser:
    """Recursive descent: ``or`` binds loosest, then ``and``, then ``not``, then a comparison."""

    def __init__(self, tokens: list[_Token], contract: DataContract) -> None:
        self._tokens, self._at = tokens, 0
        self._contract = {column.name: column for column in contract.columns}
        self.columns: dict[str, None] = {}

    def peek(self) -> str | None:
        return self._tokens[self._at].text if self._at < len(self._tokens) else None

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise _refusal("The rule is empty" if not self._tokens else "The rule stops in the middle")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind in {"word", "operator"} and token.text.lower() == word:
                self._at += 1
                return True
        return False

    def either(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise _refusal("The rule has too many brackets or ‘not’ inside each other")
        nodes = [self._both(depth)]
        while self._take("or"):
            nodes.append(self._both(depth))
        return nodes[0] if len(nodes) == 1 else lambda frame: np.logical_or.reduce([n(frame) for n in nodes])

    def _both(self, depth: int) -> Node:
        nodes = [self._negated(depth)]
        while self._take("and"):
            nodes.append(self._negated(depth))
        return nodes[0] if len(nodes) == 1 else lambda frame: np.logical_and.reduce([n(frame) for n in nodes])

    def _negated(self, depth: int) -> Node:
        turned = False
        while self._take("not"):
            turned = not turned
        node = self._atom(depth)
        return (lambda frame: ~node(frame)) if turned else node

    def _atom(self, depth: int) -> Node:
        if self._take("("):
            node = self.either(depth + 1)
            if not self._take(")"):
                raise _refusal("A bracket ‘(’ of the rule is not closed")
            return node
        sides = [self._value()]
        nodes = []
        while (operator := self._operator()) is not None:
            sides.append(self._value())
            nodes.append(_comparison(sides[-2], operator, sides[-1]))
        if not nodes:
            raise _refusal(f"The rule does not compare {quoted(self._tokens[self._at - 1].text)} with anything")
        return nodes[0] if len(nodes) == 1 else lambda frame: np.logical_and.reduce([n(frame) for n in nodes])

    def _operator(self) -> str | None:
        for operator in ("==", "!=", "<>", "<=", ">=", "<", ">", "="):
            if self._take(operator):
                return _MEANS.get(operator, operator)
        return None

    def _value(self) -> _Value:
        token = self._next()
        if token.kind == "number":
            return _Value(number=float(token.text), text=token.text)
        if token.kind == "string":
            return _Value(text=token.text[1:-1])
        if token.kind == "operator" or token.text.lower() in {"and", "or", "not"}:
            raise _refusal(f"The rule has {quoted(token.text)} where a column or a value should stand")
        name = token.text[1:-1] if token.kind == "quoted" else token.text
        if name not in self._contract:
            near = get_close_matches(name, list(self._contract), n=1)
            hint = f"; perhaps {quoted(near[0])} is meant, or the text '{name}'" if near else ""
            raise _refusal(f"The rule names {quoted(name)}, which is not a column{hint}")
        self.columns[name] = None
        return _Value(column=self._contract[name])


def _comparison(left: _Value, operator: str, right: _Value) -> Node:
    if left.column is None:
        if right.column is None:
            raise _refusal(f"The rule compares {quoted(left.text)} with {quoted(right.text)}; one must be a column")
        left, operator, right = right, _TURNED[operator], left
    column = left.column
    if column is None:
        raise _refusal("The rule compares no column")
    if right.column is not None:
        return _columns(column, operator, right.column)
    if column.type in NUMERIC:
        return _numbers(column.name, operator, right)
    if column.type is ColumnType.DATETIME:
        return _dates(column.name, operator, right)
    return _words(column.name, operator, right)


def _columns(left: ColumnContract, operator: str, right: ColumnContract) -> Node:
    kinds = {_kind(left), _kind(right)}
    if len(kinds) > 1 or (kinds == {"text"} and operator not in {"==", "!="}):
        raise _refusal(f"{quoted(left.name)} and {quoted(right.name)} cannot be compared with ‘{operator}’")
    return lambda frame: (
        _truth(frame[left.name], _COMPARE[operator](frame[left.name], frame[right.name]))
        & (frame[right.name].notna().to_numpy())
    )


def _kind(column: ColumnContract) -> str:
    if column.type in NUMERIC:
        return "number"
    return "date" if column.type is ColumnType.DATETIME else "text"


def _numbers(name: str, operator: str, value: _Value) -> Node:
    if value.number is None:
        raise _refusal(f"{quoted(name)} holds numbers and cannot be compared with the text {quoted(value.text)}")
    number = value.number
    return lambda frame: _truth(frame[name], _COMPARE[operator](frame[name], number))


def _dates(name: str, operator: str, value: _Value) -> Node:
    try:
        moment = pd.Timestamp(value.text)
        if pd.isna(moment) or moment.tzinfo is not None or value.number is not None:
            raise ValueError(value.text)
    except ValueError:
        raise _refusal(
            f"{quoted(name)} holds dates, and {quoted(value.text)} is not a date like '2024-05-31'"
        ) from None
    return lambda frame: _truth(frame[name], _COMPARE[operator](frame[name], moment))


def _words(name: str, operator: str, value: _Value) -> Node:
    if operator not in {"==", "!="}:
        raise _refusal(f"{quoted(name)} holds text, which can only be compared with == or !=, not with {operator}")
    return lambda frame: _truth(frame[name], _COMPARE[operator](texts(frame[name]), value.text))


def _truth(values: "pd.Series[Any]", compared: object) -> Mask:
    return np.asarray(compared, dtype=bool) & values.notna().to_numpy()
