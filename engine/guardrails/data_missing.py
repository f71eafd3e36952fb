"""DA004: values that stand for "missing"."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pandas as pd

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.base import Case, Finding
from engine.guardrails.standins import StandIn, stand_ins
from engine.problem.words import listed, percent, quoted

_KEYS = frozenset({Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED})
_SEVERITY = {2: Severity.WARNING, 1: Severity.NOTE, 0: Severity.NOTE}


class StandsForMissing:
    """DA004: values that stand for "missing", known by their pattern."""

    code, title, gate, needs_target = "DA004", "Values that stand for “missing”", Gate.TRAINING, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag codes far outside the other values, spikes at their edge, and words that say there is no value."""
        target = case.asked.target if case.asked else None
        found: list[StandIn] = []
        for column in case.contract.columns:
            if column.name == target or column.role in _KEYS or column.name in case.left_out:
                continue
            if column.name in case.frame.columns:
                found.extend(stand_ins(case.frame[column.name]))
        yield from self._findings(case, found)
        if target is not None:
            yield from self._of_target(case)

    def _findings(self, case: Case, found: list[StandIn]) -> Iterator[Finding]:
        # One card for columns that share their stand-ins: three with "?" are one habit of whoever wrote the table.
        alike: dict[tuple[tuple[str, ...], int], list[StandIn]] = defaultdict(list)
        shared = Counter(value for one in found for value in one.values)
        for one in found:
            sure = max(one.sure, 1) if max(shared[value] for value in one.values) > 1 else one.sure
            alike[one.values, sure].append(one)
        for (values, sure), several in alike.items():
            yield self._finding(case, values, sure, several)

    def _finding(self, case: Case, values: tuple[str, ...], sure: int, several: list[StandIn]) -> Finding:
        columns = tuple(one.column for one in several)
        rows, n = max(one.rows for one in several), len(case.frame)
        hold = "hold" if len(several) > 1 else "holds"
        upto = "up to " if len(several) > 1 else ""
        words = pd.api.types.is_object_dtype(case.frame[columns[0]])
        beside = "" if words else f" while all others lie {several[0].beside}"
        means = "it stands for “no value”" if sure == 2 else "it may stand for “no value”"
        harm = "takes it for an answer" if words else "counts with it"
        # A zero that stands apart, or "none", can also be meant: only a person knows.
        remedy = Remedy(action=Action.SET_MISSING, columns=columns, values=values) if sure else None
        return Finding(
            severity=_SEVERITY[sure],
            columns=columns,
            problem=f"{listed(columns)} {hold} {listed(values, last='or')} in {upto}{percent(rows / n)} of the rows"
            f"{beside}: {means}, but a model {harm}.",
            fix="Treat it as missing, in training and later in the service."
            if remedy
            else f"If {listed(values, last='or')} means that nothing is known, empty those cells in the table.",
            evidence={"rows": rows, "share": rows / n, "columns": len(columns)},
            remedy=remedy,
            examples=tuple(f"{quoted(one.column)}: {one.rows:,} rows; others {one.beside}" for one in several[:5]),
        )

    def _of_target(self, case: Case) -> Iterator[Finding]:
        target, n = case.problem.target, len(case.frame)
        regression = case.problem.task is Task.REGRESSION
        for one in stand_ins(case.frame[target]) if n else ():
            if one.sure < 2 or (not regression and not pd.api.types.is_object_dtype(case.frame[target])):
                continue
            yield Finding(
                severity=Severity.WARNING,
                columns=(target,),
                problem=f"{quoted(target)}, which is to be predicted, is {listed(one.values, last='or')} in"
                f" {percent(one.rows / n)} of the rows: that is no answer but says that none is known.",
                fix="Leave those rows out.",
                evidence={"rows": one.rows, "share": one.rows / n},
                remedy=Remedy(action=Action.DROP_ROWS, columns=(target,), values=one.values),
            )
