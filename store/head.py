"""How far the record goes, kept beside the installation's key.

A chain shows what was changed in it, but not that its end was cut off, or that all of it was begun anew. So the number
and the digest of the last entry are written down outside of the database too. Who can change that file has the key.
"""

import json
from contextlib import suppress
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from engine.errors import Unavailable
from engine.files import write_whole

FILE = "record.json"
Entry = tuple[int, str]  # number and digest
_KNOWN = TypeAdapter(dict[str, Entry])


def told(bind: Connection | Engine) -> Entry | None:
    """Return the last entry that was written down for a database; None where nothing ever was.

    Raises
    ------
    Unavailable
        If the file is there and tells nothing.
    """
    file: Path | None = bind.get_execution_options().get("head")
    return _read(file).get(_name(bind, file)) if file is not None else None


def keep(bind: Connection | Engine, last: Entry) -> None:
    """Write the last entry of a database down, once it is committed; never an earlier one."""
    file: Path | None = bind.get_execution_options().get("head")
    if file is None:
        return
    with suppress(OSError), FileLock(_lock(file)):  # where the disk is full, the next one catches up
        if (told(bind) or (0,))[0] < last[0]:
            write_whole(file, json.dumps({**_read(file), _name(bind, file): last}), durable=True)


def _lock(file: Path) -> Path:
    locks = file.parent / "locks"
    locks.mkdir(exist_ok=True)
    return locks / "record"


def _name(bind: Connection | Engine, file: Path) -> str:
    """Return what a database is called: a SQLite file that lies in the home may be moved together with it."""
    url = bind.engine.url
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "").resolve()
        return path.name if path.parent == file.parent.resolve() else str(path)
    _, asked = bind.dialect.create_connect_args(url)  # with what stands behind the question mark
    return f"{asked.get('host', '')}:{asked.get('port', 5432)}/{asked.get('dbname', '')}"


def _read(file: Path) -> dict[str, Entry]:
    try:
        return _KNOWN.validate_json(file.read_bytes(), strict=True)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Unavailable(
            f"{file} does not tell how far the record goes.", fix="Restore that file from a backup."
        ) from error
