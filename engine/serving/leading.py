"""The process that starts the service, and its workers.

Refused, none is started; they end where it ends; and what they count is theirs alone.
"""

import atexit
import errno
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from typing import NoReturn

from engine.errors import HandrailError

_LEADER = "HANDRAIL_SERVICE_LEADER"  # the id of the process that starts the workers; they inherit its environment
_FIGURES = "HANDRAIL_SERVICE_FIGURES"  # the directory of this service's figures; the workers inherit it too
_SECONDS = 1.0  # between two looks
_REFUSED = signal.SIGUSR1  # to the leader; nothing else uses it
_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EIO})


def lead() -> None:
    """Have the workers that this process starts know it, and end with status 1 where one of them refuses to serve."""
    os.environ[_LEADER] = str(os.getpid())
    os.environ[_FIGURES] = figures = tempfile.mkdtemp(prefix="handrail-figures-")
    atexit.register(shutil.rmtree, figures, ignore_errors=True)
    signal.signal(_REFUSED, _end)


def _end(*_: object) -> None:
    atexit.register(_exit)  # told to end, BentoML does so with status 0
    os.kill(os.getpid(), signal.SIGTERM)


def _exit() -> NoReturn:
    shutil.rmtree(os.environ[_FIGURES], ignore_errors=True)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def count_apart() -> None:
    """Count into this service's own directory: BentoML has one for all services of its home, emptied by each start."""
    if told := os.environ.get(_FIGURES):
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = told


def follow() -> None:
    """End this process, as Ctrl-C does, once the one that started it is gone: it would hold the port for ever."""
    leader = _leader()
    if leader is not None:
        threading.Thread(target=_watch, args=(leader,), name="leader", daemon=True).start()


def refuse(refusal: HandrailError) -> NoReturn:
    """Say why this worker cannot serve, and end the service: started once more, it would find the same.

    Where the error that is being handled came of something that may pass, such as too many open files, only this worker
    ends, to be started again.

    Raises
    ------
    HandrailError
        The refusal itself, where this process is no worker.
    """
    leader = _leader()
    if leader is None:
        raise refusal
    again = _passes(sys.exc_info()[1])
    sys.stderr.write(f"{refusal.problem} It is tried again.\n" if again else f"{refusal}\n")
    sys.stderr.flush()
    if os.getppid() == leader and not again:
        os.kill(leader, _REFUSED)
    os._exit(1)  # an exception would go through layers that print it thrice


def _passes(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _PASSING:
            return True
        error = error.__context__
    return False


def _leader() -> int | None:
    told = os.environ.get(_LEADER)
    return int(told) if told else None


def _watch(leader: int) -> None:
    while os.getppid() == leader:
        time.sleep(_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
