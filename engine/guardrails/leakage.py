"""LK002: a single column that knows the answer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.association import Answers, Coded, Strength, folds, gini
from engine.guardrails.base import Case, Finding
from engine.guardrails.copies import exact
from engine.guardrails.entities import entities
from engine.guardrails.facets import strongest
from engine.guardrails.leakage_gaps import gaps
from engine.problem.split import connected
from engine.problem.words import listed, percent, quoted

WARNING, BLOCKER = 0.85, 0.975
# So many columns this strong are no accident of recording, unless one of them leaves far less open than the others.
_NEARLY, _COMPANY, _COMPANY_SHARE, _STANDS_OUT = 0.8, 3, 0.2, 0.35
_SCALE = {"warning_from": WARNING, "blocker_from": BLOCKER}
_READ, _LARGEST_GROUP = 20_000, 0.5
# Values that settle the answer: in so many rows each, nearly always with the same one, and in how many rows together.
_ROWS_OF_VALUE, _SHARE_OF_VALUE, _SETTLED, _SETTLED_ROWS = 20, 0.05, 0.9, 0.4


def way(strength: float) -> str:
    """Return a Gini in words."""
    return f"one gets {percent(strength)} of the way from guessing to knowing"


@dataclass(frozen=True)
class _Strong:
    """A column that predicts well alone; by which ``part`` of its values, where not by all of them."""

    name: str
    strength: Strength
    part: str = ""


class StrongColumns:
    """LK002: one column alone predicts suspiciously well (normalised Gini)."""

    code, title, gate, needs_target = "LK002", "Columns that predict too well alone", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag features by their cross-validated Gini; exact copies are LK001's, gaps LK003's."""
        strong = [s for s in _strong(case) if not exact(case, s.name)]
        # Few rows make a Gini uncertain: what is not surely above the limit is worth a look, not a stop.
        suspects = [s for s in strong if s.strength.at_least < BLOCKER]
        yield from (self._finding(s, stop=True) for s in strong if s not in suspects)
        ordinary = self._ordinary(case, suspects)
        if ordinary:
            yield self._crowd(ordinary)
        yield from (self._finding(s, stop=False) for s in suspects if s not in ordinary)

    def _ordinary(self, case: Case, suspects: list[_Strong]) -> list[_Strong]:
        """Return those that do not stand out, as so many are strong: the question is an easy one, not leaking."""
        near = [g for g in map(case.gini, case.features) if g >= _NEARLY]
        if len(near) <= _COMPANY or len(near) < _COMPANY_SHARE * len(case.features):
            return []
        limit = min(BLOCKER, 1 - _STANDS_OUT * (1 - float(np.median(near))))
        return [s for s in suspects if s.strength.value < limit and not _settles(case, s.name)]

    def _finding(self, found: _Strong, *, stop: bool) -> Finding:
        name, strength = quoted(found.name), found.strength.value
        by = f"by its {found.part} alone" if found.part else "with it"
        return Finding(
            severity=Severity.BLOCKER if stop else Severity.WARNING,
            columns=(found.name,),
            problem=f"{name} predicts the answer {'almost' if stop else 'suspiciously well'} alone:"
            f" {by}, {way(strength)}.",
            fix="Leave the column out, unless it is certain that its value is known before the decision.",
            evidence={"gini": strength, "error": found.strength.error, **_SCALE},
            remedy=Remedy(action=Action.DROP_COLUMNS, columns=(found.name,)),
        )

    def _crowd(self, found: list[_Strong]) -> Finding:
        best = max(s.strength.value for s in found)
        names = [s.name for s in found]
        return Finding(
            severity=Severity.NOTE,
            columns=tuple(names),
            problem=f"{listed(names)} each predict the answer very well alone: {way(best)} with the best of them."
            " As so many do, the question may simply be an easy one.",
            fix="Make sure that these values are known before the decision.",
            evidence={"gini": best, "columns": len(names), **_SCALE},
        )


def _strong(case: Case) -> list[_Strong]:
    """Return the features that predict well alone, also where the rows of an entity are kept together."""
    found = []
    for name in case.features:
        whole = case.strength(name)
        if whole.value >= WARNING:
            found.append(_Strong(name, whole))
            continue
        part, called = _part(case, name)
        if part.value >= WARNING:
            found.append(_Strong(name, part, called))
    apart = _apart(case) if found else None
    by_gaps = {gap.columns[0] for gap in gaps(case)} if found else set()
    kept = []
    for strong in found:
        if apart and not strong.part:
            strong = _Strong(strong.name, gini(case.coded(strong.name), apart))  # noqa: PLW2901 - judged again
        if strong.name in by_gaps and not strong.part:
            strong = _Strong(strong.name, _filled(case, strong.name))  # noqa: PLW2901 - and once more
        kept += [strong] if strong.strength.value >= WARNING else []
    return kept


def _settles(case: Case, name: str) -> bool:
    """Whether a few values, in many rows each, settle two or more answers, as no measurement does."""
    if case.problem.task is Task.REGRESSION:
        return False
    codes = case.levels(name)[0]
    here, answers = codes >= 0, case.answers.values.astype(np.intp)
    table = np.zeros((int(codes.max(initial=0)) + 1, len(case.problem.classes)))
    np.add.at(table, (codes[here], answers[here]), 1)
    rows = table.sum(axis=1)
    sure = (rows >= max(_ROWS_OF_VALUE, _SHARE_OF_VALUE * len(codes))) & (table.max(axis=1) >= _SETTLED * rows)
    return bool(rows[sure].sum() >= _SETTLED_ROWS * len(codes) and len(np.unique(table[sure].argmax(axis=1))) > 1)


def _part(case: Case, name: str) -> tuple[Strength, str]:
    values, answers = case.frame[name], case.answers
    if len(values) > _READ:
        rows = np.sort(np.random.default_rng(case.problem.seed).permutation(len(values))[:_READ])
        values, answers = values.iloc[rows], _of(answers, rows)
    return strongest(values, answers)


def _apart(case: Case) -> Answers | None:
    """Return the answers in folds that keep the rows of an entity together; None where no entity repeats.

    Who stands in several rows with the same answer is recognised by any column of many values: that is LK005's.
    """
    codes = [entity.codes for entity in entities(case) if entity.repeated > 0.5]
    if not codes:
        return None
    groups = connected(codes)
    if np.bincount(groups).max() > _LARGEST_GROUP * len(groups):
        return None
    answers = case.answers
    return Answers(answers.values, answers.classes, folds(groups, answers.values, answers.classes, case.problem.seed))


def _filled(case: Case, name: str) -> Strength:
    """Return the Gini of the values that are there."""
    here, column = case.frame[name].notna().to_numpy(), case.coded(name)
    return gini(Coded(column.codes[here], column.size, column.ordered), _of(case.answers, here))


def _of(answers: Answers, rows: np.ndarray) -> Answers:
    return Answers(answers.values[rows], answers.classes, answers.folds[rows])
