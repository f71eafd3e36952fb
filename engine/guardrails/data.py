"""DA: whether there is enough, and whether it is what it seems."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.base import Case, Finding
from engine.guardrails.chance import repeated_by_chance
from engine.problem.rows import labels, texts
from engine.problem.split import identical
from engine.problem.words import counted, listed, percent, quoted

_FEWEST_ROWS, _FEW_ROWS = 50, 100
_FEWEST_OF_CLASS, _FEW_OF_CLASS = 10, 20
_EMPTY = 0.95


class EnoughRows:
    """DA001: too few rows, or rows of a class, to learn and to test."""

    code, title, gate, needs_target = "DA001", "Enough rows", Gate.TRAINING, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag a table, or a class, that is too small."""
        rows = len(case.frame)
        if rows < _FEW_ROWS:
            stop = rows < _FEWEST_ROWS
            yield Finding(
                severity=Severity.BLOCKER if stop else Severity.WARNING,
                problem=f"The table has only {counted(rows, 'row')} with an answer; "
                + ("that is too few to learn from and to test." if stop else "every score will be uncertain."),
                fix=f"Bring at least {_FEW_ROWS} rows, better a few thousand.",
                evidence={"rows": rows, "rows_wanted": _FEW_ROWS},
            )
        if case.asked and case.problem.task is Task.BINARY:
            yield from self._rarest_class(case)

    def _rarest_class(self, case: Case) -> Iterator[Finding]:
        counts = labels(case.frame, case.problem).value_counts()
        name = min(case.problem.classes, key=lambda c: int(counts.get(c, 0)))
        rows = int(counts.get(name, 0))
        if rows < _FEW_OF_CLASS:
            yield Finding(
                severity=Severity.BLOCKER if rows < _FEWEST_OF_CLASS else Severity.WARNING,
                columns=(case.problem.target,),
                problem=f"Only {counted(rows, 'row')} of {len(case.frame):,} say {quoted(name)}"
                f" in {quoted(case.problem.target)}: too few to learn what leads there and to test it.",
                fix=f"Bring more rows that say {quoted(name)}, at least {_FEW_OF_CLASS}.",
                evidence={"rows": rows, "rows_wanted": _FEW_OF_CLASS},
            )


class IdenticalRows:
    """DA002: rows that are equal in every column."""

    code, title, gate, needs_target = "DA002", "Identical rows", Gate.TRAINING, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag rows that say the same as an earlier one; recorded twice only where a key proves it."""
        frame = case.frame
        keep_together = Remedy(action=Action.KEEP_TOGETHER)
        if case.asked and keep_together in case.problem.remedies:
            return
        numbers = identical(frame)
        repeats = len(frame) - int(numbers.max(initial=-1)) - 1
        if not repeats or repeated_by_chance(frame, numbers):
            return
        key = self._key(case, numbers)
        share, many = repeats / len(frame), counted(repeats, "row")
        if key:
            problem = f"{many} ({percent(share)}) were recorded twice, {quoted(key)} included."
            fix = "Count each of them once."
            remedy = Remedy(action=Action.DEDUPLICATE, columns=(key,))
        else:
            problem = f"{many} ({percent(share)}) {'says' if repeats == 1 else 'say'} exactly what an earlier row says."
            fix = (
                "Without a key nobody can tell whether they were recorded twice, so keep them,"
                " but all alike on one side: in training or in the test."
            )
            remedy = keep_together
        yield Finding(
            severity=Severity.WARNING,
            problem=problem,
            fix=fix,
            evidence={"rows": repeats, "share": share},
            remedy=remedy,
        )

    def _key(self, case: Case, numbers: np.ndarray) -> str | None:
        """Return an identifier that is unique once the identical rows are counted once."""
        once = case.frame[~pd.Series(numbers, index=case.frame.index).duplicated()]
        for column in case.contract.columns:
            if column.role is Role.IDENTIFIER and column.name in once.columns:
                values = once[column.name]
                if values.notna().all() and values.is_unique:
                    return column.name
        return None


class EmptyColumns:
    """DA003: a constant or nearly empty column."""

    code, title, gate, needs_target = "DA003", "Constant or empty columns", Gate.TRAINING, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag columns that say the same in every row, or nothing in nearly all."""
        target = case.asked.target if case.asked else None
        for name in case.frame.columns:
            if name == target or name in case.left_out or name not in case.contract.names:
                continue
            values = case.frame[name]
            missing = case.missing(name)
            constant = missing == 0 and values.iloc[0] == values.iloc[-1] and case.different(name) == 1
            if constant or missing >= _EMPTY:
                says = self._constant(values) if constant else self._empty(missing)
                yield Finding(
                    severity=Severity.WARNING,
                    columns=(name,),
                    problem=f"{quoted(name)} {says}: it tells nothing.",
                    fix="Leave the column out.",
                    evidence={"missing_rate": missing, "distinct": case.different(name)},
                    remedy=Remedy(action=Action.DROP_COLUMNS, columns=(name,)),
                )

    def _constant(self, values: "pd.Series[Any]") -> str:
        return f"is {quoted(str(texts(values.head(1)).iloc[0]))} in every row"

    def _empty(self, missing: float) -> str:
        return "is empty in every row" if missing == 1 else f"is empty in {percent(missing)} of the rows"


class RareAnswers:
    """DA006: the target is missing, or a class too rare."""

    code, title, gate, needs_target = "DA006", "Missing or rare answers", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag rows without an answer, and classes with fewer than ten rows."""
        rare = list(self._rare(case)) if case.problem.task is not Task.REGRESSION else []
        # One outcome per column: rows without an answer are left out in any case, rare answers need a decision.
        yield from rare or self._missing(case)

    def _missing(self, case: Case) -> Iterator[Finding]:
        target = case.problem.target
        missing = int(case.table.frame[target].isna().sum())
        remedy = Remedy(action=Action.DROP_ROWS, columns=(target,))
        if not missing or remedy in case.problem.remedies:
            return
        share = missing / len(case.table.frame)
        yield Finding(
            severity=Severity.WARNING,
            columns=(target,),
            problem=f"{quoted(target)} is empty in {counted(missing, 'row')} ({percent(share)}):"
            " nothing can be learned from those.",
            fix="Leave those rows out. If an empty cell means ‘no’, write that into the table instead.",
            evidence={"rows": missing, "share": share},
            remedy=remedy,
        )

    def _rare(self, case: Case) -> Iterator[Finding]:
        problem = case.problem
        found = labels(case.frame, problem).value_counts()
        counts = {name: int(found.get(name, 0)) for name in problem.classes}
        rare = [name for name, rows in counts.items() if rows < _FEWEST_OF_CLASS]
        if not rare:
            return
        remedy = self._remedy(problem.target, counts, rare)
        rows = sum(counts[name] for name in rare)
        yield Finding(
            severity=Severity.BLOCKER,
            columns=(problem.target,),
            problem=f"{quoted(problem.target)} says {listed(rare, last='or')} in only {counted(rows, 'row')}:"
            " too few to learn and to test.",
            fix=self._fix(remedy),
            evidence={"rows": rows, "rarest": min(counts.values()), "rows_wanted": _FEWEST_OF_CLASS},
            remedy=remedy,
        )

    def _remedy(self, target: str, counts: dict[str, int], rare: list[str]) -> Remedy | None:
        """Return how to get rid of rare classes: numbers join their neighbours, words each other, else rows go."""
        if len(counts) - len(rare) < 1 or len(counts) == 2:
            return None
        if all(name.lstrip("-").isdigit() for name in counts):
            union = self._with_neighbours(counts, rare)
            if set(rare) <= set(union):
                return Remedy(action=Action.MERGE_LEVELS, columns=(target,), values=union)
        elif len(rare) > 1 and sum(counts[name] for name in rare) >= _FEWEST_OF_CLASS:
            return Remedy(action=Action.MERGE_LEVELS, columns=(target,), values=tuple(rare))
        if len(counts) - len(rare) < 2:
            return None
        return Remedy(action=Action.DROP_ROWS, columns=(target,), values=tuple(rare))

    def _with_neighbours(self, counts: dict[str, int], rare: list[str]) -> tuple[str, ...]:
        """Return the first run of neighbouring numbers that holds a rare one and has rows enough."""
        names = list(counts)
        start = end = names.index(rare[0])
        while sum(counts[name] for name in names[start : end + 1]) < _FEWEST_OF_CLASS:
            if end - start + 1 >= len(names) - 1:
                return ()
            # Towards the smaller neighbour, so that the common answers stay as they are.
            left = counts[names[start - 1]] if start else np.inf
            right = counts[names[end + 1]] if end + 1 < len(names) else np.inf
            start, end = (start - 1, end) if left <= right else (start, end + 1)
        return tuple(names[start : end + 1])

    def _fix(self, remedy: Remedy | None) -> str:
        if remedy is None:
            return "Bring more such rows, or choose another column to predict."
        if remedy.action is Action.MERGE_LEVELS:
            return f"Treat {listed(remedy.values)} as one answer."
        return "Leave those rows out."
