"""How long a guardrail may look."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN = 5.0  # seconds after which an interruption that went unheard is repeated


class TimeUp(BaseException):
    """The time is up; no ``except Exception`` on the way out swallows it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Interrupt what runs longer, at the next step of Python's own.

    Only a main thread can be interrupted, and a single call into compiled code runs to its end: the samples that
    guardrails look at keep those short. In any other thread, and where the system knows no such timer, nothing is
    interrupted.

    Raises
    ------
    TimeUp
        If the time is up.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(*_: object) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
