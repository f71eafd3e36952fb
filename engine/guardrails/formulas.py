"""Formulas of one, two or three columns that give the answer, confirmed on every row that is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.problem import Problem, Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.search import Suspicion, Term, of_many, suspicions
from engine.problem.words import quoted

# A formula may miss a few rows (slips, corrections), if without one of its columns it misses many more.
_HOLDS, _HOLDS_EACH, _NEEDED = 0.97, 0.9, 0.2
# Or it may miss all rows by a little: this part of the variance, a tenth of what fewer columns leave open.
_NEARLY, _TENTH = 3e-4, 0.1
_EXACT, _COARSEST = 1e-6, 0.25
_ROUNDS, _FEWEST_ROWS, _MOST_FITTED = 4, 20, 20_000
_SAMPLE = 4_000


@dataclass(frozen=True)
class Formula:
    """How columns give the answer: ``text`` has it as people write it, ``share`` of ``rows`` follow it."""

    columns: tuple[str, ...]
    text: str
    share: float
    rows: int
    exact: bool


@dataclass(frozen=True, eq=False)
class Numbers:
    """Columns as numbers, shape (n, n_columns), with their names; the answer as a number, shape (n,)."""

    x: Floats
    names: tuple[str, ...]
    y: Floats

    def of(self, rows: Codes) -> "Numbers":
        """Return some of the rows."""
        return Numbers(self.x[rows], self.names, self.y[rows])


@dataclass(frozen=True, eq=False)
class _Fit:
    coefficients: Floats  # of the terms, then the constant
    share: float  # of rows that follow, rows of the commonest answer counting half at most
    plain_share: float
    left: float  # part of the variance that is left open
    rows: int
    tolerance: float

    @property
    def exact(self) -> bool:
        return self.plain_share >= _HOLDS and self.share >= _HOLDS_EACH


def answer_numbers(answers: Floats, problem: Problem) -> Floats:
    """Return class numbers as the numbers they are written as, where all are; values of a regression as they are."""
    if problem.task is Task.REGRESSION:
        return answers
    try:
        written = np.array([float(name) for name in problem.classes])
    except ValueError:
        return answers
    return written[answers.astype(np.intp)]


def single(x: Floats, y: Floats) -> tuple[float, int, bool] | None:
    """Return how y is x on another scale: share of rows, rows, and whether up to rounding; None where it is not."""
    numbers = Numbers(x[:, None], ("",), y)
    fit = _fitted((Term(((0, 1.0),)),), numbers)
    return (
        (fit.plain_share, fit.rows, fit.exact) if fit and _holds(fit) and _beats(fit, _constant(numbers, fit)) else None
    )


def formulas(numbers: Numbers, seed: int) -> list[Formula]:
    """Return formulas of two or three columns that give the answer; no column stands in two of them."""
    random = np.random.default_rng(seed)
    here = np.flatnonzero(np.isfinite(numbers.y))
    # Rare answers are kept: a formula is tried on blocks in which answers differ.
    values, kind, counts = np.unique(numbers.y[here], return_inverse=True, return_counts=True)
    common = kind == counts.argmax() if counts.max(initial=0) > len(here) / 2 else np.zeros(len(here), dtype=bool)
    parts = [part for part in (here[common], here[~common]) if len(part)]
    rows = np.concatenate([random.permutation(part)[:_SAMPLE] for part in parts]) if parts else here
    if len(rows) < _FEWEST_ROWS or len(values) < 2:
        return []
    few, found, taken = numbers.of(rows), [], frozenset[int]()
    for suspicion in suspicions(few.x, few.y, random):
        if not suspicion.columns & taken:
            formula = _confirmed(suspicion, few, numbers)
            if formula:
                taken |= suspicion.columns
                found.append(formula)
    free = np.array([column for column in range(len(few.names)) if column not in taken], dtype=np.intp)
    many = of_many(few.x[:, free], few.y, random)
    rest = Numbers(numbers.x[:, free], tuple(numbers.names[column] for column in free), numbers.y)
    formula = _confirmed(many, rest.of(rows), rest) if many else None
    return [*found, formula] if formula else found


def _confirmed(suspicion: Suspicion, few: Numbers, numbers: Numbers) -> Formula | None:
    """Return the formula if it holds in all rows, and none of its columns can be spared."""
    quick = _fitted(suspicion.terms, few, _start(suspicion, few))
    if quick is None or not _holds(quick):
        return None
    fit = _fitted(suspicion.terms, numbers, quick.coefficients, tolerance=quick.tolerance)
    if fit is None or not _holds(fit):
        return None
    for column in suspicion.columns:
        less = _spared(suspicion.terms, column, fit, numbers)
        if less and not _beats(fit, less):
            return None
    names = tuple(numbers.names[column] for column in sorted(suspicion.columns))
    text = _written(suspicion.terms, fit, numbers)
    return Formula(names, text, fit.plain_share, fit.rows, fit.exact)


def _start(suspicion: Suspicion, few: Numbers) -> Floats:
    block = few.of(suspicion.rows)
    design = _design(suspicion.terms, block)
    usable = np.isfinite(design).all(axis=1)
    return _least_squares(design[usable], block.y[usable])


def _spared(terms: Sequence[Term], column: int, fit: _Fit, numbers: Numbers) -> _Fit | None:
    """Return how well it goes without one of the columns."""
    kept = [(t, c) for t, c in zip((_without(t, column) for t in terms), fit.coefficients, strict=False) if t]
    if not kept:
        return _constant(numbers, fit)
    start = np.array([*(c for _, c in kept), fit.coefficients[-1]])
    return _fitted(tuple(t for t, _ in kept), numbers, start, tolerance=fit.tolerance)


def _without(term: Term, column: int) -> Term | None:
    """Return what is left of a term when a column is taken out."""
    factors = tuple((c, 1.0 if term.pick else p) for c, p in term.factors if c != column)
    return Term(factors, term.pick if len(factors) == len(term.factors) else "") if factors else None


def _holds(fit: _Fit) -> bool:
    return fit.exact or fit.left <= _NEARLY


def _beats(fit: _Fit, less: _Fit) -> bool:
    if fit.exact:
        return less.share <= fit.share - _NEEDED
    return fit.left <= _TENTH * less.left


def _constant(numbers: Numbers, fit: _Fit) -> _Fit:
    y = numbers.y[np.isfinite(numbers.y)]
    values, counts = np.unique(y, return_counts=True)
    share, plain = _shares(np.abs(y - values[counts.argmax()]) <= fit.tolerance, y)
    return _Fit(np.zeros(1), share, plain, 1.0, len(y), fit.tolerance)


def _fitted(
    terms: Sequence[Term], numbers: Numbers, start: Floats | None = None, *, tolerance: float | None = None
) -> _Fit | None:
    """Fit a weighted sum of the terms so that as many rows as possible follow it, from given coefficients or none."""
    design = _design(terms, numbers)
    usable = np.isfinite(design).all(axis=1) & np.isfinite(numbers.y)
    if int(usable.sum()) < _FEWEST_ROWS or np.ptp(numbers.y[usable]) == 0:
        return None
    design, y = design[usable], numbers.y[usable]
    overall = _least_squares(design, y)
    spread, best = float(y.std()), None
    for first in (overall,) if start is None else (start, overall):
        for step in [tolerance] if tolerance is not None else _tolerances(terms, first, numbers, spread):
            fit = _robust(design, y, first, step, spread)
            if best is None or fit.share > best.share + 0.01:
                best = fit
    return best


def _design(terms: Sequence[Term], numbers: Numbers) -> Floats:
    return np.column_stack([*(term.values(numbers.x) for term in terms), np.ones(len(numbers.y))])


def _robust(design: Floats, y: Floats, coefficients: Floats, tolerance: float, spread: float) -> _Fit:
    """Fit again on the rows that follow, more strictly each time."""
    for strictness in np.geomspace(64, 1, _ROUNDS):
        follows = np.flatnonzero(np.abs(y - design @ coefficients) <= tolerance * strictness)
        if len(follows) > 2 * design.shape[1]:
            some = follows[:: max(1, len(follows) // _MOST_FITTED)]
            again = _least_squares(design[some], y[some])
            if np.isfinite(again).all():
                coefficients = again
    round_numbers = np.array([float(f"{value:.3g}") for value in coefficients])
    round_numbers[-1] *= abs(round_numbers[-1]) > tolerance
    for simple in (round_numbers, np.append(round_numbers[:-1], coefficients[-1])):
        if _follow(design, y, simple, tolerance).mean() >= _follow(design, y, coefficients, tolerance).mean():
            coefficients = simple
            break
    error = y - design @ coefficients
    share, plain = _shares(_follow(design, y, coefficients, tolerance), y)
    everywhere = y - design @ _least_squares(design, y) if plain < _HOLDS else error
    return _Fit(coefficients, share, plain, float(everywhere.var() / spread**2), len(y), tolerance)


def _follow(design: Floats, y: Floats, coefficients: Floats, tolerance: float) -> np.ndarray:
    return np.asarray(np.abs(y - design @ coefficients) <= tolerance * 1.01 + 1e-12)


def _shares(follows: np.ndarray, y: Floats) -> tuple[float, float]:
    """Return the share of rows that follow, those of a very common answer counting half, and the plain share."""
    plain = float(follows.mean())
    values, kind, counts = np.unique(y, return_inverse=True, return_counts=True)
    if counts.max() <= len(y) / 2 or len(values) < 2:
        return plain, plain
    common = kind == counts.argmax()
    return float((follows[common].mean() + follows[~common].mean()) / 2), plain


def _tolerances(terms: Sequence[Term], coefficients: Floats, numbers: Numbers, spread: float) -> list[float]:
    """Return how far rows may lie off: nothing; what rounding the answer makes; what rounding all of it makes."""
    finest = _EXACT * spread
    answer = _step(numbers.y) / 2
    # A term moves by its slope where a column moves by half its last digit.
    sizes = [_rounding(term, numbers.x) for term in terms]
    everything = answer + float(np.abs(coefficients[:-1]) @ np.array(sizes))
    most = _COARSEST * spread
    return sorted({finest, max(finest, min(answer, most)), max(finest, min(everything, most))})


def _rounding(term: Term, x: Floats) -> float:
    values = term.values(x)
    size = float(np.nanmedian(np.abs(values)))
    total = 0.0
    for column, power in term.factors:
        half = _step(x[:, column]) / 2
        usual = float(np.nanmedian(np.abs(x[:, column])))
        total += half if term.pick or len(term.factors) == 1 == power else abs(power) * half / max(usual, half, 1e-300)
    return total if term.pick or term.factors[0][1] == 1 == len(term.factors) else total * size


def _step(values: Floats) -> float:
    """Return the last digit in which numbers are written: 0.01 for amounts in cents; 0 where there is none."""
    present = values[np.isfinite(values)][:2_000]
    size = float(np.abs(present).max(initial=0.0))
    for digits in range(-4, 7):
        scaled = present * 10.0**digits
        if (np.abs(scaled - np.round(scaled)) <= 1e-6 + 1e-12 * size * 10.0**digits).all():
            return float(10.0**-digits)
    return 0.0


def _least_squares(design: Floats, y: Floats) -> Floats:
    if not len(design):
        return np.zeros(design.shape[1])
    # Scaled, so that large and small columns are told apart from rounding alike.
    scale = np.abs(design).max(axis=0)
    scale[scale == 0] = 1.0
    found: Floats = np.linalg.lstsq(design / scale, y, rcond=1e-13)[0] / scale
    return found


def _written(terms: Sequence[Term], fit: _Fit, numbers: Numbers) -> str:
    """Return the formula as people write it: ‘a’ + ‘b’, 2 × ‘a’ − ‘b’ / ‘c’ + 10."""
    parts, coefficients = [], fit.coefficients
    order = sorted(range(len(terms)), key=lambda i: -coefficients[i])
    for i in order:
        weight, word = float(coefficients[i]), _spelled(terms[i], numbers.names)
        sign = "−" if weight < 0 else "+"
        factor = "" if abs(abs(weight) - 1) < 1e-3 else f"{abs(weight):.4g} × "
        parts.append(f"{sign} {factor}{word}")
    constant = float(coefficients[-1])
    if abs(constant) > max(fit.tolerance, 1e-3 * float(np.nanstd(numbers.y))):
        parts.append(f"{'−' if constant < 0 else '+'} {abs(constant):.4g}")
    text = " ".join(parts)
    return text[2:] if text.startswith("+ ") else text


def _spelled(term: Term, names: Sequence[str]) -> str:
    words = [quoted(names[column]) for column, _ in term.factors]
    if term.pick == "distance":
        return f"the distance of {words[0]} and {words[1]}"
    if term.pick:
        return f"the {term.pick} of {words[0]} and {words[1]}"
    above = [_raised(w, p) for w, (_, p) in zip(words, term.factors, strict=True) if p > 0]
    below = [_raised(w, -p) for w, (_, p) in zip(words, term.factors, strict=True) if p < 0]
    return " / ".join([" × ".join(above) or "1", *below])


def _raised(word: str, power: float) -> str:
    return {1.0: word, 2.0: f"{word}²", 3.0: f"{word}³", 0.5: f"√{word}"}[power]
