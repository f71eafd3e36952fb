"""How long a guardrail may look."""

import signal
import threading
from collections.abc import Callable, Iterator
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
    if not _interruptible():
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


@contextmanager
def unbroken() -> Iterator[Callable[[], None]]:
    """Put an interruption off until what runs inside asks for it, or is done.

    For a library that frees memory of its own: what is raised between freeing it and noting that makes it free the
    same memory twice.

    Yields
    ------
    callable
        To be called where an interruption does no harm. It raises ``TimeUp`` if the time is up, as does the end.
    """
    before = signal.getsignal(signal.SIGALRM) if _interruptible() else None
    if not callable(before):
        yield lambda: None
        return
    interrupted = False

    def note(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    def ask() -> None:
        if interrupted:
            before(signal.SIGALRM, None)

    signal.signal(signal.SIGALRM, note)
    try:
        yield ask
    finally:
        signal.signal(signal.SIGALRM, before)
    ask()


def _interruptible() -> bool:
    return threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
