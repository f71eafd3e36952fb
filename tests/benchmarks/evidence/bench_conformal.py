"""Abstaining: how often the true answer is among those that stay possible, and what abstaining is worth.

Twenty times the rows that a model never saw are divided into choose and test rows. Run with
``python -m tests.benchmarks.evidence.bench_conformal``.
"""

import sys

import numpy as np

from engine.domain.problem import Task
from engine.policy.abstention import abstains, calibrate, half_widths, possible
from tests.benchmarks import figures
from tests.benchmarks.evidence.held_back import HeldBack, held_back
from tests.benchmarks.training.tables import SHARED

TABLES = ("bank", "income", "wine", "bike")
TIMES, ENOUGH = 20, 500


def coverage(rows: HeldBack) -> dict[str, float]:
    """Return coverage by class (or of all values), the share abstained, and both errors, averaged over resplits."""
    found: dict[str, list[float]] = {}
    for seed in range(TIMES):
        order = np.random.default_rng(seed).permutation(len(rows.y))
        choose, test = order[: len(order) * 2 // 5], order[len(order) * 2 // 5 :]
        limits = calibrate(rows.y[choose], rows.p[choose], rows.problem)
        y, p = rows.y[test], rows.p[test]
        told: dict[str, float] = {}
        if rows.problem.task is Task.REGRESSION:
            told["covered"] = float((np.abs(y - p) <= half_widths(limits, p)).mean())
            wrong = np.abs(y - p)
        else:
            stays = possible(limits, p)
            for k, name in enumerate(rows.problem.classes):
                if (y == k).sum() >= ENOUGH:
                    told[f"covered {name}"] = float(stays[y == k, k].mean())
            wrong = (p.argmax(axis=1) != y).astype(float)
        left = abstains(limits, p)
        told |= {"abstained": float(left.mean()), "error": float(wrong.mean())}
        told["error answered"] = float(wrong[~left].mean())
        for key, value in told.items():
            found.setdefault(key, []).append(value)
    return {key: float(np.mean(values)) for key, values in found.items()}


def main() -> int:
    """Print the figures of four tables."""
    if not SHARED.is_dir():
        sys.stdout.write("skipped: the shared tables are not here\n")
        return 0
    told = {name: coverage(held_back(name)) for name in TABLES}
    figures.publish("evidence_conformal", {f"{t}: {k}": v for t, all_ in told.items() for k, v in all_.items()})
    fits = all(0.87 <= v <= 0.93 for all_ in told.values() for k, v in all_.items() if k.startswith("covered"))
    return 0 if fits and all(t["error answered"] < t["error"] for t in told.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
