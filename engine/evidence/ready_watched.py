"""ML Test Score, monitoring: whether somebody, or something, notices when the model stops being good."""

from itertools import chain
from math import isfinite

from engine.domain.card import Card
from engine.domain.policy import WhenOver
from engine.evidence.ready_base import Found, Test, ask, told, waits
from engine.problem.words import rounded

_RELEASE = "Begins with the release."


def _invariants(card: Card) -> Found:
    columns = len(card.problem.features(card.contract))
    if card.verification is None:
        return waits(_RELEASE)
    return told(good=True, said=f"The service holds every row against the ranges and levels of its {columns} columns.")


def _skew(card: Card) -> Found:
    proof = card.verification
    if proof is None:
        return waits(_RELEASE)
    off = rounded(proof.largest_difference) if proof.largest_difference else "0"
    return told(
        good=proof.passed,
        said=f"The same {proof.rows:,} rows through training's and the service's way: answers differ by at most {off}.",
    )


def _fresh(card: Card) -> Found:
    until, today = card.use.valid_until, card.as_of or card.created.date()
    if until is None:
        return waits("Nobody has said until when it may be used.")
    if today > until:
        return told(good=False, said=f"It was to be used until {until}; that is over.")
    if card.use.review_on is not None and today > card.use.review_on:
        return told(good=False, said=f"It was to be looked at again on {card.use.review_on}; nobody has.")
    then = "it refuses" if card.use.when_over is WhenOver.REFUSE else "every answer says that it has expired"
    return told(good=True, said=f"It may be used until {until}; after that {then}.")


def _stable(card: Card) -> Found:
    evidence = card.evidence
    figures = list(
        chain(
            (e.value for e in (evidence.score, *evidence.others)),
            (b.value for b in evidence.baselines),
            (i.value for i in evidence.importance),
            (r.explanation.value for r in evidence.explained),
            (row.score for row in card.fitted.leaderboard),
        )
    )
    bad = sum(not isfinite(figure) for figure in figures)
    if bad:
        return told(good=False, said=f"{bad} of {len(figures)} figures on this card are no numbers.")
    return told(good=True, said=f"All {len(figures)} figures of its scores, reasons and models are finite numbers.")


TESTS: tuple[Test, ...] = (
    ask("Somebody hears when a source changes", "When a system that fills the columns changes what it writes."),
    Test("Incoming rows are held against what is expected", _invariants),
    Test("The service computes what training did", _skew),
    Test("It is not used for too long", _fresh),
    Test("Its figures are sound numbers", _stable),
    ask("It has not become slower", "Answers a second, memory and training time against the version before."),
    ask("Its answers have not become worse", "Compare what it said with what then happened, again and again."),
)
