"""Archives: one new file that holds many, and back; what a backup and a project's file have in common."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from engine.errors import Refused, UnusableOption
from engine.files import require_folder

CHUNK = 1 << 20


@contextmanager
def written(to: Path, home: Path) -> Iterator[IO[bytes]]:
    """Write a new file, readable by its owner only, that appears whole or not at all.

    Raises
    ------
    UnusableOption
        If it would lie in the home, or in no folder.
    Refused
        If it exists, or somebody else's appeared under its name meanwhile.
    """
    if to.is_relative_to(home.resolve()):
        raise UnusableOption(f"{to} lies in the home itself.", fix="Name a file somewhere else, best on another disk.")
    if to.exists():
        raise _exists(to)
    require_folder(to)
    # A name of its own: somebody else may be writing a file of the same name, or have one that is called alike.
    descriptor, name = tempfile.mkstemp(dir=to.parent, prefix=f"{to.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _call(part, to)
    finally:
        part.unlink(missing_ok=True)


def _call(part: Path, to: Path) -> None:
    """Give a finished file its name, unless somebody was quicker."""
    try:
        os.link(part, to)
    except FileExistsError:
        raise _exists(to) from None
    except OSError:  # a file system that knows no second name of a file: FAT, some shares of a network
        _reserve(to)
        try:
            os.replace(part, to)
        except BaseException:
            to.unlink()
            raise


def _reserve(to: Path) -> None:
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise _exists(to) from None


def _exists(to: Path) -> Refused:
    return Refused(f"{to} exists already.", fix="Name a new file: none is ever overwritten.")


class Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self._size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._file.read(size)
        self._digest.update(data)
        self._size += len(data)
        return data

    @property
    def listed(self) -> dict[str, Any]:
        """What an archive's list says of a file: its size and its SHA-256."""
        return {"size": self._size, "sha256": self._digest.hexdigest()}


def lay(source: IO[bytes], target: Path) -> dict[str, Any]:
    """Write a new file, readable by its owner only; returns what an archive's list should say of it."""
    hashed = Hashed(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        while chunk := hashed.read(CHUNK):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return hashed.listed


def inside(file: Path, name: str, *, plain: bool, by: str) -> PurePosixPath:
    """Return where something in an archive goes.

    Parameters
    ----------
    file : Path
        The archive.
    name : str
        As the archive has it.
    plain : bool
        Whether it is a plain file or folder, and no link, say.
    by : str
        The command that writes such archives.

    Raises
    ------
    Refused
        If it could land elsewhere, or is not plain.
    """
    path = PurePosixPath(name)
    tricky = not path.parts or path.is_absolute() or ".." in path.parts or "\\" in name or ":" in path.parts[0]
    if tricky or not plain or "\0" in name:
        raise Refused(
            f"{file} holds {name!r}, which would land outside of the home or is no plain file.",
            fix=f"It was not made by `{by}`: do not use it.",
        )
    return path
