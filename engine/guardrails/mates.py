"""Whether many rows have near twins: the same person, machine or place once more, where no key says so."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.guardrails.association import Codes
from engine.guardrails.base import Case
from engine.problem.alike import Compared, compare
from engine.problem.split import gathered, identical

_QUERIES, _WORK = 200, 40_000_000  # cells that are compared
_MOST_ROWS = 100_000
_KINDS, _FEW_VALUES, _GLANCE = 4, 50, 10_000
_ISOLATED, _SHARE = 0.5, 0.25
_FEWEST_COLUMNS, _FEWEST_ROWS = 3, 100


@dataclass(frozen=True, eq=False)
class Mates:
    """Rows that have near twins: their share, and pairs of positions to look at."""

    share: float
    each: float  # near twins that such a row has, on average
    pairs: tuple[tuple[int, int], ...]
    differ: tuple[tuple[str, ...], ...]  # for each pair the columns in which it differs
    columns: tuple[str, ...]
    part: Codes  # positions of the rows that were looked at


def mates(case: Case) -> Mates | None:
    """Return what near twins there are, None where rows resemble each other no more than in any table.

    Some rows are compared with all others. Somebody who comes back has a few twins and beyond them nobody for a long
    way; in a dense region of a table there are always some more a little farther off.
    """
    columns = case.describing if case.asked else case.contract.names
    columns = tuple(name for name in columns if name in case.frame.columns)
    if len(columns) < _FEWEST_COLUMNS:
        return None
    part = _part(case.frame, columns)
    once = case.frame.iloc[part].drop_duplicates(list(columns))
    if len(once) < _FEWEST_ROWS:
        return None
    random = np.random.default_rng(0)
    compared = compare(once, columns)
    asked = int(np.clip(_WORK // compared.values.size, 20, _QUERIES))
    rows = random.choice(len(once), min(asked, len(once)), replace=False)
    strict = max(1, compared.most_different // 2)
    best = max(_looked(compared, rows, (strict, compared.most_different)), key=_share)
    if _share(best) < _SHARE:
        return None
    positions = case.frame.index.get_indexer(once.index)
    pairs = [(row, near) for row, near in zip(rows, best, strict=True) if len(near)]
    first = [(int(row), int(near[0])) for row, near in pairs]
    differ = [tuple(np.array(columns)[~compared.agree([a], [b])[0]]) for a, b in first[:5]]
    return Mates(
        share=_share(best),
        each=float(np.mean([len(near) for _, near in pairs])),
        pairs=tuple((int(positions[a]), int(positions[b])) for a, b in first),
        differ=tuple(differ),
        columns=columns,
        part=part,
    )


def within(found: Mates, codes: Codes) -> bool:
    """Whether near twins have the same key: then there is nothing to add to what the key says."""
    return float(np.mean([codes[a] == codes[b] for a, b in found.pairs])) >= 0.9


def _part(frame: pd.DataFrame, columns: tuple[str, ...]) -> Codes:
    """Return positions of all rows, or of the rows of some kinds: whoever comes back is mostly of the same kind."""
    everyone = np.arange(len(frame))
    if len(frame) <= _MOST_ROWS:
        return everyone
    few = [name for name in columns if frame[name].iloc[:_GLANCE].nunique() <= _FEW_VALUES][:_KINDS]
    kinds = identical(frame, few) if few else everyone
    return gathered(kinds if int(kinds.max()) > _FEW_VALUES else everyone, _MOST_ROWS, seed=0)


def _looked(compared: Compared, rows: Codes, allowed: tuple[int, ...]) -> list[list[Codes]]:
    """Return for each number of columns that may differ, and each row, its near twins.

    There are none where a row has others a little farther off.
    """
    found: list[list[Codes]] = [[] for _ in allowed]
    for row in rows:
        agreeing = compared.agree(slice(None), [row])
        agreeing[row] = False
        close = np.flatnonzero(np.count_nonzero(agreeing, axis=1) >= agreeing.shape[1] - max(allowed) - 1)
        agreeing = agreeing[close]
        differing = (~agreeing).sum(axis=1)
        for different, of in zip(allowed, found, strict=True):
            near = compared.same(agreeing, different)
            alone = near.sum() > _ISOLATED * (differing <= different + 1).sum()
            of.append(close[near] if alone else close[:0])
    return found


def _share(found: list[Codes]) -> float:
    return float(np.mean([len(near) > 0 for near in found]))
