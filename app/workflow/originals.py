"""Files as they were brought, for reading them once more in another way.

Each lies compressed under the hash of its content, once, however many datasets were read from it; only its owner may
read it. It holds everything that a dataset's snapshot holds, and the lines that were not read.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.workflow.home import Home
from engine.errors import NotFound, TamperedArtifact
from engine.files import whole

_CHUNK = 1 << 20


def keep(home: Home, path: Path, sha256: str) -> None:
    """Keep the file ``path``, whose content has that hash; it appears whole or not at all.

    One that is kept already, and is no longer what was brought, is replaced.
    """
    import pyarrow as pa

    place = where(home, sha256)
    if is_whole(place, sha256):
        return
    place.parent.mkdir(exist_ok=True)
    with (
        path.open("rb") as source,
        whole(place, mode=0o600, durable=True) as half,
        pa.output_stream(half, compression="zstd") as out,
    ):
        shutil.copyfileobj(source, out, _CHUNK)


@contextmanager
def opened(home: Home, sha256: str) -> Iterator[Path]:
    """Lay the file with that hash out for as long as it is read.

    Raises
    ------
    NotFound
        If it is not kept here.
    TamperedArtifact
        If it is not what was brought.
    """
    place = where(home, sha256)
    if not place.exists():
        raise NotFound("The file itself is no longer here, only the table that was read.", fix="Bring the file again.")
    with tempfile.TemporaryDirectory(dir=home.path / "work") as folder:
        path = Path(folder) / "original"
        with path.open("wb") as out:
            _require(place, sha256, out)
        yield path


def verified(home: Home, sha256: str) -> bool:
    """Whether the file with that hash is kept here; of one that was combined, or is older, there is none.

    Raises
    ------
    TamperedArtifact
        If it is not what was brought.
    """
    place = where(home, sha256)
    if place.exists():
        _require(place, sha256)
    return place.exists()


def is_whole(place: Path, sha256: str) -> bool:
    """Whether a kept file is there and holds what has that hash."""
    return place.exists() and _hash(place) == sha256


def _require(place: Path, sha256: str, out: IO[bytes] | None = None) -> None:
    if _hash(place, out) != sha256:
        raise TamperedArtifact(f"The kept file {place.name} is not what was brought.", fix="Bring the file again.")


def _hash(place: Path, out: IO[bytes] | None = None) -> str:
    """Return the hash of what a kept file holds, which goes to ``out``; empty where that cannot be read."""
    import pyarrow as pa

    digest = hashlib.sha256()
    try:
        with pa.input_stream(place, compression="zstd") as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                if out is not None:
                    out.write(chunk)
    except pa.ArrowException:
        return ""
    except OSError as error:
        if error.errno is not None:  # the disk's, not the content's
            raise
        return ""
    return digest.hexdigest()


def where(home: Home, sha256: str) -> Path:
    """Return where the file with that hash lies, if it is kept."""
    return home.path / "originals" / f"{sha256}.zst"
