"""Nouns of the question: what is predicted, how it is judged, which rows are spent on what."""

from enum import StrEnum

from pydantic import Field

from engine.domain.base import Noun
from engine.domain.dataset import DataContract, KnownWhen, Role
from engine.domain.outcome import Action, Remedy


class Task(StrEnum):
    """The kind of answer."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class SplitKind(StrEnum):
    """What keeps learn, choose and test rows apart."""

    RANDOM = "random"
    GROUP = "group"
    TIME = "time"
    GROUP_TIME = "group_time"


class SplitRows(Noun):
    """How many rows are spent on what; they add up to the rows that have an answer.

    ``unused`` rows would let a later row of the same entity be recognised, so they are set aside.
    """

    learn: int = 0
    choose: int = 0
    test: int = 0
    unused: int = 0


class Split(Noun):
    """The validation structure and the rows it yields.

    In time the first ``moments`` columns say when a row happened (a date; or year, then month); the others name
    entities.
    """

    kind: SplitKind = SplitKind.RANDOM
    columns: tuple[str, ...] = ()
    moments: int = 1
    keep_together: bool = False  # identical rows stay on one side
    rows: SplitRows = SplitRows()


EVERY = "*"  # in place of a class: whichever it is


class Mistake(Noun):
    """What it costs to say one class where another is true; ``EVERY`` stands for all of them."""

    said: str
    truth: str
    cost: float


class Question(Noun):
    """The question as the analyst words it: for each WHO, when MOMENT, predict the target, so that ACTION."""

    text: str = ""
    who: str = ""
    moment: str = ""
    action: str = ""
    cost_wrong_yes: float | None = Field(default=None, ge=0)
    cost_missed_yes: float | None = Field(default=None, ge=0)
    capacity: int | None = Field(default=None, gt=0)
    costs: tuple[Mistake, ...] = ()  # of several classes; the later one counts, and a mistake not named costs 1
    rule: str | None = None  # today's rule, such as "balance > 1000 and loan == 'no'", or the column that holds it


class Problem(Noun):
    """A question made precise enough to train on. Changing anything makes a new one.

    ``classes`` are the target's values as text, sorted; for binary the positive class is the last.
    ``known`` holds the analyst's and the proposed answers to "known when?"; a column that is not in it counts as
    ``before``, but nobody said so.
    ``remedies`` are the fixes applied so far; the features, rows and split follow from them.
    """

    task: Task
    target: str
    classes: tuple[str, ...] = ()
    positive: str | None = None
    metric: str
    split: Split = Split()
    question: Question = Question()
    sensitive: tuple[str, ...] = ()
    use_sensitive: tuple[str, ...] = ()
    known: dict[str, KnownWhen] = {}
    ignored: tuple[str, ...] = ()
    time: str | None = None
    group: str | None = None
    today: str | None = None  # the column that holds what is done today, where the rule names one
    remedies: tuple[Remedy, ...] = ()
    reasons: tuple[str, ...] = ()
    seed: int = 0

    def dropped(self) -> frozenset[str]:
        """Columns that a remedy took out."""
        taken = {Action.DROP_COLUMNS, Action.WITHHOLD}
        return frozenset(name for remedy in self.remedies if remedy.action in taken for name in remedy.columns)

    def features(self, contract: DataContract) -> tuple[str, ...]:
        """Columns the model may use, in table order.

        Left out: the target, what is done today, ignored and dropped columns, the entity and time columns of the split,
        identifiers and personal data, and sensitive columns unless asked for. A column that the analyst says is known
        only after the decision stays until LK007's remedy drops it, so that nothing vanishes unsaid.
        """
        withheld = {self.target, *self.ignored, *self.dropped(), *self.split.columns}
        withheld |= {c for c in (self.time, self.group, self.today) if c}
        withheld |= set(self.sensitive) - set(self.use_sensitive)
        roles = {Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED}
        return tuple(c.name for c in contract.columns if c.name not in withheld and c.role not in roles)
