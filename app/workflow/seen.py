"""What a decision about a version rests on: taken down when it is looked at, compared when it is decided on."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json
from sqlmodel import Session

from app.workflow import training
from app.workflow.views import RunView, VersionView
from engine.domain.card import ReviewEntry
from engine.domain.policy import Policy, UseContract
from engine.errors import Refused
from store import models, reviews, runs
from store.record import fingerprint

Seen = dict[str, str]  # by what it is, in words: a fingerprint of it


def seen(shown: VersionView) -> Seen:
    """Return what was shown of a version, as far as a decision rests on it."""
    return _seen(shown.policy, shown.use, shown.run, shown.reviews)


def moved(session: Session, shown: VersionView) -> str:
    """Return what of a version is another now than it was shown, in words; nothing where all is as it was.

    Raises
    ------
    NotFound
        If it is gone.
    """
    version = models.find(session=session, reference=shown.reference)
    run = training.run_view(session, runs.get(session=session, run_id=version.run_id))
    said = reviews.of_version(session=session, version_id=version.id)
    now = _seen(Policy.model_validate(version.policy), UseContract.model_validate(version.use), run, said)
    return differing(seen(shown), now)


def require_unmoved(session: Session, shown: VersionView) -> None:
    """Refuse to go on with a version that changed since it was shown.

    Raises
    ------
    Refused
        Saying what changed.
    """
    require_same(shown, moved(session, shown))


def require_same(shown: VersionView, moved: str) -> None:
    """Refuse where something ``moved``; raises as ``require_unmoved``."""
    if moved:
        raise Refused(
            f"{shown.reference} changed while you looked at it: {moved}.", fix="Look at it again, then decide."
        )


def differing(before: Seen, now: Seen) -> str:
    """Return what is another now, in words."""
    return ", ".join(what for what in now if before[what] != now[what])


def _seen(policy: Policy, use: UseContract, run: RunView, said: Sequence[ReviewEntry]) -> Seen:
    nouns: dict[str, Any] = {
        "how it decides": policy,
        "who may use it and for what": use,
        "its model": [run.id, run.digest, run.fitted],
        "what was measured": run.evidence,
        "what was said of it": said,
    }
    return {what: fingerprint(to_json(noun).decode()) for what, noun in nouns.items()}
