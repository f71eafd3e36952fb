"""What a process that reads a file for another may take, and what it says of a file it cannot read."""

import resource
import signal
from pathlib import Path

from engine.errors import UnreadableFile

MEGABYTE = 1_000_000
OUT_OF_MEMORY = 71  # exit status
CELLS = "cells.arrow"  # where a decoder leaves what it read


class Damaged(Exception):
    """The file is not what its kind prescribes; raised by decoders."""


def damaged(path: Path) -> UnreadableFile:
    """Return the refusal of a file that is not what its kind prescribes."""
    return UnreadableFile(
        f"{path.name} cannot be read: it is damaged or incomplete.",
        fix="Open it in the program it comes from, save it again and bring the new file.",
    )


def allow(memory: int, seconds: float, *, ceiling: int) -> None:
    """Let this process have ``memory`` bytes more than it has, at most ``ceiling``, and ``seconds`` of computing.

    The system ends it where it takes more. Counted is computing, not waiting: a busy machine ends nothing.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    status = Path("/proc/self/status")
    if not status.exists():
        return  # not Linux: the parent watches
    held = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmData"))
    limit = int(held.split()[1]) * 1024 + min(memory, ceiling)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))
