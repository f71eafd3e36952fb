"""The home: one folder that holds the registry, the sealed files and the work in progress."""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from app.settings import Settings
from engine.errors import DiskFull, Unavailable, no_room
from store import artifacts, db, head, record, standing
from store.tables import Run


@dataclass(frozen=True)
class Home:
    """An opened home: its settings, its database, where its files lie."""

    settings: Settings
    engine: Engine

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.settings.home

    @cached_property
    def key(self) -> bytes:
        """The key that authenticates seals."""
        return artifacts.installation_key(self.path)

    def dataset(self, dataset_id: str) -> Path:
        """Where a dataset's sealed snapshot lies."""
        return self.path / "datasets" / dataset_id

    def run(self, run_id: str) -> Path:
        """Where a run's sealed model lies."""
        return self.path / "runs" / run_id

    def adopted(self, run_id: str) -> Path:
        """Where a model lies that was fitted again here until it takes the place of the run's, which came without."""
        return self.path / "runs" / f"{run_id}-adopted"

    def judged(self, run_id: str, digest: str) -> Path:
        """Where the rows lie, sealed with that digest, that a run's model was judged by.

        Judging another model of the run writes another folder: what the registry names is never replaced.
        """
        return self.path / "runs" / f"{run_id}-judged-{digest[:16]}"

    def every_judged(self, run_id: str) -> tuple[Path, ...]:
        """Where such rows lie or lay of any of the run's models; the first versions of Handrail knew one for each."""
        folder = self.path / "runs"
        return (folder / f"{run_id}-judged", *folder.glob(f"{run_id}-judged-*"))

    def release(self, release_id: str) -> Path:
        """Where a release's sealed Bento lies."""
        return self.path / "releases" / release_id

    def withdrawn(self, run_id: str) -> Path:
        """Where a file tells the services of a run's model that it is retired."""
        return self.path / "withdrawn" / run_id

    def admitted(self, model: str) -> Path:
        """Where a file tells the services of a model whose keys they take."""
        return self.path / "admitted" / model

    def work(self, job_id: str) -> Path:
        """Return a job's folder for what is not finished."""
        return self.path / "work" / job_id

    def uploads(self) -> Path:
        """Where files lie that were brought and not yet read."""
        return self.path / "uploads"

    def scored(self, job_id: str) -> Path:
        """Where a scored file lies."""
        return self.path / "scored" / job_id

    def log(self, job_id: str) -> Path:
        """Return where a job's log lies."""
        return self.path / "logs" / f"{job_id}.log"


def open_home(settings: Settings) -> Home:
    """Open a home, making and migrating it where needed.

    Raises
    ------
    Unavailable
        If the folder cannot be made or written, or the database is locked, newer or damaged.
    """
    path = settings.home
    try:
        for name in ("datasets", "runs", "releases", "withdrawn", "work", "uploads", "scored", "logs"):
            (path / name).mkdir(parents=True, exist_ok=True)
        probe = path / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unusable(path, error) from error
    key = artifacts.installation_key(path)
    home = Home(settings, db.connect(settings.registry_url, key=key, head=path / head.FILE))
    db.migrate(home.engine)
    _begin_record(home)
    _move_judged(home)
    return home


def _move_judged(home: Home) -> None:
    """Move the rows that models were judged by from where the first versions of Handrail kept them to their place."""
    for folder in (home.path / "runs").glob("*-judged"):
        with db.reading(home.engine) as session:
            run = session.get(Run, folder.name.removesuffix("-judged"))
        if run is not None and run.evidence and (digest := run.evidence.get("judged")):
            with suppress(OSError):  # somebody else did so just now
                folder.rename(home.judged(run.id, digest))


def _begin_record(home: Home) -> None:
    with db.reading(home.engine) as session:
        record.catch_up(session=session)
        begun = record.newest(session=session) is not None
    # Where entries were written and none is left, none is begun anew: it is seen that they are gone.
    if begun or head.told(home.engine) is not None:
        return
    with db.writing(home.engine) as session:
        if record.newest(session=session) is None:  # nobody else was quicker
            standing.begin(session=session)


def _unusable(path: Path, error: OSError) -> Unavailable:
    if no_room(error):
        return DiskFull(f"The disk that holds {path} is full.", fix="Free some space and try again.")
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return Unavailable(f"The home {path} is not a folder.", fix="Choose a folder with --home or HANDRAIL_HOME.")
    return Unavailable(
        f"The home {path} cannot be written ({error.strerror}).",
        fix="Make it writable, or choose another folder with --home or HANDRAIL_HOME.",
    )
