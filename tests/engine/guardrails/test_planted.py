"""A seeded tenth of the benchmark of planted leaks, on the tables that scikit-learn brings."""

import numpy as np

from tests.benchmarks.guardrails.bench_leaks import Found, judge
from tests.benchmarks.guardrails.planted import KINDS
from tests.benchmarks.guardrails.tables import BUNDLED, bundled

TENTH, SEED = 10, 8
TABLES = tuple(name for name in BUNDLED if name != "digits")  # which has too many columns for a quick test


def planted() -> list[Found]:
    ways = [(kind, name, renamed) for kind in KINDS for name in TABLES for renamed in (False, True)]
    drawn = np.random.default_rng(SEED).permutation(len(ways))[: len(ways) // TENTH]
    tried = (judge(ways[i][0], bundled(ways[i][1]), renamed=ways[i][2], seed=int(i)) for i in drawn)
    return [found for found in tried if found]


def test_planted_leaks_are_found_under_their_code_with_their_columns():
    found = planted()
    missed = [(f.kind, f.table, f.said) for f in found if not f.right]
    assert len(found) >= 20
    assert len({f.kind for f in found}) >= 12
    assert len(missed) <= 0.05 * len(found), missed
