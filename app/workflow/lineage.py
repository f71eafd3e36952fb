"""Lineage: the life of a version as moments in order, and which version took a decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.workflow import collecting
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.card import ReviewEntry
from engine.domain.version import Stage
from engine.errors import NotFound
from engine.problem.words import counted
from store import db, decisions, problems, record

TABLE, QUESTION, REASON, TRAINING, VERSION = "table", "question", "reason", "training", "version"
REVIEW, STAGE, RELEASE, DECISIONS = "review", "stage", "release", "decisions"


@dataclass(frozen=True)
class Moment:
    """Something that happened to a version or to what it was made of, in a plain sentence, and who did it."""

    at: datetime  # UTC, without zone
    kind: str
    said: str
    by: str = ""


def life(home: Home, shown: VersionView) -> tuple[Moment, ...]:
    """Return what happened to a version, oldest first: from its table to its end."""
    with db.reading(home.engine) as session:
        moments = [*_before(session, shown), *_since(session, shown), *_at_work(home, session, shown)]
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _before(session: Session, shown: VersionView) -> Iterator[Moment]:
    dataset, run = shown.dataset.dataset, shown.run
    yield Moment(shown.dataset.created_at, TABLE, f"The table {dataset.name} was brought: {dataset.rows:,} rows.")
    asked = problems.get(session=session, problem_id=shown.problem.id)
    yield Moment(asked.created_at, QUESTION, f"It was asked to predict {shown.problem.problem.target}.")
    yield from _reasons(session, shown)
    yield Moment(run.created_at, TRAINING, f"A training of up to {run.plan.minutes:g} min was begun.", run.builder)
    if run.job.ended_at is not None and run.fitted is not None:
        from engine.training.choose import plain

        ended = min(run.job.ended_at, shown.created_at)  # the version was made by its last step
        tried = f"{counted(run.fitted.searched, 'model')} tried"
        yield Moment(ended, TRAINING, f"It ended with {tried}; chosen: {plain(run.fitted.chosen)}.")


def _reasons(session: Session, shown: VersionView) -> Iterator[Moment]:
    before: set[str] = set()
    for override in problems.given(session=session, problem_id=shown.problem.id):
        if shown.handed_in is not None and override.created_at > shown.handed_in:
            continue  # of what is trained next
        of = f" in {override.body['column']}" if override.body.get("column") else ""
        found = f"What {override.body['code']} found{of} was kept"
        again = ", for another reason" if found in before else ""
        before.add(found)
        yield Moment(override.created_at, REASON, f"{found}{again}: {override.body['reason']}", override.author)


def _since(session: Session, shown: VersionView) -> Iterator[Moment]:
    yield Moment(shown.created_at, VERSION, f"{shown.reference} was made.")
    reviews = {record.fingerprint(entry.model_dump(mode="json")): entry for entry in shown.reviews}
    remarks = record.remarks(session=session, subjects=[shown.id])
    before, reviewed = Stage.DRAFT, False
    for entry in record.about(session=session, subjects=[shown.id]):
        if entry.kind == record.REVIEW:
            yield Moment(entry.at, REVIEW, _review(reviews.get(entry.body["said"]), entry.body), entry.by)
        elif entry.kind == record.IMPORTED:
            yield Moment(entry.at, VERSION, _came(own=entry.body["own"]), entry.by)
        elif entry.kind == record.RELEASE:
            yield Moment(entry.at, RELEASE, "It was released, after proving itself in a clean process.")
        elif entry.kind == record.STAGE:
            why = remarks.get(entry.number) or entry.body.get("why", "")  # as it was kept before
            if said := _stage(before, entry.body, why, reviewed=reviewed):
                yield Moment(entry.at, STAGE, said, entry.by)
            before = entry.body["to"]
        reviewed = entry.kind == record.REVIEW


def _at_work(home: Home, session: Session, shown: VersionView) -> Iterator[Moment]:
    kept = decisions.counts(session=session, version_id=shown.id)
    if not kept["decisions"]:
        return
    yield Moment(kept["first"], DECISIONS, "It took the first of the decisions that are kept.")
    number, left = kept["decisions"], kept["trust"].get("abstain", 0)
    said = f"Up to here, and within {home.settings.service_log_days} days: {number:,} decision{'s' * (number != 1)}"
    after = f"{left:,} left to a person; what then happened is known of {kept['outcomes']:,}."
    yield Moment(kept["last"], DECISIONS, f"{said}, {after}")


def _came(*, own: bool) -> str:
    if own:
        return "It came back in a file that was exported here."
    return "It came in a file from another installation. Its model is not opened before it is fitted again here."


def _review(review: ReviewEntry | None, body: dict[str, Any]) -> str:
    if review is None:
        return f"It was {body['decision']}."
    own = " It was reviewed by its builder." if review.by_builder else ""
    accepted = "".join(f" {override.code} was accepted: {_ended(override.reason)}" for override in review.accepted)
    more = own + accepted
    return f"It was {review.decision}: {_ended(review.note) if more else review.note}{more}"


def _ended(text: str) -> str:
    """Return what somebody wrote as a sentence that another one may follow."""
    return text if text.rstrip().endswith((".", "!", "?")) else f"{text.rstrip()}."


def _stage(before: str, body: dict[str, Any], why: str, *, reviewed: bool) -> str:
    """Say what a change of stage means; nothing where the review before it said it already."""
    to, why = body["to"], f" Why: {why}" if why else ""
    if to == Stage.IN_REVIEW:
        return "It was handed to a reviewer."
    if to == Stage.LIVE:
        return f"It {'became live again' if body.get('back') else 'went live'}.{why}"
    if to == Stage.RETIRED:
        return f"It was retired.{why}"
    if to == Stage.APPROVED and before == Stage.LIVE:
        return f"{body.get('instead', 'Another version')} went live instead; it stays approved."
    return "" if reviewed or to == before else f"It is {to}."


@dataclass(frozen=True)
class Decided:
    """A decision that a service took; no value of the row it was asked about. Times are UTC, without zone."""

    decision_id: str
    at: datetime
    model: str
    prediction: str
    decision: str
    trust: str
    reasons: tuple[str, ...]
    key: str | None
    application: str
    outcome: str | None
    outcome_from: str | None  # "application" or "person"
    outcome_at: datetime | None


def of_decision(home: Home, decision_id: str) -> Decided:
    """Return a decision that is in the registry, or in the file of this home's services and not yet collected.

    From its ``model`` one gets to everything else.

    Raises
    ------
    NotFound
        If no such decision is known, or no longer.
    """
    with db.reading(home.engine) as session:
        known = decisions.find(session=session, decision_id=decision_id)
    if known is None and collecting.service_file(home).is_file():
        collecting.collect(home)
    with db.reading(home.engine) as session:
        found = known or decisions.find(session=session, decision_id=decision_id)
        told = decisions.outcome(session=session, decision_id=decision_id)
    if found is None:
        raise NotFound(
            f"No decision {decision_id!r} is known here.",
            fix="If its service runs elsewhere, its file has to be brought here first (handrail collect MODEL FILE). "
            f"Each answer names its model, and is kept for {home.settings.service_log_days} days.",
        )
    taken, version = found
    return Decided(
        decision_id=decision_id,
        at=taken.at,
        model=version.reference,
        prediction=taken.prediction,
        decision=taken.decision,
        trust=taken.trust,
        reasons=tuple(code for code in taken.reasons.split(",") if code),
        key=taken.key,
        application=taken.application,
        outcome=told.outcome if told else None,
        outcome_from=told.source if told else None,
        outcome_at=(told.at or told.received) if told else None,
    )
