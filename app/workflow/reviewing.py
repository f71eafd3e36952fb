"""Review: somebody else than the builder, wherever there is somebody else, approves a version or sends it back."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from app.workflow import registry, retaking, seen
from app.workflow.home import Home
from app.workflow.seen import Seen
from app.workflow.views import VersionRow, VersionView
from engine.domain.card import Answer, Done, ReviewEntry
from engine.domain.outcome import Gate, Outcome, Override, open_blockers
from engine.domain.version import Stage, leading_to
from engine.errors import GateClosed, Refused, UnusableOption
from store import answers, db, models, reviews


def submit(home: Home, reference: str, *, note: str = "") -> VersionView:
    """Hand a draft to the reviewer; from then on it stands as it is.

    Parameters
    ----------
    note : str
        The builder's answer where the version was returned; else it may be empty and nothing is kept of it.

    Raises
    ------
    UnusableOption
        If it was returned with a question and there is no answer.
    Refused
        If it is in review already, or was decided on, or another model of its run is being judged to take its place.
    """
    shown = registry.show(home, reference)
    _require_stage(shown, Stage.IN_REVIEW)
    if shown.stage == Stage.DRAFT and not note.strip():
        return _enter(home, shown, Stage.IN_REVIEW, None)
    if not note.strip():
        raise UnusableOption(
            f"{shown.reference} was returned: {shown.reviews[-1].note}",
            fix="Answer it in a note, then hand it in again.",
        )
    return _enter(home, shown, Stage.IN_REVIEW, _entry(home, "answered", note))


def waiting_count(home: Home) -> int:
    """Return how many versions wait for a reviewer."""
    with db.reading(home.engine) as session:
        return models.count(session=session, stage=Stage.IN_REVIEW)


def waiting(home: Home) -> list[VersionRow]:
    """Return the versions that wait for a reviewer."""
    return [row for row in registry.every(home) if row.stage == Stage.IN_REVIEW]


def returned(home: Home) -> list[VersionRow]:
    """Return the versions that a reviewer returned and whose builder has not answered."""
    return [row for row in registry.every(home) if row.stage == Stage.RETURNED]


def approve(
    home: Home, reference: str, *, note: str, accepted: tuple[Override, ...] = (), looked_at: Seen | None = None
) -> VersionView:
    """Approve a version, accepting its open approval findings one by one.

    Parameters
    ----------
    note : str
        What the decision rests on.
    accepted : tuple of Override
        The open findings that are accepted, each with a reason.
    looked_at : Seen or None
        What a screen showed of the version; None where there was no screen.

    Raises
    ------
    UnusableOption
        If a finding is accepted that the version does not have.
    GateClosed
        If an approval finding is open and not accepted.
    Refused
        If the version is approved already or retired, or was returned and its builder has not answered, or another
        model of its run is being judged to take its place, or it is not what was looked at any more.
    """
    shown = registry.show(home, reference)
    _require_note(note)
    _require_as_looked_at(shown, looked_at)
    if shown.stage == Stage.RETURNED:
        raise Refused(
            f"{shown.reference} was returned with a question that nobody has answered.",
            fix=f"Its builder answers and hands it in again (handrail submit {shown.reference} --note ...).",
        )
    _require_stage(shown, Stage.APPROVED)
    found = registry.outcomes(shown)
    _require_found(shown, found, accepted)
    still = open_blockers(found, (*shown.problem.overrides, *accepted), Gate.APPROVAL)
    if still:
        said = " ".join(f"{o.code}: {o.problem}" for o in still)
        raise GateClosed(
            f"{shown.reference} has open findings. {said}",
            fix=f"Accept each with a reason (as a command: --accept {still[0].code} --reason ...), or return it.",
        )
    entry = _entry(home, "approved", note, built_by=shown.run.builder, accepted=accepted)
    return _enter(home, shown, Stage.APPROVED, entry)


def send_back(home: Home, reference: str, *, note: str, looked_at: Seen | None = None) -> VersionView:
    """Return a version to its builder with a note; ``looked_at`` as where it is approved.

    Raises
    ------
    Refused
        If the version is live or retired, or is not what was looked at any more.
    """
    shown = registry.show(home, reference)
    _require_note(note)
    _require_as_looked_at(shown, looked_at)
    _require_stage(shown, Stage.RETURNED)
    return _enter(home, shown, Stage.RETURNED, _entry(home, "returned", note, built_by=shown.run.builder))


def answer(home: Home, reference: str, test: str, done: Done) -> VersionView:
    """Record what the person says of a test of the ML Test Score that only a person knows about.

    Raises
    ------
    UnusableOption
        If nobody is asked about such a test, or the answer says nothing.
    Refused
        If the version is retired.
    """
    from engine.evidence.readiness import asked

    shown = registry.show(home, reference)
    if test not in asked():
        raise UnusableOption(
            f"Nobody is asked about a test {test!r}.", fix=f"These are asked: {', '.join(sorted(asked()))}."
        )
    if done is Done.NOT_YET:
        raise UnusableOption(f"{done.value!r} is no answer.", fix="Say not_done, by_hand or automated.")
    if shown.stage == Stage.RETIRED:
        raise Refused(f"{shown.reference} is retired.", fix="Answer for the version that took its place.")
    return _record(home, shown.reference, test, done)


@dataclass(frozen=True)
class Before:
    """What was said of a test about an earlier version: a proposal, until somebody says that it is still so."""

    reference: str
    answer: Answer


def answered_before(home: Home, shown: VersionView) -> dict[str, Before]:
    """Return by test what was said last about the earlier versions of a model, where nothing is said of this one."""
    from engine.evidence.readiness import asked

    left = asked() - {known.test for known in shown.answers}
    found: dict[str, Before] = {}
    with db.reading(home.engine) as session:
        named = models.meant(session=session, reference=shown.name)
        earlier = [v for v in reversed(named) if v.number < shown.number]
        known = answers.of_versions(session=session, version_ids=[v.id for v in earlier])
        for version in earlier:
            for said in known[version.id]:
                if said.test in left:
                    found[said.test] = Before(version.reference, said)
    return found


def reproduced(home: Home, reference: str, *, rows: int, largest: float | None, same: bool) -> VersionView:
    """Record what training a version again from its record came to, for the ML Test Score.

    Parameters
    ----------
    rows : int
        Whose answers were compared.
    largest : float or None
        The largest difference; None where there was nothing to compare.
    same : bool
        Whether that counts as the same.
    """
    from engine.evidence import ready_running

    done, note = ready_running.reproduced(rows, largest, same=same)
    return _record(home, reference, ready_running.REPRODUCED, done, note)


def _require_found(shown: VersionView, found: tuple[Outcome, ...], accepted: tuple[Override, ...]) -> None:
    flagged = [o for o in found if o.blocks]
    for override in accepted:
        if not any(override.covers(o) for o in flagged):
            about = f"{override.code}:{override.column}" if override.column else override.code
            known = ", ".join(dict.fromkeys(o.code for o in flagged if o.gate is Gate.APPROVAL))
            raise UnusableOption(
                f"{shown.reference} has no finding {about} that could be accepted.",
                fix=f"Its reviewer decides about {known}." if known else "Approve it without accepting anything.",
            )


def _record(home: Home, reference: str, test: str, done: Done, note: str = "") -> VersionView:
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        answers.add(session=session, version=version, test=test, done=done, by=home.settings.user, note=note)
    return registry.show(home, reference)


def _entry(
    home: Home, decision: str, note: str, *, built_by: str | None = None, accepted: tuple[Override, ...] = ()
) -> ReviewEntry:
    """Return what is said by whoever is at work; of a reviewer's decision ``built_by`` tells whose work it is about."""
    by = home.settings.user
    return ReviewEntry(
        decision=decision,
        note=note.strip(),
        reviewer=by,
        by_builder=by == built_by,
        accepted=accepted,
        at=datetime.now(UTC),
    )


def _enter(home: Home, shown: VersionView, stage: Stage, entry: ReviewEntry | None) -> VersionView:
    """Move a version to a stage, with what was said about it."""
    with db.writing(home.engine) as session:
        db.alone(session)  # of two who decide at once, the second finds what the first decided
        version = models.find(session=session, reference=shown.reference)
        _require_unmoved(session, shown, version.stage)
        if stage != Stage.RETURNED:
            retaking.require_none(session, shown.run, shown.reference)
        if entry is not None:
            reviews.add(session=session, version=version, entry=entry)
        models.stage(session=session, version=version, stage=stage, by=home.settings.user)
    return registry.show(home, shown.reference)


def _require_unmoved(session: Session, shown: VersionView, now: str) -> None:
    """Refuse where somebody else was quicker: what is decided rests on what was shown."""
    if now != shown.stage:
        raise Refused(f"{shown.reference} became {now} meanwhile.", fix="Look at it again, then decide.")
    seen.require_unmoved(session, shown)


def _require_as_looked_at(shown: VersionView, before: Seen | None) -> None:
    if before is not None:
        seen.require_same(shown, seen.differing(before, seen.seen(shown)))


def _require_note(note: str) -> None:
    if not note.strip():
        raise UnusableOption("A review needs a note.", fix="Say in a sentence what the decision rests on.")


def _require_stage(shown: VersionView, to: Stage) -> None:
    allowed = leading_to(to)
    if shown.stage not in allowed:
        raise Refused(f"{shown.reference} is {shown.stage}.", fix=f"This works on a version that is {_or(allowed)}.")


def _or(words: tuple[str, ...]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
