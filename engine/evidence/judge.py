"""Everything measured on the test rows, once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import DataContract
from engine.domain.evidence import Baseline, Estimate, Evidence
from engine.domain.problem import Problem, Task
from engine.errors import UnusableTarget
from engine.evidence.calibration import calibration_error
from engine.evidence.curves import confusion, curves
from engine.evidence.fairness import fairness
from engine.evidence.headline import headline
from engine.evidence.reasons import Explained, Foreseen, explain_all
from engine.evidence.related import related
from engine.evidence.score import Draws, difference, draw, estimate, resampled
from engine.problem.metric import metric_for
from engine.problem.rows import encode
from engine.training.baselines import FittedBaseline

Array = NDArray[np.float64]
Predict = Callable[[pd.DataFrame], NDArray[np.float64]]

OTHERS = {
    Task.BINARY: ("roc_auc", "average_precision", "accuracy", "log_loss", "brier"),
    Task.MULTICLASS: ("accuracy", "balanced_accuracy", "f1_macro", "log_loss"),
    Task.REGRESSION: ("rmse", "mae", "r2"),
}
_LEARN_SAMPLE = 5000


def judge(
    model: Predict,
    *,
    answers: Array,
    learn: pd.DataFrame,
    test: pd.DataFrame,
    problem: Problem,
    features: Sequence[str],
    contract: DataContract,
    baselines: Sequence[FittedBaseline],
    seed: int,
    threshold: float | None = None,
    explain_seconds: float = 10.0,
    choose: Foreseen | None = None,
) -> Evidence:
    """Score a model on the test rows, with everything a reviewer needs beside the number.

    Parameters
    ----------
    model : callable
        Takes a canonical frame with the features; gives (n, n_classes) probabilities in the order of
        ``problem.classes``, or (n,) numbers.
    answers : array
        What it gives for the test rows, which are asked for once.
    learn, test : DataFrame
        Canonical; hold the features, the target, the sensitive and the split's columns. ``learn`` gives the training
        score and, with ``choose``, the typical rows of explanations, ``test`` everything else.
    contract : DataContract
        Knows the features' types and usual levels.
    threshold : float, optional
        Of the policy; decides who counts as selected in a yes/no question. Needed there, and nowhere else.
    explain_seconds : float
        Time to spend on explanations, about.
    choose : (DataFrame, array), optional
        Rows, and what the model answered for them before it learned from them: as they are, typical rows are answered.

    Returns
    -------
    Evidence
        Deterministic for a seed, but for ``seconds`` and, where the model is slow, the number of rows explained.

    Raises
    ------
    UnusableTarget
        If the test rows hold only one class: nothing can be compared.
    """
    clock = Clock()
    columns, p = list(features), answers
    with clock("score"):
        y = encode(test, problem)
        _require_comparable(y, problem)
        together = related(test, problem)
        draws = draw(len(test), seed=seed, groups=together)
        score, others = _estimates(y, p, problem, draws, together)
    with clock("baselines"):
        ours = resampled(problem.metric, y, p, draws)
        compared = tuple(_baseline(b, test, y, problem=problem, ours=ours, draws=draws) for b in baselines)
    with clock("curves"):
        pictures, table = curves(y, p, problem, draws), confusion(y, p, problem, threshold)
    with clock("learn score"):
        y_learn = encode(learn, problem)
        learn_score = _learn_score(model, learn[columns], y_learn, problem, seed)
        known = y_learn if choose is None else np.append(y_learn, encode(choose[0], problem))
    with clock("fairness"):
        groups = fairness(test, y, p, problem, threshold=threshold, draws=draws)
    with clock("explanations"):
        why: Explained = explain_all(
            model, learn=learn, test=test, p=p, problem=problem, features=columns, contract=contract, seed=seed,
            seconds=explain_seconds, choose=choose,
        )  # fmt: skip
    return Evidence(
        score=score,
        learn_score=learn_score,
        others=others,
        baselines=compared,
        threshold=threshold,
        curves=pictures,
        confusion=table,
        importance=why.importance,
        related=why.related,
        effects=why.effects,
        interactions=why.interactions,
        explained=why.rows,
        background=why.background,
        explanation_method=why.method,
        fairness=groups,
        headline=headline(y, p, known, problem, score=score, baselines=compared),
        seconds=clock.seconds,
    )


class Clock:
    """Seconds per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Note how long the block takes as one stage."""
        start = perf_counter()
        yield
        self.seconds[stage] = round(perf_counter() - start, 3)


def _require_comparable(y: Array, problem: Problem) -> None:
    if len(y) < 2:
        raise UnusableTarget(
            f"Of the test rows {len(y)} is left: that cannot show how good a model is.",
            fix="Bring more rows, or split them another way.",
        )
    if problem.task is not Task.REGRESSION and len(np.unique(y)) < 2:
        raise UnusableTarget(
            f"All {len(y):,} test rows have the same answer in {problem.target!r}: no score has a meaning.",
            fix="Bring more rows, or split them another way.",
        )


def _estimates(
    y: Array, p: Array, problem: Problem, draws: Draws, together: NDArray[np.intp] | None
) -> tuple[Estimate, tuple[Estimate, ...]]:
    names = (problem.metric, *(m for m in OTHERS[problem.task] if m != problem.metric))
    score, *others = (estimate(m, problem.task, y, p, draws=draws, groups=together) for m in names)
    if problem.task is not Task.REGRESSION:
        others.append(calibration_error(y, p, draws))
    return score, tuple(others)


def _baseline(
    baseline: FittedBaseline, test: pd.DataFrame, y: Array, *, problem: Problem, ours: Array, draws: Draws
) -> Baseline:
    p = baseline.predict(test)
    return Baseline(
        name=baseline.name,
        label=baseline.label,
        value=metric_for(problem.metric, problem.task).function(y, p),
        difference=difference(problem.metric, problem.task, ours, resampled(problem.metric, y, p, draws)),
        rule=baseline.rule,
    )


def _learn_score(model: Predict, learn: pd.DataFrame, y: Array, problem: Problem, seed: int) -> float | None:
    """Return the metric on a sample of the learn rows; None where it has no meaning there."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(learn))[:_LEARN_SAMPLE])
    value = metric_for(problem.metric, problem.task).function(y[rows], model(learn.iloc[rows]))
    return value if np.isfinite(value) else None
