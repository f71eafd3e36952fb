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
from pathlib import Path

from engine.errors import TamperedArtifact

MANIFEST = "MANIFEST.json"
_CHUNK = 1 << 20


def installation_key(home: Path) -> bytes:
    """Return this installation's key, made on first use, readable by its owner only."""
    path = home / "key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text())
    key = secrets.token_bytes(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    return key


def seal(folder: Path, *, key: bytes) -> str:
    """Write the manifest of ``folder``, flush every file to disk, return the authenticated digest (64 hex digits)."""
    files = {_relative(folder, path): _digest(path, sync=True) for path in _files(folder)}
    manifest = json.dumps({"files": files}, indent=1, sort_keys=True).encode()
    target = folder / MANIFEST
    target.write_bytes(manifest)
    _sync(target)
    return _authenticate(manifest, key)


def publish(folder: Path, to: Path) -> Path:
    """Move a finished folder to its place in one step: it appears whole or not at all."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.exists():
        shutil.rmtree(to)
    os.replace(folder, to)
    _sync(to.parent)
    return to


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
        If a file was added, removed or changed since sealing, or the manifest is not the one on record.
    """
    manifest_path = folder / MANIFEST
    if not manifest_path.is_file():
        raise _tampered(folder, "its manifest is gone")
    manifest = manifest_path.read_bytes()
    if not hmac.compare_digest(_authenticate(manifest, key), expected):
        raise _tampered(folder, "its manifest is not the one on record")
    listed: dict[str, str] = json.loads(manifest)["files"]
    found = {_relative(folder, path): path for path in _files(folder)}
    if extra := sorted(found.keys() - listed.keys()):
        raise _tampered(folder, f"{extra[0]} was added")
    if gone := sorted(listed.keys() - found.keys()):
        raise _tampered(folder, f"{gone[0]} is missing")
    for name, digest in listed.items():
        if _digest(found[name]) != digest:
            raise _tampered(folder, f"{name} was changed")
    return folder


def _tampered(folder: Path, what: str) -> TamperedArtifact:
    return TamperedArtifact(
        f"The files of {folder.name} are not what was sealed: {what}.",
        fix="Do not use them. Restore them from a backup, or train and release again.",
    )


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
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        if sync:
            os.fsync(file.fileno())
    return digest.hexdigest()


def _authenticate(manifest: bytes, key: bytes) -> str:
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
