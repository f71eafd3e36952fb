"""Backup: the whole home in one file (``restoring`` has the way back).

The file is a tar archive. Its last member lists every other one with its SHA-256, so that an archive which was cut off,
or changed, is not restored. A home may be at work meanwhile: databases are copied as they stand at one moment, sealed
folders never change, and the order of it all leaves nothing out that the copied registry speaks of.
"""

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from app.workflow import archives, verifying
from app.workflow.home import Home
from engine.errors import Unavailable, UnusableOption
from store import db, head

LIST = "HANDRAIL-BACKUP.json"
FORMAT = 1
# What is made anew where it is needed: work in progress (the registry knows which), locks, what the warm scorer and
# BentoML leave behind.
_PASSING = ("work", "jobs.db", "locks", "warm", "bentoml")
# What is written once its rows are there: how far the record goes, what running services are told of the registry.
_AFTER_ROWS = (head.FILE, "withdrawn", "admitted")
REGISTRY = "handrail.db"
RESTORING = ".restoring-"  # a folder in a home that is not whole yet
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Kept:
    """What a backup holds: its file, files in it, and bytes."""

    file: Path
    files: int
    bytes: int


def backup(home: Home, to: Path) -> Kept:
    """Write the whole home into one new file, readable by its owner only: it holds the installation's key.

    Others may work in the home meanwhile. What arrives is in the backup wherever its rows are; what else comes or goes
    may be in it or not. What is erased is in no backup that ends later: where the copied registry still speaks of it,
    the backup is given up. A folder that was gone before is no obstacle: whoever restores is told.

    Raises
    ------
    UnusableOption
        If the registry is not in the home, or ``to`` lies in it.
    Refused
        If ``to`` exists.
    Unavailable
        If a table, model or release was erased meanwhile, or a link lies in the home.
    """
    to = to.resolve()
    if home.settings.database_url:
        raise UnusableOption(
            "The registry lies in a database server, which is not part of the home.",
            fix="Stop the workers, save the database with its own tool (pg_dump), and copy the home's folder as well.",
        )
    with archives.written(to, home.path) as file:
        listed = _write(home, file)
    return Kept(to, len(listed), to.stat().st_size)


def _write(home: Home, file: IO[bytes]) -> dict[str, dict[str, Any]]:
    with (
        tempfile.TemporaryDirectory(dir=home.path / "work") as scratch,
        tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        packed = _Packed(home.path, archive, Path(scratch) / "copy.db")
        # Each in turn is looked for only when what must not be younger is packed. What follows the rows comes before
        # them, else a record that goes on meanwhile would seem to be cut off; what lies in its place before its row is
        # written comes after them.
        packed.take(_follows_rows)
        packed.take(lambda home, path: _is_database(path))
        spoken = _sealed(home, packed.copy)  # the registry's is the last one
        packed.take(lambda home, path: not _follows_rows(home, path))
        _require_all(home, spoken, packed.gone)
        about = {"format": FORMAT, "made": datetime.now(UTC).isoformat(), "database": db.head(), "files": packed.listed}
        body = json.dumps(about, indent=1).encode()
        archive.addfile(_entry(LIST, len(body)), io.BytesIO(body))
    return packed.listed


@dataclass
class _Packed:
    """What is in an archive so far; ``gone`` is what went before it could be packed."""

    home: Path
    archive: tarfile.TarFile
    copy: Path  # where databases are copied to, one after the other
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: list[Path] = field(default_factory=list)

    def take(self, wanted: Callable[[Path, Path], bool]) -> None:
        """Pack what there is now of a kind and is not packed yet; the registry last of all databases.

        What a service wrote down leaves its file once it is collected: so it is in one copy or in both.
        """
        found = (path for path in _files(self.home) if wanted(self.home, path))
        for path in sorted(found, key=lambda path: (path == self.home / REGISTRY, path)):
            if (name := path.relative_to(self.home).as_posix()) not in self.listed:
                self._pack(path, name)

    def _pack(self, path: Path, name: str) -> None:
        if path.is_symlink():
            raise Unavailable(f"{name} is a link, which a backup does not follow.", fix="Remove it from the home.")
        if path.is_dir():
            self.archive.addfile(_entry(f"{name}/", 0, tarfile.DIRTYPE))
            return
        source = path
        if _is_database(path):
            source = self.copy
            db.copy_sqlite(path, source)
        try:
            self.listed[name] = _add(self.archive, source, name)
        except FileNotFoundError:
            self.gone.append(path)


def _follows_rows(home: Path, path: Path) -> bool:
    return path.relative_to(home).parts[0] in _AFTER_ROWS


def _sealed(home: Home, registry: Path | None = None) -> list[tuple[str, Path, str]]:
    """Return the sealed folders that the registry, or a copy of it, speaks of: what each is, its place, its digest."""
    engine = db.connect(f"sqlite:///{registry}") if registry else home.engine
    try:
        with db.reading(engine) as session:
            return list(verifying.sealed(home, session))
    finally:
        if registry:
            engine.dispose()


def _require_all(home: Home, spoken: list[tuple[str, Path, str]], gone: list[Path]) -> None:
    """Refuse a backup whose registry speaks of what was erased or replaced since: of that, first the row goes.

    Raises
    ------
    Unavailable
        Naming it.
    """
    still = {(folder, digest) for _, folder, digest in _sealed(home)}
    for name, folder, digest in spoken:
        if (folder, digest) not in still or any(path.is_relative_to(folder) for path in gone):
            raise Unavailable(f"{name} was erased meanwhile.", fix="Start the backup again.")


def _files(home: Path) -> Iterator[Path]:
    """Yield what a backup keeps of a home: files, links, and folders that are empty."""
    for root, folders, names in os.walk(home, onerror=_passed_over):
        folder = Path(root)
        if folder == home:  # what is passing is not even looked into: it goes at any moment
            folders[:] = [name for name in folders if name not in _PASSING and not name.startswith(RESTORING)]
        elif not folders and not names:
            yield folder
        for name in names:
            passing = folder == home and (name in _PASSING or name.startswith(".writable-"))
            if not passing and not name.endswith((".db-wal", ".db-shm")):
                yield folder / name
        yield from (folder / name for name in folders if (folder / name).is_symlink())


def _passed_over(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # a folder that went meanwhile
        raise error


def _is_database(path: Path) -> bool:
    if path.suffix != ".db" or not path.is_file():
        return False
    with suppress(FileNotFoundError), path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
    return False  # it went just now


def _entry(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.mode = size, kind, 0o700 if kind == tarfile.DIRTYPE else 0o600
    return entry


def _add(archive: tarfile.TarFile, source: Path, name: str) -> dict[str, Any]:
    with source.open("rb") as file:
        told = archives.Hashed(file)
        archive.addfile(_entry(name, os.fstat(file.fileno()).st_size), told)
    return told.listed
