"""LK003: which values are missing gives the answer away."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.domain.dataset import KnownWhen
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.association import Answers, Coded, Floats, gini
from engine.guardrails.base import Case, Finding
from engine.problem.smells import surely_after
from engine.problem.words import listed, percent, quoted

# Gaps by chance, or by habit, say little of the answer: half of the way is far more than that.
WARNING, BLOCKER = 0.5, 0.85
_FEWEST, _MOST_COLUMNS = 20, 100
# Empty (or filled) cells of which nearly all have one answer that most other rows do not have.
_PURE, _SURPRISE, _SHARE = 0.98, 0.5, 0.05
_MORE, _NEEDED = 0.1, 0.03


@dataclass(frozen=True)
class Gap:
    """How much the missing values of some columns tell: a Gini, and in words what they tell."""

    columns: tuple[str, ...]
    strength: float
    at_least: float
    says: str
    sure: bool = False  # nearly every empty, or filled, cell has one answer

    @property
    def certain(self) -> bool:
        """Whether nothing more is needed to see it."""
        return self.sure or self.at_least >= BLOCKER


class MissingValues:
    """LK003: whether a value is missing, or how many are, tells the answer."""

    code, title, gate, needs_target = "LK003", "Gaps that give the answer away", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag columns whose gaps follow the answer, then columns whose gaps do together."""
        alone = gaps(case)
        certain = [gap.columns[0] for gap in alone if gap.certain]
        together = _together(case, certain)
        part = together.columns if together else ()
        yield from (self._finding(gap) for gap in alone if gap.columns[0] in certain or gap.columns[0] not in part)
        if together:
            yield self._finding(together)

    def _finding(self, gap: Gap) -> Finding:
        several = len(gap.columns) > 1
        return Finding(
            severity=Severity.BLOCKER if gap.at_least >= BLOCKER else Severity.WARNING,
            columns=gap.columns,
            problem=f"Whether {listed(gap.columns, last='or')} {'are' if several else 'is'} filled in gives the answer"
            f" away: {gap.says}.",
            fix=f"Leave the {'columns' if several else 'column'} out, unless the gaps are there, and for the same"
            " reason, when the decision is made.",
            evidence={"gini": gap.strength, "warning_from": WARNING, "blocker_from": BLOCKER},
            remedy=Remedy(action=Action.DROP_COLUMNS, columns=gap.columns),
        )


def gaps(case: Case) -> list[Gap]:
    """Return the features of which each alone tells the answer by being empty or filled in."""
    found = []
    for name in case.features:
        # What is known to be written down later is empty until then: LK007 says so.
        if case.problem.known.get(name) is not KnownWhen.AFTER and not surely_after(name):
            key = ("gap", name)
            if key not in case.memory:
                case.memory[key] = _gap(case, name)
            found += [case.memory[key]] if case.memory[key] else []
    return found


def _gap(case: Case, name: str) -> Gap | None:
    empty = case.frame[name].isna().to_numpy()
    if not _FEWEST <= empty.sum() <= len(empty) - _FEWEST:
        return None
    strength, error = _lean(empty, case.answers)
    says, surprising = _surely(case, empty)
    if strength < WARNING and not surprising:
        return None
    if not says:
        says = f"with that alone one gets {percent(strength)} of the way from guessing to knowing"
    return Gap((name,), strength, strength - 1.64 * error, says, surprising)


def _lean(empty: np.ndarray, answers: Answers) -> tuple[float, float]:
    """Return how far apart the answers of empty and filled cells lie, -1 to 1 without its sign, and the error.

    For classes the difference between the shares of empty cells, of the class that stands out most; for numbers how
    much oftener an empty cell has the larger answer than the smaller.
    """
    y, rows = answers.values, empty.astype(np.float64)
    if answers.classes == 0:
        from scipy.stats import rankdata

        n, m = float(rows.sum()), float((1 - rows).sum())
        above = (rankdata(y)[empty].sum() - n * (n + 1) / 2) / (n * m)
        return abs(2 * above - 1), float(np.sqrt((n + m + 1) / (3 * n * m)))
    best, error = 0.0, 0.0
    for kind in range(answers.classes):
        here = y == kind
        yes, no = int(here.sum()), int((~here).sum())
        if min(yes, no) < _FEWEST // 2:
            continue
        one, other = float(rows[here].mean()), float(rows[~here].mean())
        if abs(one - other) > best:
            best = abs(one - other)
            error = float(np.sqrt(one * (1 - one) / yes + other * (1 - other) / no))
    return best, error


def _surely(case: Case, empty: np.ndarray) -> tuple[str, bool]:
    """Return in words which answer the empty (or the filled) cells have, nearly all, and whether that is surprising."""
    if case.problem.task is Task.REGRESSION:
        return "", False
    answers = case.answers.values.astype(np.intp)
    shares = np.bincount(answers, minlength=len(case.problem.classes)) / len(answers)
    best: tuple[float, str] = (0.0, "")
    for state, word in ((empty, "empty"), (~empty, "filled in")):
        counts = np.bincount(answers[state], minlength=len(shares))
        kind = int(counts.argmax())
        pure, usual = counts[kind] / counts.sum(), shares[kind]
        if pure >= _PURE and state.sum() >= max(_FEWEST, _SHARE * len(state)) and pure - usual > best[0]:
            name = quoted(case.problem.classes[kind])
            says = f"where it is {word}, the answer is {name} in {percent(pure)} of the rows, otherwise in"
            best = (float(pure - usual), f"{says} {percent(float((answers[~state] == kind).mean()))}")
    return best[1], best[0] >= _SURPRISE


def _together(case: Case, certain: list[str]) -> Gap | None:
    """Return the columns whose gaps tell the answer by how many they are in a row, or by which are empty together."""
    empty = {name: case.frame[name].isna().to_numpy() for name in case.features if name not in certain}
    empty = {name: e for name, e in empty.items() if _FEWEST <= e.sum() <= len(e) - _FEWEST}
    names = list(empty)[:_MOST_COLUMNS]
    if len(names) < 2:
        return None
    table = np.column_stack([empty[name] for name in names])
    strength = _strength(table, case.answers)
    if strength < WARNING or strength < _MORE + max(_lean(column, case.answers)[0] for column in table.T):
        return None
    # A column that tells little, and without which the others tell as much, has no part in it.
    alone = {name: _lean(empty[name], case.answers)[0] for name in names}
    little = max(_MORE, max(alone.values()) / 1.5)
    for name in [name for name in names if alone[name] < little]:
        fewer = [other for other in names if other != name]
        if len(fewer) >= 2 and _strength(np.column_stack([empty[n] for n in fewer]), case.answers) > strength - _NEEDED:
            names = fewer
    says = f"with the number and the pattern of gaps alone one gets {percent(strength)} of the way from guessing"
    return Gap(tuple(names), strength, strength, f"{says} to knowing")


def _strength(empty: np.ndarray, answers: Answers) -> float:
    """Return the Gini of the number of gaps in a row, or of their pattern, for the class that it tells best."""
    counts = empty.sum(axis=1)
    pattern = np.unique(empty, axis=0, return_inverse=True)[1].ravel()
    often = np.bincount(pattern)[pattern] > 1
    ways = [
        Coded(counts.astype(np.intp) + 1, int(counts.max()) + 2, ordered=True),
        Coded(np.where(often, pattern + 1, 0), int(pattern.max()) + 2, ordered=False),
    ]
    return max(gini(way, asked).value for way in ways for asked in _questions(answers))


def _questions(answers: Answers) -> list[Answers]:
    if answers.classes <= 2:
        return [answers]
    kinds: list[Floats] = [(answers.values == kind).astype(np.float64) for kind in range(answers.classes)]
    return [Answers(hit, 2, answers.folds) for hit in kinds]
