"""Restore: a home from the file that ``backup`` wrote; nothing appears that was not verified first."""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.settings import Settings
from app.workflow import archives, removing, verifying
from app.workflow.backup import FORMAT, LIST, REGISTRY, RESTORING
from app.workflow.home import open_home
from engine.errors import DiskFull, Refused, Unavailable, UnreadableFile, UnusableOption
from engine.files import write_whole
from store import db

# Of the folder in which a restore unpacks: what becomes the home, what of it was moved up, who is at it.
_WHOLE, _NAMES, _LOCK = "home", "names.json", "lock"


def restore(settings: Settings, file: Path) -> Iterator[str]:
    """Lay a backup out as the home, which must be empty or absent; yields what was verified.

    An absent home is unpacked beside its place, and appears whole or not at all. One that is there and empty may be a
    volume, which nothing can take the place of: there it is unpacked in a hidden folder, and moved up once it was
    verified, the registry last. What was broken off before that is cleared away, by the next restore at the latest.
    What was broken already when it was backed up is told once the home is there. A backup holds models, which are code:
    restore only what you backed up yourself.

    Raises
    ------
    Refused
        If the home is not empty, another restore fills it, or something in the archive would land outside of it.
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
    home = settings.home.resolve()  # of a link, where it leads
    _clear(home)
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise _not_empty(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    place, prefix = (home, RESTORING) if home.exists() else (home.parent, _beside(home))
    half = Path(tempfile.mkdtemp(dir=place, prefix=prefix))
    with FileLock(half / _LOCK):
        try:
            whole = half / _WHOLE
            whole.mkdir(mode=0o700)
            _unpack(file, whole)
            _move_up(half, home) if place == home else os.replace(whole, home)
        finally:
            _undo(half, home)
    yield from verifying.verify(open_home(settings), None)


def _beside(home: Path) -> str:
    return f".{home.name}-restoring-"


def _clear(home: Path) -> None:
    """Remove what restores were broken off with.

    Raises
    ------
    Refused
        If one is not broken off, but at it.
    """
    for half in (*home.glob(f"{RESTORING}*"), *home.parent.glob(f"{_beside(home)}*")):
        try:
            with FileLock(half / _LOCK, timeout=0):
                _undo(half, home)
        except Timeout:
            raise Refused(f"Another restore fills the home {home} just now.", fix="Wait for that one.") from None


def _undo(half: Path, home: Path) -> None:
    """Remove what a restore left, also what of it was moved up already; one that was finished has a registry.

    Raises
    ------
    Unavailable
        If something cannot be removed.
    """
    names = half / _NAMES
    if names.is_file() and not (home / REGISTRY).exists():
        removing.each(partial(removing.remove, home / name) for name in json.loads(names.read_bytes()))
    shutil.rmtree(half, ignore_errors=True)


def _move_up(half: Path, home: Path) -> None:
    if os.listdir(home) != [half.name]:  # somebody was quicker, and it is theirs
        raise _not_empty(home)
    whole = half / _WHOLE
    members = sorted(os.listdir(whole), key=lambda name: (name == REGISTRY, name))
    write_whole(half / _NAMES, json.dumps(members), durable=True)  # before the first one is moved
    for name in members:
        os.rename(whole / name, home / name)


def _not_empty(home: Path) -> Refused:
    return Refused(f"The home {home} is not empty.", fix="Name another one with --home, or move it away first.")


def _unpack(file: Path, to: Path) -> None:
    if not file.is_file():
        raise UnreadableFile(f"There is no file {file}.", fix="Name a file that `handrail backup` wrote.")
    if file.stat().st_size > shutil.disk_usage(to).free:
        raise DiskFull(f"{file} needs more room than there is on the disk of {to.parents[1]}.", fix="Free some space.")
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
    _require_whole(file, about, found)


def _require_whole(file: Path, about: dict[str, Any] | None, found: dict[str, dict[str, Any]]) -> None:
    if about is None:
        raise _damaged(file, "its end is missing")
    if about.get("format") != FORMAT or str(about.get("database", "")) > db.head():
        raise Unavailable(f"{file} was written by a newer version of Handrail.", fix="Install that version first.")
    if found != about.get("files"):
        changed = sorted(name for name in {*found, *about["files"]} if found.get(name) != about["files"].get(name))
        raise _damaged(file, f"{changed[0]!r} is not what was kept")
    if REGISTRY not in found:
        raise _damaged(file, "there is no registry in it")


def _damaged(file: Path, what: str) -> UnreadableFile:
    return UnreadableFile(f"{file} is damaged: {what}.", fix="Take another copy that `handrail backup` wrote.")
