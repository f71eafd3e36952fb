"""Drafts: what a person has filled in and not sent off yet, kept so that a reload or a restart loses nothing.

What is written in a review is its writer's own: nobody signs with the words of somebody else.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.workflow import projects
from app.workflow.home import Home
from engine.files import write_whole


def draft(home: Home, project_id: str, step: str) -> dict[str, Any]:
    """Return what was filled in on a step of a project; empty where nothing is waiting.

    Raises
    ------
    NotFound
        If there is no such project.
    """
    try:
        kept = json.loads(_path(home, project_id, step).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a draft that cannot be read is no draft
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(home: Home, project_id: str, step: str, values: dict[str, Any]) -> None:
    """Keep what was filled in, in place of what was kept before."""
    path = _path(home, project_id, step)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, json.dumps(values, ensure_ascii=False))


def drop(home: Home, project_id: str, step: str) -> None:
    """Forget a draft: it was sent off."""
    _path(home, project_id, step).unlink(missing_ok=True)


def _path(home: Home, project_id: str, step: str) -> Path:
    known = projects.project(home, project_id)  # only ids of our own making become paths
    own = f"-{sha256(home.settings.user.encode()).hexdigest()[:12]}" if step == "review" else ""
    return home.path / "drafts" / f"{known.id}-{step}{own}.json"
