"""What the tests of the ML Test Score share: a title, who knows, and what tells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.domain.card import Card, Done
from engine.domain.outcome import Outcome, Verdict


@dataclass(frozen=True)
class Found:
    """How far a test is done, and the evidence in a sentence."""

    done: Done
    said: str


@dataclass(frozen=True)
class Test:
    """One test. Where it is ``asked``, ``found`` says only what the program can add to a person's answer."""

    __test__ = False  # no test of pytest's

    title: str
    found: Callable[[Card], Found]
    asked: bool = False


def ask(title: str, hint: str) -> Test:
    """Return a test that only a person can answer."""
    return Test(title, lambda _: Found(Done.NOT_YET, hint), asked=True)


def told(good: bool, said: str) -> Found:
    """Return what evidence tells that is made anew for every model."""
    return Found(Done.AUTOMATED if good else Done.NOT_DONE, said)


def waits(said: str) -> Found:
    """Return that there is no evidence yet."""
    return Found(Done.NOT_YET, said)


def checks(card: Card, wanted: Iterable[str]) -> tuple[Outcome, ...]:
    """Return what the guardrails said whose code begins with one of ``wanted``, where they had something to look at."""
    wanted = tuple(wanted)
    return tuple(o for o in card.outcomes if o.code.startswith(wanted) and o.verdict is not Verdict.NOT_APPLICABLE)


def by_checks(card: Card, wanted: Iterable[str], *, about: str, notes: bool = False) -> Found:
    """Tell by guardrails: done where all ran and nothing is open, by hand where a person gave a reason for what is.

    Parameters
    ----------
    wanted : iterable of str
        Beginnings of codes.
    about : str
        What they look for, after "checks".
    notes : bool, default False
        Whether findings that are only notes count too.
    """
    found = checks(card, wanted)
    ran = [o for o in found if o.verdict is not Verdict.COULD_NOT_RUN]
    if not ran:
        return waits(f"None of the checks {about} has looked.")
    codes = len({o.code for o in found})
    failed = sorted({o.code for o in found if o.verdict is Verdict.COULD_NOT_RUN})
    if failed:
        return told(good=False, said=f"{_of(failed, codes, about)} could not run.")
    flagged = [o for o in ran if o.verdict is Verdict.FLAGGED and (notes or o.severity != "note")]
    accepted = (*card.overrides, *(a for review in card.reviews for a in review.accepted))
    still = sorted({o.code for o in flagged if not any(a.covers(o) for a in accepted)})
    if still:
        return told(good=False, said=f"{_of(still, codes, about)} found something that is still open.")
    if flagged:
        kept = sorted({o.code for o in flagged})
        return Found(Done.BY_HAND, f"{_of(kept, codes, about)} found something that a person accepted with a reason.")
    return told(good=True, said=f"{codes} {'check' if codes == 1 else 'checks'} {about} ran and found nothing open.")


def _of(codes: list[str], many: int, about: str) -> str:
    said = " and ".join([part for part in (", ".join(codes[:-1]), codes[-1]) if part])
    return f"Of {many} {'check' if many == 1 else 'checks'} {about}, {said}"
