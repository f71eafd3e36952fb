"""A list of all files of what was built, with their hashes, lies among them: nothing is opened that is not as built.

It tells a copy that is damaged or incomplete; whoever can change files can change the list too, so it is no seal.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from engine.errors import TamperedArtifact

LISTED = "files.json"  # the SHA-256 of every file
PACKAGE = "package"  # where nothing else has any business
_STRAY = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # left behind by whoever looks at a folder; never opened


def write(folder: Path) -> None:
    """List the files of a folder in it."""
    listed = folder / LISTED
    hashes = {path.relative_to(folder).as_posix(): sha256(path) for path in files(folder) if path != listed}
    listed.write_text(json.dumps(hashes, indent=1), encoding="utf-8")


def verify(folder: Path) -> Path:
    """Return a folder if its files are what was built. Call before unpickling.

    Raises
    ------
    TamperedArtifact
        If a file was changed or removed, or one was added to the model.
    """
    try:
        hashes: dict[str, str] = json.loads((folder / LISTED).read_bytes())
    except (OSError, ValueError):
        raise _tampered(folder, f"{LISTED} cannot be read") from None
    for name, digest in hashes.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise _tampered(folder, f"{name} is missing")
        if sha256(path) != digest:
            raise _tampered(folder, f"{name} was changed")
    # Python puts compiled sources beside the sources; beside the model nothing has any business.
    for path in (folder / PACKAGE).rglob("*"):
        if not path.is_dir() and path.name not in _STRAY and path.relative_to(folder).as_posix() not in hashes:
            raise _tampered(folder, f"{path.name} was added")
    return folder


def files(folder: Path) -> Iterator[Path]:
    """Yield all files of a folder, in the same order every time."""
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tampered(folder: Path, what: str) -> TamperedArtifact:
    return TamperedArtifact(
        f"The files of {folder.name} are not what was built: {what}.",
        fix="Do not use them. Take them again from where they were released.",
    )
