"""LK002, LK004: a single column that knows the answer."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from engine.domain.dataset import NUMERIC, Role
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.guardrails.association import Answers, code, gini
from engine.guardrails.base import Case, Finding
from engine.guardrails.copies import exact
from engine.problem.words import listed, percent, quoted

WARNING, BLOCKER = 0.85, 0.975
_ORDER = 0.1
_NOISE = 4.0
_SEQUENCE = 50
# So many columns this strong are no accident of recording.
_NEARLY, _COMPANY, _COMPANY_SHARE = 0.8, 3, 0.2
_UNIQUE = 0.9
_SCALE = {"warning_from": WARNING, "blocker_from": BLOCKER}


def way(strength: float) -> str:
    """Return a Gini in words."""
    return f"one gets {percent(strength)} of the way from guessing to knowing"


def _leave_out(name: str) -> Remedy:
    return Remedy(action=Action.DROP_COLUMNS, columns=(name,))


class StrongColumns:
    """LK002: one column alone predicts suspiciously well (normalised Gini)."""

    code, title, gate, needs_target = "LK002", "Columns that predict too well alone", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag features by their cross-validated Gini; exact copies are LK001's."""
        strong = [name for name in case.features if case.gini(name) >= WARNING and not exact(case, name)]
        # Few rows make a Gini uncertain: what is not surely above the limit is worth a look, not a stop.
        suspects = [name for name in strong if case.strength(name).at_least < BLOCKER]
        for name in strong:
            if name not in suspects:
                yield self._finding(case, name, stop=True)
        if suspects and self._in_company(case):
            yield self._crowd(case, suspects)
        else:
            yield from (self._finding(case, name, stop=False) for name in suspects)

    def _in_company(self, case: Case) -> bool:
        """Whether so many columns are strong that none stands out: the question is an easy one, not leaking."""
        near = sum(case.gini(name) >= _NEARLY for name in case.features)
        return near > _COMPANY and near >= _COMPANY_SHARE * len(case.features)

    def _finding(self, case: Case, name: str, *, stop: bool) -> Finding:
        strength = case.gini(name)
        return Finding(
            severity=Severity.BLOCKER if stop else Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} predicts the answer {'almost' if stop else 'suspiciously well'} alone:"
            f" with it, {way(strength)}.",
            fix="Leave the column out, unless it is certain that its value is known before the decision.",
            evidence={"gini": strength, "error": case.strength(name).error, **_SCALE},
            remedy=_leave_out(name),
        )

    def _crowd(self, case: Case, names: list[str]) -> Finding:
        best = max(case.gini(name) for name in names)
        return Finding(
            severity=Severity.NOTE,
            columns=tuple(names),
            problem=f"{listed(names)} each predict the answer very well alone: {way(best)} with the best of them."
            " As so many do, the question may simply be an easy one.",
            fix="Make sure that these values are known before the decision.",
            evidence={"gini": best, "columns": len(names), **_SCALE},
        )


class IdentifierOrder:
    """LK004: an identifier, or the order of rows, predicts the answer."""

    code, title, gate, needs_target = "LK004", "Identifiers and the order of rows", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag identifiers that tell the answer; where none follows the row order, the order itself."""
        problem, known = case.problem, False
        rows = pd.Series(np.arange(len(case.frame), dtype=np.float64))
        if len(rows) < _SEQUENCE:
            return
        noise = max(_ORDER, _NOISE * _chance(case.answers))
        for column in case.contract.columns:
            name = column.name
            if name in {problem.target, problem.time, problem.group} or name not in case.frame.columns:
                continue
            # A key that repeats is LK005's: it is recognised, not read.
            is_key = column.role is Role.IDENTIFIER and case.whole[name].nunique() >= _UNIQUE * len(case.whole)
            values = _numbers(case.frame[name]) if is_key else None
            if values is None and not (column.type in NUMERIC and _is_sequence(case.whole[name])):
                continue
            follows = _follows(values if values is not None else case.frame[name], rows)
            known |= follows
            if name in case.left_out:
                continue
            strength = case.gini(name) if values is None else gini(code(values), case.answers).value
            if strength >= noise:
                yield self._identifier(case, name, strength, follows=follows)
        strength = 0.0 if known or case.in_time else gini(code(rows), case.answers).value
        if strength >= noise:
            yield self._order(strength)

    def _identifier(self, case: Case, name: str, strength: float, *, follows: bool) -> Finding:
        used = name in case.features
        why = "follows the order of the rows, and that order" if follows else "is an identifier, and yet it"
        return Finding(
            severity=Severity.BLOCKER if used else Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} {why} tells the answer: with it, {way(strength)}."
            " New rows get new numbers, so nothing of this holds tomorrow.",
            fix="Leave the column out."
            + (" If the rows stand in order of time, name the column that holds the time." if follows else ""),
            evidence={"gini": strength, "noise": _ORDER, "used_by_the_model": used},
            remedy=_leave_out(name),
        )

    def _order(self, strength: float) -> Finding:
        return Finding(
            severity=Severity.NOTE,
            problem=f"The order of the rows alone tells the answer (with it, {way(strength)}):"
            " the table is sorted by it, put together from parts, or in order of time.",
            fix="If the rows stand in order of time, name the column that holds the time.",
            evidence={"gini": strength, "noise": _ORDER},
        )


def _numbers(values: "pd.Series[Any]") -> "pd.Series[float]":
    """Return an identifier as numbers: as it is, or the digits at its end."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    return pd.to_numeric(values.str.extract(r"(\d{1,15})\D*$")[0])


def _is_sequence(values: "pd.Series[float]") -> bool:
    """Whether a numeric column counts the rows: whole numbers, each once, hardly a gap."""
    if len(values) < _SEQUENCE or values.isna().any() or (values % 1 != 0).any():
        return False
    return bool(values.is_unique and values.max() - values.min() < 1.1 * len(values))


def _follows(values: "pd.Series[float]", rows: "pd.Series[float]") -> bool:
    with np.errstate(invalid="ignore"):
        return abs(float(np.corrcoef(values.rank().fillna(0), rows)[0, 1])) > 0.99


def _chance(answers: Answers) -> float:
    """Return the standard error of a Gini that is 0 in truth."""
    if answers.classes == 0:
        return float(np.sqrt(1 / (3 * len(answers.values))) * 2)
    counts = np.bincount(answers.values.astype(int), minlength=answers.classes)
    rare = max(1, int(counts[counts >= 10].min(initial=len(answers.values))))
    return 2 * float(np.sqrt(1 / (12 * min(rare, len(answers.values) / 2))))
