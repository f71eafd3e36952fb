"""Bodies of calls as they arrive: bounded in size, in time, and in what is held of all of them at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

# A body over the limit is read and thrown away up to this many times the limit: a client that is still sending when the
# connection closes sees a broken pipe instead of the 413.
_DRAINED = 4
_HELD = 20  # bodies of the largest size that are held at the same time


class Refused(Exception):
    """A call is to be answered with an HTTP status before it reaches the service."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Bodies:
    """Reads the bodies of a service's calls.

    Parameters
    ----------
    max_bytes : int
        Of one body.
    seconds : float
        In which a body has to arrive.
    """

    def __init__(self, max_bytes: int, seconds: float) -> None:
        self.max_bytes, self._seconds = max_bytes, seconds
        self._held = 0

    @asynccontextmanager
    async def taken(self, headers: Mapping[bytes, bytes], receive: Receive, *, keep: bool) -> AsyncIterator[bytes]:
        """Hold a whole body while its call is answered; where it is not to be kept it is read and thrown away.

        Raises
        ------
        Refused
            413 if it is over the limit, 408 if it does not arrive in time, 429 if too much is held already.
        """
        told = headers.get(b"content-length", b"0")
        if told.isdigit() and int(told) > _DRAINED * self.max_bytes:
            raise Refused(413)
        parts: list[bytes] = []
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    await self._read(receive, parts, keep=keep)
            except TimeoutError:
                raise Refused(408) from None
            yield b"".join(parts)
        finally:
            self._drop(parts)

    async def _read(self, receive: Receive, parts: list[bytes], *, keep: bool) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise Refused(408)  # whoever sent it is gone: half a body is no call
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > _DRAINED * self.max_bytes:
                raise Refused(413)
            if not keep or size > self.max_bytes:
                self._drop(parts)
                continue
            parts.append(part)
            self._held += len(part)
            if self._held > _HELD * self.max_bytes:
                raise Refused(429)
        if size > self.max_bytes:
            raise Refused(413)

    def _drop(self, parts: list[bytes]) -> None:
        self._held -= sum(map(len, parts))
        parts.clear()
