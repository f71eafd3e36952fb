"""The outermost layer of the service: bounds the body, and gives every error of every layer the one shape."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from engine.serving.refusal import error_body, is_error_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_WORDS = {
    404: (
        "not_found",
        "There is nothing at {path}.",
        "Calls: POST /predict, /explain, /outcome, /schema, /card; GET /docs.json.",
    ),
    405: (
        "method_not_allowed",
        "{path} cannot be called with {method}.",
        "Use POST for calls, GET for /docs.json and /healthz.",
    ),
    415: ("unsupported_media_type", "This content type is not accepted.", "Send Content-Type: application/json."),
    429: ("busy", "Too many requests at once.", "Wait a moment and send it again."),
    503: ("unavailable", "The service cannot answer now.", "Wait a moment and send it again."),
    504: ("timeout", "The answer took too long.", "Send fewer rows."),
}
_OTHER = {
    4: ("refused", "The request was refused.", "See /docs.json."),
    5: ("failed", "Our own failure.", "Its cause stands in the service's log."),
}


# A body over the limit is read and thrown away up to this many times the limit: a client that is still sending when the
# connection closes sees a broken pipe instead of the 413.
_DRAINED = 4


class Front:
    """ASGI application around another."""

    def __init__(self, app: App, *, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass on what is not HTTP; answer bodies over the limit with 413; reshape errors of inner layers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope.get("path") == "/" and scope.get("method") == "GET":
            # BentoML's own front page loads a tracking script from outside; nothing of ours does.
            await _answer(send, 307, b"", [(b"location", b"docs.json")])
            return
        headers = {name.lower(): value for name, value in scope.get("headers", ())}
        if _from_a_web_page(headers):
            await _answer(send, 415, error_body(*_words(415, scope)))
            return
        body = await self._body(headers, receive)
        if body is None:
            fix = f"Send at most {self._max_bytes} bytes in one call."
            await _answer(send, 413, error_body("too_large", "The body is over the limit.", fix))
            return
        await self._app(scope, _replay(body, receive), _Reshape(scope, send))

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        said = headers.get(b"content-length", b"0")
        if said.isdigit() and int(said) > _DRAINED * self._max_bytes:
            return None
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_bytes:
                parts.clear()
            if size > _DRAINED * self._max_bytes:
                return None
            more = message.get("more_body", False)
        return None if size > self._max_bytes else b"".join(parts)


def _from_a_web_page(headers: dict[bytes, bytes]) -> bool:
    # A page of another origin may post without asking first, unless the body is declared as JSON: then browsers ask,
    # and are refused. So a web page cannot use a service that listens on its visitor's own machine.
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    return b"origin" in headers and b"content-type" in headers and kind != b"application/json"


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _words(status: int, scope: MutableMapping[str, Any]) -> tuple[str, str, str]:
    code, problem, fix = _WORDS.get(status) or _OTHER[status // 100]
    path, method = str(scope.get("path", "")), str(scope.get("method", ""))
    return code, problem.format(path=path[:100], method=method[:20]), fix


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    kept = [(n, v) for n, v in headers or [] if n.lower() not in {b"content-type", b"content-length"}]
    kept += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class _Reshape:
    """Holds an error's body back until it is whole, then sends it in our shape; everything else passes."""

    def __init__(self, scope: MutableMapping[str, Any], send: Send) -> None:
        self._scope, self._send = scope, send
        self._start: Message | None = None
        self._held: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._held.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        status, body = self._start["status"], b"".join(self._held)
        if not is_error_body(body):
            body = error_body(*_words(status, self._scope))
        await _answer(self._send, status, body, list(self._start.get("headers", ())))
