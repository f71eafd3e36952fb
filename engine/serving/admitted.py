"""Who is admitted: a small file beside the service holds the hashes of the keys that applications show.

One line a key: its SHA-256 in hex, a space, the application's name. The one word ``open`` instead admits everybody.
Whatever else the file is, or is not, admits nobody. A key is 256 random bits, which nobody can guess their way to from
a hash: a slow hash, made for passwords that people think up, would only make every call slow.
"""

import hashlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from engine.files import OPEN, write_whole

VARIABLE = "HANDRAIL_SERVICE_KEYS"  # names the file; without it everybody is admitted
EVERYBODY = "open"
_LINE = re.compile(r"([0-9a-f]{64}) (\S.*)")
_UNREADABLE = (0,)
_PREFIX = "hrk_"  # by which a key that ended up in the wrong place is found

_log = logging.getLogger(__name__)


def new_key() -> str:
    """Return a key that nobody has."""
    return _PREFIX + secrets.token_urlsafe(32)


def hashed(key: bytes) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key).hexdigest()


def admit(file: Path, keys: Sequence[tuple[str, str]] | None) -> None:
    """Write who is admitted: hashes and applications, or everybody. It appears whole or not at all."""
    lines = [EVERYBODY] if keys is None else [f"{sha256} {application}" for sha256, application in keys]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, "".join(f"{line}\n" for line in lines), mode=OPEN)  # a service may run as somebody else


class Door:
    """Says which application calls. The file is read anew when it changed: a service need not be started again."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._read: tuple[int, ...] = ()
        self._keys: list[tuple[str, str]] | None = None if file is None else []

    @classmethod
    def beside(cls) -> "Door":
        """Return the door that the environment names."""
        told = os.environ.get(VARIABLE)
        return cls(Path(told) if told else None)

    def admitted(self, authorization: bytes | None) -> str | None:
        """Return the name of the application whose key is shown, empty where none is asked; None for a stranger."""
        keys = self._known()
        if keys is None:
            return ""
        scheme, _, key = (authorization or b"").strip().partition(b" ")
        shown, found = hashed(key.strip()), None
        for sha256, application in keys:  # all of them, so that the time says nothing about where it stood
            if hmac.compare_digest(sha256, shown):
                found = application
        return found if scheme.lower() == b"bearer" else None

    def _known(self) -> list[tuple[str, str]] | None:
        if self._file is None:
            return None
        try:
            now = os.stat(self._file)
            signature = (now.st_mtime_ns, now.st_size, now.st_ino)
            if signature != self._read:
                self._keys, self._read = _parsed(self._file.read_text(encoding="utf-8")), signature
        except (OSError, ValueError) as error:
            if self._read != _UNREADABLE:
                _log.warning("The keys cannot be read, so nobody is admitted: %s", type(error).__name__)
            self._keys, self._read = [], _UNREADABLE
        return self._keys


def _parsed(text: str) -> list[tuple[str, str]] | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines == [EVERYBODY]:
        return None
    found = [_LINE.fullmatch(line) for line in lines]
    if not all(found):
        _log.warning("Some lines of the keys are no keys: they admit nobody.")
    return [(match[1], match[2]) for match in found if match]
