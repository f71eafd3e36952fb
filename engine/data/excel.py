"""Workbooks into the scratch database; the file itself is opened by a confined process only."""

from pathlib import Path

import pyarrow as pa

from engine.data import confined
from engine.data.kinds import BRING
from engine.data.limits import CELLS
from engine.data.loaded import Loaded
from engine.data.package import protected
from engine.data.scratch import Scratch
from engine.data.seen import MISSING
from engine.domain.dataset import Reader, Reading, Rejection
from engine.errors import UnreadableFile

__all__ = ["load", "protected", "require_workbook"]

_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))


def load(path: Path, scratch: Scratch, *, limit_bytes: int, reading: Reading | None = None) -> Loaded:
    """Read one sheet of an Excel or OpenDocument workbook into ``raw``, every cell as text.

    Raises
    ------
    UnreadableFile
        If the workbook is damaged, protected, would unpack to more than ``limit_bytes``, or takes more memory or time
        than an honest one of its size.
    UnusableOption
        If the sheet or row that ``reading`` names is not there.
    EmptyTable
        If every sheet is empty.
    """
    said = reading or Reading()
    asked = {
        "limit_bytes": limit_bytes,
        "sheet": said.sheet,
        "first_row": said.first_row,
        "header_rows": said.header_rows,
        "missing": MISSING,
    }
    answer = confined.decode("workbook", path, scratch.folder, asked)
    with pa.memory_map(str(scratch.folder / CELLS)) as file:
        cells = pa.ipc.open_file(file).read_all().select(answer["columns"])
        scratch.keep(cells.rename_columns([f"c{i}" for i in range(cells.num_columns)]))
    (scratch.folder / CELLS).unlink()
    return Loaded(
        names=tuple(answer["names"]),
        reader=Reader(**answer["reader"]),
        rejected=tuple(Rejection(**rejection) for rejection in answer["rejected"]),
        notes=tuple(answer["notes"]),
        counted=frozenset(answer["counted"]),
    )


def require_workbook(path: Path) -> None:
    """Refuse an old Office file that is no workbook, or is one with a password.

    Raises
    ------
    UnreadableFile
        If it is a document, a presentation, a message, or protected.
    """
    content = path.read_bytes()
    if _PASSWORD in content:
        raise protected(path)
    if not any(book in content for book in _BOOKS):
        raise UnreadableFile(f"{path.name} is an old Office file but no Excel workbook.", fix=BRING)
