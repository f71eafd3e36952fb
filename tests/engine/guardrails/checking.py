"""Run one guardrail on a frame."""

from typing import Any

import pandas as pd

from engine.domain.dataset import Role
from engine.domain.outcome import Outcome, Verdict
from engine.domain.problem import Problem
from engine.guardrails.base import Table
from engine.guardrails.run import run
from engine.problem.formulate import formulate
from engine.problem.remedies import apply_all
from tests.engine.tables import described


def table(frame: pd.DataFrame, roles: dict[str, Role] | None = None) -> Table:
    contract, profile = described(frame, **(roles or {}))
    return Table(frame, contract, profile)


def check(
    code: str, frame: pd.DataFrame, target: str = "bought", roles: dict[str, Role] | None = None, **options: Any
) -> tuple[Outcome, ...]:
    """The outcomes of one code."""
    tested = table(frame, roles)
    return run(tested, formulate(tested.contract, tested.profile, target=target, **options), only={code})


def flagged(outcomes: tuple[Outcome, ...]) -> dict[str, Outcome]:
    """What was flagged, by the columns' names."""
    return {" ".join(o.columns): o for o in outcomes if o.verdict is Verdict.FLAGGED}


def fixed(
    frame: pd.DataFrame, outcomes: tuple[Outcome, ...], target: str = "bought", roles: dict[str, Role] | None = None
) -> tuple[Problem, tuple[Outcome, ...]]:
    """The problem with the remedies applied, and what the same guardrails say then."""
    tested = table(frame, roles)
    problem = apply_all(formulate(tested.contract, tested.profile, target=target), outcomes)
    return problem, run(tested, problem, only={o.code for o in outcomes})
