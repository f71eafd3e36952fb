"""Columns that tell a class together: by their pairs of values, by being equal, by a threshold, by a rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from engine.domain.problem import Task
from engine.guardrails.association import Codes, Floats
from engine.guardrails.base import Case
from engine.guardrails.copies import cut, numbers_of, recoded
from engine.problem.words import listed, quoted

_MOST_LEVELS, _MOST_CELLS, _MOST_OF_THREE, _SEARCHED = 12, 60, 30, 4_000
_PURE, _SPARED = 0.99, 0.05
_BALANCED, _FEWEST_OF_CLASS, _ANGLES, _FINER = 360, 30, 12, 17
_SUSPECT, _FOLLOWED, _MISPLACED = 0.95, 40, 0.04
_MOST_COLUMNS, _APART, _COARSE = 100, 0.001, 0.3
_LEAVES, _RULE_WRONG, _FEWEST_RULED, _RULED = 6, 0.005, 300, 20_000
_RULE_COLUMNS = 3


@dataclass(frozen=True)
class Rule:
    """Columns that tell the class together: ``share`` of ``rows`` follow."""

    columns: tuple[str, ...]
    sentence: str
    share: float
    rows: int


def rules(case: Case, names: Sequence[str]) -> list[Rule]:
    """Return rules of two or three of the columns that tell the class; no column stands in two of them."""
    if case.problem.task is Task.REGRESSION:
        return []
    found: list[Rule] = []
    for search in (_equal, _cells, _thresholds, _tree):
        free = [name for name in names if not any(name in rule.columns for rule in found)]
        for rule in search(case, free):
            if not any(set(rule.columns) & set(other.columns) for other in found):
                found.append(rule)
    return found


def _some(case: Case, most: int = _SEARCHED) -> Codes:
    rows = np.random.default_rng(case.problem.seed).permutation(len(case.frame))
    return rows[:most]


def _equal(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield pairs of columns that are equal in the rows of one answer, and differ in those of another."""
    if len(case.problem.classes) > 2:
        return  # equal or not: that tells two answers
    answers, few = case.answers.values, _some(case)
    words = {name: not pd.api.types.is_numeric_dtype(case.frame[name]) for name in names}
    for one, other in combinations(names, 2):
        if case.frame[one].dtype != case.frame[other].dtype or words[one] != words[other]:
            continue
        left, right = case.frame[one].to_numpy(), case.frame[other].to_numpy()
        same = left[few] == right[few]
        if not 0 < same.mean() < 1 or not recoded(same.astype(np.intp), answers[few], regression=False):
            continue
        found = recoded((left == right).astype(np.intp), answers, regression=False)
        if found:
            sentence = f"whether {quoted(one)} and {quoted(other)} are equal tells it"
            yield Rule((one, other), sentence, found.share, found.rows)


def _cells(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield two or three columns whose values together go with one answer each, though fewer of them do not."""
    answers, few = case.answers.values.astype(np.intp), _some(case)
    codes = {name: pd.factorize(case.frame[name], use_na_sentinel=False)[0] for name in names}
    size = {name: int(of.max(initial=0)) + 1 for name, of in codes.items()}
    small = [name for name in names if 2 <= size[name] <= _MOST_LEVELS]
    told: dict[tuple[str, ...], float] = {(name,): purity(codes[name][few], answers[few]) for name in small}
    for several in (2, 3):
        for chosen in combinations(small[: _MOST_OF_THREE if several == 3 else None], several):
            if np.prod([size[name] for name in chosen]) > _MOST_CELLS:
                continue
            if any(told.get(fewer, 0.0) > 1 - _SPARED for fewer in combinations(chosen, several - 1)):
                continue
            cells = np.ravel_multi_index([codes[name] for name in chosen], [size[name] for name in chosen])
            told[chosen] = purity(cells[few], answers[few])
            found = recoded(cells, answers.astype(np.float64), regression=False) if told[chosen] >= _PURE else None
            if found:
                of = "pair" if several == 2 else "triple"
                sentence = f"each {of} of values of {listed(chosen)} goes with one answer"
                yield Rule(chosen, sentence, found.share, found.rows)


def purity(codes: Codes, answers: Codes) -> float:
    """Return the mean over the answers of the share of their rows that the commonest answer per code gets right."""
    kinds = int(answers.max(initial=0)) + 1
    table = np.bincount(codes * kinds + answers, minlength=(int(codes.max(initial=0)) + 1) * kinds).reshape(-1, kinds)
    weighted = table / np.maximum(table.sum(axis=0), 1)
    return float(weighted.max(axis=1).sum() / max(1, (table.sum(axis=0) > 0).sum()))


def _thresholds(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield pairs of numbers of which a sum, difference, product or ratio tells the class by a threshold."""
    columns = {name: numbers_of(case, name) for name in names}
    numbers = {name: x for name, x in columns.items() if x is not None and len(np.unique(x[np.isfinite(x)])) > 2}
    chosen = list(numbers)[:_MOST_COLUMNS]
    if len(chosen) < 2:
        return
    x = np.column_stack([numbers[name] for name in chosen])
    answers = case.answers.values
    few = _balanced(answers, case.problem.seed)
    suspects: list[tuple[float, int, int, float, bool]] = []
    for logs in (False, True):
        scaled = _scaled(x[few], logs=logs)
        suspects += [(score, i, j, angle, logs) for i, j, score, angle in _separating(scaled, answers[few])]
    for _, i, j, angle, logs in sorted(suspects, reverse=True)[:_FOLLOWED]:
        found = _turned(x[:, [i, j]], answers, few, angle, logs=logs)
        if found:
            what = "the product or ratio" if logs else "the sum or difference"
            sentence = f"{what} of {quoted(chosen[i])} and {quoted(chosen[j])} tells it by a threshold"
            yield Rule((chosen[i], chosen[j]), sentence, *found)


def _balanced(answers: Floats, seed: int) -> Codes:
    random = np.random.default_rng(seed)
    parts = [np.flatnonzero(answers == kind) for kind in np.unique(answers)]
    most = max(_FEWEST_OF_CLASS, _BALANCED // len(parts))
    return np.concatenate([random.permutation(part)[:most] for part in parts])


def _scaled(x: Floats, *, logs: bool) -> Floats:
    """Return columns (or their logarithms) with middle 0 and spread 1; what is missing stands in the middle."""
    with np.errstate(all="ignore"):
        x = np.log(np.abs(x)) if logs else x
        x = np.where(np.isfinite(x), x, np.nan)
    empty = np.isnan(x).all(axis=0)
    x = np.where(empty, 0.0, x)
    x = x - np.nanmedian(x, axis=0)
    spread = np.nanstd(x, axis=0)
    return np.nan_to_num(x / np.where(spread > 0, spread, 1.0))


def _separating(x: Floats, answers: Floats) -> Iterator[tuple[int, int, float, float]]:
    """Yield pairs of columns of which some direction separates one class from the others well, how well, and where."""
    kinds = np.unique(answers)
    hits = [answers == kind for kind in (kinds[1:] if len(kinds) == 2 else kinds)]
    apart = [x[hit].mean(axis=0) - x[~hit].mean(axis=0) for hit in hits]
    for i in range(x.shape[1] - 1):
        one, others = x[:, [i]], x[:, i + 1 :]
        alike = (one * others).mean(axis=0)
        angles = [np.full(others.shape[1], k * np.pi / _ANGLES) for k in range(_ANGLES)]
        # And the direction in which the classes lie farthest apart, seen from how the columns go together.
        angles += [np.arctan2(d[i + 1 :] - alike * d[i], d[i] - alike * d[i + 1 :]) for d in apart]
        best, where = np.zeros(others.shape[1]), np.zeros(others.shape[1])
        for angle in angles:
            ranks = (np.cos(angle) * one + np.sin(angle) * others).argsort(axis=0).argsort(axis=0)
            for hit in hits:
                yes, no = int(hit.sum()), int((~hit).sum())
                area = (ranks[hit].sum(axis=0) - yes * (yes - 1) / 2) / max(1, yes * no)
                score = np.abs(2 * area - 1)
                where, best = np.where(score > best, angle, where), np.maximum(best, score)
        for k in np.flatnonzero(best >= 2 * _SUSPECT - 1):
            yield i, i + 1 + int(k), float(best[k]), float(where[k])


def _turned(pair: Floats, answers: Floats, few: Codes, angle: float, *, logs: bool) -> tuple[float, int] | None:
    """Return the share of rows and the rows that a threshold of the best direction tells; neither column alone does."""
    with np.errstate(all="ignore"):
        pair = np.log(np.abs(pair)) if logs else pair
    usable = np.asarray(np.isfinite(pair).all(axis=1))
    if usable.mean() < 0.5 or (np.ptp(pair[usable], axis=0) == 0).any():
        return None
    kinds = np.unique(answers, return_inverse=True)[1]
    few, many = few[usable[few]], np.flatnonzero(usable)[:_SEARCHED]
    # Where one of them tells nearly all, turning it a little tells the rest by chance.
    if min(_misplaced(pair[few, side], kinds[few]) for side in (0, 1)) < _SPARED * len(few):
        return None
    pair = (pair - pair[usable].mean(axis=0)) / pair[usable].std(axis=0)
    width = np.pi / _ANGLES
    # Several classes leave less room between edges: the first look is coarse.
    coarse = min(_COARSE, 2 * _MISPLACED * (len(np.unique(kinds)) - 1))
    for rows, most in ((few, coarse), (few, _MISPLACED), (many, _MISPLACED), (many, _MISPLACED)):
        # Closer and closer around the direction in which fewest rows lie on the wrong side.
        angles = np.linspace(angle - width, angle + width, _FINER)
        wrong = np.array([_misplaced(pair[rows] @ (np.cos(a), np.sin(a)), kinds[rows]) for a in angles])
        if wrong.min() > most * len(rows):
            return None
        angle, width = float(np.median(angles[wrong == wrong.min()])), width / 6
    if min(abs(np.cos(angle)), abs(np.sin(angle))) < 0.02:
        return None
    turned = pair[usable] @ (np.cos(angle), np.sin(angle))
    found = cut(turned, answers[usable])
    if found:
        return found.share, found.rows
    # Where no edge is sharp the classes lie apart, with nothing between them: in hardly a row may it be otherwise.
    apart = float(_misplaced(turned, kinds[usable])) / len(turned)
    return (1 - apart, len(turned)) if len(turned) >= _FEWEST_RULED and apart <= _APART else None


def _misplaced(values: Floats, kinds: Codes) -> int:
    """Return how many rows change sides: where the classes, in order of value, follow each other otherwise."""
    sizes = np.bincount(kinds)
    place = np.argsort(np.argsort(np.bincount(kinds, weights=values) / np.maximum(sizes, 1), kind="stable"))[kinds]
    expected = np.repeat(np.arange(len(sizes)), np.bincount(place, minlength=len(sizes)))
    return int((place[np.argsort(values, kind="stable")] != expected).sum())


def _tree(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    """Yield the two or three columns of which a rule of a few steps tells the class in rows it was not made from."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    few = _some(case, _RULED)
    if len(few) < _FEWEST_RULED or len(names) < 2:
        return
    columns = [numbers_of(case, name) for name in names]
    x = np.column_stack(
        [case.coded(n).codes if c is None else np.nan_to_num(c, nan=-1e30) for n, c in zip(names, columns, strict=True)]
    )
    x = np.clip(x, -1e30, 1e30).astype(np.float32)
    answers = case.answers.values.astype(np.intp)
    tree = DecisionTreeClassifier(max_leaf_nodes=_LEAVES, random_state=case.problem.seed)
    tree.fit(x[few], answers[few])
    used = sorted({int(column) for column in tree.tree_.feature if column >= 0})
    if not 2 <= len(used) <= _RULE_COLUMNS or (tree.predict(x) != answers).mean() > _RULE_WRONG:
        return
    # Told honestly, every answer, and not by fewer columns.
    guessed = cross_val_predict(tree, x[few][:, used], answers[few], cv=3)
    kinds, counts = np.unique(answers[few], return_counts=True)
    wrong = [(guessed[answers[few] == kind] != kind).sum() for kind in kinds]
    if any(w > 2 + 4 * _RULE_WRONG * n for w, n in zip(wrong, counts, strict=True)) or len(kinds) < 2:
        return
    for column in used:
        fewer = [c for c in used if c != column]
        tree.fit(x[few][:, fewer], answers[few])
        if _balanced_accuracy(tree.predict(x[:, fewer]), answers) > 1 - _SPARED:
            return
    share = float((guessed == answers[few]).mean())
    chosen = tuple(names[column] for column in used)
    yield Rule(chosen, f"a rule of a few steps over {' and '.join(map(quoted, chosen))} tells it", share, len(few))


def _balanced_accuracy(guessed: Codes, answers: Codes) -> float:
    return float(np.mean([(guessed[answers == kind] == kind).mean() for kind in np.unique(answers)]))
