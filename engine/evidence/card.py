"""The model card: values in, document out, and its gaps are visible."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine.domain.card import Card
from engine.domain.outcome import Severity, Verdict
from engine.evidence.card_view import view
from engine.evidence.cyclonedx import to_cyclonedx
from engine.problem.words import quoted

__all__ = ["gaps", "to_cyclonedx", "to_html", "to_markdown"]

_USE_GAPS = {
    "purpose": "Nobody has written down what the model is for.",
    "not_for": "Nobody has written down what the model must not be used for.",
    "owner": "The model has no owner.",
    "may_act": "Nobody has said who may act on its answers.",
    "valid_until": "Nobody has said until when the model may be used.",
    "review_on": "Nobody has said when the model is looked at again.",
    "abstained_to": "Nobody is named who handles the cases the model does not answer.",
}
NOT_REVIEWED = "Nobody has reviewed this version."
_MARKS = re.compile(r"([\\`*_\[\]<>|#~&])")
_STARTS = re.compile(r"^(\s*)([-+](?=\s|$)|\d+(?=[.)](?:\s|$)))")


def gaps(card: Card) -> tuple[str, ...]:
    """Say what only a person can still fill in, or has not looked at: one sentence each, empty if nothing is left."""
    found = [_USE_GAPS[name] for name in card.use.gaps()]
    if said := card.use.out_of_date(card.as_of or card.created.date()):
        found.append(said)
    if not card.problem.question.moment:
        found.append("Nobody has said when the decision is made.")
    found.extend(_open_checks(card))
    if not card.evidence.fairness:
        found.append("No sensitive column was judged, so nobody knows how groups fare.")
    found.extend(f.sentence for f in card.evidence.fairness if f.interval is None)
    found.extend(_review_gaps(card))
    return tuple(dict.fromkeys(found))


def to_html(card: Card) -> str:
    """Return the card as one self-contained HTML page: no script, nothing loaded from elsewhere."""
    return _html().get_template("card.html").render(_named(card))


def to_markdown(card: Card) -> str:
    """Return the card as Markdown; names and values of users are shown literally."""
    text = _markdown().get_template("card.md").render(_named(card))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _named(card: Card) -> dict[str, object]:
    """Return what the templates name, part by part."""
    shown = view(card, gaps(card))
    return {**vars(shown), **vars(shown.measured)}


def escape_markdown(value: object) -> object:
    """Return a value as text in which no character means anything to Markdown."""
    if value is None:
        return ""
    text = _MARKS.sub(r"\\\1", " ".join(str(value).split()))
    text = _STARTS.sub(lambda m: f"{m[1]}{m[2]}\\" if m[2].isdigit() else f"{m[1]}\\{m[2]}", text)
    return text.replace("://", "\\://").replace("www.", "www\\.")


@cache
def _html() -> Environment:
    return Environment(
        loader=PackageLoader("engine.evidence"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _markdown() -> Environment:
    # Not HTML: every expression goes through the Markdown escape instead, so nothing is left out by mistake.
    return Environment(
        loader=PackageLoader("engine.evidence"),
        autoescape=False,  # noqa: S701
        finalize=escape_markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _open_checks(card: Card) -> list[str]:
    found = []
    # What an earlier review accepted and a later one returned has to be accepted again.
    kept = (*card.overrides, *(card.reviews[-1].accepted if card.reviews else ()))
    for outcome in card.outcomes:
        about = f" ({', '.join(quoted(c) for c in outcome.columns[:3])})" if outcome.columns else ""
        overridden = any(override.covers(outcome) for override in kept)
        if outcome.verdict is Verdict.COULD_NOT_RUN:
            found.append(f"{outcome.code} could not be checked: {outcome.title}{about}.")
        elif outcome.verdict is Verdict.FLAGGED and outcome.severity is not Severity.NOTE and not overridden:
            found.append(f"{outcome.code} is open: {outcome.title}{about}.")
    return found


def _review_gaps(card: Card) -> list[str]:
    last = card.reviews[-1] if card.reviews else None
    if last is None or last.decision == "answered":
        return [NOT_REVIEWED]
    if last.decision != "approved":
        return ["The reviewer sent this version back."]
    return ["Reviewed by its builder: nobody else has looked."] if last.by_builder else []
