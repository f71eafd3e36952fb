"""Files as they were brought, for reading them once more in another way.

Each lies compressed under the hash of its content, once, however many datasets were read from it; only its owner may
read it. It holds everything that a dataset's snapshot holds, and the lines that were not read.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.workflow.home import Home
from engine.errors import NotFound, TamperedArtifact

_CHUNK = 1 << 20


def keep(home: Home, path: Path, sha256: str) -> None:
    """Keep the file ``path``, whose content has that hash; it appears whole or not at all."""
    import pyarrow as pa

    place = where(home, sha256)
    if place.exists():
        return
    place.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home.path / "work")  # readable by its owner only
    os.close(handle)
    half = Path(name)
    try:
        with path.open("rb") as source, pa.output_stream(half, compression="zstd") as out:
            shutil.copyfileobj(source, out, _CHUNK)
        os.replace(half, place)
    finally:
        half.unlink(missing_ok=True)


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
    import pyarrow as pa

    place = where(home, sha256)
    if not place.exists():
        raise NotFound("The file itself is no longer here, only the table that was read.", fix="Bring the file again.")
    with tempfile.TemporaryDirectory(dir=home.path / "work") as folder:
        path = Path(folder) / "original"
        digest = hashlib.sha256()
        try:
            with pa.input_stream(place, compression="zstd") as source, path.open("wb") as out:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
        except pa.ArrowException as error:
            raise _tampered(place) from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise _tampered(place) from error
        if digest.hexdigest() != sha256:
            raise _tampered(place)
        yield path


def where(home: Home, sha256: str) -> Path:
    """Return where the file with that hash lies, if it is kept."""
    return home.path / "originals" / f"{sha256}.zst"


def _tampered(place: Path) -> TamperedArtifact:
    return TamperedArtifact(f"The kept file {place.name} is not what was brought.", fix="Bring the file again.")
