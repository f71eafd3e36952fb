"""Nouns of the decision: what to do with an answer, and who may use it for what."""

from datetime import date
from enum import StrEnum

from pydantic import ValidationInfo, field_validator

from engine.domain.base import Noun
from engine.domain.fair import FairnessChoice, GroupThresholds


class PolicyKind(StrEnum):
    """What sets the threshold, or else decides."""

    COSTS = "costs"
    CAPACITY = "capacity"
    MANUAL = "manual"  # a threshold that a person set
    PROPOSED = "proposed"  # nobody set anything: as many are picked as there are real cases (once stored as manual)
    MOST_LIKELY = "most_likely"  # multiclass: the most probable class
    VALUE = "value"  # regression: the number itself


class Answered(Noun):
    """What leaving doubtful cases to a person comes to on rows that set no limit; the errors are as ``Abstention``'s.

    ``interval`` (95 %) is that of ``error_answered``; both are None where nothing is answered.
    """

    rows: int
    answered: int  # of them
    error: float
    error_answered: float | None = None
    interval: tuple[float, float] | None = None
    covered: float | None = None  # for a number: the share of all these rows whose range holds the true one
    covered_interval: tuple[float, float] | None = None  # 95 %
    half_width: float | None = None  # of the range, on average


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
    error_answered: float | None = 0.0  # None: it answers none of them
    rows: int | None = None  # choose rows that this was counted on; older ones do not say
    tested: Answered | None = None  # the same on the test rows; older ones do not say

    @field_validator("error_answered")
    @classmethod
    def _of_none(cls, error: float | None, info: ValidationInfo) -> float | None:
        # Where nothing was answered the error of all rows was once kept in its place.
        return None if info.data.get("abstained") == 1 else error

    @property
    def answered(self) -> int | None:
        """How many of the choose rows it answers; None where it is not known."""
        return None if self.rows is None else round(self.rows * (1 - self.abstained))


class MistakeCosts(Noun):
    """What it costs to say class i where class j is true: ``amounts[i][j]``; to say what is true costs nothing."""

    classes: tuple[str, ...]
    amounts: tuple[tuple[float, ...], ...]


class Policy(Noun):
    """How an answer becomes a decision.

    ``threshold`` applies to the positive class's probability (binary only), ``costs`` to those of several classes: the
    decision is the class whose mistakes are expected to cost the least.
    """

    kind: PolicyKind
    threshold: float | None = None
    yes: str = "act"
    no: str = "do not act"
    cost_wrong_yes: float | None = None
    cost_missed_yes: float | None = None
    costs: MistakeCosts | None = None
    capacity: int | None = None
    batch: int | None = None  # how many cases the capacity is out of; older policies do not say
    abstention: Abstention | None = None  # None: every row is answered
    sentence: str = ""  # what it is expected to bring, in plain words
    group_thresholds: GroupThresholds | None = None  # None: the threshold is the same for everybody
    fairness: FairnessChoice | None = None  # which difference between groups matters here


class Allowed(Noun):
    """The values of one column for which a person allows the model to be used, where they are fewer than it saw.

    Dates are ISO 8601 texts in ``first`` and ``last``; what is None is as in training.
    """

    column: str
    minimum: float | None = None
    maximum: float | None = None
    first: str | None = None
    last: str | None = None
    levels: tuple[str, ...] | None = None


class WhenOver(StrEnum):
    """What a version answers once it is retired or its time is over."""

    FLAG = "flag"  # it answers, and every answer says so
    REFUSE = "refuse"


class UseContract(Noun):
    """What the model is for, what not, who owns it and may act on it, on which cases, until when it may be used."""

    purpose: str = ""
    not_for: str = ""
    owner: str = ""
    may_act: str = ""  # who may act on its answers
    valid_until: date | None = None
    review_on: date | None = None  # when somebody looks at it again
    abstained_to: str = ""  # who handles the cases the model does not answer
    when_over: WhenOver = WhenOver.FLAG
    allowed: tuple[Allowed, ...] = ()  # empty: everything it has learned from

    def gaps(self) -> tuple[str, ...]:
        """Names of the fields nobody filled in."""
        wanted = ("purpose", "not_for", "owner", "may_act", "valid_until", "review_on", "abstained_to")
        return tuple(name for name in wanted if not getattr(self, name))

    def out_of_date(self, today: date) -> str:
        """Say in a sentence what is wrong with its days on ``today``; nothing where they are right or not said."""
        if self.valid_until is not None and self.valid_until < today:
            return f"It was to be used until {self.valid_until}, and that is over."
        if self.review_on is not None and self.review_on < today:
            return f"It was to be looked at again on {self.review_on}, and that is over."
        if self.valid_until is not None and self.review_on is not None and self.review_on > self.valid_until:
            return f"It is looked at again on {self.review_on}, only after its use ends on {self.valid_until}."
        return ""


class Together(Noun):
    """How the counts of a decision table fall on groups of rows that belong together, such as those of one entity.

    Summed over the groups, of each threshold: the squares and products of a group's hits, wrong yeses (flagged, but not
    positive) and rows.
    """

    hits_hits: tuple[float, ...]
    wrong_wrong: tuple[float, ...]
    hits_wrong: tuple[float, ...]
    hits_rows: tuple[float, ...]
    wrong_rows: tuple[float, ...]
    rows_rows: float


class Beside(Noun):
    """A simple way of acting beside every threshold: how many rows it flags, and how many of them are positive.

    ``apart`` is of the differences: what each threshold counts, less what this way does.
    """

    flagged: int
    hits: int
    apart: Together


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
    together: Together | None = None  # None: every row stands for itself
    everybody: Beside | None = None  # acting on all rows; older tables do not say
    today: Beside | None = None  # today's rule; None: there is none, or an older table
