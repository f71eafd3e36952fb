"""Backup: the whole home in one file, and back; nothing appears that was not verified first.

The file is a tar archive. Its last member lists every other one with its SHA-256, so that an archive which was cut off,
or changed, is not restored. Databases are copied as they stand at one moment, also while others write; sealed folders
never change; so a home may be at work meanwhile.
"""

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
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
SEALED = ("datasets", "runs", "releases")
# What is made anew where it is needed: work in progress (the registry knows which), locks, what the warm scorer and
# BentoML leave behind.
_PASSING = ("work", "jobs.db", "locks", "warm", "bentoml")
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Kept:
    """What a backup holds: its file, files in it, and bytes."""

    file: Path
    files: int
    bytes: int


def backup(home: Home, to: Path) -> Kept:
    """Write the whole home into one new file, readable by its owner only: it holds the installation's key.

    Raises
    ------
    UnusableOption
        If the registry is not in the home, or ``to`` lies in it.
    Refused
        If ``to`` exists.
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
    listed: dict[str, dict[str, Any]] = {}
    with (
        tempfile.TemporaryDirectory(dir=home.path / "work") as scratch,
        tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        # The databases first: whatever their rows speak of lies in its place by then. Before them, how far they go.
        for path in sorted(_files(home.path), key=lambda p: (p.name != head.FILE, not _is_database(p), p)):
            name = path.relative_to(home.path).as_posix()
            if path.is_symlink():
                raise Unavailable(f"{name} is a link, which a backup does not follow.", fix="Remove it from the home.")
            if path.is_dir():
                archive.addfile(_entry(f"{name}/", 0, tarfile.DIRTYPE))
                continue
            source = path
            if _is_database(path):
                source = Path(scratch) / "copy.db"
                db.copy_sqlite(path, source)
            try:
                listed[name] = _add(archive, source, name)
            except FileNotFoundError:
                if name.startswith(SEALED):
                    raise Unavailable(f"{name} was erased meanwhile.", fix="Start the backup again.") from None
        about = {"format": FORMAT, "made": datetime.now(UTC).isoformat(), "database": db.head(), "files": listed}
        body = json.dumps(about, indent=1).encode()
        archive.addfile(_entry(LIST, len(body)), io.BytesIO(body))
    return listed


def _files(home: Path) -> Iterator[Path]:
    """Yield what a backup keeps of a home: files, links, and folders that are empty."""
    for path in home.rglob("*"):
        top = path.relative_to(home).parts[0]
        if top in _PASSING or top.startswith(".writable-") or path.name.endswith((".db-wal", ".db-shm")):
            continue
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir()):
            yield path


def _is_database(path: Path) -> bool:
    if path.suffix != ".db" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


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
