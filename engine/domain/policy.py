"""Nouns of the decision: what to do with an answer, and who may use it for what."""

from datetime import date
from enum import StrEnum

from engine.domain.base import Noun


class PolicyKind(StrEnum):
    """What set the threshold."""

    COSTS = "costs"
    CAPACITY = "capacity"
    MANUAL = "manual"
    MOST_LIKELY = "most_likely"  # multiclass: the most probable class
    VALUE = "value"  # regression: the number itself


class Policy(Noun):
    """How an answer becomes a decision. ``threshold`` applies to the positive class's probability (binary only)."""

    kind: PolicyKind
    threshold: float | None = None
    yes: str = "act"
    no: str = "do not act"
    cost_wrong_yes: float | None = None
    cost_missed_yes: float | None = None
    capacity: int | None = None
    sentence: str = ""  # what it is expected to bring, in plain words


class UseContract(Noun):
    """What the model is for, what not, who owns it, until when it may be used."""

    purpose: str = ""
    not_for: str = ""
    owner: str = ""
    valid_until: date | None = None
    abstained_to: str = ""  # who handles the cases the model does not answer

    def gaps(self) -> tuple[str, ...]:
        """Names of the fields nobody filled in."""
        return tuple(
            name for name in ("purpose", "not_for", "owner", "valid_until", "abstained_to") if not getattr(self, name)
        )


class DecisionTable(Noun):
    """What every threshold would bring, counted on rows that were not learned from (binary only).

    For the probability threshold ``thresholds[i]`` (ascending), ``flagged[i]`` rows would be acted on, of which
    ``hits[i]`` are truly positive. ``rows`` and ``positives`` count all rows.
    """

    thresholds: tuple[float, ...]
    flagged: tuple[int, ...]
    hits: tuple[int, ...]
    rows: int
    positives: int
