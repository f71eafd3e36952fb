"""What the crew's tests do in other processes; light to import there."""

import os
import signal
import time

from engine.errors import UnusableInput


class Tool:
    """Tells when it was prepared, and with how many threads."""

    def __init__(self) -> None:
        self.prepared, self.threads = time.monotonic_ns(), os.environ.get("OMP_NUM_THREADS", "")


def doubled(tool: Tool, item: int, *, first: float = 0.0) -> tuple[int, Tool]:
    """Double; the first item takes so many seconds."""
    time.sleep(first if item == 0 else 0)
    return 2 * item, tool


def refusing(_: Tool, item: int, *, error: Exception) -> int:
    if item == 1:
        raise error
    return item


class Odd(Exception):
    """It cannot be made again of what it tells."""

    def __init__(self, one: str, *, two: str) -> None:
        super().__init__(one)
        self.two = two


def odd(_: Tool, item: int) -> int:
    raise Odd("sick", two=str(item))


def ending(_: Tool, item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def broken() -> Tool:
    raise UnusableInput("There is no model.", fix="Train again.")
