"""How groups fare: rates, errors, calibration and score by sensitive column, and the largest differences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.fair import Fairness, GroupRate, GroupRule
from engine.domain.problem import Problem, Task
from engine.evidence.comparison import Words, four_fifths, measure, positive
from engine.evidence.intersections import FEWEST_ROWS, FEWEST_YESES, groupings
from engine.evidence.rates import Counted, Rate, Table, rates
from engine.evidence.score import Draws, interval, over, statistic
from engine.problem.metric import metric_for
from engine.problem.words import percent, quoted

__all__ = ["FEWEST_ROWS", "FEWEST_YESES", "fairness"]

Array = NDArray[np.float64]
Metric = Callable[..., float]
_MOST_CLASSES = 10


def fairness(
    test: pd.DataFrame,
    y: Array,
    p: Array,
    problem: Problem,
    *,
    threshold: float | Array | None,
    draws: Draws,
    rules: Mapping[str, GroupRule] | None = None,
    decided: NDArray[np.intp] | None = None,
    quick: bool = False,
) -> tuple[Fairness, ...]:
    """Compare the groups of every sensitive column that stands in ``test``, and of every two of them crossed.

    Parameters
    ----------
    y, p : array
        Answers and predictions of the test rows, as metrics take them.
    threshold : float, array or None
        From which probability on a row is selected (yes/no only), the same for all or one a row; None: one half.
    draws : array of shape (resamples, rows)
        The resamples of the score, for the intervals.
    rules : mapping, optional
        Who is of which group of a column, where that is settled; else these rows make the groups.
    decided : array of shape (rows,), optional
        Which of several classes each row is decided for, where that is not the most probable one.
    quick : bool, default False
        Count the rates without asking Fairlearn, which takes seconds to load: they are the same.

    Returns
    -------
    tuple of Fairness
        For yes/no the differences in demographic parity, equalized odds, equal opportunity, wrong picks, predictive
        parity and calibration; for several classes in demographic parity and equalized odds (largest over the classes),
        error rate and calibration of the best guess; for numbers in mean prediction, mean absolute error and mean of
        prediction minus answer. Always last: that of the score. Groups of fewer than 30 rows (or 10 yeses) are shown
        but not judged, nor are rates that fewer than 10 rows of a group make.
    """
    said = _said(p, problem, threshold) if decided is None else decided.astype(np.float64)
    measures = {Task.BINARY: _binary, Task.MULTICLASS: _multiclass, Task.REGRESSION: _regression}[problem.task]
    compared = groupings(test, y, problem, rules or {})
    found: list[Fairness] = []
    for grouping in compared:
        found.extend(measures(Table(grouping, y, p, said, problem, draws, tables=len(compared), quick=quick)))
    return tuple(found)


def _said(p: Array, problem: Problem, threshold: float | Array | None) -> Array:
    if problem.task is Task.REGRESSION:
        return p
    if problem.task is Task.BINARY:
        return np.asarray(p[:, 1] >= (0.5 if threshold is None else threshold), dtype=np.float64)
    return np.asarray(p.argmax(axis=1), dtype=np.float64)


def _more(what: str, among: str = "") -> Words:
    return lambda high, by, low: f"{among}{high} {what} {by} more often than {low}"


def _higher(what: str) -> Words:
    return lambda high, by, low: f"{what} is {by} higher for {high} than for {low}"


def _binary(table: Table) -> Iterator[Fairness]:
    yes, no, picked, chance = table.y == 1, table.y == 0, table.said == 1, table.p[:, 1]
    selected, errors, found, wrongly, rightly, too_high = _rates(
        table,
        Counted(table.said, metric="selection_rate"),
        Counted(table.said != table.y, metric="zero_one_loss"),
        Counted(table.said, yes, "true_positive_rate"),
        Counted(table.said, no, "false_positive_rate"),
        Counted(table.y, picked, "precision_score"),
        Counted(chance - table.y),
    )
    score = _scores(table)
    shown = _shown(table, selected, errors, score, chance, table.y)
    answer = positive(table.problem)
    yield _parity(measure(table, "demographic_parity_difference", (selected,), shown, (_more("is picked"),)))
    of_yes, of_no = (_more("is picked", f"among those {how} {answer}, ") for how in ("with", "without"))
    yield _odds(measure(table, "equalized_odds_difference", (found, wrongly), shown, (of_yes, of_no)))
    yield measure(table, "equal_opportunity_difference", (found,), shown, (of_yes,))
    yield measure(table, "false_positive_rate_difference", (wrongly,), shown, (of_no,))
    yield measure(table, "predictive_parity_difference", (rightly,), shown, (_more("turns out right", "if picked, "),))
    words = _higher("the predicted chance minus what came true")
    yield measure(table, "calibration_difference", (too_high,), shown, (words,))
    yield _score(table, score, shown)


def _multiclass(table: Table) -> Iterator[Fairness]:
    classes, kept, sure = table.problem.classes, table.kept, table.p.max(axis=1)
    right = (table.p.argmax(axis=1) == table.y).astype(np.float64)
    odds = _odds_of_classes(table)
    error, too_sure, *rest = _rates(
        table,
        Counted(table.said != table.y, metric="zero_one_loss"),
        Counted(sure - right),
        *(Counted(table.said == c, of_kind=len(classes)) for c in range(len(classes))),
        *odds,
    )
    named, odds_rates = tuple(rest[: len(classes)]), tuple(rest[len(classes) :])
    score = _scores(table)
    most = max(range(len(named)), key=lambda c: float(np.ptp(named[c].points[kept])) if kept.any() else 0.0)
    shown = _shown(table, named[most], error, score, sure, right, rated=classes[most])
    words = tuple(_more(_gets(table, name)) for name in classes)
    yield _parity(measure(table, "demographic_parity_difference", named, shown, words))
    yield measure(table, "error_rate_difference", (error,), shown, (_more("gets a wrong answer"),))
    if odds:
        # How low one rate is as a share of another is not told: of so many the rarest class decides it.
        yield measure(table, "equalized_odds_difference", odds_rates, shown, tuple(odds.values()))
    words = (_higher("the chance of the best guess minus how often it was right"),)
    yield measure(table, "calibration_difference", (too_sure,), shown, words)
    yield _score(table, score, shown)


def _gets(table: Table, name: str) -> str:
    """Say that a class is predicted; or, where costs make another one than the most probable the answer, given."""
    return f"is {'predicted' if (table.said == table.p.argmax(axis=1)).all() else 'given'} {quoted(name)}"


def _odds_of_classes(table: Table) -> dict[Counted, Words]:
    """Count how often each class is given to those of the class, and to others; not where there are very many."""
    classes = table.problem.classes if len(table.problem.classes) <= _MOST_CLASSES else ()
    return {
        Counted(table.said == c, rows, of_kind=2 * len(classes)): _more(
            _gets(table, name), f"among those {how} {quoted(name)}, "
        )
        for c, name in enumerate(classes)
        for rows, how in ((table.y == c, "who are"), (table.y != c, "who are not"))
    }


def _regression(table: Table) -> Iterator[Fairness]:
    off = table.said - table.y
    mean, error, above = _rates(
        table,
        Counted(table.said, shares=False),
        Counted(np.abs(off), metric="mean_absolute_error", shares=False),
        Counted(off, shares=False),
    )
    score = _scores(table)
    shown, target = _shown(table, mean, error, score, table.said, table.y), quoted(table.problem.target)
    yield measure(table, "mean_prediction_difference", (mean,), shown, (_higher(f"the average predicted {target}"),))
    yield measure(
        table, "mean_absolute_error_difference", (error,), shown, (_higher(f"the average error in {target}"),)
    )
    words = _higher(f"the average of predicted minus true {target}")
    yield measure(table, "calibration_difference", (above,), shown, (words,))
    yield _score(table, score, shown)


def _parity(found: Fairness) -> Fairness:
    """Say how the lower of the two rates that are told compares with the higher."""
    rates = [g.selection_rate for g in found.groups if not g.too_few and g.selection_rate is not None]
    if found.interval is None:
        return found
    ratio = min(rates) / max(rates) if max(rates) > 0 else 1.0
    said = f"{found.sentence} {four_fifths(found.surely.ratio if found.surely else ratio)}"
    return found.model_copy(update={"ratio": ratio, "sentence": said})


def _odds(found: Fairness) -> Fairness:
    """Say how the lowest rate compares with the highest."""
    if found.interval is None or found.ratio is None:
        return found
    said = f"{found.sentence} At worst, one group's rate is {percent(found.ratio)} of another's."
    return found.model_copy(update={"sentence": said})


def _rates(table: Table, *counted: Counted) -> tuple[Rate, ...]:
    """Return rates by group; those of a single column that Fairlearn knows are Fairlearn's.

    Of columns crossed there are many more, and the rates are the same.
    """
    counts = rates(table, counted)
    if table.quick or len(table.groups.columns) > 1:
        return counts
    told = _by_group(table, [one.metric for one in counted if one.metric])
    return tuple(
        rate if one.metric is None else replace(rate, points=np.where(np.isnan(rate.points), np.nan, told[one.metric]))
        for one, rate in zip(counted, counts, strict=True)
    )


def _by_group(table: Table, metrics: Sequence[str]) -> dict[str, Array]:
    """Ask Fairlearn for metrics by group, in the order of the groups' names.

    Rows of one group with the same answer and prediction are told once, with their number as weight: the same, sooner.
    """
    from fairlearn import metrics as fair
    from sklearn import metrics as plain

    of: dict[str, Metric] = {name: getattr(fair, name, None) or getattr(plain, name) for name in metrics}
    if "precision_score" in of:
        of["precision_score"] = partial(of["precision_score"], zero_division=0)
    rows = np.column_stack([table.groups.member.argmax(axis=1), table.y, table.said])
    cells, counts = np.unique(rows, axis=0, return_counts=True)
    # A dictionary of metrics, even of one, makes MetricFrame always answer with a frame.
    frame = fair.MetricFrame(
        metrics=of,
        y_true=cells[:, 1],
        y_pred=cells[:, 2],
        sensitive_features=cells[:, 0].astype(np.int64),
        sample_params={name: {"sample_weight": counts} for name in metrics},
    )
    by_group = frame.by_group.sort_index()
    return {name: np.asarray(by_group[name], dtype=np.float64) for name in metrics}


def _scores(table: Table) -> Rate:
    """Return the problem's metric by group; NaN where it has no meaning, as where a group has one answer only."""
    metric = metric_for(table.problem.metric, table.problem.task)
    points, resampled = np.full(len(table.kept), np.nan), np.full((len(table.draws), len(table.kept)), np.nan)
    for i in np.flatnonzero(table.kept):
        y, p = table.y[table.rows[i]], table.p[table.rows[i]]
        if table.problem.task is Task.REGRESSION or len(np.unique(y)) > 1:
            points[i] = metric.function(y, p)
            with np.errstate(divide="ignore", invalid="ignore"):
                resampled[:, i] = over(statistic(table.problem.metric, y, p), table.drawn[i])
    return Rate(points, resampled, table.groups.member.sum(axis=0), shares=False)


def _score(table: Table, score: Rate, shown: tuple[GroupRate, ...]) -> Fairness:
    metric = metric_for(table.problem.metric, table.problem.task)
    words = _higher(f"the score ({metric.label}, {'more' if metric.greater_is_better else 'less'} is better)")
    return measure(table, "score_difference", (score,), shown, (words,))


def _shown(
    table: Table, selection: Rate, error: Rate, score: Rate, predicted: Array, came_true: Array, *, rated: str = ""
) -> tuple[GroupRate, ...]:
    rows = table.groups.member.sum(axis=0)
    means = [values @ table.groups.member / rows for values in (predicted, came_true)]
    return tuple(
        GroupRate(
            group=name,
            rows=int(rows[i]),
            selection_rate=float(selection.points[i]),
            error_rate=float(error.points[i]),
            interval=_between(selection, i),
            error_interval=_between(error, i),
            score_interval=_between(score, i) if np.isfinite(score.points[i]) else None,
            too_few=not bool(table.kept[i]),
            predicted=float(means[0][i]),
            came_true=float(means[1][i]),
            score=float(score.points[i]) if np.isfinite(score.points[i]) else None,
            rated=rated,
        )
        for i, name in enumerate(table.groups.names)
    )


def _between(rate: Rate, i: int) -> tuple[float, float]:
    return interval(rate.resampled[:, i], float(rate.points[i]))
