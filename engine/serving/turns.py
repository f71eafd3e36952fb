"""Turns of calls that explain: each costs hundreds of answers, so calls for answers never wait behind them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.serving.bodies import Refused

_EXPLAIN = re.compile(rb'"(?:[explain]|\\u00[67][0-9a-fA-F]){7}"\s*:\s*true')  # a letter may be written as \u0065


def _explains(path: str, body: bytes) -> bool:
    """Return whether a call may explain; in doubt it does, as in UTF-16, in which nobody ordinary writes JSON."""
    if path != "/predict":
        return path == "/explain"
    # Nearly every body is told apart by its letters alone, in a hundredth of the time of looking at each text in it.
    spelt = b'"explain"' in body or rb"\u00" in body
    return (spelt and bool(_EXPLAIN.search(body))) or not json.detect_encoding(body).startswith("utf-8")


class Turns:
    """Lets so many calls that explain through at a time, and the others at once.

    Parameters
    ----------
    most : int
        Fewer than the threads of the service: the rest is left to calls for answers.
    seconds : float
        That a call may wait for its turn.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._free, self._seconds = asyncio.Semaphore(most), seconds

    @asynccontextmanager
    async def taken(self, path: str, body: bytes) -> AsyncIterator[None]:
        """Hold a turn, where the call needs one, while it is answered.

        Raises
        ------
        Refused
            429 if none is free in time.
        """
        if not _explains(path, body):
            yield
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Refused(429) from None
        try:
            yield
        finally:
            self._free.release()
