"""Backup: the whole home in one file, and back; nothing appears that was not verified first.

The file is a tar archive. Its last member lists every other one with its SHA-256, so that an archive which was cut off,
or changed, is not restored. A home may be at work meanwhile: databases are copied as they stand at one moment, sealed
folders never change, and the order of it all leaves nothing out that the copied registry speaks of.
"""

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from app.settings import Settings
from app.workflow import archives, verifying
from app.workflow.home import Home, open_home
from engine.errors import DiskFull, Refused, Unavailable, UnreadableFile, UnusableOption
from store import db, head

LIST = "HANDRAIL-BACKUP.json"
FORMAT = 1
# What is made anew where it is needed: work in progress (the registry knows which), locks, what the warm scorer and
# BentoML leave behind.
_PASSING = ("work", "jobs.db", "locks", "warm", "bentoml")
# What is written once its rows are there: how far the record goes, what running services are told of the registry.
_AFTER_ROWS = (head.FILE, "withdrawn", "admitted")
_REGISTRY = "handrail.db"
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
        for path in sorted(found, key=lambda path: (path == self.home / _REGISTRY, path)):
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
            folders[:] = [name for name in folders if name not in _PASSING]
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


def restore(settings: Settings, file: Path) -> Iterator[str]:
    """Lay a backup out as the home, which must be empty or absent; yields what was verified.

    It is unpacked beside the home, which appears whole or not at all. What was broken already when it was backed up is
    told once the home is there. A backup holds models, which are code: restore only what you backed up yourself.

    Raises
    ------
    Refused
        If the home is not empty, or something in the archive would land outside of it.
    UnreadableFile
        If the file is no backup, was cut off or changed.
    TamperedRecord, TamperedArtifact
        If something was not what was recorded and sealed already when it was backed up; the home is restored with it.
    """
    if settings.database_url:
        raise UnusableOption(
            "The registry lies in a database server, which a backup's file does not hold.",
            fix="Unset HANDRAIL_DATABASE_URL, or restore the database with its own tool.",
        )
    home = settings.home
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Refused(f"The home {home} is not empty.", fix="Name another one with --home, or move it away first.")
    home.parent.mkdir(parents=True, exist_ok=True)
    for lost in home.parent.glob(f".{home.name}-restoring-*"):
        shutil.rmtree(lost, ignore_errors=True)  # of one that was broken off
    beside = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}-restoring-"))
    try:
        _unpack(file, beside)
        if home.exists():
            home.rmdir()
        os.replace(beside, home)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    yield from verifying.verify(open_home(settings), None)


def _unpack(file: Path, to: Path) -> None:
    if not file.is_file():
        raise UnreadableFile(f"There is no file {file}.", fix="Name a file that `handrail backup` wrote.")
    if file.stat().st_size > shutil.disk_usage(to).free:
        raise DiskFull(f"{file} needs more room than there is on the disk of {to.parent}.", fix="Free some space.")
    found: dict[str, dict[str, Any]] = {}
    about: dict[str, Any] | None = None
    try:
        with tarfile.open(file, mode="r:") as archive:
            for member in archive:
                if about is not None:
                    raise _damaged(file, f"{member.name!r} follows after its end")
                plain = member.isreg() or member.isdir()
                target = to / archives.inside(file, member.name, plain=plain, by="handrail backup")
                if member.isdir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                source = archive.extractfile(member)
                assert source is not None  # noqa: S101 - a regular file has content
                if member.name == LIST:
                    about = json.loads(source.read())
                elif member.name in found:
                    raise _damaged(file, f"{member.name!r} stands in it twice")
                else:
                    found[member.name] = archives.lay(source, target)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise UnreadableFile(
            f"{file} is not a backup, or is damaged ({error}).", fix="Take another copy that `handrail backup` wrote."
        ) from error
    if about is None:
        raise _damaged(file, "its end is missing")
    if about.get("format") != FORMAT or str(about.get("database", "")) > db.head():
        raise Unavailable(f"{file} was written by a newer version of Handrail.", fix="Install that version first.")
    if found != about.get("files"):
        changed = sorted(name for name in {*found, *about["files"]} if found.get(name) != about["files"].get(name))
        raise _damaged(file, f"{changed[0]!r} is not what was kept")


def _damaged(file: Path, what: str) -> UnreadableFile:
    return UnreadableFile(f"{file} is damaged: {what}.", fix="Take another copy that `handrail backup` wrote.")
