"""Sweep: what a process that was lost left half done is finished, or removed where nobody will finish it."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from sqlmodel import Session, col, select

from app.workflow import elsewhere, keys, registry, releasing
from app.workflow.home import Home
from engine.domain.run import JobState
from engine.domain.version import Stage
from engine.files import HALF
from store import db, models, record
from store import jobs as store_jobs
from store import keys as store_keys
from store import tables as rows

PASSING = (".writable-", HALF)  # of a process that starts, or writes
OLD = 24 * 3600.0  # seconds after which nobody is at work on a file without a row any more
_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")  # as ``store.ids`` makes them


def sweep(home: Home, *, older_than: float = OLD) -> list[Path]:
    """Remove files and folders whose row never came, or is gone, that are older than so many seconds.

    A file comes before its row, so a young one may still get it; what an unfinished job works on is left alone.
    """
    with db.reading(home.engine) as session:
        known = _known(home, session)
    removed = [
        path
        for name in ("", "admitted", "warm")
        for path in _old(home.path / name, older_than)
        if path.name.startswith(PASSING)
    ]
    for name, owners in known.items():
        removed += [path for path in _old(home.path / name, older_than) if _owner(path) not in owners]
    for path in removed:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return removed


def _known(home: Home, session: Session) -> dict[str, set[str]]:
    """Return for each folder of the home what its files may be named after."""
    jobs = list(session.exec(select(rows.Job)))
    alive = {job.id for job in jobs if job.state in store_jobs.ALIVE}
    ended_well = {job.id for job in jobs if job.state == JobState.DONE}
    concluded = list(session.exec(select(rows.Run.id, rows.Run.digest, col(rows.Run.evidence))))
    runs = {elsewhere.settled(home, run, digest).name for run, digest, _ in concluded if digest}
    judged = {home.judged(run, told["judged"]).name for run, _, told in concluded if told and told.get("judged")}
    return {
        "datasets": set(session.exec(select(rows.Dataset.id))) | alive,
        "originals": set(session.exec(select(rows.Dataset.sha256))),
        "runs": runs | alive | judged,
        "withdrawn": set(session.exec(select(rows.Run.id))),
        "releases": set(session.exec(select(rows.Release.id))) | alive,
        "scored": ended_well | alive,
        # What could not be read waits for a person to say how.
        "uploads": {Path(job.arguments.get("source", "")).name for job in jobs if job.id not in ended_well},
        "drafts": set(session.exec(select(rows.Project.id))),
        "cards": {f"{version.name}-{version.number}" for version in models.every(session=session)},
        "work": alive,
    }


def _owner(path: Path) -> str:
    """Return what a file is named after: the id in front of its name, else all of it."""
    found = None if path.parent.name == "runs" else _ID.match(path.name)
    return found[0] if found else path.stem


def _old(folder: Path, seconds: float) -> Iterator[Path]:
    now = time.time()
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # whoever made it took it away just now
            if now - path.lstat().st_mtime > seconds:
                yield path


def catch_up(home: Home) -> None:
    """Do what somebody who was lost had begun: tell services of retirement and keys, leave no copy of erased rows."""
    with db.reading(home.engine) as session:
        retired = [v for v in models.every(session=session) if v.stage == Stage.RETIRED]
        erased = [entry.at.replace(tzinfo=UTC) for entry in record.of_kind(session=session, kind=record.ERASED)]
        held = {key.model for key in store_keys.every(session=session)}
    told = {path.name for path in home.admitted("").glob("*") if not path.name.startswith(HALF)}
    for model in sorted(held | told):
        keys.tell(home, model)
    for version in retired:
        if not home.withdrawn(version.run_id).exists():
            releasing.withdrawal(home, registry.show(home, version.reference))
    if erased:
        db.flush_away(home.engine, made_before=erased[-1].timestamp())
