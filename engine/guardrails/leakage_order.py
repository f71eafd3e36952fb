"""LK004: an identifier, or the order of the rows, knows the answer."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from engine.domain.dataset import NUMERIC, ColumnContract, Role
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.association import Answers, Floats, by_chance, code, gini
from engine.guardrails.base import Case, Finding
from engine.guardrails.facets import strongest
from engine.guardrails.leakage import WARNING, way
from engine.problem.rows import encode
from engine.problem.words import quoted

_ORDER, _NOISE = 0.1, 4.0
# What a part of an identifier tells, or one that repeats, may be honest (a branch, a year), up to here.
_PART = 0.5
_SEQUENCE, _UNIQUE, _IN_ORDER = 50, 0.9, 0.99
_READ = 20_000


class IdentifierOrder:
    """LK004: an identifier, or the order of rows, predicts the answer."""

    code, title, gate, needs_target = "LK004", "Identifiers and the order of rows", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag identifiers that tell the answer; where none follows the row order, the order itself."""
        rows = pd.Series(np.arange(len(case.frame), dtype=np.float64))
        if len(rows) < _SEQUENCE:
            return
        noise, known = max(_ORDER, _NOISE * by_chance(case.answers)), False
        for column in case.contract.columns:
            numbered = _numbers_each_answer(case, column)
            if not numbered and not _is_key(case, column):
                continue
            follows = not numbered and _follows(case, column)
            known |= follows
            if column.name not in case.left_out:
                strength, part = (case.gini(column.name), "") if numbered else _told(case, column)
                # The number of somebody who comes back may well say since when: that is no secret of the table.
                honest = part or (not numbered and case.different(column.name) < _UNIQUE * len(case.whole))
                if strength >= (max(noise, _PART) if honest else noise):
                    why = "follows the order of the rows, and that order" if follows else "is an identifier, and yet it"
                    why = "counts the rows of each answer for themselves, so it" if numbered else why
                    yield self._identifier(case, column.name, strength, part, why, follows=follows)
        strength = 0.0 if known or case.in_time else gini(code(rows), case.answers).value
        if strength >= noise:
            yield self._order(strength)

    def _identifier(self, case: Case, name: str, strength: float, part: str, why: str, *, follows: bool) -> Finding:
        used = name in case.features
        by = f"by its {part}, " if part else "with it, "
        return Finding(
            severity=Severity.BLOCKER if used else Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} {why} tells the answer: {by}{way(strength)}."
            " New rows get new numbers, so nothing of this holds tomorrow.",
            fix=("Leave the column out." if used else "The model is not shown it; leave it out, so that it stays so.")
            + (" If the rows stand in order of time, name the column that holds the time." if follows else ""),
            evidence={"gini": strength, "noise": _ORDER, "used_by_the_model": used},
            remedy=Remedy(action=Action.DROP_COLUMNS, columns=(name,)),
        )

    def _order(self, strength: float) -> Finding:
        sorted_by_it = strength >= WARNING
        how = (
            "the table is sorted by the answer, or put together from a part for each."
            if sorted_by_it
            else "the table is sorted by it, put together from parts, or in order of time."
        )
        return Finding(
            severity=Severity.WARNING if sorted_by_it else Severity.NOTE,
            problem=f"The order of the rows alone tells the answer (with it, {way(strength)}): {how}",
            fix="If the rows stand in order of time, name the column that holds the time. If they come from several"
            " files, make sure that these were made in the same way.",
            evidence={"gini": strength, "noise": _ORDER},
        )


def _is_key(case: Case, column: ColumnContract) -> bool:
    """Whether a column names rows: by its role, or because it counts them."""
    name = column.name
    if _has_a_part(case, name) or name not in case.frame.columns:
        return False
    if column.role is Role.IDENTIFIER:
        return case.different(name) >= _SEQUENCE
    once = column.type in NUMERIC and case.different(name) == len(case.whole)
    return once and _is_sequence(case.whole[name].to_numpy(dtype=np.float64))


def _has_a_part(case: Case, name: str) -> bool:
    return name in {case.problem.target, case.problem.time, case.problem.group}


def _numbers_each_answer(case: Case, column: ColumnContract) -> bool:
    """Whether a column counts the rows of one answer after the other, as parts put together do: 1, 2, 3 in each."""
    name, problem = column.name, case.problem
    if problem.task is Task.REGRESSION or column.type not in NUMERIC or _has_a_part(case, name):
        return False
    values, answers = case.frame[name].to_numpy(dtype=np.float64), case.answers.values
    most = np.bincount(case.answers.values.astype(np.intp)).max()
    if not np.ptp(values) < 1.1 * most * len(case.whole) / len(values) < 1.1 * len(case.whole):
        return False
    parts = [values[answers == kind] for kind in range(len(problem.classes))]
    if any(len(np.unique(part)) < len(part) for part in parts if len(part) >= _SEQUENCE):
        return False
    values, answers = case.whole[name].to_numpy(dtype=np.float64), encode(case.whole, problem)
    parts = [values[answers == kind] for kind in range(len(problem.classes))]
    return sum(len(part) >= _SEQUENCE for part in parts) > 1 and all(
        _is_sequence(part, counted=True) for part in parts if len(part) >= _SEQUENCE
    )


def _is_sequence(values: Floats, *, counted: bool = False) -> bool:
    """Whether numbers count the rows: whole, each once, and hardly a gap or (unless ``counted``) never falling."""
    if len(values) < _SEQUENCE or not np.isfinite(values).all() or (np.floor(values) != values).any():
        return False
    if len(np.unique(values)) < len(values):
        return False
    return bool(np.ptp(values) < 1.1 * len(values) or (not counted and (np.diff(values) > 0).all()))


def _follows(case: Case, column: ColumnContract) -> bool:
    values = case.frame[column.name]
    if not pd.api.types.is_numeric_dtype(values):
        digits = values.astype("string").str.replace(r"\D", "", regex=True)
        values = pd.to_numeric(digits.where(digits.str.len().between(1, 15))).astype("float64")
    ranks = values.rank().fillna(0).to_numpy()
    with np.errstate(invalid="ignore"):
        return abs(float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1])) > _IN_ORDER


def _told(case: Case, column: ColumnContract) -> tuple[float, str]:
    """Return how much an identifier tells, and by which part of it ("" where by itself, as a number).

    Where it repeats, one row of each is looked at: that it is recognised again is LK005's.
    """
    values, answers = case.frame[column.name], case.answers
    rows = np.flatnonzero(~values.duplicated())
    if len(rows) > _READ:
        rows = np.sort(np.random.default_rng(case.problem.seed).permutation(rows)[:_READ])
    if len(rows) < len(values):
        values, answers = values.iloc[rows], Answers(answers.values[rows], answers.classes, answers.folds[rows])
    own = gini(code(values), answers).value if pd.api.types.is_numeric_dtype(values) else 0.0
    part, called = strongest(values, answers)
    if called in {"number", "digits"}:
        return max(own, part.value), ""
    return (part.value, called) if part.value > max(own, _PART) else (own, "")
