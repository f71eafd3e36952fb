"""Which sums, differences, products and ratios of columns may give the answer: a quick search on a few rows.

A formula that holds in every row holds in any 32 of them, and no other one comes close there by chance; so thousands of
formulas are tried on small blocks of rows, with closed forms over all pairs and triples at once. What is found here is
only a suspicion: ``formulas`` confirms it on all rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.guardrails.association import Codes, Floats

# Part of the variance that rounding may leave open in a block, and how many formulas of a kind are followed up.
_OPEN, _KEPT = 0.02, 8
# So many rows that chance cannot fit three columns, so few that a row in fifty may be wrong in half of the blocks.
_BLOCK, _REPEATS, _MOST_BLOCKS = 32, 6, 40
_MANY, _MOST_COLUMNS = 60, 120
# A sum of more columns than three: how much of them must be filled in, and how many there may be.
_FILLED, _MOST_TERMS, _NOTHING = 0.95, 30, 1e-9
_FEW_ANSWERS = 12
_POWERS = (-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0)
_PICKED = ("larger", "smaller", "distance")


@dataclass(frozen=True)
class Term:
    """A product of powers of columns, ``factors`` of (column, power); or what ``pick`` makes of two columns."""

    factors: tuple[tuple[int, float], ...]
    pick: str = ""

    @property
    def columns(self) -> frozenset[int]:
        """Columns that take part."""
        return frozenset(column for column, _ in self.factors)

    def values(self, x: Floats) -> Floats:
        """Return the term for rows of shape (n, n_columns); NaN where it cannot be computed."""
        if self.pick:
            one, other = (x[:, column] for column, _ in self.factors)
            if self.pick == "distance":
                return np.abs(one - other)
            return np.maximum(one, other) if self.pick == "larger" else np.minimum(one, other)
        with np.errstate(all="ignore"):
            found: Floats = np.prod([_power(x[:, column], power) for column, power in self.factors], axis=0)
        return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True)
class Suspicion:
    """The answer may be a weighted sum of these terms; ``rows`` are those it was found in."""

    terms: tuple[Term, ...]
    rows: Codes
    open: float

    @property
    def columns(self) -> frozenset[int]:
        """Columns that take part."""
        return frozenset().union(*(term.columns for term in self.terms))


def suspicions(x: Floats, y: Floats, random: np.random.Generator) -> list[Suspicion]:
    """Return formulas of two or three columns that may give the answer, those of fewer columns first.

    Parameters
    ----------
    x : array of shape (n, n_columns)
        Numbers, NaN where missing.
    y : array of shape (n,)
        The answer as a number.
    random : Generator
        Draws the blocks of rows.
    """
    found: dict[tuple[Term, ...], Suspicion] = {}
    for rows, columns in _blocks(x, y, random):
        for terms, left in _in_block(x[np.ix_(rows, columns)], y[rows]):
            named = tuple(sorted((_renamed(term, columns) for term in terms), key=lambda t: (t.factors, t.pick)))
            if named not in found or left < found[named].open:
                found[named] = Suspicion(named, rows, left)
    return sorted(found.values(), key=lambda s: (len(s.columns), _oddness(s), s.open))


def _oddness(suspicion: Suspicion) -> int:
    """Plain sums first, then single products, then what is made of several."""
    return len(suspicion.terms) + sum(len(term.factors) - 1 + bool(term.pick) for term in suspicion.terms)


def _renamed(term: Term, columns: Codes) -> Term:
    return Term(tuple(sorted((int(columns[column]), power) for column, power in term.factors)), term.pick)


def _blocks(x: Floats, y: Floats, random: np.random.Generator) -> Iterator[tuple[Codes, Codes]]:
    """Yield blocks of rows with columns that are complete in them, until every pair of columns was in one."""
    filled = ~np.isnan(x)
    values, counts = np.unique(y, return_counts=True)
    common = y == values[counts.argmax()] if counts.max() > len(y) / 2 else np.zeros(len(y), dtype=bool)
    columns = np.flatnonzero(filled.any(axis=0))[:_MOST_COLUMNS]
    seen = np.ones((x.shape[1], x.shape[1]), dtype=bool)
    seen[np.ix_(columns, columns)] = np.eye(len(columns), dtype=bool)
    blocks, repeats = 0, _REPEATS if len(columns) <= _MANY else _REPEATS // 2
    while blocks < _MOST_BLOCKS and not seen.all():
        first, second = np.argwhere(~seen)[0]
        rows, chosen = filled[:, first] & filled[:, second], [first, second]
        shuffled = random.permutation(columns)
        for column in shuffled[np.argsort(seen[first, shuffled], kind="stable")]:
            if column not in chosen and _enough(rows & filled[:, column], common):
                rows, chosen = rows & filled[:, column], [*chosen, column]
        seen[np.ix_(chosen, chosen)] = True
        for block in _divided(random.permutation(np.flatnonzero(rows)), common, repeats):
            blocks += 1
            yield block, np.sort(chosen)


def _enough(rows: np.ndarray, common: np.ndarray) -> bool:
    return int(rows.sum()) >= 2 * _BLOCK and (not common.any() or int((rows & ~common).sum()) >= _BLOCK // 2)


def _divided(rows: Codes, common: np.ndarray, repeats: int) -> Iterator[Codes]:
    """Yield blocks that share no row; where most rows have one answer, half of a block has another."""
    kinds = [part for part in (rows[common[rows]], rows[~common[rows]]) if len(part)]
    size = _BLOCK // len(kinds)
    for repeat in range(repeats):
        block = np.concatenate([kind[repeat * size : (repeat + 1) * size] for kind in kinds])
        if len(block) < _BLOCK // 2:
            return
        yield block


def _in_block(x: Floats, y: Floats) -> Iterator[tuple[tuple[Term, ...], float]]:
    target, useful = _unit(y[:, None])[:, 0], np.flatnonzero(np.ptp(x, axis=0) > 0)
    if not target.any() or len(useful) < 2:
        return
    plain = [Term(((int(i), 1.0),)) for i in useful]
    units = _unit(x[:, useful])
    yield from _sums(plain, units, plain, units, target)
    yield from _sums_of_three(plain, units, target)
    for i in useful:
        for power in (1.0, -1.0):
            with np.errstate(all="ignore"):
                scaled = _unit(x[:, useful] * _power(x[:, i], power)[:, None])
            terms = [Term(((int(j), 1.0), (int(i), power))) for j in useful]
            allowed = useful != i
            terms, scaled = [t for t, a in zip(terms, allowed, strict=True) if a], scaled[:, allowed]
            yield from _alone(terms, scaled, target)
            yield from _sums(terms, scaled, [*plain, *terms], np.hstack([units, scaled]), target)
        yield from _picks(x, useful[useful > i], int(i), target)
    yield from _products(x, y, useful)


def _alone(terms: list[Term], units: Floats, target: Floats) -> Iterator[tuple[tuple[Term, ...], float]]:
    left = 1 - (target @ units) ** 2
    yield from (((terms[k],), float(left[k])) for k in _least(left))


def _picks(x: Floats, others: Codes, i: int, target: Floats) -> Iterator[tuple[tuple[Term, ...], float]]:
    for pick in _PICKED:
        terms = [Term(((i, 1.0), (int(j), 1.0)), pick) for j in others]
        if terms:
            one = x[:, [i]]
            both = {
                "larger": np.maximum(one, x[:, others]),
                "smaller": np.minimum(one, x[:, others]),
                "distance": np.abs(one - x[:, others]),
            }
            yield from _alone(terms, _unit(both[pick]), target)


def _sums(
    left: list[Term], u: Floats, right: list[Term], v: Floats, target: Floats
) -> Iterator[tuple[tuple[Term, ...], float]]:
    """Yield weighted sums of one term of each side: the closed form of least squares with two regressors."""
    with np.errstate(all="ignore"):
        # Not by matrix products: so small, they would wait for their threads most of the time.
        cross = np.einsum("ki,kj->ij", u, v)
        a, b = (target @ u)[:, None], (target @ v)[None, :]
        error = 1 - (a * a + b * b - 2 * a * b * cross) / (1 - cross * cross)
    error[1 - cross * cross < 1e-9] = 1.0
    for k in _least(error.ravel()):
        i, j = divmod(int(k), v.shape[1])
        yield (left[i], right[j]), float(error.ravel()[k])


def _sums_of_three(terms: list[Term], u: Floats, target: Floats) -> Iterator[tuple[tuple[Term, ...], float]]:
    cross, a = np.einsum("ki,kj->ij", u, u), target @ u
    for k in range(2, len(terms)):
        # What is left of the first k columns and of the answer, once column k has explained what it can.
        part, b = cross[:k, k], a[:k] - cross[:k, k] * a[k]
        own = 1 - part * part
        rest = cross[:k, :k] - np.outer(part, part)
        with np.errstate(all="ignore"):
            base = np.outer(own, own) - rest * rest
            gain = (np.outer(b * b, own) + np.outer(own, b * b) - 2 * np.outer(b, b) * rest) / base
        error = np.where(base > 1e-9, 1 - a[k] ** 2 - gain, 1.0)
        for at in _least(np.where(np.tri(k, k=-1, dtype=bool), error, 1.0).ravel()):
            i, j = divmod(int(at), k)
            yield (terms[j], terms[i], terms[k]), float(error[i, j])


def _products(x: Floats, y: Floats, useful: Codes) -> Iterator[tuple[tuple[Term, ...], float]]:
    """Yield products of powers of two and three columns: sums of logarithms."""
    fine = useful[(x[:, useful] != 0).all(axis=0)]
    logs = np.log(np.abs(x[:, fine]))
    varied = np.ptp(logs, axis=0) > 1e-9
    fine, logs = fine[varied], logs[:, varied]
    if len(fine) < 2:
        return
    plain, units = [Term(((k, 1.0),)) for k in range(len(fine))], _unit(logs)
    for goal in _goals(y):
        target = _unit(goal[:, None])[:, 0]
        for terms, error in (*_sums(plain, units, plain, units, target), *_sums_of_three(plain, units, target)):
            chosen = sorted(frozenset().union(*(term.columns for term in terms)))
            design = np.column_stack([logs[:, chosen], np.ones(len(logs))])
            powers = np.linalg.lstsq(design, goal, rcond=None)[0][:-1]
            near = np.array(_POWERS)[np.abs(np.subtract.outer(powers, _POWERS)).argmin(axis=1)]
            if np.abs(powers - near).max() < 0.2:
                yield (Term(tuple((int(fine[k]), float(p)) for k, p in zip(chosen, near, strict=True))),), error


def _goals(y: Floats) -> Iterator[Floats]:
    """Yield what sums of logarithms may be: the answer's own, and of a few answers, counted from one, their numbers'.

    Two answers have any two logarithms: a product that is 1 or 2 is one that is 5 or 10.
    """
    goals = [y] if y.all() else []
    kinds, number = np.unique(y, return_inverse=True)
    if len(kinds) <= _FEW_ANSWERS:
        goals.append((number + 1).astype(np.float64))
    yield from (goal for goal in map(np.log, map(np.abs, goals)) if np.ptp(goal) > 0)


def _least(error: Floats) -> Codes:
    """Return where the smallest errors are, as far as they are small enough."""
    best = np.argpartition(error, _KEPT)[:_KEPT] if len(error) > _KEPT else np.arange(len(error))
    return best[error[best] < _OPEN]


def _unit(x: Floats) -> Floats:
    """Return columns centred and of length 1; a constant one, or one that is not finite, as zeros."""
    with np.errstate(all="ignore"):
        centred = x - x.mean(axis=0)
        length = np.sqrt((centred * centred).sum(axis=0))
        units = centred / length
    usable = np.isfinite(units).all(axis=0) & (length > 1e-12 * np.abs(x).max(axis=0, initial=0.0))
    return np.where(usable, units, 0.0)


def _power(x: Floats, power: float) -> Floats:
    return np.asarray(x**power if float(power).is_integer() else np.abs(x) ** power, dtype=np.float64)


def of_many(x: Floats, y: Floats, random: np.random.Generator) -> Suspicion | None:
    """Return the weighted sum of more than three columns that may give the answer, such as a total of twelve months."""
    columns = np.flatnonzero((~np.isnan(x)).mean(axis=0) >= _FILLED)[:_MOST_COLUMNS]
    rows = random.permutation(np.flatnonzero(~np.isnan(x[:, columns]).any(axis=1)))[: 3 * len(columns) + 60]
    if len(columns) < 4 or len(rows) < 2 * len(columns) + 20:
        return None
    target, units = _unit(y[rows][:, None])[:, 0], _unit(x[np.ix_(rows, columns)])
    kept = list(range(len(columns)))
    weights, left = _explained(units, target)
    if left > _OPEN / 10:
        return None
    # One column after the other is spared, as long as the others explain as much.
    for column in np.argsort(np.abs(weights)):
        fewer = [k for k in kept if k != column]
        without = _explained(units[:, fewer], target)[1]
        if without <= max(2 * left, _NOTHING):
            kept = fewer
    if not 4 <= len(kept) <= _MOST_TERMS:
        return None
    return Suspicion(tuple(Term(((int(columns[k]), 1.0),)) for k in kept), rows, left)


def _explained(units: Floats, target: Floats) -> tuple[Floats, float]:
    weights = np.asarray(np.linalg.lstsq(units, target, rcond=1e-9)[0], dtype=np.float64)
    error = target - units @ weights
    return weights, float(error @ error)
