"""Deeds on a disk that has no room for them: what is said, and whether trying again works once there is room.

``python -m tests.faults.filling FOLDER TRIES SEED`` prints, as JSON, how many deeds met the end of the disk, and what
was wrong. Where FOLDER is a small disk of its own (``tests.faults.test_full``), it is filled up to a few bytes before
each deed; elsewhere no file may grow beyond those (RLIMIT_FSIZE): then the system says EFBIG instead of ENOSPC.
"""

import json
import os
import random
import resource
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app import settings
from app.attempt import Attempt
from app.workflow import releasing
from app.workflow.home import Home, open_home
from engine.domain.failure import Failure
from store import db
from store.tables import Job
from tests.faults.deeds import APPROVED, DEEDS, Deed, nothing, perform, play, template
from tests.faults.killing import Here, Trial, act, forked, state


def _released(home: Home) -> None:
    job_id = DEEDS["releasing"].ready(home)
    perform(home, job_id)


def _export(home: Home, _: object) -> None:
    releasing.export(home, APPROVED, home.path.parent / "exported")


def _exported(home: Home, _: object) -> bool:
    return (home.path.parent / "exported" / "bento.yaml").is_file()


def _write(home: Home, _: object) -> None:
    import pyarrow as pa

    from engine.serving import sheet

    with tempfile.TemporaryDirectory(dir=home.path.parent) as folder:
        piece = sheet.as_piece(pa.table({"a": range(40_000)}), Path(folder, "0.csv"), first=True)
        sheet.write_pieces([piece], home.path.parent / "scored.csv")


MORE = {
    "exporting": Deed(_released, _export, _exported),
    "writing what was scored": Deed(nothing, _write, lambda h, _: (h.path.parent / "scored.csv").exists()),
}
FIRST = ("reading a file", "training", "approving", "releasing", "backing up", "exporting", "writing what was scored",
         "uploading", "the first start", "judging another model")  # fmt: skip
POINTS = {name: (DEEDS | MORE)[name] for name in dict.fromkeys((*FIRST, *DEEDS))}
SMALL = 64_000_000  # bytes of a disk that may be filled


@contextmanager
def full(disk: Path, left: int) -> Iterator[None]:
    """Leave so many bytes of the disk."""
    if shutil.disk_usage(disk).total > SMALL:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    filler = disk / "filler"
    with filler.open("wb") as file:
        room = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - left))
    try:
        yield
    finally:
        filler.unlink()


def once(place: Path, deed: Deed, given: Any, answer: Path) -> None:
    """Do a deed, and write down what a person reads who did it."""
    try:
        home = open_home(settings.load(place))
        if deed.job:
            Attempt(home, given, threading.Event(), Here(home)).perform()  # type: ignore[arg-type]
        else:
            deed.do(home, given)
    except Exception as error:
        told = Failure.of(error, "reference")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        with answer.open("r+") as file:  # whose room is taken already
            file.write(f"{told.problem} {told.fix}")


class Attempted(Trial):
    """One deed on a disk that may be full."""

    def refused(self, left: int) -> tuple[bool, str]:
        """Try the deed with so much room, then with enough; returns whether it met the end, and what is wrong."""
        place, given = self._fresh()
        answer = self._folder / "answer"
        answer.write_bytes(bytes(4096))
        with full(self._folder, left):
            forked(lambda: once(place, self._deed, given, answer))
        try:
            words = answer.read_text().strip("\0") or self._failure(place, given)
            if words and not ("full" in words or "space" in words):
                return True, f"it says {words!r}"
            wrong = self._again(place, given)
            return bool(words), wrong and f"after {words!r}: {wrong}"
        finally:
            shutil.rmtree(place.parent)

    def _failure(self, place: Path, given: Any) -> str:
        if not self._deed.job:
            return ""
        home = open_home(settings.load(place))
        with db.reading(home.engine) as session:
            job = session.get(Job, given)
            failure = job.failure if job else None
        home.engine.dispose()
        return f"{failure['problem']} {failure['fix']}" if failure else ""

    def _again(self, place: Path, given: Any) -> str:
        if self._failure(place, given):
            home = open_home(settings.load(place))
            given = self._deed.ready(home)
            home.engine.dispose()
        if forked(lambda: act(place, self._deed, given))[0]:
            return "it failed with room again"
        found = state(place)
        wrong = [what for what in ("stages", "lying", "loose", "beside") if found[what] != self._right[what]]
        return ", ".join(f"{what}: {found[what]} instead of {self._right[what]}" for what in wrong)


def main(folder: Path, tries: int, seed: int) -> dict[str, Any]:
    """Try each point so many times: the first time without any room, then with some."""
    play()
    template(folder / "template")
    rng = random.Random(seed)  # noqa: S311 - how much room
    met: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    for name, deed in list(POINTS.items())[: len(FIRST) if tries == 1 else None]:
        trial = Attempted(folder, name, deed)
        for number in range(tries):
            left = int(rng.random() ** 2 * 300_000 * (number > 0))
            refused, complaint = trial.refused(left)
            met[name] += refused
            if complaint:
                wrong[f"{name} with {left} bytes left"] = complaint
    return {"met": met, "wrong": wrong}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
