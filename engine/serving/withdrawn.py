"""Withdrawal: a version that was retired after its package was built; a small file beside the service says so."""

import os
from datetime import date
from pathlib import Path

from engine.files import OPEN, write_whole

VARIABLE = "HANDRAIL_SERVICE_WITHDRAWN"  # names the file; as long as there is none, the version is in use


def withdraw(file: Path, on: date) -> None:
    """Say in ``file`` that what is served is retired; it appears whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, on.isoformat(), mode=OPEN)  # a service may run as somebody else


def withdrawn() -> date | None:
    """Return since when the version that this process serves is retired; None while it is in use.

    It is looked up anew at each call: a service need not be started again to hear of it.
    """
    told = os.environ.get(VARIABLE)
    if not told:
        return None
    try:
        return date.fromisoformat(Path(told).read_text(encoding="utf-8").strip())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return date.min  # somebody withdrew it, in whatever words, or in a file that is not for us to read
