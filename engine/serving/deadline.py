"""How long a call may take: a model at work cannot be interrupted, but is not asked again once the time is over."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from engine.serving.refusal import BadCall

_until: ContextVar[float] = ContextVar("until", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give whatever is done in the block so many seconds."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


@contextmanager
def turn(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock, as soon as it is free, while there is time.

    Raises
    ------
    BadCall
        If the time of this call is over.
    """
    left = min(_until.get() - time.monotonic(), threading.TIMEOUT_MAX)
    if left <= 0 or not lock.acquire(timeout=left):
        raise BadCall(
            "The answer took too long.", fix="Send fewer rows, or ask again later.", code="timeout", status=504
        )
    try:
        yield
    finally:
        lock.release()
