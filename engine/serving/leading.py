"""The process that starts the service, and its workers: refused, none is started; and they end where it ends."""

import os
import signal
import sys
import threading
import time
from typing import NoReturn

from engine.errors import HandrailError

_LEADER = "HANDRAIL_SERVICE_LEADER"  # the id of the process that starts the workers; they inherit its environment
_SECONDS = 1.0  # between two looks


def lead() -> None:
    """Have the workers that this process starts know it."""
    os.environ[_LEADER] = str(os.getpid())


def follow() -> None:
    """End this process, as Ctrl-C does, once the one that started it is gone: it would hold the port for ever."""
    leader = _leader()
    if leader is not None:
        threading.Thread(target=_watch, args=(leader,), name="leader", daemon=True).start()


def refuse(refusal: HandrailError) -> NoReturn:
    """Say why this worker cannot serve, and end the service: started once more, it would find the same.

    Raises
    ------
    HandrailError
        The refusal itself, where this process is no worker.
    """
    leader = _leader()
    if leader is None:
        raise refusal
    sys.stderr.write(f"{refusal}\n")
    sys.stderr.flush()
    if os.getppid() == leader:
        os.kill(leader, signal.SIGTERM)
    os._exit(1)  # an exception would go through layers that print it thrice


def _leader() -> int | None:
    told = os.environ.get(_LEADER)
    return int(told) if told else None


def _watch(leader: int) -> None:
    while os.getppid() == leader:
        time.sleep(_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
