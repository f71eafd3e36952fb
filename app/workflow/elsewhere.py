"""Models of another installation: their records and cards are read, the models themselves are never opened.

A model is code to whoever opens it, and only what this installation sealed is opened. So of a model that came in a file
from elsewhere just what is no code is kept: how it was fitted, and what it answered.
"""

import json
import shutil
from pathlib import Path

from filelock import FileLock

from app.workflow.home import Home
from engine.errors import Refused
from store import artifacts

MARK = "ELSEWHERE.json"
# Of a run's folder: tables and numbers, how the model was fitted, by which versions.
_PLAIN = ("golden.parquet", "held.parquet", "log.txt")
_OF_MODEL = ("steps.json", "described.json", "foreseen.npz", "recalibration.json", "version.txt", "metadata.json")
_MODEL = "model"


def strip(folder: Path, installation: str) -> None:
    """Take out of a run's folder whatever could be code, and mark it."""
    kept = {Path(name) for name in _PLAIN} | {Path(_MODEL) / name for name in _OF_MODEL}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder) not in kept:
            path.unlink()
    (folder / MARK).write_text(json.dumps({"installation": installation}), encoding="utf-8")


def is_marked(folder: Path) -> bool:
    """Whether a run's folder, whose seal was verified, holds no model because it came from elsewhere."""
    return (folder / MARK).is_file()


def require_own(folder: Path) -> Path:
    """Return a run's folder, whose seal was verified, if its model was fitted here.

    Raises
    ------
    Refused
        If it came in a file from another installation.
    """
    if is_marked(folder):
        raise Refused(
            "This model came in a file from another installation, and only what was sealed here is opened.",
            fix="Fit it again here from its record: handrail reproduce MODEL. Its card can be read as it is.",
        )
    return folder


def adopted(folder: Path, model: Path, to: Path) -> Path:
    """Lay out a run's folder with a model that was fitted again here, as ``to``."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns(MARK, "MANIFEST.json", _MODEL))
    shutil.copytree(model, to / _MODEL)
    return to


def settled(home: Home, run_id: str, digest: str) -> Path:
    """Return where a run's model lies that has this digest on record.

    One that was fitted again here waits beside the run's folder until the registry names it, and then takes its place:
    where whoever fitted it was lost between the two, that is done now.
    """
    place, waiting = home.run(run_id), home.adopted(run_id)
    if waiting.exists():
        (home.path / "locks").mkdir(exist_ok=True)
        with FileLock(home.path / "locks" / "adopting.lock"):  # somebody else may be at it just now
            if artifacts.is_on_record(waiting, expected=digest, key=home.key):
                artifacts.publish(waiting, place)
    return place
