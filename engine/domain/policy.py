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


class Abstention(Noun):
    """Which answers stay possible, so that the true one is among them for a share of ``coverage``.

    Class k is possible where 1 - its probability is at most ``limits[k]``. A regression has ranges instead:
    ``widths[b]`` is the half width for predictions in the part b that the inner ``edges`` make, and ranges with a half
    width above ``widest`` are not accepted.
    """

    coverage: float
    limits: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    widths: tuple[float, ...] = ()
    widest: float | None = None
    abstained: float = 0.0  # share of the choose rows left to a person
    error: float = 0.0  # of all choose rows: share of wrong best guesses, or the mean absolute error
    error_answered: float = 0.0


class Policy(Noun):
    """How an answer becomes a decision. ``threshold`` applies to the positive class's probability (binary only)."""

    kind: PolicyKind
    threshold: float | None = None
    yes: str = "act"
    no: str = "do not act"
    cost_wrong_yes: float | None = None
    cost_missed_yes: float | None = None
    capacity: int | None = None
    abstention: Abstention | None = None  # None: every row is answered
    sentence: str = ""  # what it is expected to bring, in plain words


class WhenOver(StrEnum):
    """What a version answers once it is retired or its time is over."""

    FLAG = "flag"  # it answers, and every answer says so
    REFUSE = "refuse"


class UseContract(Noun):
    """What the model is for, what not, who owns it, until when it may be used."""

    purpose: str = ""
    not_for: str = ""
    owner: str = ""
    valid_until: date | None = None
    abstained_to: str = ""  # who handles the cases the model does not answer
    when_over: WhenOver = WhenOver.FLAG

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
