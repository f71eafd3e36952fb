"""How groups fare: rates and errors by sensitive column, and the largest difference between groups."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Fairness, GroupRate
from engine.domain.problem import Problem, Task
from engine.evidence.groups import groups
from engine.evidence.score import Draws, interval, over
from engine.evidence.wording import apart, significant
from engine.problem.words import listed, percent, quoted

Array = NDArray[np.float64]
Metric = Callable[..., float]

FEWEST_ROWS = 30
FEWEST_YESES = 10


@dataclass(frozen=True)
class _Rate:
    """A rate of every group, and the same in every resample: (groups,) and (resamples, groups)."""

    points: Array
    resampled: Array


@dataclass(frozen=True)
class _Table:
    """One sensitive column on the test rows. ``kept`` are the groups large enough to judge."""

    column: str
    names: tuple[str, ...]
    member: Array  # (rows, groups) of 0 and 1
    kept: NDArray[np.bool_]
    y: Array
    said: Array
    problem: Problem
    draws: Draws


def fairness(
    test: pd.DataFrame, y: Array, p: Array, problem: Problem, *, threshold: float | None, draws: Draws
) -> tuple[Fairness, ...]:
    """Compare the groups of every sensitive column that stands in ``test``.

    Parameters
    ----------
    y, p : array
        Answers and predictions of the test rows, as metrics take them.
    threshold : float or None
        From which probability on a row is selected (yes/no only); None: one half.
    draws : array of shape (resamples, rows)
        The resamples of the score, for the intervals.

    Returns
    -------
    tuple of Fairness
        For yes/no the demographic parity and equalized odds difference, for several classes the demographic parity
        (largest over the classes) and error rate difference, for numbers the differences in mean prediction and mean
        absolute error. Groups of fewer than 30 rows (or 10 yeses) are shown but not judged.
    """
    said = _said(p, problem, threshold)
    measures = {Task.BINARY: _binary, Task.MULTICLASS: _multiclass, Task.REGRESSION: _regression}[problem.task]
    found: list[Fairness] = []
    for column in problem.sensitive:
        if column in test.columns:
            found.extend(measures(_table(test[column], y, said, problem, draws)))
    return tuple(found)


def _said(p: Array, problem: Problem, threshold: float | None) -> Array:
    if problem.task is Task.REGRESSION:
        return p
    if problem.task is Task.BINARY:
        return np.asarray(p[:, 1] >= (0.5 if threshold is None else threshold), dtype=np.float64)
    return np.asarray(p.argmax(axis=1), dtype=np.float64)


def _table(values: "pd.Series[Any]", y: Array, said: Array, problem: Problem, draws: Draws) -> _Table:
    codes, names = pd.factorize(groups(values), sort=True)
    member = np.eye(len(names))[codes]
    kept = member.sum(axis=0) >= FEWEST_ROWS
    if problem.task is Task.BINARY:
        kept &= y @ member >= FEWEST_YESES
    return _Table(str(values.name), tuple(str(n) for n in names), member, kept, y, said, problem, draws)


def _binary(table: _Table) -> Iterator[Fairness]:
    from fairlearn.metrics import false_positive_rate, selection_rate, true_positive_rate

    selected = _rate(table, selection_rate, table.said)
    shown = _shown(table, selected, _errors(table))
    yield _measure(table, "demographic_parity_difference", (selected,), shown, ("Picked",))
    odds = (
        _rate(table, true_positive_rate, table.said, among=table.y == 1),
        _rate(table, false_positive_rate, table.said, among=table.y == 0),
    )
    found = (f"Found among those with {_positive(table)}", f"Picked wrongly among those without {_positive(table)}")
    yield _measure(table, "equalized_odds_difference", odds, shown, found)


def _multiclass(table: _Table) -> Iterator[Fairness]:
    from fairlearn.metrics import selection_rate

    classes = table.problem.classes
    named = tuple(
        _rate(table, lambda y, said, of=c: selection_rate(y == of, said == of), table.said == c)
        for c in range(len(classes))
    )
    error = _errors(table)
    most = max(range(len(named)), key=lambda c: _gap(named[c].points, table.kept))
    shown = _shown(table, named[most], error)
    words = tuple(f"Predicted {quoted(name)}" for name in classes)
    yield _measure(table, "demographic_parity_difference", named, shown, words)
    yield _measure(table, "error_rate_difference", (error,), shown, ("Wrong answers",))


def _regression(table: _Table) -> Iterator[Fairness]:
    from fairlearn.metrics import mean_prediction
    from sklearn.metrics import mean_absolute_error

    mean = _rate(table, mean_prediction, table.said)
    error = _rate(table, mean_absolute_error, np.abs(table.said - table.y))
    shown, target = _shown(table, mean, error), quoted(table.problem.target)
    yield _measure(table, "mean_prediction_difference", (mean,), shown, (f"Average predicted {target}",))
    yield _measure(table, "mean_absolute_error_difference", (error,), shown, (f"Typical error in {target}",))


def _errors(table: _Table) -> _Rate:
    from sklearn.metrics import zero_one_loss

    return _rate(table, zero_one_loss, table.said != table.y)


def _rate(
    table: _Table, metric: Metric, values: NDArray[np.generic], *, among: NDArray[np.bool_] | None = None
) -> _Rate:
    """Return ``metric`` by group, and in every resample the mean of ``values`` (among some rows), which is the same."""
    member = table.member if among is None else table.member * among[:, None]
    summed = member * np.asarray(values, dtype=np.float64)[:, None]

    def of(w: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((w @ summed) / (w @ member))

    return _Rate(_by_group(table, metric), over(of, table.draws))


def _by_group(table: _Table, metric: Metric) -> Array:
    """Ask Fairlearn for one metric by group, in the order of ``table.names``."""
    from fairlearn.metrics import MetricFrame

    # A dictionary of metrics, even of one, makes MetricFrame always answer with a frame.
    frame = MetricFrame(
        metrics={"metric": metric}, y_true=table.y, y_pred=table.said, sensitive_features=table.member.argmax(axis=1)
    )
    return np.asarray(frame.by_group["metric"].sort_index(), dtype=np.float64)


def _shown(table: _Table, selection: _Rate, error: _Rate) -> tuple[GroupRate, ...]:
    rows = table.member.sum(axis=0)
    return tuple(
        GroupRate(
            group=name,
            rows=int(rows[i]),
            selection_rate=float(selection.points[i]),
            error_rate=float(error.points[i]),
            interval=interval(selection.resampled[:, i], float(selection.points[i])),
            too_few=not bool(table.kept[i]),
        )
        for i, name in enumerate(table.names)
    )


def _measure(
    table: _Table, measure: str, rates: tuple[_Rate, ...], shown: tuple[GroupRate, ...], words: tuple[str, ...]
) -> Fairness:
    """Return the largest difference between judged groups over ``rates``; ``words`` say what each rate is."""
    if table.kept.sum() < 2:
        return Fairness(
            column=table.column, measure=measure, value=0.0, interval=None, groups=shown, sentence=_unjudged(table)
        )
    gaps = [_gap(rate.points, table.kept) for rate in rates]
    most = int(np.argmax(gaps))
    resampled = np.max([_gaps(rate.resampled, table.kept) for rate in rates], axis=0)
    between = interval(resampled, gaps[most])
    # What the same differences would be by chance, had every group the same rate: resamples around each one's own.
    chance = np.max([_gaps(rate.resampled - rate.points, table.kept) for rate in rates], axis=0)
    usual = chance[np.isfinite(chance)]
    return Fairness(
        column=table.column,
        measure=measure,
        value=gaps[most],
        interval=between,
        at_least=max(0.0, gaps[most] - float(np.quantile(usual, 0.95))) if len(usual) else 0.0,
        groups=shown,
        sentence=_sentence(table, words[most], rates[most].points, between),
    )


def _gap(points: Array, kept: NDArray[np.bool_]) -> float:
    return float(np.ptp(points[kept])) if kept.any() else 0.0


def _gaps(resampled: Array, kept: NDArray[np.bool_]) -> Array:
    return np.asarray(np.ptp(resampled[:, kept], axis=1))


def _sentence(table: _Table, words: str, points: Array, between: tuple[float, float]) -> str:
    kept = np.flatnonzero(table.kept)
    low, high = kept[points[kept].argmin()], kept[points[kept].argmax()]
    if table.problem.task is Task.REGRESSION:
        top, bottom = apart(float(points[high]), float(points[low]), 3)
        apart_by = significant(float(points[high] - points[low]))
        sure = " to ".join(significant(edge) for edge in between)
    else:
        top, bottom = percent(float(points[high])), percent(float(points[low]))
        apart_by = f"{significant(100 * float(points[high] - points[low]))} points"
        sure = " to ".join(significant(100 * edge) for edge in between)
    return (
        f"{words}: {top} where {quoted(table.column)} is {quoted(table.names[high])}, {bottom} where it is "
        f"{quoted(table.names[low])}, a difference of {apart_by} (95 % interval {sure}).{_left_out(table)}"
    )


def _left_out(table: _Table) -> str:
    few = [name for name, kept in zip(table.names, table.kept, strict=True) if not kept]
    return f" Too few rows to judge {listed(few, last='or')}." if few else ""


def _unjudged(table: _Table) -> str:
    need = f"at least {FEWEST_ROWS} test rows"
    if table.problem.task is Task.BINARY:
        need += f", {FEWEST_YESES} of them with {_positive(table)}"
    return f"The groups of {quoted(table.column)} cannot be compared: fewer than two have {need}."


def _positive(table: _Table) -> str:
    return f"{quoted(table.problem.target)} = {quoted(table.problem.positive or table.problem.classes[-1])}"
