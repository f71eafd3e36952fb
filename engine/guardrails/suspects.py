"""Which columns may be known too late: what is asked about first, before any check has run, with the reason said."""

from dataclasses import dataclass

from engine.domain.dataset import ColumnContract, DataContract, KnownWhen, Role
from engine.domain.problem import Problem, Task
from engine.guardrails.association import code, gini
from engine.guardrails.base import Case, Table
from engine.guardrails.leakage import BLOCKER, WARNING
from engine.problem.smells import perhaps_after, surely_after

_DOUBTFUL_NAME, _GAPS = 0.5, 0.5
_NOT_ASKED = frozenset({Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED})


@dataclass(frozen=True)
class Suspicion:
    """Why a column is asked about first, and when it is proposed to be known."""

    known: KnownWhen
    reason: str


def by_name(contract: DataContract, target: str) -> dict[str, Suspicion]:
    """Return the columns whose names make one think, the surest first; nothing is known of their values."""
    found: dict[str, tuple[float, Suspicion]] = {}
    for column in _asked(contract, target):
        if column.known is not None:
            found[column.name] = _said(column.known)
        elif surely_after(column.name):
            found[column.name] = _SURE_NAME
        elif perhaps_after(column.name):
            found[column.name] = _DOUBTFUL
    return _ranked(found)


def suspects(table: Table, problem: Problem) -> dict[str, Suspicion]:
    """Return the columns whose names or values make one think, the surest first.

    Parameters
    ----------
    table : Table
        Some thousand rows are enough.
    problem : Problem
        What is asked; only its target matters.
    """
    case = Case(table, problem)
    found = {
        c.name: _suspicion(case, c.name) if c.known is None else _said(c.known)
        for c in _asked(table.contract, problem.target)
    }
    return _ranked({name: suspicion for name, suspicion in found.items() if suspicion})


# The surer, the higher.
_SURE_NAME = (5.0, Suspicion(KnownWhen.AFTER, "Sounds like something written afterwards"))
_DOUBTFUL = (1.0, Suspicion(KnownWhen.BEFORE, "Could be written afterwards: is it?"))


def _said(known: KnownWhen) -> tuple[float, Suspicion]:
    return 6.0, Suspicion(known, "Said of the table, whatever is asked")


def _suspicion(case: Case, name: str) -> tuple[float, Suspicion] | None:
    if surely_after(name):
        return _SURE_NAME
    strength, doubtful = case.gini(name), perhaps_after(name)
    if strength >= BLOCKER:
        return 3.0 + strength, Suspicion(KnownWhen.AFTER, "Tells the answer almost alone: known by then?")
    if doubtful and strength >= _DOUBTFUL_NAME:
        # The duration of a journey may well set its price: of a number, the values do not say what is late.
        late = KnownWhen.BEFORE if case.problem.task is Task.REGRESSION else KnownWhen.AFTER
        return 3.0, Suspicion(late, "Sounds written afterwards, tells the answer")
    if strength >= WARNING:
        return 2.0, Suspicion(KnownWhen.BEFORE, "Predicts very well alone: known by then?")
    values = case.frame[name]
    if values.isna().any() and gini(code(values.isna().astype(float)), case.answers).value >= _GAPS:
        return 1.5, Suspicion(KnownWhen.BEFORE, "Filled in mostly for one answer: known by then?")
    return _DOUBTFUL if doubtful else None


def _asked(contract: DataContract, target: str) -> list[ColumnContract]:
    return [c for c in contract.columns if c.name != target and c.role not in _NOT_ASKED]


def _ranked(found: dict[str, tuple[float, Suspicion]]) -> dict[str, Suspicion]:
    return {name: suspicion for name, (_, suspicion) in sorted(found.items(), key=lambda item: -item[1][0])}
