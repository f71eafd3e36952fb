"""Sealed folders: what lies in them is exactly what this installation put there, or it is not opened.

A trained model is code to whoever unpickles it. So a folder is sealed when it is finished: a manifest lists the
SHA-256 of every file, and the manifest's digest, authenticated with the installation's own key, goes into the
database. ``verify`` runs before anything in the folder is opened.
"""

import hashlib
import hmac
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import TamperedArtifact, Unavailable
from engine.files import HALF, sync

MANIFEST = "MANIFEST.json"
_CHUNK = 1 << 20
_KEY_BYTES = 32


def installation_key(home: Path) -> bytes:
    """Return this installation's key, made on first use, readable by its owner only.

    Raises
    ------
    Unavailable
        If the file is there and holds no key.
    """
    path = home / "key"
    if not path.exists():
        _make_key(path)
    try:
        key = bytes.fromhex(path.read_text())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise Unavailable(
            f"{path} holds no key, so nothing can be trusted that was sealed here.",
            fix="Restore that file from a backup; in a home that is still empty, delete it.",
        )
    return key


def _make_key(path: Path) -> None:
    # It appears whole or not at all, and of several processes that start at once one makes it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=HALF)  # readable by its owner only
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_bytes(_KEY_BYTES).hex())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
        sync(path.parent)
    finally:
        os.unlink(name)


def seal(folder: Path, *, key: bytes, place: str = "") -> str:
    """Write the manifest of ``folder``, flush every file to disk, return the authenticated digest (64 hex digits).

    Where ``place`` is given, the name that the folder will have, it is sealed for that place only.
    """
    files = {_relative(folder, path): _digest(path, sync=True) for path in _files(folder)}
    sealed: dict[str, Any] = {"files": files} | ({"place": place} if place else {})
    manifest = json.dumps(sealed, indent=1, sort_keys=True).encode()
    target = folder / MANIFEST
    target.write_bytes(manifest)
    sync(target)
    return _authenticate(manifest, key)


def keep(folder: Path, to: Path, *, key: bytes) -> str:
    """Seal a finished folder for its place, and move it there; returns the authenticated digest."""
    digest = seal(folder, key=key, place=to.name)
    publish(folder, to)
    return digest


def publish(folder: Path, to: Path) -> Path:
    """Move a finished folder to its place in one step: it appears whole or not at all."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.exists():
        shutil.rmtree(to)
    os.replace(folder, to)
    sync(to.parent)
    return to


def is_on_record(folder: Path, *, expected: str, key: bytes) -> bool:
    """Whether the manifest of ``folder`` has the digest on record; of its files that says nothing yet."""
    path = folder / MANIFEST
    try:
        return path.is_file() and hmac.compare_digest(_authenticate(path.read_bytes(), key), expected)
    except OSError:  # it was taken away just now
        return False


def verify(folder: Path, *, expected: str, key: bytes) -> Path:
    """Return the folder if it is exactly what was sealed. Call before unpickling anything in it.

    Parameters
    ----------
    folder : Path
        A folder that ``seal`` finished.
    expected : str
        The digest on record.
    key : bytes
        The installation's key.

    Raises
    ------
    TamperedArtifact
        If a file was added, removed or changed since sealing, if the manifest is not the one on record, or if the
        folder is another one that was sealed here.
    """
    try:
        what = harm(folder, by=lambda manifest: hmac.compare_digest(_authenticate(manifest, key), expected))
    except OSError as error:
        what = f"{error.filename or folder} cannot be read ({error.strerror})"
    if what:
        raise TamperedArtifact(
            f"The files of {folder.name} are not what was sealed: {what}.",
            fix="Do not use them. Restore them from a backup, or train and release again.",
        )
    return folder


def harm(folder: Path, *, by: Callable[[bytes], bool] = lambda _manifest: True) -> str:
    """Say what is not as a folder's manifest has it, which ``by`` knows as the right one; empty where all is.

    Without ``by`` it is not known who wrote the manifest: of a folder from elsewhere nothing else can be checked.
    """
    path = folder / MANIFEST
    if folder.is_symlink():
        return "a link stands in its place"
    if path.is_symlink() or not path.is_file():
        return "its manifest is gone"
    manifest = path.read_bytes()
    if not by(manifest):
        return "its manifest is not the one on record"
    sealed = json.loads(manifest)
    if sealed.get("place", folder.name) != folder.name:
        return f"they belong to {sealed['place']}"
    return _difference(folder, sealed["files"])


def _difference(folder: Path, listed: dict[str, str]) -> str:
    found = {_relative(folder, path): path for path in _files(folder)}
    if extra := sorted(found.keys() - listed.keys()):
        return f"{extra[0]} was added"
    if gone := sorted(listed.keys() - found.keys()):
        return f"{gone[0]} is missing"
    changed = (name for name, digest in listed.items() if _digest(found[name]) != digest)
    return next((f"{name} was changed" for name in changed), "")


def _files(folder: Path) -> list[Path]:
    # Links are listed as links and never followed: a file swapped for one is a change. So is an empty folder.
    return sorted(p for p in folder.rglob("*") if not _is_full(p) and _relative(folder, p) != MANIFEST)


def _is_full(path: Path) -> bool:
    """Whether this is a folder that the files in it stand for."""
    return path.is_dir() and not path.is_symlink() and any(path.iterdir())


def _relative(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path, *, sync: bool = False) -> str:
    if path.is_symlink():
        return f"link:{os.readlink(path)}"
    if path.is_dir():
        return "empty folder"
    if not stat.S_ISREG(path.stat().st_mode):
        return "no file"  # a pipe would keep its reader waiting for ever
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        if sync:
            os.fsync(file.fileno())
    return digest.hexdigest()


def _authenticate(manifest: bytes, key: bytes) -> str:
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()
