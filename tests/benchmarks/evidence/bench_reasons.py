"""SHAP values: exact where they are enumerated, close where they are sampled, and how fast.

On made-up tables with a LightGBM model: ten columns against Shapley's definition, nineteen against a converged run of
2,000 permutations and against ``shap.KernelExplainer`` with the same background. Run with
``python -m tests.benchmarks.evidence.bench_reasons``.
"""

import sys
import time
import warnings
from dataclasses import dataclass, replace
from itertools import product
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Background
from engine.evidence.background import summarise, typed
from engine.evidence.explanation import explain
from tests.benchmarks import figures
from tests.benchmarks.app.machine import load, seconds
from tests.benchmarks.evidence.made_up import asked, table

Array = NDArray[np.float64]

LEARN, EXPLAINED, BRUTE, SEEDS, TRIES = 15_000, 4, 2, 5, 3
CONVERGED = 1_000  # pairs of permutations
MOST_APART, MOST_OFF, LEAST_FASTER = 1e-8, 0.04, 15.0


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model of a made-up table, typical rows, and rows to explain."""

    columns: tuple[str, ...]
    background: Background
    rows: pd.DataFrame
    levels: dict[str, list[str]]
    booster: object

    def codes(self, frame: pd.DataFrame) -> Array:
        """Return a frame as numbers."""
        made = np.empty((len(frame), len(self.columns)))
        for place, name in enumerate(self.columns):
            values = frame[name]
            if name in self.levels:
                made[:, place] = pd.Categorical(values, categories=self.levels[name]).codes
            else:
                made[:, place] = values.astype("int64") / 8.64e13 if values.dtype.kind == "M" else values
        return made

    def of_codes(self, codes: Array) -> Array:
        """Return the probability of a yes."""
        return np.asarray(self.booster.predict_proba(codes)[:, 1])  # type: ignore[attr-defined]

    def predict(self, frame: pd.DataFrame) -> Array:
        """Return both probabilities for a canonical frame."""
        yes = self.of_codes(self.codes(frame))
        return np.column_stack([1 - yes, yes])

    def explained(self, rows: pd.DataFrame, **options: int) -> Array:
        """Return the contributions, shape (rows, columns)."""
        said = explain(self.predict, rows, self.background, self.columns, of="yes", classes=("no", "yes"), **options)
        return np.array([[one.contributions[name] for name in self.columns] for one in said])


def fitted(columns: int, *, learned: int = LEARN, seed: int = 0, strength: float = 1.0, cores: int = 2) -> Fitted:
    """Fit a model to so many columns."""
    import lightgbm

    frame, contract, problem = asked(table(learned + 100, columns + 1, seed, strength=strength))
    names = problem.features(contract)
    learn, rows = frame.iloc[:learned], frame.iloc[learned:][list(names)].reset_index(drop=True)
    levels = {name: sorted(learn[name].dropna().unique()) for name in names if learn[name].dtype == object}
    booster = lightgbm.LGBMClassifier(n_estimators=200, learning_rate=0.05, n_jobs=cores, verbose=-1, random_state=0)
    none = Background(rows=(), weights=(), described="")
    made = Fitted(names, none, rows, levels, booster)
    booster.fit(made.codes(learn), learn[problem.target] == "yes")
    answers = made.predict(rows)
    return replace(made, background=summarise(learn, names, contract, model=made.predict, answers=answers, seed=0))


def brute(model: Fitted, row: pd.DataFrame) -> Array:
    """Return Shapley's weighted sum over all coalitions, written down as it is defined."""
    typical, own = model.codes(typed(model.background, row)), model.codes(row)[0]
    weights, size = np.array(model.background.weights), len(own)
    inside = np.array(list(product([False, True], repeat=size)))
    worth = {tuple(s): float(weights @ model.of_codes(np.where(s, own, typical))) for s in inside}
    gains = np.zeros(size)
    for some, place in product(inside, range(size)):
        if not some[place]:
            joined = some.copy()
            joined[place] = True
            share = 1 / (size * comb(size - 1, int(some.sum())))
            gains[place] += share * (worth[tuple(joined)] - worth[tuple(some)])
    return gains


def kernel(model: Fitted, rows: pd.DataFrame) -> tuple[Array, float]:
    """Return what the library's KernelExplainer says, all columns kept, and seconds a row."""
    import shap
    from shap.utils._legacy import DenseData

    weights = np.array(model.background.weights)
    data = DenseData(model.codes(typed(model.background, rows)), list(model.columns), None, weights)
    explainer = shap.KernelExplainer(model.of_codes, data)  # it is given numbers: nothing of ours slows it down
    began = time.perf_counter()
    said = explainer.shap_values(model.codes(rows), l1_reg=False, silent=True)
    return np.asarray(said), (time.perf_counter() - began) / len(rows)


def main() -> int:
    """Print how right and how fast; 0 if all is within its limits."""
    warnings.simplefilter("ignore")
    few = fitted(10)
    rows = few.rows.head(BRUTE)
    truth = np.array([brute(few, rows.iloc[[i]]) for i in range(BRUTE)])
    apart = float(np.abs(few.explained(rows) - truth).max())

    many = fitted(19)
    rows = many.rows.head(EXPLAINED)
    converged = many.explained(rows, permutations=CONVERGED, seed=99)
    largest = np.abs(converged).max(axis=1, keepdims=True)
    off = np.array([(many.explained(rows, seed=seed) - converged) / largest for seed in range(SEEDS)])
    by_column = np.sqrt((off**2).mean(axis=(0, 1)))
    said, slow = kernel(many, rows)
    ours = min(seconds(lambda: many.explained(rows)) for _ in range(TRIES)) / EXPLAINED
    alone = min(seconds(lambda: many.explained(rows.head(1))) for _ in range(TRIES))
    figures.publish(
        "evidence_reasons",
        {
            "columns enumerated, and the largest difference from brute force": f"{len(few.columns)}, {apart:.1e}",
            "columns sampled": len(many.columns),
            "RMSE of all values, share of the largest": float(np.sqrt((off**2).mean())),
            "RMSE of the worst column (at most 0.04)": float(by_column.max()),
            "the library's own RMSE": float(np.sqrt((((said - converged) / largest) ** 2).mean())),
            "ours, seconds a row": ours,
            "ours, seconds for one row alone": alone,
            "KernelExplainer, seconds a row": slow,
            "times as fast (at least 15)": slow / ours,
            "load": load(),
        },
    )
    return 0 if apart <= MOST_APART and by_column.max() <= MOST_OFF and slow >= LEAST_FASTER * ours else 1


if __name__ == "__main__":
    sys.exit(main())
