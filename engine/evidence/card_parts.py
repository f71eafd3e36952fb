"""What stands on a card, part by part: plain texts and bar lengths. Its documents name these fields."""

from dataclasses import dataclass

from engine.domain.card import Card

Facts = list[tuple[str, str]]  # what it is, and what is said of it


@dataclass(frozen=True)
class Bar:
    """The model, or a simpler way, by its score; an interval's ends where it has one."""

    label: str
    value: str
    length: float
    compared: str
    rule: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Score:
    """How good it is: a bar for the model, then one for each simpler way."""

    metric: str
    direction: str
    start: str
    bars: list[Bar]
    width: int
    simple: str
    learn: str
    typical: str
    honest: str


@dataclass(frozen=True)
class Measure:
    """Another measure of the same rows."""

    label: str
    value: str
    interval: str


@dataclass(frozen=True)
class Truth:
    """The rows of which one class is true, by what was predicted."""

    truth: str
    counts: list[str]
    rows: str


@dataclass(frozen=True)
class Counted:
    """Answers against truth, and what counted as which answer."""

    classes: tuple[str, ...]
    rows: list[Truth]
    caption: str


@dataclass(frozen=True)
class Weak:
    """A part of the data in which it is weaker than elsewhere."""

    where: str
    sentence: str
    rows: str
    metric: str
    there: str
    elsewhere: str


@dataclass(frozen=True)
class Counts:
    """How much a column counts, with a bar and an interval's ends where it has one."""

    column: str
    share: str
    interval: str
    moves: str
    length: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Point:
    """How an answer moves at one value of a column."""

    at: str
    mean: str
    spread: str
    rows: str


@dataclass(frozen=True)
class Moved:
    """How an answer moves with a column."""

    column: str
    sentence: str
    points: list[Point]


@dataclass(frozen=True)
class Group:
    """How one group fares."""

    group: str
    rows: str
    rate: str
    interval: str
    error: str
    predicted: str
    came_true: str
    score: str
    too_few: bool


@dataclass(frozen=True)
class Judged:
    """How the groups of one column fare: what is told first, and what is told besides."""

    column: str
    sentences: list[str]
    more: list[str]
    head: list[str]  # what stands above the groups' figures
    groups: list[Group]


@dataclass(frozen=True)
class Measured:
    """What was measured on the test rows."""

    score: Score
    others: list[Measure]
    confusion: Counted | None
    slices: list[Weak]
    unexplained: str
    importance: list[Counts]
    related: list[str]
    effects: list[Moved]
    background: str
    fairness: list[Judged]
    compared_at: str


@dataclass(frozen=True)
class Valid:
    """What a valid row holds in one column."""

    name: str
    type: str
    missing: str
    allowed: str


@dataclass(frozen=True)
class Check:
    """A finding, or a check that could not be done; ``reason`` says why it was kept."""

    code: str
    title: str
    word: str
    columns: str
    problem: str
    reason: str


@dataclass(frozen=True)
class Way:
    """One way to leave cases to a person, cell by cell."""

    chosen: bool
    cells: list[str]


@dataclass(frozen=True)
class Abstaining:
    """What leaving cases to a person brings, for each coverage that can be chosen; ``note`` is about them all."""

    head: list[str]
    rows: list[Way]
    note: str


@dataclass(frozen=True)
class Test:
    """A test of the ML Test Score."""

    title: str
    done: str
    said: str


@dataclass(frozen=True)
class Section:
    """One of the four sections of the ML Test Score."""

    name: str
    points: str
    tests: list[Test]


@dataclass(frozen=True)
class Ready:
    """How ready it is."""

    score: str
    says: str
    weakest: str
    source: str
    sections: list[Section]


@dataclass(frozen=True)
class Reviewed:
    """What a reviewer, or the builder in answer, said."""

    decision: str
    by: str
    note: str
    at: str
    accepted: list[str]
    by_builder: bool


@dataclass(frozen=True)
class Tried:
    """A model of the training."""

    model: str
    score: str
    speed: str
    size: str
    chosen: bool


@dataclass(frozen=True)
class CardView:
    """Everything that a card's documents name; ``identity`` is what tells one version from another of the same kind."""

    card: Card
    gaps: tuple[str, ...]
    identity: Facts
    facts_of_data: Facts
    changes: Facts
    use: Facts
    question: Facts
    columns: list[Valid]
    checks: list[Check]
    passed: int
    measured: Measured
    decision: Facts
    abstaining: Abstaining | None
    readiness: Ready
    reviews: list[Reviewed]
    making: Facts
    leaderboard: list[Tried]
