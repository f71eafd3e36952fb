"""What findings look like: a few bars each, counted once, so that a screen shows the evidence without the table."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import Role
from engine.domain.outcome import Bar, Outcome, Picture, PictureKind, Verdict
from engine.domain.problem import Problem, Task
from engine.evidence.groups import groups
from engine.guardrails.base import Table
from engine.guardrails.bins import FEWEST_ROWS, Bins, by_value, in_order
from engine.problem.rows import encode, texts, usable
from engine.problem.split import TEST_SHARE, entity_codes
from engine.problem.words import quoted

_log = logging.getLogger(__name__)

MOST_ROWS = 200_000
_SIZES = (1, 2, 3, 5, 10, 20, 50)
_OVERALL_BARS = 15

Floats = NDArray[np.float64]


def drawn(
    table: Table, problem: Problem | None, outcomes: Iterable[Outcome], *, most_rows: int = MOST_ROWS
) -> tuple[Outcome, ...]:
    """Return the outcomes, each with a picture where there is something to see.

    Parameters
    ----------
    table : Table
        As the guardrails got it.
    problem : Problem, optional
        The question they were run for.
    outcomes : iterable of Outcome
        What they said.
    most_rows : int
        Of a longer table, so many rows are taken at random.
    """
    artist = _Artist(table, problem, most_rows)
    return tuple(artist.with_picture(outcome) for outcome in outcomes)


def of_column(table: Table, problem: Problem | None, name: str) -> tuple[Picture, ...]:
    """Return what a column looks like: how many rows hold which value, what is empty among them, and the answer by it.

    Parameters
    ----------
    table : Table
        With at least the column and the target.
    problem : Problem, optional
        Without one, or for the target itself, there is no answer to draw.
    name : str
        The column.
    """
    bars = _rows(by_value(table.frame[name], even=True))
    rows = Picture(kind=PictureKind.ROWS, about=quoted(name), bars=bars)
    if problem is None or name == problem.target:
        return (rows,)
    answer = _Artist(table, problem, MOST_ROWS).answer_by_value(name)
    return (rows,) if answer is None else (rows, answer)


@dataclass(frozen=True, eq=False)
class _Answer:
    """What the bars average: a number per row, and what it says."""

    values: Floats
    says: str
    share: bool


class _Artist:
    def __init__(self, table: Table, problem: Problem | None, most_rows: int) -> None:
        frame = usable(table.frame, problem) if problem else table.frame
        self._whole = frame
        self._frame = frame.sample(most_rows, random_state=0).sort_index() if len(frame) > most_rows else frame
        self._problem = problem
        self._personal = {c.name for c in table.contract.columns if c.role is Role.PERSONAL}

    def with_picture(self, outcome: Outcome) -> Outcome:
        if outcome.verdict is not Verdict.FLAGGED or outcome.picture is not None:
            return outcome
        try:
            picture = self._picture(outcome)
        except Exception:
            # A picture is an addition: where it fails, the finding stands without one, and the log says why.
            _log.exception("%s could not be drawn", outcome.code)
            return outcome
        return outcome if picture is None else outcome.model_copy(update={"picture": picture})

    def _picture(self, outcome: Outcome) -> Picture | None:
        draw = _DRAW.get(outcome.code)
        if draw is None or (self._problem is None and outcome.code not in _WITHOUT_QUESTION):
            return None
        if any(name in self._personal or name not in self._frame.columns for name in outcome.columns[:1]):
            return None
        return draw(self, outcome)

    def answer_by_value(self, name: str) -> Picture | None:
        return self._answer_by(self._frame[name], name)

    def _one_column(self, outcome: Outcome) -> Picture | None:
        return self.answer_by_value(outcome.columns[0]) if len(outcome.columns) == 1 else None

    def _gaps(self, outcome: Outcome) -> Picture | None:
        filled = self._frame[outcome.columns[0]].notna().map({True: "filled in", False: "empty"})
        return self._answer_by(filled, outcome.columns[0])

    def _order(self, outcome: Outcome) -> Picture | None:
        if outcome.columns:
            return self._in_time(quoted(outcome.columns[0]), self._frame[outcome.columns[0]])
        return self._in_time("the order of the rows", pd.Series(self._frame.index + 1.0))

    def _cut(self, outcome: Outcome) -> Picture | None:
        return self._in_time(quoted(outcome.columns[0]), self._frame[outcome.columns[0]], cut=True)

    def _answer_by(self, values: "pd.Series[Any]", name: str) -> Picture | None:
        bins = by_value(values)
        answer = self._answer(bins)
        bars = _averaged(bins, answer.values)
        if len(bars) < 2:
            return None
        return self._of_answer(PictureKind.ANSWER, quoted(name), bars, answer)

    def _in_time(self, about: str, values: "pd.Series[Any]", *, cut: bool = False) -> Picture | None:
        bins = in_order(values, _OVERALL_BARS)
        answer = self._answer(bins)
        bars = _averaged(bins, answer.values)
        if len(bars) < 3:
            return None
        before = np.cumsum([bar.rows for bar in bars]) / sum(bar.rows for bar in bars)
        first = int(np.searchsorted(before, 1 - TEST_SHARE - 1e-9)) + 1
        picture = self._of_answer(PictureKind.ANSWER_IN_TIME, about, bars, answer)
        return picture.model_copy(update={"cut": first}) if cut and first < len(bars) else picture

    def _of_answer(self, kind: PictureKind, about: str, bars: tuple[Bar, ...], answer: _Answer) -> Picture:
        overall = sum(bar.value * bar.rows for bar in bars) / sum(bar.rows for bar in bars)
        if self._asked.task is Task.MULTICLASS:
            overall = float(np.bincount(encode(self._frame, self._asked).astype(int)).max() / len(self._frame))
        return Picture(kind=kind, about=about, bars=bars, answer=answer.says, share=answer.share, overall=overall)

    @property
    def _asked(self) -> Problem:
        assert self._problem is not None  # noqa: S101 - these pictures are of an answer
        return self._problem

    def _answer(self, bins: Bins) -> _Answer:
        problem, values = self._asked, encode(self._frame, self._asked)
        target = quoted(problem.target)
        if problem.task is Task.REGRESSION:
            return _Answer(values, f"{target} on average", share=False)
        if problem.task is Task.BINARY:
            return _Answer((values == 1).astype(float), f"{target} is {quoted(str(problem.positive))}", share=True)
        # One of several classes: how often the commonest answer of the bar is the right one.
        counts = np.zeros((len(bins.labels), len(problem.classes)))
        np.add.at(counts, (bins.codes, values.astype(int)), 1)
        right = values == counts.argmax(axis=1)[bins.codes]
        return _Answer(right.astype(float), f"the commonest {target} of each is right", share=True)

    def _classes(self, outcome: Outcome) -> Picture | None:
        if self._asked.task is Task.REGRESSION:
            return None
        counts = np.bincount(encode(self._whole, self._asked).astype(int), minlength=len(self._asked.classes))
        wanted = outcome.evidence.get("rows_wanted", 0.0)
        bars = [
            Bar(label=c, value=float(n), rows=int(n), marked=n < wanted)
            for c, n in zip(self._asked.classes, counts, strict=True)
        ]
        bars.sort(key=lambda bar: bar.rows)
        return Picture(kind=PictureKind.ROWS, about=quoted(self._asked.target), bars=tuple(bars[:10]))

    def _per_entity(self, outcome: Outcome) -> Picture | None:
        if len(outcome.columns) != 1:
            return None
        (name,) = outcome.columns
        codes = entity_codes(self._whole[name])
        sizes = np.bincount(codes)[codes]
        edges = np.array([0, *_SIZES, np.inf])
        bars = []
        for low, high in zip(edges[:-1], edges[1:], strict=True):
            rows = int(((sizes > low) & (sizes <= high)).sum())
            if rows:
                bars.append(Bar(label=_size(low, high), value=float(rows), rows=rows, marked=high > 1))
        return Picture(kind=PictureKind.ROWS, about=f"rows with the same {quoted(name)}", bars=tuple(bars))

    def _counted(self, outcome: Outcome) -> Picture | None:
        name = outcome.columns[0]
        bars = _rows(by_value(self._whole[name], even=True))
        return Picture(kind=PictureKind.ROWS, about=quoted(name), bars=bars) if bars else None

    def _groups(self, outcome: Outcome) -> Picture | None:
        if len(outcome.columns) != 1:
            return None
        (name,), said = outcome.columns, " ".join((outcome.problem, *outcome.examples))
        bars = [
            Bar(label=str(group), value=float(rows), rows=int(rows), marked=quoted(str(group)) in said)
            for group, rows in groups(self._whole[name]).value_counts().items()
        ]
        shown = tuple(bar for bar in bars if bar.marked or bar.rows >= FEWEST_ROWS)
        return Picture(kind=PictureKind.ROWS, about=quoted(name), bars=shown) if shown else None

    def _stand_ins(self, outcome: Outcome) -> Picture | None:
        name, meant = outcome.columns[0], outcome.remedy.values if outcome.remedy else ()
        values = self._whole[name]
        stands_in = texts(values).isin(list(meant)).to_numpy()
        if not stands_in.any():
            return None
        bars = list(_rows(by_value(values[~stands_in], even=True)))
        for value, rows in texts(values[stands_in]).value_counts().items():
            bars.append(Bar(label=str(value), value=float(rows), rows=int(rows), marked=True))
        return Picture(kind=PictureKind.ROWS, about=quoted(name), bars=tuple(bars))


def _averaged(bins: Bins, values: Floats) -> tuple[Bar, ...]:
    rows = np.bincount(bins.codes, minlength=len(bins.labels))
    sums = np.bincount(bins.codes, weights=values, minlength=len(bins.labels))
    return tuple(
        Bar(label=label, value=float(total / count), rows=int(count))
        for label, total, count in zip(bins.labels, sums, rows, strict=True)
        if count
    )


def _rows(bins: Bins) -> tuple[Bar, ...]:
    counts = np.bincount(bins.codes, minlength=len(bins.labels))
    return tuple(
        Bar(label=label, value=float(n), rows=int(n)) for label, n in zip(bins.labels, counts, strict=True) if n
    )


def _size(low: float, high: float) -> str:
    if high == np.inf:
        return f"more than {low:.0f}"
    return f"{high:.0f}" if high - low == 1 else f"{low + 1:.0f} to {high:.0f}"


_DRAW: dict[str, Callable[[_Artist, Outcome], Picture | None]] = {
    "DA001": _Artist._classes,
    "DA003": _Artist._counted,
    "DA004": _Artist._stand_ins,
    "DA006": _Artist._classes,
    "FA001": _Artist._groups,
    "FA003": _Artist._groups,
    "LK001": _Artist._one_column,
    "LK002": _Artist._one_column,
    "LK003": _Artist._gaps,
    "LK004": _Artist._order,
    "LK005": _Artist._per_entity,
    "LK006": _Artist._cut,
    "LK007": _Artist._one_column,
}
_WITHOUT_QUESTION = frozenset({"DA003", "DA004", "FA001", "FA003", "LK005"})
