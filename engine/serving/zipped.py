"""A folder as one zip file: the same files make the same archive, bit by bit, and everybody may read what is in it."""

import shutil
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

from engine.serving.listed import files

_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, to: Path | IO[bytes], *, without: Collection[str] = ()) -> None:
    """Write all files of a folder into a zip archive, but those in the folder itself that are called ``without``."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files(folder):
            name = path.relative_to(folder).as_posix()
            if name in without:
                continue
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.file_size = path.stat().st_size  # beyond 2 GB the archive needs another form
            with path.open("rb") as source, archive.open(entry, "w") as packed:
                shutil.copyfileobj(source, packed)
