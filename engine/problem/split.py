"""Cut rows into learn, choose and test, once per problem, so that what belongs together stays together."""

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.outcome import NEARLY, Action
from engine.domain.problem import Problem, Split, SplitKind, SplitRows, Task
from engine.problem import moments
from engine.problem.alike import alike
from engine.problem.rows import encode, usable
from engine.problem.words import counted as number
from engine.problem.words import listed

TEST_SHARE, CHOOSE_SHARE, MOST_ROWS = 0.20, 0.15, 20_000
# Where entities live through the whole table, this share of earlier rows may be purged before entities are divided.
_PURGE = 0.5
_GLANCE = 1_000  # rows
_ASIDE = "stands on both sides of the cut in time."

Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Cut:
    """Positions into the usable rows. ``unused`` are those of an entity that stands on both sides of a cut in time."""

    learn: Positions
    choose: Positions
    test: Positions
    unused: Positions

    @property
    def rows(self) -> SplitRows:
        """How many rows are spent on what."""
        return SplitRows(learn=len(self.learn), choose=len(self.choose), test=len(self.test), unused=len(self.unused))


def cut(frame: pd.DataFrame, problem: Problem) -> Cut:
    """Divide the usable rows by the problem's validation structure.

    Parameters
    ----------
    frame : DataFrame
        What ``rows.usable`` returned; the remedies are not applied again.
    problem : Problem
        ``split`` says the structure, ``seed`` makes it repeatable.

    Returns
    -------
    Cut
        20 % test, then 15 % of the rest choose, each at most 20,000 rows. With a cut in time the test is the last
        block and choose the one before.
    """
    everything = np.arange(len(frame))
    groups = together(frame, problem)
    if problem.split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}:
        when = _when(frame, problem.split)
        rest, test = _forward(everything, when, groups, TEST_SHARE, problem.seed)
        learn, choose = _forward(rest, when, groups, CHOOSE_SHARE, problem.seed)
        return _cut(everything, learn, choose, test)
    answers = np.zeros(len(frame)) if problem.task is Task.REGRESSION else encode(frame, problem)
    random = np.random.default_rng(problem.seed)
    rest, test = _stratified(everything, groups, answers, TEST_SHARE, random)
    learn, choose = _stratified(rest, groups, answers, CHOOSE_SHARE, random)
    return _cut(everything, learn, choose, test)


def _cut(everything: Positions, learn: Positions, choose: Positions, test: Positions) -> Cut:
    used = np.zeros(len(everything), dtype=bool)
    used[np.concatenate([learn, choose, test])] = True
    return Cut(learn=learn, choose=choose, test=test, unused=everything[~used])


def counted(frame: pd.DataFrame, problem: Problem) -> Problem:
    """Return the problem with the rows of its split filled in; ``frame`` is the whole canonical table.

    Where rows are set aside, ``reasons`` says how many and why.
    """
    rows = cut(usable(frame, problem), problem).rows
    reasons = [reason for reason in problem.reasons if not reason.endswith(_ASIDE)]
    if rows.unused:
        reasons.append(_set_aside(rows, problem.split))
    split = problem.split.model_copy(update={"rows": rows})
    return problem.model_copy(update={"split": split, "reasons": tuple(reasons)})


def _set_aside(rows: SplitRows, split: Split) -> str:
    entities = split.columns[split.moments :]
    many = number(rows.unused, "row")
    is_, theirs = ("is", "its") if rows.unused == 1 else ("are", "their")
    what = f"{theirs} {listed(entities, last='or')}" if entities else "a row just like it"
    return f"{many} {is_} set aside because {what} {_ASIDE}"


def together(frame: pd.DataFrame, problem: Problem) -> Positions | None:
    """Return a number per row that is the same for rows which must stay on one side; None where each row is free."""
    split = problem.split
    in_time = split.kind in {SplitKind.TIME, SplitKind.GROUP_TIME}
    codes = [entity_codes(frame[key]) for key in split.columns[split.moments if in_time else 0 :]]
    if split.keep_together:
        # Not by the answer: rows that agree in everything but the answer would go to sides of their own, whole answers
        # missing from each. And by withheld columns too, which still tell one person from another.
        left_out = {problem.target} | {
            name for r in problem.remedies if r.action is Action.DROP_COLUMNS for name in r.columns
        }
        for remedy in problem.remedies:
            if remedy.action is Action.KEEP_TOGETHER:
                compared = [c for c in remedy.columns or frame.columns if c in frame.columns and c not in left_out]
                codes.append(alike(frame, compared) if NEARLY in remedy.values else identical(frame, compared))
    return connected(codes) if codes else None


def entity_codes(values: "pd.Series[Any]") -> Positions:
    """Return a number per row, shape (n,), the same for the same key; a row without a key is an entity of its own."""
    return each_apart(*pd.factorize(values))


def each_apart(codes: Positions, distinct: Sized) -> Positions:
    """Return codes, shape (n,), with a number of its own for each row without one; ``distinct`` is what they code."""
    alone = codes < 0
    return np.where(alone, len(distinct) - 1 + np.cumsum(alone), codes) if alone.any() else codes


def identical(frame: pd.DataFrame, columns: Sequence[str] | None = None) -> Positions:
    """Return a number per row, shape (n,), that rows share which are equal in some columns, or in every one."""
    codes = np.zeros(len(frame), dtype=np.int64)
    tied = np.arange(len(frame))  # rows that an earlier row may still be equal to: the others need no more looking at
    next_code = 1
    # Columns of many different values first: most rows differ in one of them.
    glance = frame.head(_GLANCE)
    for name in sorted(frame.columns if columns is None else columns, key=lambda name: -glance[name].nunique()):
        column, distinct = pd.factorize(frame[name].iloc[tied], use_na_sentinel=False)
        found, pairs = pd.factorize(codes[tied] * (len(distinct) + 1) + column)
        codes[tied] = found + next_code
        next_code += len(pairs)
        tied = tied[np.bincount(found)[found] > 1]
        if not len(tied):
            break
    return pd.factorize(codes)[0]


def connected(codes: list[Positions]) -> Positions:
    """Join several groupings: rows that share a number in any of them, directly or through others, end up together."""
    if len(codes) == 1:
        return codes[0]
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(codes[0])
    offsets = np.cumsum([n, *(int(c.max(initial=-1)) + 1 for c in codes)])
    left = np.tile(np.arange(n), len(codes))
    right = np.concatenate([c + offset for c, offset in zip(codes, offsets, strict=False)])
    size = int(offsets[-1])
    links = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    found: Positions = connected_components(links, directed=False)[1][:n]
    return found


def gathered(groups: Positions, most: int, seed: int) -> Positions:
    """Return positions of at most ``most`` rows, whole groups drawn at random, in table order."""
    if len(groups) <= most:
        return np.arange(len(groups))
    sizes = np.bincount(groups)
    order = np.random.default_rng(seed).permutation(len(sizes))
    taken = np.zeros(len(sizes), dtype=bool)
    taken[order[np.cumsum(sizes[order]) <= most]] = True
    return np.flatnonzero(taken[groups])


def _stratified(
    rows: Positions, groups: Positions | None, answers: NDArray[np.float64], share: float, random: np.random.Generator
) -> tuple[Positions, Positions]:
    """Take about ``share`` of the rows, whole groups, evenly from every class; return (the rest, the taken)."""
    strata = _rarity(answers[rows])
    members, sizes = np.arange(len(rows)), np.ones(len(rows), dtype=np.intp)
    if groups is not None:
        names, members = np.unique(groups[rows], return_inverse=True)
        sizes = np.bincount(members, minlength=len(names))
        # A group with mixed answers counts as its rarest class, so that rare classes reach both sides.
        rank, strata = strata, np.zeros(len(names))
        np.maximum.at(strata, members, rank)
    share = min(share, MOST_ROWS / max(1, len(rows)))
    taken = np.zeros(len(sizes), dtype=bool)
    for stratum in np.unique(strata):
        inside = random.permutation(np.flatnonzero(strata == stratum))
        taken[_fill(inside, sizes[inside], share)] = True
    chosen = taken[members]
    return rows[~chosen], rows[chosen]


def _rarity(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    members, kinds = pd.factorize(answers, sort=True)
    counts = np.bincount(members, minlength=len(kinds))
    order = np.argsort(np.argsort(-counts, kind="stable"))
    ranks: NDArray[np.float64] = order[members].astype(float)
    return ranks


def _fill(groups: Positions, sizes: Positions, share: float) -> Positions:
    """Return the first groups, in the given order, that together hold ``share`` of the rows; at least one of three."""
    wanted = share * sizes.sum()
    if len(groups) < 3:
        return groups[:0]
    small = sizes <= max(wanted, sizes.min())
    groups, sizes = groups[small], sizes[small]
    # Half a group of overshoot on average rather than always falling short.
    take = int(np.searchsorted(np.cumsum(sizes) - sizes / 2, wanted, side="right"))
    return groups[: max(1, take)]


def _when(frame: pd.DataFrame, split: Split) -> NDArray[np.float64]:
    """Return when rows happened; a row without a time counts as the earliest, so that it is never in the test."""
    when = moments.together(frame, split.columns[: split.moments])
    return np.where(np.isnan(when), -np.inf, when)


def _forward(
    rows: Positions, when: NDArray[np.float64], groups: Positions | None, share: float, seed: int
) -> tuple[Positions, Positions]:
    """Take the last block in time, rows of one moment never divided; return (the earlier, the later)."""
    if len(rows) < 2:
        return rows, rows[:0]
    share = min(share, MOST_ROWS / len(rows))
    ordered = rows[np.argsort(when[rows], kind="stable")]
    edge = when[ordered[min(len(ordered) - 1, int(len(ordered) * (1 - share)))]]
    late = when[rows] >= edge
    after = when[rows] > edge
    if late.mean() > 2 * share and after.any():
        late = after
    if groups is None:
        return rows[~late], rows[late]
    return _purged(rows, late, groups, seed)


def _purged(rows: Positions, late: NDArray[np.bool_], groups: Positions, seed: int) -> tuple[Positions, Positions]:
    """Leave out earlier rows of entities that are tested later; where that is most of them, test half the entities."""
    tested = np.unique(groups[rows[late]])
    early = ~late
    if np.isin(groups[rows[early]], tested).sum() > _PURGE * early.sum():
        tested = np.random.default_rng(seed).permutation(tested)[: max(1, len(tested) // 2)]
    is_tested = np.isin(groups[rows], tested)
    return rows[early & ~is_tested], rows[late & is_tested]
