"""Planted truth: the order of effects, columns that work together, and the noise are found, and nothing out of nothing.

On made-up tables with LightGBM models. Run with ``python -m tests.benchmarks.evidence.bench_planted``.
"""

import sys
import warnings

import numpy as np

from engine.domain.problem import Problem, Task
from engine.evidence.effects import importance
from engine.evidence.explanation import explain
from engine.evidence.interactions import interactions
from engine.evidence.score import difference, draw, resampled
from engine.policy.abstention import calibrate, half_widths
from tests.benchmarks import figures
from tests.benchmarks.evidence.bench_reasons import Fitted, fitted

TIMES, LEARNED, EXPLAINED, STRONG = 20, 4_000, 60, 3.0
ORDER = ["n0", "n2", "n4"]  # each planted more than twice as strong as the next
NOISE, NINE_OF_TEN = 5.0, 1.645  # of a normal spread
YES_NO = Problem(task=Task.BINARY, target="y", classes=("no", "yes"), positive="yes", metric="roc_auc")
AMOUNT = Problem(task=Task.REGRESSION, target="y", metric="rmse")


def told(model: Fitted) -> tuple[list[str], list[set[str]]]:
    """Return the columns by importance, and the pairs that work together."""
    some, classes = model.rows.head(EXPLAINED), ("no", "yes")
    found = explain(model.predict, some, model.background, model.columns, of="yes", classes=classes)
    ranked = importance(found, model.columns, 0)
    pairs = interactions(model.predict, some, model.background, ranked, of="yes", classes=classes)
    return [i.column for i in ranked], [set(pair.columns) for pair in pairs]


def noise(seed: int) -> float:
    """Return how wide a range that covers nine of ten is said to be, in units of what the planted noise makes it."""
    import lightgbm

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3 * LEARNED, 5))
    y = 10 * x[:, 0] + 5 * np.abs(x[:, 1]) + rng.normal(0, NOISE, len(x))
    model = lightgbm.LGBMRegressor(n_estimators=150, learning_rate=0.05, n_jobs=1, verbose=-1)
    said = model.fit(x[:LEARNED], y[:LEARNED]).predict(x[LEARNED:])
    limits = calibrate(y[LEARNED : 2 * LEARNED], said[:LEARNED], AMOUNT, coverage=0.9)
    return float(np.mean(half_widths(limits, said[LEARNED:]))) / (NINE_OF_TEN * NOISE)


def beaten(seed: int) -> bool:
    """Whether a model of pure noise is said to be surely better than guessing."""
    rng = np.random.default_rng(seed)
    y = (rng.random(1_000) < 0.3).astype(float)
    yes = rng.random(1_000)
    p, guess, draws = np.column_stack([1 - yes, yes]), np.full((1_000, 2), 0.5), draw(1_000, seed=seed)
    ours, theirs = resampled(YES_NO.metric, y, p, draws), resampled(YES_NO.metric, y, guess, draws)
    return difference(YES_NO.metric, YES_NO.task, ours, theirs)[0] > 0


def main() -> int:
    """Count over twenty tables; 0 if all is found, and nothing where nothing is in at least 95 %."""
    warnings.simplefilter("ignore")
    order = together = alone = 0
    for seed in range(TIMES):
        ranked, pairs = told(fitted(12, learned=LEARNED, seed=seed, strength=0.0, cores=1))
        order += [name for name in ranked if name in ORDER] == ORDER
        alone += not pairs
        together += {"n5", "n6"} in told(fitted(12, learned=LEARNED, seed=seed, strength=STRONG, cores=1))[1]
    widths = [noise(seed) for seed in range(TIMES)]
    wrong = sum(beaten(seed) for seed in range(10 * TIMES))
    figures.publish(
        "evidence_planted",
        {
            "tables": TIMES,
            "the order of three planted effects is found": order / TIMES,
            "two columns that work together are found": together / TIMES,
            "none is found where each acts alone (at least 0.95)": alone / TIMES,
            "the range that covers nine of ten, times the planted one": float(np.mean(widths)),
            "pure noise is not called better than a guess (at least 0.95)": 1 - wrong / (10 * TIMES),
        },
    )
    right = order >= 0.9 * TIMES and together >= 0.9 * TIMES and 0.95 <= np.mean(widths) <= 1.15
    return 0 if right and alone >= 0.95 * TIMES and wrong <= 0.05 * 10 * TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
