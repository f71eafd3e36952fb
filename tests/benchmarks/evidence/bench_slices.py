"""Weak slices: how often a planted one is found first, how often one is found where there is none, and how fast.

Run with ``python -m tests.benchmarks.evidence.bench_slices``.
"""

import sys
import time

from engine.evidence.slices import weak_slices
from tests.benchmarks import figures
from tests.engine.evidence.test_slices import AMOUNT, KINDS, YES_NO, scored

TIMES = 60
COLUMNS = ("age", "income", "region", "since", "x")


def main() -> int:
    """Count over sixty tables a task; 0 if what is planted is found, and nothing elsewhere in at least 95 %."""
    found: dict[str, float] = {}
    for problem in (YES_NO, KINDS, AMOUNT):
        task, hits, false, seconds = problem.task, 0, 0, 0.0
        for seed in range(TIMES):
            for planted in (True, False):
                parts = [scored(4000, seed, task, planted=planted), scored(5000, 1000 + seed, task, planted=planted)]
                began = time.perf_counter()
                told = weak_slices(*parts, problem=problem, columns=COLUMNS)
                seconds += time.perf_counter() - began
                hits += planted and bool(told) and set(told[0].columns) == {"age", "region"}
                false += bool(told) and not planted
        found |= {
            f"{task.value}: planted slice found first": hits / TIMES,
            f"{task.value}: nothing found where nothing is": 1 - false / TIMES,
            f"{task.value}: seconds for 4,000 + 5,000 rows": seconds / (2 * TIMES),
        }
    figures.publish("evidence_slices", found)
    quiet = [value for name, value in found.items() if name.endswith("nothing is")]
    hit = [value for name, value in found.items() if name.endswith("found first")]
    return 0 if min(quiet) >= 0.95 and min(hit) >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
