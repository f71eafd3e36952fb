"""Stages: which version of a model is live, which was before, which is no longer used."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.workflow import registry, releasing
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.policy import UseContract, WhenOver
from engine.domain.version import Stage
from engine.errors import Refused, UnusableOption
from store import db, models, releases, reviews
from store import tables as rows


@dataclass(frozen=True)
class Moved:
    """What was done to which version; ``before`` is the one that was live until then, ``live`` the one that is now."""

    reference: str
    stage: Stage
    before: str | None
    live: str | None
    when_over: WhenOver


@dataclass(frozen=True)
class Choices:
    """What can be done with a version now; ``closed`` says why it cannot go live (empty: it can, or is)."""

    live: str | None
    back_to: str | None  # of the live version: the one that was live before it
    ready: str | None  # of the live version: the newest other one that can take its place
    closed: str


def choices(home: Home, reference: str) -> Choices:
    """Return which version of the same model is live, and what can be done with this one."""
    with db.reading(home.engine) as session:
        version = models.find(session=session, reference=reference)
        live = models.live(session=session, name=version.name)
        if live is None or live.id != version.id:
            closed = not_servable(session, version)
            return Choices(live.reference if live else None, None, None, " ".join(closed) if closed else "")
        earlier, _ = _before(session, version.name)
        return Choices(live.reference, earlier.reference if earlier else None, _ready(session, live), "")


def promote(home: Home, reference: str, *, why: str = "") -> Moved:
    """Make an approved and released version the live one; the earlier live one stays approved, ready to come back.

    Raises
    ------
    Refused
        If the version is not approved, not released since, live already, or its time is over.
    NotFound
        If there is no such model or version.
    """
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        if version.stage == Stage.LIVE:
            raise Refused(f"{version.reference} is live already.", fix=_another(session, version))
        if closed := not_servable(session, version):
            raise Refused(closed[0], fix=closed[1])
        return _go_live(session, version, home.settings.user, why)


def rollback(home: Home, name: str, *, why: str = "") -> Moved:
    """Make the version live again that was live before the present one; twice in a row goes back two versions.

    Raises
    ------
    Refused
        If no earlier version was live, or none of them may be used any more.
    NotFound
        If there is no such model.
    """
    if ":" in name:
        raise UnusableOption(
            f"{name!r} names a version.",
            fix=f"Name the model only: handrail rollback {name.partition(':')[0]}; or promote the version you mean.",
        )
    with db.writing(home.engine) as session:
        models.find(session=session, reference=name)
        earlier, reasons = _before(session, name)
        if earlier is not None:
            return _go_live(session, earlier, home.settings.user, why, back=True)
        said = f": {' '.join(reasons)}" if reasons else ", because no earlier one was live."
        raise Refused(
            f"There is no earlier version of {name!r} to go back to{said}",
            fix="Promote another version, or retire the live one.",
        )


def _before(session: Session, name: str) -> tuple[rows.Version | None, list[str]]:
    """Return the version that was live before the present one and may be again, and why later ones may not."""
    present = models.live(session=session, name=name)
    line = models.once_live(session=session, name=name)
    if present is not None:
        line = line[: line.index(present)]
    reasons: list[str] = []
    for version in reversed(line):
        closed = not_servable(session, version)
        if closed is None:
            return version, reasons
        reasons.append(closed[0])
    return None, reasons


def retire(home: Home, reference: str, *, why: str = "") -> Moved:
    """End the use of a version: from then on it answers as its use contract says, with a flag or not at all.

    Raises
    ------
    Refused
        If it is retired already.
    NotFound
        If there is no such model or version.
    """
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        if version.stage == Stage.RETIRED:
            raise Refused(f"{version.reference} is retired already.", fix=_another(session, version))
        was_live = version.stage == Stage.LIVE
        models.stage(session=session, version=version, stage=Stage.RETIRED, by=home.settings.user, why=why)
        done = _moved(session, version, version.reference if was_live else None)
    releasing.withdrawal(home, registry.show(home, done.reference))
    return done


def require_in_use(home: Home, reference: str) -> VersionView:
    """Return a version that may be asked.

    Raises
    ------
    Refused
        If it is retired or expired, and its use contract has it refuse then.
    NotFound
        If there is no such model or version.
    """
    shown = registry.show(home, reference)
    until = shown.use.valid_until
    over = ""
    if shown.retired_at is not None:
        over = f"{shown.reference} is retired since {shown.retired_at:%Y-%m-%d}"
    elif until is not None and until < date.today():
        over = f"{shown.reference} was to be used until {until}"
    if over and shown.use.when_over is WhenOver.REFUSE:
        raise Refused(
            f"{over}, and its use contract has it refuse then.",
            fix=f"Use another version, or ask {shown.use.owner or 'its owner'}.",
        )
    return shown


def not_servable(session: Session, version: rows.Version) -> tuple[str, str] | None:
    """Return why a version must not be live, and what to do about it; None where it may be."""
    name = version.reference
    if not Stage(version.stage).may_serve:
        return (
            f"{name} is {version.stage}, and only an approved and released version can be live.",
            f"Have it reviewed first, in the step Review (handrail approve {name} --note ...)."
            if version.stage != Stage.RETIRED
            else "Promote another version, or train again.",
        )
    release = releases.newest(session=session, version_id=version.id)
    if release is None:
        return f"{name} has not been released.", f"Release it first, in the step Release (handrail release {name})."
    if reviews.since(session=session, release=release):
        return (
            f"{name} was released before it was approved as it is now.",
            f"Release it again, in the step Release (handrail release {name}).",
        )
    until = UseContract.model_validate(version.use).valid_until
    if until is not None and until < date.today():
        return f"{name} was to be used until {until}.", "Train and approve a new version."
    return None


def _ready(session: Session, live: rows.Version) -> str | None:
    others = (v for v in models.every(session=session) if v.name == live.name and v.id != live.id)
    return next((v.reference for v in others if not_servable(session, v) is None), None)


def _go_live(session: Session, version: rows.Version, by: str, why: str, *, back: bool = False) -> Moved:
    before = models.stage(session=session, version=version, stage=Stage.LIVE, by=by, why=why, back=back)
    return _moved(session, version, before.reference if before else None)


def _moved(session: Session, version: rows.Version, before: str | None) -> Moved:
    live = models.live(session=session, name=version.name)
    return Moved(
        reference=version.reference,
        stage=Stage(version.stage),
        before=before,
        live=live.reference if live else None,
        when_over=UseContract.model_validate(version.use).when_over,
    )


def _another(session: Session, version: rows.Version) -> str:
    newest = models.find(session=session, reference=f"{version.name}:latest")
    if newest.id == version.id:
        return "The others stand under Models (`handrail models`)."
    return f"Name the version you mean, such as {newest.reference}."
