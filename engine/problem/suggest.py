"""Proposals before the question stands: what could be predicted, when columns are known, what is sensitive."""

import pandas as pd

from engine.data.roles import sensitive
from engine.domain.dataset import NUMERIC, Column, ColumnType, DataContract, KnownWhen, Profile, Role
from engine.problem.answers import MOST_CLASSES
from engine.problem.smells import surely_after
from engine.problem.words import tokens, vocabulary

_TARGET_WORDS = vocabulary(
    "target label outcome result response class churn churned default deposit survived success fraud bought converted"
    " cancelled canceled sold won lost quality price sales demand cnt count y ziel ergebnis résultat resultado"
)
_FEW = 10


def targets(profile: Profile, contract: DataContract) -> tuple[str, ...]:
    """Return the columns that could be predicted, most plausible first; identifiers and constants are left out."""
    scored = [
        (_plausibility(column, last=column is profile.columns[-1]), -position, column.name)
        for position, column in enumerate(profile.columns)
        if _possible(column, contract.column(column.name).role)
    ]
    return tuple(name for _, _, name in sorted(scored, reverse=True))


def _possible(column: Column, role: Role) -> bool:
    if role in {Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED} or column.distinct < 2:
        return False
    return column.type in NUMERIC or (column.type is not ColumnType.DATETIME and column.distinct <= MOST_CLASSES)


def _plausibility(column: Column, *, last: bool) -> float:
    named = bool(_TARGET_WORDS.intersection(tokens(column.name)))
    score = 3.0 * named + 2.0 * last
    score += 1.0 if column.distinct == 2 else 0.5 if column.distinct <= _FEW else 0.0
    return score - column.missing_rate


def suggest_known(contract: DataContract) -> dict[str, KnownWhen]:
    """Return the columns whose names alone say that they are written after the decision."""
    return {name: KnownWhen.AFTER for name in contract.names if surely_after(name)}


def suggest_sensitive(contract: DataContract, frame_head: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that hold, or look like, a sensitive attribute; ``frame_head`` needs a few hundred rows."""
    names = [name for name in contract.names if name in frame_head.columns]
    return tuple(name for name in names if sensitive(name, frame_head[name]))
