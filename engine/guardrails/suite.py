"""Every guardrail that needs no model."""

from engine.guardrails.base import Guardrail
from engine.guardrails.data import EmptyColumns, EnoughRows, IdenticalRows, RareAnswers
from engine.guardrails.data_contradictions import Contradictions
from engine.guardrails.data_missing import StandsForMissing
from engine.guardrails.data_mixed import MixedValues
from engine.guardrails.fairness import SensitiveAttributes
from engine.guardrails.fairness_groups import SmallGroups, StandsIn
from engine.guardrails.leakage import StrongColumns
from engine.guardrails.leakage_after import KnownAfter
from engine.guardrails.leakage_copies import Copies
from engine.guardrails.leakage_gaps import MissingValues
from engine.guardrails.leakage_order import IdentifierOrder
from engine.guardrails.leakage_rows import RepeatedEntities, SharedRows
from engine.guardrails.leakage_time import OrderInTime
from engine.guardrails.usage import PersonalData, SensitiveField, UseGaps

GUARDRAILS: tuple[Guardrail, ...] = (
    EnoughRows(),
    IdenticalRows(),
    EmptyColumns(),
    StandsForMissing(),
    Contradictions(),
    RareAnswers(),
    MixedValues(),
    Copies(),
    StrongColumns(),
    MissingValues(),
    IdentifierOrder(),
    RepeatedEntities(),
    OrderInTime(),
    KnownAfter(),
    SharedRows(),
    SensitiveAttributes(),
    StandsIn(),
    SmallGroups(),
    SensitiveField(),
    UseGaps(),
    PersonalData(),
)
