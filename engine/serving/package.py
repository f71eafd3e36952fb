"""The package folder: ``model/`` (a deployment clone), ``served.json`` (the noun ``Served``), the card."""

import json
import shutil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.domain.service import Served
from engine.errors import NotFound, Refused

SERVED, CARD, CARD_PAGE, MODEL = "served.json", "card.json", "card.html", "model"


def write_served(served: Served, folder: Path) -> Path:
    """Write ``served.json`` into a package folder, made if absent, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SERVED).write_text(served.model_dump_json(indent=1), encoding="utf-8")
    return folder


def write_card(card: str, page: str, folder: Path) -> None:
    """Write the model card into a package folder: as CycloneDX JSON, and as a page."""
    (folder / CARD).write_text(card, encoding="utf-8")
    (folder / CARD_PAGE).write_text(page, encoding="utf-8")


def read_served(folder: Path) -> Served:
    """Return what a package folder says about itself.

    Raises
    ------
    NotFound
        If there is no ``served.json`` that this version of Handrail understands.
    """
    path = folder / SERVED
    try:
        return Served.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise NotFound(
            f"{folder.name!r} is not a package that can be served ({type(error).__name__}).",
            fix="Release the model again with this version of Handrail.",
        ) from error


def read_card(folder: Path) -> dict[str, Any] | None:
    """Return the model card of a package, or None if it has none."""
    path = folder / CARD
    if not path.is_file():
        return None
    card: dict[str, Any] = json.loads(path.read_bytes())
    return card


def copy_package(package: Path, to: Path) -> Path:
    """Copy what a package consists of, and nothing else that lies in its folder, to ``to``, which must not exist.

    Raises
    ------
    Refused
        If the model's folder holds training rows.
    """
    # AutoGluon keeps its training rows under utils/data unless the deployment clone left them behind.
    rows = sorted(path.name for path in (package / MODEL).glob("utils/data/*") if path.is_file())
    if rows:
        raise Refused(
            f"The model's folder still holds training rows ({', '.join(rows)}).",
            fix="Release from the deployment clone.",
        )
    shutil.copytree(package / MODEL, to / MODEL)
    for name in (SERVED, CARD, CARD_PAGE):
        if (package / name).is_file():
            shutil.copy2(package / name, to / name)
    return to
