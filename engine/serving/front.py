"""The outermost layer of the service: lets in who may ask, bounds the body, gives errors of every layer one shape."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from engine.serving import counters
from engine.serving.admitted import Door
from engine.serving.bodies import Bodies, Message, Receive, Refused
from engine.serving.refusal import error_body, is_error_body
from engine.serving.turns import Turns

_log = logging.getLogger(__name__)

Scope = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

APPLICATION = "handrail.application"  # in the scope: whose key was shown
_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})
_ABOUT = frozenset({"/docs.json", "/metrics"})
_CALLS = frozenset({"/predict", "/explain", "/outcome", "/schema", "/card"})
_SECONDS = 30.0
_EXPLAINING = 2  # calls at a time, half of the service's threads

_WORDS = {
    400: ("malformed_headers", "A header of this request is not readable text.", "Send headers in plain ASCII."),
    401: (
        "not_admitted",
        "This call shows no key that is known here.",
        "Send the header Authorization: Bearer KEY. Whoever runs the service gives keys out.",
    ),
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
    408: ("slow_body", "The body did not arrive in time.", "Send it again, without pauses."),
    413: ("too_large", "The body is over the limit.", "Send at most {most} bytes in one call."),
    415: ("unsupported_media_type", "This content type is not accepted.", "Send plain Content-Type: application/json."),
    429: ("busy", "Too many requests at once.", "Wait a moment and send it again."),
    503: ("unavailable", "The service cannot answer now.", "Wait a moment and send it again."),
    504: ("timeout", "The answer took too long.", "Send fewer rows."),
}
_OTHER = {
    4: ("refused", "The request was refused.", "See /docs.json."),
    5: ("failed", "Our own failure.", "Its cause stands in the service's log."),
}
# An answer before the whole body was read ends the connection; who is refused is told how to come in.
_ALSO = {
    401: [(b"www-authenticate", b"Bearer")],
    408: [(b"connection", b"close")],
    413: [(b"connection", b"close")],
}


class Front:
    """ASGI application around another.

    Parameters
    ----------
    app : ASGI application
        The service.
    max_bytes : int
        Of a body.
    model : str, default ""
        What the counters call it.
    door : Door, optional
        Who is admitted; without it everybody.
    seconds : float, default 30
        In which a body has to arrive, and a call that explains has to get its turn.
    """

    def __init__(
        self, app: App, *, max_bytes: int, model: str = "", door: Door | None = None, seconds: float = _SECONDS
    ) -> None:
        self._app, self._model, self._door = app, model, door or Door(None)
        self._bodies, self._turns = Bodies(max_bytes, seconds), Turns(_EXPLAINING, seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is refused, pass on the rest; what is no call at all passes as it is."""
        if scope["type"] == "websocket":
            await _no_socket(scope, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].rstrip("/") or "/"
        if path == "/" and scope["method"] == "GET":
            # BentoML's own front page loads a tracking script from outside; nothing of ours does.
            await _answer(send, 307, b"", [(b"location", b"docs.json")])
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        application = "" if path in _HEALTH else self._door.admitted(headers.get(b"authorization"))
        known = {**scope, "path": path, "raw_path": path.encode(), APPLICATION: application}
        told = _Reshape(known, self._counting(known, send), self._bodies.max_bytes)
        try:
            async with self._bodies.taken(headers, receive, keep=application is not None) as body:
                _require_allowed(known, headers)
                async with self._turns.taken(path, body):
                    await self._app(known, _replay(body, receive), told)
        except Refused as refusal:
            await told.refuse(refusal.status)
        except Exception:
            # Whatever falls in BentoML's own layers, a caller gets our error body.
            if told.begun:
                raise
            _log.exception("a layer around %s failed", path)
            await told.refuse(500)

    def _counting(self, scope: Scope, send: Send) -> Send:
        path = scope["path"]

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and path not in _HEALTH | _ABOUT:
                call = path[1:] if path in _CALLS else ""
                counters.called(self._model, call, scope[APPLICATION] or "", message["status"])
            await send(message)

        return counted


def _require_allowed(scope: Scope, headers: Mapping[bytes, bytes]) -> None:
    if scope[APPLICATION] is None:
        raise Refused(401)
    if scope["path"] not in _HEALTH | _ABOUT | _CALLS:
        raise Refused(404)  # what else BentoML serves (a page, its scripts, another description) is nobody's business
    if not _readable(headers):
        raise Refused(400)
    packed = headers.get(b"content-encoding", b"identity").lower() != b"identity"
    if packed or _from_a_web_page(headers) or b"pickle" in headers.get(b"content-type", b"").lower():
        raise Refused(415)


def _readable(headers: Mapping[bytes, bytes]) -> bool:
    # What BentoML has around its calls (OpenTelemetry) takes every header for UTF-8, and falls where one is not.
    try:
        b"".join((*headers, *headers.values())).decode()
    except UnicodeDecodeError:
        return False
    return True


def _from_a_web_page(headers: Mapping[bytes, bytes]) -> bool:
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


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    kept = [(n, v) for n, v in headers if n.lower() not in {b"content-type", b"content-length"}]
    kept += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _no_socket(scope: Scope, send: Send) -> None:
    async def told(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    await _Reshape({**scope, "method": "a WebSocket"}, told, 0).refuse(405)


class _Reshape:
    """Holds an error's body back until it is whole, then sends it in our shape; everything else passes."""

    def __init__(self, scope: Scope, send: Send, max_bytes: int) -> None:
        self.begun = False  # whether anything was sent
        self._scope, self._send, self._max_bytes = scope, send, max_bytes
        self._start: Message | None = None
        self._held: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            self.begun = True
            await self._send(message)
            return
        self._held.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        self.begun = True
        status, body = self._start["status"], b"".join(self._held)
        if not is_error_body(body):
            body = self._words(status)
        await _answer(self._send, status, body, list(self._start.get("headers", ())))

    async def refuse(self, status: int) -> None:
        """Answer with an error of our own."""
        await _answer(self._send, status, self._words(status), _ALSO.get(status, []))

    def _words(self, status: int) -> bytes:
        code, problem, fix = _WORDS.get(status) or _OTHER[status // 100]
        path, method = self._scope["path"][:100], self._scope["method"][:20]
        return error_body(code, problem.format(path=path, method=method), fix.format(most=self._max_bytes))
