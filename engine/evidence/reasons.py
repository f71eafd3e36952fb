"""What the model leans on overall, and why it answered some rows as it did, within a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import DataContract
from engine.domain.evidence import (
    Background,
    Effect,
    ExplainedRow,
    Explanation,
    Importance,
    Interaction,
    Related,
)
from engine.domain.problem import Problem, Task
from engine.evidence.background import cell, summarise
from engine.evidence.effects import effects, importance, related
from engine.evidence.explanation import EXACT_UP_TO, agreement, cost, explain, explain_classes
from engine.evidence.interactions import FEWEST_ROWS, MOST_ROWS, answers_for, interactions
from engine.evidence.mixtures import Predict
from engine.problem.rows import texts
from engine.problem.split import together
from engine.problem.words import counted, quoted, rounded

Array = NDArray[np.float64]
Foreseen = tuple[pd.DataFrame, Array]  # rows, and what the model answered before it learned from them

_ROWS = 200
_EXAMPLES = 30
_FEWEST_ROWS, _FEWEST_EXAMPLES = 20, 5
_PROBE = 2000
_MOST_OF_IT = 0.75  # of the time, for the overall picture
_CHECKED, _GAME, _LEAST_GAME = 3, 7, 3  # rows, and columns of each, for the shap library to check
_FOR_CHECK, _FOR_PAIRS = 0.1, 0.15  # of the time
_CLASSES = 10  # whose effects are shown
_AGREES = 1e-6


@dataclass(frozen=True)
class Explained:
    """What explanations of the test rows say together and one by one."""

    importance: tuple[Importance, ...]
    related: tuple[Related, ...]
    effects: tuple[Effect, ...]
    interactions: tuple[Interaction, ...] | None
    rows: tuple[ExplainedRow, ...]
    background: Background
    method: str


def explain_all(
    model: Predict,
    *,
    learn: pd.DataFrame,
    test: pd.DataFrame,
    p: Array,
    problem: Problem,
    features: Sequence[str],
    contract: DataContract,
    seed: int,
    seconds: float = 10.0,
    choose: Foreseen | None = None,
) -> Explained:
    """Explain 30 test rows spread over the scores, and the mean absolute SHAP value over 200, in about ``seconds``.

    A slow model gets fewer rows, and sampling where enumeration would take too long; ``method`` says so.
    ``p`` holds the model's answers on the test rows. The typical rows are answered as those of ``choose`` were; as the
    learn rows are where there are none.
    """
    columns, start = list(features), perf_counter()
    frame, answers = choose or _foreseen(model, learn, columns, seed)
    background = summarise(
        learn, columns, contract, model=model, answers=answers, seed=seed, known=pd.concat([learn, frame, test]),
        owner=together(learn, problem),
    )  # fmt: skip
    of = _of(p, problem)
    plan = _plan(model, test[columns], background, seconds, seed)
    game = _Game(model, test, background, columns, problem, of[0], seed)
    taken, found = _overall(game, plan, until=start + _MOST_OF_IT * seconds)
    each = (perf_counter() - start) / len(found) * plan.dearer
    fitting = max(_FEWEST_EXAMPLES, int((1 - _MOST_OF_IT) * seconds / each))
    examples = _spread(_scores(p, problem), min(_EXAMPLES, len(test), fitting))
    reasons = _given(game.explain(examples, exact=plan.exact_examples), [of[i] for i in examples])
    ranked = importance(_given(found, [of[i] for i in taken]), columns, seed)
    by_class = _by_class(found, of)
    pairs = interactions(
        model, test.iloc[taken[: plan.paired]][columns], background, ranked, of=by_class[0][0].of,
        classes=problem.classes,
    ) if len(taken) >= FEWEST_ROWS else None  # fmt: skip
    checked = _checked(game, examples, reasons, plan.game)
    return Explained(
        importance=ranked,
        related=related(learn, [i.column for i in ranked]),
        effects=tuple(
            effect for said in by_class for effect in effects(said, test.iloc[taken], importance(said, columns, seed))
        ),
        interactions=pairs,
        rows=tuple(_row(test, int(i), columns, problem, why) for i, why in zip(examples, reasons, strict=True)),
        background=background,
        method=_method(plan, len(found), checked, slow=len(found) < min(_ROWS, len(test)), problem=problem),
    )


@dataclass(frozen=True)
class _Game:
    """Whose answers are explained: a model's on test rows, compared with typical ones.

    ``of`` is what is explained where there are not several classes.
    """

    model: Predict
    test: pd.DataFrame
    background: Background
    columns: list[str]
    problem: Problem
    of: str
    seed: int

    def explain(self, rows: NDArray[np.intp], *, exact: bool) -> list[list[Explanation]]:
        """Explain the answer of each row, for every class where there are several."""
        some, upto = self.test.iloc[rows][self.columns], len(self.columns) if exact else 0
        classes, asked = self.problem.classes, (self.model, some, self.background, self.columns)
        if self.problem.task is Task.MULTICLASS:
            return explain_classes(*asked, classes=classes, seed=self.seed, exact_up_to=upto)
        return [[why] for why in explain(*asked, of=self.of, classes=classes, seed=self.seed, exact_up_to=upto)]


def _overall(game: _Game, plan: "_Plan", *, until: float) -> tuple[NDArray[np.intp], list[list[Explanation]]]:
    """Explain rows at random, a batch at a time, until the time is over; returns which, and why."""
    found: list[list[Explanation]] = []
    taken = _some(len(game.test), _ROWS, game.seed)
    for rows in np.array_split(taken, _ROWS // _FEWEST_ROWS):
        found += game.explain(rows, exact=plan.exact_rows)
        if perf_counter() > until:
            break
    return taken[: len(found)], found


def _foreseen(model: Predict, learn: pd.DataFrame, columns: list[str], seed: int) -> Foreseen:
    rows = learn.iloc[_some(len(learn), _PROBE, seed)]
    return rows, model(rows[columns])


def _given(found: Sequence[Sequence[Explanation]], of: Sequence[str]) -> list[Explanation]:
    """Return of each row's explanations the one of the class that it is given."""
    return [next(why for why in each if why.of == name) for each, name in zip(found, of, strict=True)]


def _by_class(found: Sequence[Sequence[Explanation]], of: Sequence[str]) -> list[list[Explanation]]:
    """Return the rows' explanations class by class, those first of the class that is given most often."""
    often = [of.count(why.of) for why in found[0]]
    places = sorted(range(len(often)), key=lambda k: -often[k])[:_CLASSES]
    return [[each[k] for each in found] for k in places]


@dataclass(frozen=True)
class _Plan:
    """Whether to enumerate; how many times dearer an example is than a row of the overall picture.

    ``game`` is the number of columns that the shap library checks, ``paired`` that of the rows on which pairs of
    columns are looked at.
    """

    exact_rows: bool
    exact_examples: bool
    dearer: float
    game: int
    paired: int


def _plan(model: Predict, test: pd.DataFrame, background: Background, seconds: float, seed: int) -> _Plan:
    """Enumerate where that fits the time: most of it goes to the overall picture, the rest to the examples."""
    affordable = _speed(model, test) * seconds
    exact, sampled = cost(test.iloc[_some(len(test), 50, seed)], background)
    few_columns = test.shape[1] <= EXACT_UP_TO
    exact_rows = few_columns and _ROWS * exact <= _MOST_OF_IT * affordable
    exact_examples = few_columns and _EXAMPLES * exact <= (1 - _MOST_OF_IT) * affordable
    dearer = exact / sampled if exact_examples and not exact_rows else 1.0
    asked = 2 * _CHECKED * len(background.rows)  # by us and by the library, for each coalition
    game = int(np.clip(np.log2(max(_FOR_CHECK * affordable / asked, 1.0)), _LEAST_GAME, _GAME))
    paired = int(np.clip(_FOR_PAIRS * affordable / answers_for(1, len(background.rows)), FEWEST_ROWS, MOST_ROWS))
    return _Plan(exact_rows, exact_rows or exact_examples, dearer, min(game, test.shape[1]), paired)


def _speed(model: Predict, test: pd.DataFrame) -> float:
    """Rows a second the model answers in a batch, the better of two tries."""
    probe = test.iloc[np.resize(np.arange(len(test)), _PROBE)].reset_index(drop=True)
    model(probe.head(50))  # the first call pays for what is loaded late
    taken = []
    for _ in range(2):
        start = perf_counter()
        model(probe)
        taken.append(perf_counter() - start)
    return _PROBE / max(min(taken), 1e-6)


def _of(p: Array, problem: Problem) -> list[str]:
    """Say what is explained of each row: the positive class, the predicted class, or the value."""
    if problem.task is Task.MULTICLASS:
        return [problem.classes[i] for i in p.argmax(axis=1)]
    return [problem.classes[-1] if problem.task is Task.BINARY else problem.target] * len(p)


def _scores(p: Array, problem: Problem) -> Array:
    if problem.task is Task.REGRESSION:
        return p
    return p[:, 1] if problem.task is Task.BINARY else p.max(axis=1)


def _spread(scores: Array, rows: int) -> NDArray[np.intp]:
    """Positions of rows from the lowest score to the highest, evenly by rank."""
    order = np.argsort(scores, kind="stable")
    return order[np.unique(np.linspace(0, len(order) - 1, rows).round().astype(np.intp))]


def _some(rows: int, wanted: int, seed: int) -> NDArray[np.intp]:
    return np.random.default_rng(seed).permutation(rows)[:wanted]


def _row(test: pd.DataFrame, at: int, columns: list[str], problem: Problem, why: Explanation) -> ExplainedRow:
    row = test.iloc[[at]]
    values = {name: cell(row[name].iloc[0]) for name in columns}
    return ExplainedRow(row=values, actual=str(texts(row[problem.target]).iloc[0]), explanation=why)


def _checked(game: _Game, examples: NDArray[np.intp], reasons: list[Explanation], columns: int) -> str:
    """Have the shap library compute the values of some rows too, on their strongest columns, and say what came of it.

    The evidence stands without the check, so whatever keeps it from being made is said and stops nothing.
    """
    some = _spread(np.array([why.value for why in reasons]), _CHECKED)
    rows, found = game.test.iloc[examples[some]][game.columns], [reasons[i] for i in some]
    strongest = [sorted(e.contributions, key=lambda name: -abs(e.contributions[name]))[:columns] for e in found]
    of = [e.of for e in found]
    try:
        apart = agreement(game.model, rows, game.background, strongest, of=of, classes=game.problem.classes)
    except Exception as error:
        lines = str(error).splitlines() or [type(error).__name__]
        return f"they could not be checked against the shap library: {lines[0].rstrip('.')}"
    size = max(1.0, *(abs(e.value) for e in found))
    if apart <= _AGREES * size:
        came = f"agree to 1e{ceil(log10(max(apart, 1e-15)))}"
    else:
        came = f"do not agree but differ by up to {rounded(apart)}"
    where = f"{counted(len(rows), 'row')} ({counted(columns, 'strongest column')} of each)"
    return f"checked against the shap library on {where}: they {came}"


def _method(plan: _Plan, rows: int, checked: str, *, slow: bool, problem: Problem) -> str:
    unit = f"in units of {quoted(problem.target)}" if problem.task is Task.REGRESSION else "in probability"
    how = "exact (every combination of columns)" if plan.exact_rows else "sampled (antithetic permutations)"
    said = f"SHAP values {unit}, {how}, averaged over {counted(rows, 'test row')}, compared with made-up typical rows; "
    said += f"{checked}."
    if plan.exact_examples != plan.exact_rows:
        said += " The single rows shown are explained exactly."
    if slow:
        said += f" The model is slow, so fewer rows were explained than the usual {_ROWS}."
    return said
