"""Files that are whole whenever they are there, whoever else writes the same one, and whatever is broken off."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import UnusableOption

HALF = ".half-"  # begins the name of what is not whole yet; what was broken off is found by it
OPEN = 0o666  # for whomever the umask lets


def require_folder(out: Path) -> None:
    """Refuse a name for a file in a folder that is not there.

    Raises
    ------
    UnusableOption
        Naming the folder as it was given.
    """
    if not out.parent.is_dir():
        raise UnusableOption(f"There is no folder {str(out.parent)!r}.", fix="Make it first, or name another.")


@contextmanager
def whole(path: Path, *, mode: int = OPEN, durable: bool = False) -> Iterator[Path]:
    """Yield an empty file beside ``path`` to write to, which takes its place in one step; after an error it goes.

    Parameters
    ----------
    path : Path
        What is there is replaced. Of several who write it at once, processes or threads, one is the last.
    mode : int
        Who may read it.
    durable : bool
        Whether it must be on the disk, and not only on its way there, once this is done.

    Raises
    ------
    OSError
        If the folder or the disk does not let it be written; what was there stays.
    """
    # Writers go by the end of a name, in small letters.
    half = path.with_name(f"{HALF}{secrets.token_hex(8)}{path.suffix.lower()}")
    os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield half
        if durable:
            sync(half)
        os.replace(half, path)
    except BaseException:
        with suppress(OSError):
            half.unlink()
        raise
    if durable:
        sync(path.parent)


def write_whole(path: Path, text: str, *, mode: int = 0o600, durable: bool = False) -> None:
    """Write a small file that appears ``whole``; what root writes is the folder's owner's.

    Raises
    ------
    OSError
        If the folder or the disk does not let it be written; what was there stays.
    """
    with whole(path, mode=mode, durable=durable) as half, half.open("w", encoding="utf-8") as file:
        file.write(text)
        if os.geteuid() == 0:  # a command that root ran once locks nobody out
            owner = path.parent.stat()
            with suppress(OSError):  # where even root may not
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)


def sync(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
