"""Reports about one version: all that led to it, and the decision that it took."""

from typing import TYPE_CHECKING, Any

from app.reports import at, brought, dump, outcomes, ready, trained
from app.workflow import collecting, lineage, origin, registry
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.errors import HandrailError, UnusableOption

if TYPE_CHECKING:
    from engine.training.steps import Steps

FITTED = "The models that were fitted, with their settings"


def version(home: Home, reference: str) -> dict[str, Any]:
    """Return the report of ``show``: ``page`` is what the app shows on one page, in the same words."""
    shown = registry.show(home, reference)
    made = registry.card_of(shown)
    known, log, unreadable = _fitted(home, shown)
    parts = (*origin.origin(home, shown), (FITTED, origin.in_words(known)))
    return {
        "model": shown.reference,
        "stage": shown.stage,
        "created": at(shown.created_at),
        "lineage": {
            "dataset": brought(shown.dataset.dataset),
            "problem": {"id": shown.problem.id, **dump(shown.problem.problem)},
            "run": {"id": shown.run.id, "plan": dump(shown.run.plan), "builder": shown.run.builder},
            "models": [dump(steps) for steps in known],
            "log": log,
            "unreadable": unreadable,
            "contract": dump(made.contract),
            "seal": made.seal,
            "release": shown.release_id,
            "versions": made.fitted.versions,
        },
        "page": [
            {"part": title, "facts": [{"what": what, "said": said} for what, said in facts]} for title, facts in parts
        ],
        **trained(shown),
        "outcomes": outcomes(made.outcomes),
        "overrides": [dump(o) for o in made.overrides],
        "use": dump(shown.use),
        "reviews": [dump(r) for r in shown.reviews],
        "verification": dump(shown.verification) if shown.verification else None,
        "gaps": list(made.gaps),
        "life": [{"at": at(m.at), "kind": m.kind, "said": m.said, "by": m.by} for m in lineage.life(home, shown)],
        "decisions": _decisions(home, shown),
        "slices": [dump(part) for part in made.evidence.slices],
        "readiness": ready(made),
    }


def _fitted(home: Home, shown: VersionView) -> tuple[list["Steps"], str | None, str | None]:
    """Return how the models were fitted, the log, and why neither can be read: all else can be shown even so."""
    try:
        return (*origin.fitted(home, shown.run), None)
    except HandrailError as error:
        return [], None, error.problem


def _decisions(home: Home, shown: VersionView) -> dict[str, Any]:
    kept = collecting.counts(home, shown.id)
    when = {name: at(kept[name]) if kept[name] else None for name in ("first", "last")}
    told = {name: kept[name] for name in ("trust", "applications", "outcomes", "cases")}
    return {"count": kept["decisions"], **when, **told, "latest": list(kept["latest"])}


def decided(home: Home, decision_id: str, reference: str | None) -> dict[str, Any]:
    """Return the report of ``show`` about the version that took a decision, with the decision."""
    found = lineage.of_decision(home, decision_id)
    if reference and registry.show(home, reference).reference != found.model:
        raise UnusableOption(
            f"The decision {decision_id!r} was taken by {found.model}, not by {reference}.",
            fix="Name the decision alone: it says which version took it.",
        )
    names = ("prediction", "decision", "trust", "key", "application", "outcome", "outcome_from")
    told = {name: getattr(found, name) for name in names}
    when = at(found.outcome_at) if found.outcome_at else None
    said = {"decision_id": found.decision_id, "at": at(found.at), **told, "outcome_at": when}
    said["reasons"] = list(found.reasons)
    return {**version(home, found.model), "decision": said}
