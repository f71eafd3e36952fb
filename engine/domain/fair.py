"""Nouns of groups: how they fare, and treating them alike: who is of which group, which threshold is whose."""

from enum import StrEnum

from engine.domain.base import Noun
from engine.domain.dataset import ColumnContract


class GroupKind(StrEnum):
    """How a value leads to a group."""

    VALUE = "value"  # each value is a group; with ``rest`` the others are one together
    BAND = "band"  # numbers, between cuts
    DECADE = "decade"  # dates


class GroupRule(Noun):
    """Which group a value of a column is of; found once, so that a service says what the evidence said.

    ``names`` are the values that make groups, or the bands from the lowest up, one more than ``cuts``. A number on a
    cut is of the band below it where ``upto``, else of the one above.
    """

    kind: GroupKind
    names: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    upto: bool = True
    rest: bool = False


class GroupThresholds(Noun):
    """A threshold for each group of one column; everybody else has the policy's own (yes/no questions only).

    ``column`` is what a request says of it: the model itself need not know it.
    """

    column: ColumnContract
    rule: GroupRule
    thresholds: dict[str, float]


class Harm(StrEnum):
    """Which mistake hurts the people whom the decision is about."""

    PICKED = "picked"  # being picked wrongly, or predicted too high
    MISSED = "missed"  # being missed, or predicted too low
    BOTH = "both"


class FairnessAnswers(Noun):
    """Four answers that lead to the difference that matters."""

    record_is_fair: bool  # what is predicted was measured alike for everybody
    harm: Harm
    scarce: bool  # few can be picked of those who would need it
    group_may_be_used: bool  # when deciding


class FairnessChoice(Noun):
    """The difference between groups that is looked at first, and why."""

    answers: FairnessAnswers
    measure: str
    why: str


class Mitigation(Noun):
    """A way to treat groups more alike, and what it brings on the choose rows, each by thresholds it did not set.

    ``thresholds`` are those found on all choose rows; the intervals are 95 % bootstrap ones.
    """

    thresholds: dict[str, float]
    gap: float  # the largest difference between groups, in the measure that was asked for
    cost: float  # of mistakes per 1,000 rows
    gap_interval: tuple[float, float] | None = None
    cost_interval: tuple[float, float] | None = None
    picked: float | None = None  # share of all rows
    found: float | None = None  # share of the real cases
    label: str = ""  # what it is, where it is more than thresholds
    sentence: str = ""  # its price, in plain words


class Mitigations(Noun):
    """What it costs to pick the groups of one column more alike; the first candidate is one threshold for all.

    ``money`` is False where nobody said what mistakes cost: they count then as a missed yes does, and a wrong yes as
    much as makes the one threshold the right one.
    """

    column: str
    money: bool
    candidates: tuple[Mitigation, ...]
    sentence: str
    measure: str = "demographic_parity_difference"
    rule: GroupRule | None = None  # who is of which group


class Treated(Noun):
    """What the chosen thresholds of groups bring on the test rows, beside the one threshold in their place."""

    column: str
    measure: str
    rows: int
    positives: int
    flagged: int
    hits: int
    gap: float
    gap_interval: tuple[float, float]
    gap_before: float
    cost: float
    cost_interval: tuple[float, float]
    cost_before: float
    money: bool
    sentence: str


class GroupRate(Noun):
    """How one group fares.

    For a regression ``selection_rate`` is the mean prediction and ``error_rate`` the mean absolute error. ``predicted``
    is the mean chance (or value) the model gave, ``came_true`` the share (or mean) that came of it.
    """

    group: str
    rows: int
    selection_rate: float | None
    error_rate: float | None
    interval: tuple[float, float] | None  # of the selection rate
    too_few: bool = False
    predicted: float | None = None
    came_true: float | None = None
    score: float | None = None  # by the problem's metric; None where it has no meaning
    error_interval: tuple[float, float] | None = None
    score_interval: tuple[float, float] | None = None
    rated: str = ""  # of several classes the one that ``selection_rate`` counts; older ones do not say


class Apart(Noun):
    """Two groups that surely differ, and how: ``ratio`` is the lower rate as a share of the higher."""

    lower: str
    higher: str
    difference: float
    interval: tuple[float, float]  # 95 %
    ratio: float


class Fairness(Noun):
    """One measure of one sensitive column, or of two ``columns`` crossed.

    ``value`` and ``interval`` are those of the two groups furthest apart. ``at_least`` is by how much two groups surely
    differ, with all that is compared on the card; ``surely`` are the two furthest apart where these do, else the two of
    which the most is sure. ``ratio`` is the lowest rate as a share of the highest.
    """

    column: str
    columns: tuple[str, ...] = ()  # the two that are crossed; empty for one column
    measure: str  # "demographic_parity_difference", "equalized_odds_difference", "mean_prediction_difference", ...
    value: float
    interval: tuple[float, float] | None
    at_least: float = 0.0
    surely: Apart | None = None  # also None in what was compared before it was kept
    ratio: float | None = None
    groups: tuple[GroupRate, ...]
    sentence: str = ""
