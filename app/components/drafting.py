"""What was filled in and not sent off yet: read once a tab, written when it changes."""

from typing import Any

from app import resources, state
from app.wizard import Step
from app.workflow import drafts


def begun(step: Step, project_id: str) -> dict[str, Any]:
    """Return what was filled in before this tab opened the step; the same for as long as the tab lives."""
    key = f"draft:{step}:{project_id}"
    known: dict[str, Any] | None = state.recall(key)
    if known is None:
        known = drafts.draft(resources.home(), project_id, step)
        state.remember(key, known)
        state.remember(f"{key}:kept", known)
    return known


def keep(step: Step, project_id: str, values: dict[str, Any]) -> None:
    """Keep what is filled in now, where it changed."""
    key = f"draft:{step}:{project_id}:kept"
    if state.recall(key) != values:
        drafts.keep(resources.home(), project_id, step, values)
        state.remember(key, values)


def taken_back(step: Step, project_id: str, **of: str) -> None:
    """Forget the draft that was kept, where it is one ``of`` these: all is as it was again."""
    key = f"draft:{step}:{project_id}:kept"
    kept: dict[str, Any] = state.recall(key) or {}
    if kept and all(kept.get(name) == value for name, value in of.items()):
        drafts.drop(resources.home(), project_id, step)
        state.remember(key, {})


def sent(step: Step, project_id: str) -> None:
    """Forget the draft: it was sent off."""
    drafts.drop(resources.home(), project_id, step)
    state.forget(f"draft:{step}:{project_id}", f"draft:{step}:{project_id}:kept")
