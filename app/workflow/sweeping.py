"""Sweep: files whose row never came, because a process was lost between the two, are removed."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sqlmodel import col, select

from app.workflow.home import Home
from store import db
from store import jobs as store_jobs
from store import tables as rows

OLD = 24 * 3600.0  # seconds after which nobody is at work on a folder without a row any more


def sweep(home: Home, *, older_than: float = OLD) -> list[Path]:
    """Remove sealed folders without a row, and work left behind, that are older than so many seconds.

    A folder comes before its row, so a young one may still get it; what an unfinished job works on is left alone.
    """
    with db.reading(home.engine) as session:
        alive = {job.id for job in store_jobs.alive(session=session)}
        known = {
            "datasets": set(session.exec(select(rows.Dataset.id))),
            "runs": set(session.exec(select(rows.Run.id).where(col(rows.Run.digest).is_not(None)))),
            "releases": set(session.exec(select(rows.Release.id))),
            "work": set(),
        }
    removed = []
    for name, ids in known.items():
        for folder in _old(home.path / name, older_than):
            if folder.name.removesuffix("-judged") not in ids | alive:
                shutil.rmtree(folder, ignore_errors=True) if folder.is_dir() else folder.unlink(missing_ok=True)
                removed.append(folder)
    return removed


def _old(folder: Path, seconds: float) -> Iterator[Path]:
    now = time.time()
    for path in folder.iterdir():
        if now - path.stat().st_mtime > seconds:
            yield path
