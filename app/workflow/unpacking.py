"""Unpacking: what a project's file holds is laid out in a folder, and each file checked against the list."""

import hashlib
import hmac
import json
import math
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.workflow import archives, keys
from app.workflow.exporting import FORMAT, LIST, SEAL, installation, seal_of
from app.workflow.home import Home
from engine.errors import DiskFull, Refused, Unavailable, UnreadableFile
from store import db, transfer

BY = "handrail export"
_ANOTHER = f"Take another copy, as “Export it” at a project wrote it (`{BY}`)."
_MOST = 1 << 28  # bytes of the list: all that is known of a project but its files


@dataclass(frozen=True)
class Listed:
    """The list of a project's file, and whether this installation wrote it."""

    rows: transfer.Rows
    record: list[transfer.Entry]
    files: dict[str, dict[str, Any]]
    installation: str
    made: str
    sha256: str
    own: bool
    applications: dict[str, list[str]]  # by the model they may ask; their keys stayed where they are


def lay_out(home: Home, file: Path, to: Path) -> Listed:
    """Lay the files out in a folder after checking each against the list."""
    if not file.is_file():
        raise UnreadableFile(f"There is no file {file}.", fix=f"Name a file that `{BY}` wrote.")
    if file.stat().st_size > shutil.disk_usage(to).free:
        raise DiskFull(f"{file.name} needs more room than there is on the disk of the home.", fix="Free some space.")
    try:
        with zipfile.ZipFile(file) as archive:
            members = list(_plain(file, archive))
            known = _listed(home, file, archive)
            found = {}
            for member in members:
                if member.is_dir():
                    (to / member.filename).mkdir(parents=True, exist_ok=True)
                elif member.filename not in {LIST, SEAL}:
                    with archive.open(member) as source:
                        found[member.filename] = archives.lay(source, to / member.filename)
    except (
        zipfile.BadZipFile,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        NotImplementedError,
        RecursionError,
    ) as error:
        why = "" if isinstance(error, zipfile.BadZipFile) else f" ({error})"
        raise UnreadableFile(f"{file.name} is not a project's file, or is damaged{why}.", fix=_ANOTHER) from error
    if found != known.files:
        changed = sorted(name for name in {*found, *known.files} if found.get(name) != known.files.get(name))
        raise damaged(file, f"{changed[0]!r} is not what was exported")
    return known


def _plain(file: Path, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the members of an archive, all of them plain files and folders that stay inside and no larger than it."""
    seen: set[str] = set()
    room = file.stat().st_size
    for member in archive.infolist():
        kind = stat.S_IFMT(member.external_attr >> 16)
        archives.inside(Path(file.name), member.filename, plain=kind in {0, stat.S_IFREG, stat.S_IFDIR}, by=BY)
        room -= member.file_size
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size or room < 0:
            raise Refused(
                f"{file.name} would unpack to more than it holds.", fix=f"It was not made by `{BY}`: do not use it."
            )
        if member.filename.casefold() in seen:
            raise damaged(file, f"{member.filename!r} stands in it twice")
        seen.add(member.filename.casefold())
        yield member


def _listed(home: Home, file: Path, archive: zipfile.ZipFile) -> Listed:
    if LIST not in archive.namelist():
        raise UnreadableFile(f"{file.name} is not a project's file: it has no list.", fix=_ANOTHER)
    if archive.getinfo(LIST).file_size > _MOST:
        raise damaged(file, "its list is too long")
    body = archive.read(LIST)
    seal = archive.read(SEAL).decode("ascii") if SEAL in archive.namelist() else ""
    own = hmac.compare_digest(seal, seal_of(home, body))
    about = json.loads(body) if own else json.loads(body, parse_constant=_finite, parse_float=_finite)
    kinds = {"rows": dict, "record": list, "files": dict}
    if not isinstance(about, dict) or not all(isinstance(about.get(name), kind) for name, kind in kinds.items()):
        raise damaged(file, "its list is none")
    if about.get("format") not in range(1, FORMAT + 1) or str(about.get("database", "")) > db.head():
        raise Unavailable(f"{file.name} was written by a newer version of Handrail.", fix="Install that version first.")
    if not own and about["installation"] == installation(home):
        raise damaged(file, "its list is not the one that was written here")
    return Listed(
        rows=about["rows"],
        record=about["record"],
        files=about["files"],
        installation=str(about["installation"]),
        made=str(about["made"]),
        sha256=hashlib.sha256(body).hexdigest(),
        own=own,
        applications=_names(about.get("applications", {}), {row["name"] for row in about["rows"]["version"]}),
    )


def _finite(said: str) -> float:
    """Return a number; one that is none, or has no end, stands in no list but our own, and databases choke on it."""
    number = float(said)
    if not math.isfinite(number):
        raise ValueError(f"it holds {said[:20]!r} for a number")
    return number


def _names(said: Any, models: set[str]) -> dict[str, list[str]]:
    """Return which applications had a key for which model; a file of the first format does not say so."""
    if not isinstance(said, dict) or not said.keys() <= models:
        raise ValueError("it does not say which applications had keys")
    for names in said.values():
        if not isinstance(names, list) or not all(isinstance(name, str) and keys.is_name(name) for name in names):
            raise ValueError("it does not say which applications had keys")
    return said


def damaged(file: Path, what: str) -> UnreadableFile:
    """Return the refusal of a file that is not as it was written."""
    return UnreadableFile(f"{file.name} is damaged: {what}.", fix=_ANOTHER)
