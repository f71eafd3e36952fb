"""From a made-up table and a function that stands for a model to its card, as the product goes."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.workflow import judging
from app.workflow.training import Material, material
from engine.domain.card import Card
from engine.domain.problem import Problem, Task
from engine.evidence.card import gaps
from engine.guardrails.evaluation import judged
from engine.policy.decision import decide
from engine.problem.formulate import formulate
from tests.engine.evidence.cards import make
from tests.engine.tables import described

Model = Callable[[pd.DataFrame], NDArray[np.float64]]


@dataclass(frozen=True)
class Made:
    """A card, and what it was made from."""

    card: Card
    rows: Material
    foreseen: NDArray[np.float64]
    answers: NDArray[np.float64]


def rows_of(frame: pd.DataFrame, **asked: object) -> Material:
    """The rows of a question about a table, spent as the product spends them."""
    contract, profile = described(frame)
    return material(frame, contract, formulate(contract, profile, **asked))


def card_of(rows: Material, model: Model) -> Made:
    """The card of a model that was judged on those rows."""
    foreseen, answers = (model(part[list(rows.features)]) for part in (rows.choose, rows.test))
    evidence, tables, kept = judging.judge(SimpleNamespace(predict=model, recalibration=None), foreseen, rows)
    problem: Problem = rows.problem
    policy = decide(tables.get("choose"), problem, choose=kept[0] if kept else None)
    card = make(
        problem=problem,
        contract=rows.contract,
        evidence=evidence,
        outcomes=judged(evidence),
        policy=policy,
        policy_on_test=tables.get("test"),
    )
    return Made(card.model_copy(update={"gaps": gaps(card)}), rows, foreseen, answers)


def chances(task: Task, p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances of two or three classes, or a number, that rise with ``p`` (0 to 1)."""
    if task is Task.REGRESSION:
        return 100 * p
    if task is Task.MULTICLASS:
        return np.column_stack([1 - p, 0.7 * p, 0.3 * p])
    return np.column_stack([1 - p, p])
