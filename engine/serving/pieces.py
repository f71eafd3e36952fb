"""Some rows of a table on their way to another process: a file that is gone once it is taken.

A pipe copies them four times over, 64 KB at a time; of a file, both processes see the same memory.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from engine.errors import Unavailable


def lay(table: pa.Table, place: Path) -> Path:
    """Write rows where another process takes them; of a slice only its own."""
    with written(), pa.OSFile(str(place), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)
    return place


def take(place: Path) -> pa.Table:
    """Return the rows, and let go of the file: its memory lasts as long as they do."""
    with pa.memory_map(str(place)) as source:
        place.unlink()
        return pa.ipc.open_file(source).read_all()


@contextmanager
def written() -> Iterator[None]:
    """Write what is on its way.

    Raises
    ------
    Unavailable
        If it has no room there: it is not what the rows are read from or written to that is at fault.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The folder for temporary files, {tempfile.gettempdir()!r}, cannot be written: {error.strerror or error}.",
            fix="Check the folder and the space on its disk, or let TMPDIR name another.",
        ) from error
