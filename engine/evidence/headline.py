"""The sentence that stands on top: how good the model is, and that it is no better than something simpler if so."""

import numpy as np
from numpy.typing import NDArray

from engine.domain.evidence import Baseline, Estimate, best
from engine.domain.problem import Problem, Task
from engine.problem.metric import metric_for
from engine.problem.words import alike, plural, quoted

Array = NDArray[np.float64]


def headline(
    y: Array, p: Array, known: Array, problem: Problem, *, score: Estimate, baselines: tuple[Baseline, ...]
) -> str:
    """Say how good the model is in one or two sentences; a model that beats nothing says so first.

    ``y`` and ``p`` are answers and predictions of the test rows, as metrics take them, ``known`` the answers of the
    rows that simpler ways learned from.
    """
    said = {Task.BINARY: _binary, Task.MULTICLASS: _multiclass, Task.REGRESSION: _regression}[problem.task]
    return " ".join(part for part in (_no_better(score, baselines, problem), said(y, p, known, problem)) if part)


def _no_better(score: Estimate, baselines: tuple[Baseline, ...], problem: Problem) -> str:
    rival = best(baselines, problem.metric)
    if rival is None or rival.difference is None or rival.difference[0] > 0:
        return ""
    label = metric_for(problem.metric, problem.task).label
    ours, theirs = alike(score.value, beside=[rival.value])
    what = "worse than" if rival.difference[1] < 0 else "not shown to be better than"
    return f"This model is {what} {rival.label}: {label} {ours} against {theirs} on {score.rows:,} rows."


def _binary(y: Array, p: Array, _: Array, problem: Problem) -> str:
    """Precision when as many are picked as there are real cases; rows with equal scores are shared out fairly."""
    wanted = int(y.sum())
    order = np.argsort(-p[:, 1], kind="stable")
    edge = p[order[max(wanted, 1) - 1], 1]
    above, at = p[:, 1] > edge, p[:, 1] == edge
    hits = y[above].sum() + y[at].mean() * (wanted - above.sum())
    rate, chance = 100 * hits / max(wanted, 1), 100 * y.mean()
    many = _of_100(rate, chance)
    who = plural(problem.question.who)
    return (
        f"Of the {wanted:,} of {len(y):,} {who} with the highest chance, {many[0]} of 100 have "
        f"{quoted(problem.target)} = {quoted(problem.positive or '')}; picking at random finds {many[1]}."
    )


def _multiclass(y: Array, p: Array, known: Array, problem: Problem) -> str:
    usual = int(np.bincount(known.astype(int), minlength=len(problem.classes)).argmax())
    right, constant = 100 * float((p.argmax(axis=1) == y).mean()), 100 * float((y == usual).mean())
    said = _of_100(right, constant)
    return (
        f"It names the right {quoted(problem.target)} for {said[0]} of 100 {plural(problem.question.who)}; "
        f"always saying {quoted(problem.classes[usual])} is right for {said[1]}."
    )


def _of_100(ours: float, simple: float) -> tuple[str, ...]:
    """Say two counts of 100: whole, unless they would be the same."""
    if round(ours) != round(simple):
        ours, simple = round(ours), round(simple)
    return alike(ours, beside=[simple], digits=2)


def _regression(y: Array, p: Array, known: Array, problem: Problem) -> str:
    ours, constant = alike(float(np.abs(y - p).mean()), beside=[float(np.abs(y - known.mean()).mean())])
    return f"On average it is off by {ours} in {quoted(problem.target)}; guessing the average is off by {constant}."
