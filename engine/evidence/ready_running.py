"""ML Test Score, infrastructure: whether the way from the table to the service can be repeated, followed, undone."""

from engine.domain.card import Card, Done
from engine.domain.outcome import Verdict
from engine.domain.service import Form
from engine.evidence.ready_base import Found, Test, ask, by_checks, checks, told, waits
from engine.problem.words import rounded

_CALLED = {Form.SERVICE: "service", Form.WHEEL: "package"}
REPRODUCED = "infrastructure_1"  # what `reproduce` writes down


def _repeatable(card: Card) -> Found:
    found = next((a for a in reversed(card.answers) if a.test == REPRODUCED), None)
    if found is None:
        return waits("Nobody has trained it again from its record; the command handrail reproduce does.")
    return Found(found.done, f"{found.note} Asked for by {found.by} on {found.at:%Y-%m-%d}.")


def _specified(card: Card) -> Found:
    found = checks(card, ("DA", "LK"))
    failed = sorted({o.code for o in found if o.verdict is Verdict.COULD_NOT_RUN})
    codes = len({o.code for o in found})
    if not found:
        return waits("The question was not checked.")
    if failed:
        return told(good=False, said=f"Of {codes} checks of the question and its rows, {', '.join(failed)} failed.")
    return told(good=True, said=f"{codes} checks test the question, its columns and its split before every training.")


def _whole(card: Card) -> Found:
    proof = card.verification
    if proof is None:
        return waits("The release tests it: it runs the whole way in a clean process.")
    return told(
        good=proof.passed,
        said=f"The released {_CALLED[proof.form]} was loaded in a clean process and answered {proof.rows:,} rows"
        + (" as the model does." if proof.passed else " differently from the model."),
    )


def _validated(card: Card) -> Found:
    return by_checks(card, ("EV001", "EV002", "EV003", "EV004", "EV006"), about="of its quality")


def _traceable(card: Card) -> Found:
    rows = card.evidence.explained
    if not rows:
        return waits("No single answer was explained.")
    off = max(abs(r.explanation.base + sum(r.explanation.contributions.values()) - r.explanation.value) for r in rows)
    return told(
        good=off < 1e-6,
        said=f"Every answer can be followed column by column; {len(rows)} were, and add up "
        + ("to the answer." if off < 1e-6 else f"to {rounded(off)} beside it."),
    )


def _undone(card: Card) -> Found:
    if not card.earlier:
        return waits("There is no earlier released version to go back to.")
    return told(good=True, said=f"{card.earlier[-1]} is kept, sealed and ready to be live again.")


TESTS: tuple[Test, ...] = (
    Test("Training it again gives the same model", _repeatable),
    Test("The question is tested before it is trained on", _specified),
    Test("The whole way to the service is tested", _whole),
    Test("Its quality is checked before it may be used", _validated),
    Test("A single answer can be followed step by step", _traceable),
    ask("It is tried on a few cases first", "On a part of the cases, or for some weeks beside today's way."),
    Test("It can be taken back", _undone),
)


def reproduced(rows: int, largest: float | None, *, same: bool) -> tuple[Done, str]:
    """Return how far training again is done, and what came of it: by hand, for somebody asked for it."""
    if largest is None:
        return Done.NOT_DONE, "Training again did not make this model."
    apart = "the same answers" if same else f"answers that differ by up to {rounded(largest)}"
    return (Done.BY_HAND if same else Done.NOT_DONE), f"Training again gave {apart} on {rows:,} rows."
