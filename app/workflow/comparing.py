"""Compare two versions: what changed between them, and whether one is surely better on the same rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workflow import judging, registry
from app.workflow.home import Home
from app.workflow.origin import Facts
from app.workflow.views import VersionView
from engine.domain.outcome import Gate, open_blockers
from engine.domain.version import Stage
from store import db, models
from store import tables as rows_

if TYPE_CHECKING:
    from engine.domain.card import Card
    from engine.evidence.card_parts import Check
    from engine.evidence.held import Faced

NOTHING = "—"
STRONGEST = 8  # columns whose part in the answers is compared


@dataclass(frozen=True)
class Line:
    """One thing of both versions, in words."""

    what: str
    ours: str
    theirs: str

    @property
    def changed(self) -> bool:
        """Whether it differs."""
        return self.ours != self.theirs


@dataclass(frozen=True)
class Compared:
    """Two versions side by side: titled parts, a sentence about the score, and how it was told (None: it was not)."""

    ours: str
    theirs: str
    parts: tuple[tuple[str, tuple[Line, ...]], ...]
    score: str
    faced: "Faced | None"

    @property
    def changes(self) -> int:
        """How many things differ."""
        return sum(line.changed for _, lines in self.parts for line in lines)


def other(home: Home, shown: VersionView) -> str | None:
    """Return the version that one is best compared with: the live one, else the one before it; None for the first."""
    rows = _siblings(home, shown)
    live = next((row.reference for row in rows if row.stage == Stage.LIVE), None)
    return live or next((row.reference for row in rows if row.number < shown.number), None)


def others(home: Home, shown: VersionView) -> list[str]:
    """Return the other versions of the same model, newest first."""
    return [row.reference for row in _siblings(home, shown)]


def _siblings(home: Home, shown: VersionView) -> list[rows_.Version]:
    with db.reading(home.engine) as session:
        return [row for row in models.meant(session=session, reference=shown.name) if row.number != shown.number]


def compare(home: Home, reference: str, with_: str) -> Compared:
    """Put two versions side by side.

    Raises
    ------
    NotFound
        If there is no such model or version.
    TamperedArtifact
        If the files of one of them are not what was sealed.
    """
    ours, theirs = registry.show(home, reference), registry.show(home, with_)
    cards = registry.card_of(ours), registry.card_of(theirs)
    faced = _faced(home, ours, theirs)
    parts = tuple((title, tuple(_lines(*sides))) for title, *sides in _parts(*cards))
    return Compared(ours.reference, theirs.reference, parts, _score(cards, faced), faced)


def _faced(home: Home, ours: VersionView, theirs: VersionView) -> "Faced | None":
    from engine.evidence.held import face, held

    mine, its = ours.problem, theirs.problem
    same = (mine.dataset_id, mine.problem.target, mine.problem.metric, mine.problem.classes) == (
        *(its.dataset_id, its.problem.target, its.problem.metric, its.problem.classes),
    )
    if not same or ours.run.fitted is None or theirs.run.fitted is None:
        return None
    runs = [view.run for view in (ours, theirs)]
    kept = [held(judging.sealed(home, run.id, to_open=False), run.fitted.chosen) for run in runs if run.fitted]
    return face(kept[0], kept[1], mine.problem) if kept[0] is not None and kept[1] is not None else None


def _score(cards: "tuple[Card, Card]", faced: "Faced | None") -> str:
    from engine.problem.metric import METRICS, label_of
    from engine.problem.words import alike, between

    ours, theirs = (card.evidence.score for card in cards)
    if faced is None:
        one, two = alike(ours.value, beside=[theirs.value])
        by = [label_of(score.metric) for score in (ours, theirs)]
        return f"{cards[0].model} scores {one} ({by[0]}), {cards[1].model} {two} ({by[1]}). {_why_apart(*cards)}."
    one, two = alike(faced.ours.value, beside=[faced.theirs.value])
    metric, (low, high) = METRICS[faced.ours.metric], faced.difference
    said = (
        f"On the same {faced.ours.rows:,} test rows {cards[0].model} scores {one} and {cards[1].model} {two} "
        f"({metric.label}, {'higher' if metric.greater_is_better else 'lower'} is better)."
    )
    if low <= 0 <= high:
        down, up = alike(-low, beside=[high], digits=2)
        span = f"{cards[0].model} lies between {down} worse and {up} better"
        return f"{said} That is no difference beyond chance: {span} (95 % interval)."
    word = "better" if low > 0 else "worse"
    least, most = sorted((abs(low), abs(high)))
    ahead = cards[0] if low > 0 else cards[1]
    return f"{said} It is surely {word}, by {between(least, most, 2)} (95 % interval).{_but(ahead)}"


def _why_apart(ours: "Card", theirs: "Card") -> str:
    """Say why two scores are not those of the same rows, or of the same measure."""
    one, two = ours.problem, theirs.problem
    if one.metric != two.metric:
        return "They are judged by different measures: these figures cannot be compared"
    if (ours.dataset.id, one.target) != (theirs.dataset.id, two.target):
        why = "The tables or the questions differ, so the test rows do"
    elif one.classes != two.classes:
        why = "What counts as a yes differs" if sorted(one.classes) == sorted(two.classes) else "The classes differ"
    else:
        why = "Their answers on the same rows were not kept, or are too few"
    return f"{why}: compare these figures with care"


def _but(ahead: "Card") -> str:
    """Say why a version that is ahead may only look so: it was trained in spite of a finding."""
    codes = sorted({o.code for o in open_blockers(ahead.outcomes, (), Gate.TRAINING)})
    return f" But the checks say Stop of {ahead.model} ({', '.join(codes)}): it may only look better." if codes else ""


def _parts(ours: "Card", theirs: "Card") -> Iterator[tuple[str, Facts, Facts]]:
    from engine.evidence.card_view import view

    one, two = view(ours, ours.gaps), view(theirs, theirs.gaps)
    yield "The table", _table(ours, one.facts_of_data), _table(theirs, two.facts_of_data)
    yield "The question", one.question, two.question
    yield "What it leans on", _leans(ours, theirs), _leans(theirs, ours)
    yield "How groups fare", _groups(ours), _groups(theirs)
    yield "What the checks found", _checks(one.checks), _checks(two.checks)
    yield "How it decides", one.decision, two.decision
    yield "Who may use it for what", one.use, two.use


def _lines(ours: Facts, theirs: Facts) -> Iterator[Line]:
    one, two = dict(ours), dict(theirs)
    for name in dict.fromkeys((*one, *two)):
        yield Line(name, one.get(name) or NOTHING, two.get(name) or NOTHING)


def _table(card: "Card", facts: Facts) -> Facts:
    columns = card.contract.names
    return [*facts, ("Columns it learned from", f"{len(columns)}: {', '.join(sorted(columns))}")]


def _leans(card: "Card", beside: "Card") -> Facts:
    """Return the part of the columns that count most in either version; of one that explains nothing, why."""
    from engine.evidence.card_measured import unexplained
    from engine.problem.words import percent

    if why := unexplained(card.evidence):
        return [("No reasons", why)]

    def first(of: "Card") -> list[str]:
        return [i.column for i in sorted(of.evidence.importance, key=lambda i: -i.share)[:STRONGEST]]

    shares = {i.column: i.share for i in card.evidence.importance}
    wanted = sorted({*first(card), *first(beside)}, key=lambda c: (-shares.get(c, 0.0), c))
    return [(column, percent(shares[column])) for column in wanted if column in shares]


def _groups(card: "Card") -> Facts:
    from engine.policy.fair_measure import WORDS

    return [(f"{f.column}: {WORDS[f.measure]}", _measured(f.value, f.interval)) for f in card.evidence.fairness]


def _measured(value: float, interval: tuple[float, float] | None) -> str:
    from engine.problem.words import alike

    said, *ends = alike(value, *(interval or ()))
    return f"{said} ({' to '.join(ends)})" if ends else said


def _checks(checks: Iterable["Check"]) -> Facts:
    return [
        (f"{c.code} {c.columns}".strip(), c.word + (f"; kept, because: {c.reason}" if c.reason else "")) for c in checks
    ]
