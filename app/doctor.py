"""`handrail doctor`: what is installed, reachable, writable, how much memory and disk there is."""

import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from engine.errors import HandrailError

PARTS = ("autogluon.tabular", "streamlit", "bentoml", "dbos", "sqlmodel", "shap", "fairlearn", "duckdb", "pandas")
LEAST_DISK_GB, LEAST_MEMORY_GB = 2.0, 2.0


def examine(home_path: Path | None) -> dict[str, Any]:
    """Return a list of checks, each with what was found and what to do where it is not fine."""
    return {"checks": [_python(), *_parts(), _home(home_path), _disk(home_path), _memory(home_path)]}


def _line(what: str, found: str, *, fine: bool = True, fix: str = "") -> dict[str, Any]:
    return {"what": what, "found": found, "fine": fine, "fix": fix}


def _python() -> dict[str, Any]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return _line("Python", found, fine=(3, 11) <= sys.version_info[:2] <= (3, 13), fix="Use Python 3.11 to 3.13.")


def _parts() -> list[dict[str, Any]]:
    lines = []
    for name in PARTS:
        try:
            lines.append(_line(name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            lines.append(_line(name, "missing", fine=False, fix="Run `make install`."))
    return lines


def _home(home_path: Path | None) -> dict[str, Any]:
    from app import settings
    from app.worker import serves
    from app.workflow.home import open_home

    try:
        home = open_home(settings.load(home_path))
    except HandrailError as error:
        return _line("Home", error.problem, fine=False, fix=error.fix)
    return _line("Home", f"{home.path}; a worker is {'at work' if serves(home) else 'not running'}")


def _disk(home_path: Path | None) -> dict[str, Any]:
    from app import settings

    folder = settings.load(home_path).home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    return _line("Disk", f"{free:.1f} GB free", fine=free > LEAST_DISK_GB, fix="Free some space on that disk.")


def _memory(home_path: Path | None) -> dict[str, Any]:
    from app import settings
    from engine.training import memory

    usable = memory.limit(settings.load(home_path).memory_gb) / 1e9
    fix = "Raise HANDRAIL_MEMORY_GB, or give the machine or the container more memory."
    return _line("Memory", f"{usable:.1f} GB for a job", fine=usable > LEAST_MEMORY_GB, fix=fix)
