import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from engine.serving.admitted import Door, admit, hashed
from engine.serving.bodies import Bodies, Refused
from engine.serving.front import Front
from engine.serving.refusal import error_body


class Inner:
    """An application that reads the whole body, then answers with what it was given."""

    def __init__(self, status: int, parts: Sequence[bytes]) -> None:
        self.status, self.parts = status, parts
        self.read: bytes | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.read = (await receive())["body"]
        headers = [(b"content-type", b"text/plain"), (b"x-kept", b"1")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        for i, part in enumerate(self.parts):
            await send({"type": "http.response.body", "body": part, "more_body": i + 1 < len(self.parts)})


def ask(
    inner: Inner,
    *parts: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
    call: str = "POST /predict",
    **known: Any,
) -> tuple[int, dict[bytes, bytes], bytes]:
    waiting = [{"type": "http.request", "body": part, "more_body": i + 1 < len(parts)} for i, part in enumerate(parts)]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # nothing comes any more
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    method, path = call.split()
    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    asyncio.run(Front(inner, **{"max_bytes": 10, **known})(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_what_is_fine_passes_in_both_directions() -> None:
    inner = Inner(200, [b"one", b"two"])
    assert ask(inner, b"12345", b"67890") == (200, {b"content-type": b"text/plain", b"x-kept": b"1"}, b"onetwo")
    assert inner.read == b"1234567890"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (405, "method_not_allowed"), (429, "busy"), (503, "unavailable"), (504, "timeout")]
    + [(418, "refused"), (500, "failed")],
)
def test_an_inner_error_gets_our_shape(status: int, code: str) -> None:
    found, headers, body = ask(Inner(status, [b'{"error": ', b'"Too many requests"}']), b"")
    assert found == status
    assert json.loads(body)["error"]["code"] == code
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"x-kept"] == b"1"
    assert int(headers[b"content-length"]) == len(body)


def test_what_falls_in_between_is_an_error_of_our_shape() -> None:
    class Falls(Inner):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            raise ZeroDivisionError("secret")

    status, _, body = ask(Falls(200, []), b"{}")
    assert (status, json.loads(body)["error"]["code"]) == (500, "failed")
    assert b"secret" not in body


def test_our_own_errors_pass_as_they_are() -> None:
    ours = error_body("missing_column", "It is absent.", "Send it.", row=3, column="age")
    assert ask(Inner(422, [ours]), b"")[2] == ours


@pytest.mark.parametrize(
    ("parts", "headers"),
    [
        ([b"12345", b"678901"], []),
        ([b"x" * 1000], []),
        ([], [(b"content-length", b"1000")]),
    ],
    ids=["streamed", "far over", "declared"],
)
def test_a_body_over_the_limit_never_reaches_the_service(
    parts: list[bytes], headers: list[tuple[bytes, bytes]]
) -> None:
    inner = Inner(200, [b"fine"])
    status, _, body = ask(inner, *parts, headers=headers)
    assert (status, json.loads(body)["error"]["code"]) == (413, "too_large")
    assert "at most 10 bytes" in json.loads(body)["error"]["fix"]
    assert inner.read is None


def test_a_body_that_does_not_arrive_is_not_waited_for_for_ever() -> None:
    async def slow() -> tuple[int, dict[bytes, bytes]]:
        sent: list[Any] = []
        waiting = [{"type": "http.request", "body": b"1", "more_body": True}]

        async def receive() -> Any:
            return waiting.pop() if waiting else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/predict", "method": "POST", "headers": []}
        await Front(inner, max_bytes=10, seconds=0.05)(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"])

    inner = Inner(200, [b"fine"])
    status, headers = asyncio.run(slow())
    assert status == 408
    assert headers[b"connection"] == b"close"
    assert inner.read is None


def test_half_a_body_is_no_call() -> None:
    inner = Inner(200, [b"fine"])
    bodies, gone = Bodies(10, 1.0), iter([{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "gone"}])

    async def read() -> None:
        async def receive() -> Any:
            return next(gone)

        async with bodies.taken({}, receive, keep=True):
            inner.read = b"never"

    with pytest.raises(Refused):
        asyncio.run(read())
    assert inner.read is None


def test_bodies_that_are_held_at_once_are_bounded_together() -> None:
    bodies = Bodies(10, 1.0)

    def receive() -> Any:
        async def one() -> Any:
            return {"type": "http.request", "body": b"x" * 10, "more_body": False}

        return one

    async def hold(many: int) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(many):
                await stack.enter_async_context(bodies.taken({}, receive(), keep=True))

    asyncio.run(hold(20))
    with pytest.raises(Refused) as refused:
        asyncio.run(hold(21))
    assert refused.value.status == 429
    asyncio.run(hold(20))  # what was refused holds nothing any more


@pytest.mark.parametrize(("path", "status"), [("/predict/", 200), ("/predict//", 200), ("//predict", 404)])
def test_a_slash_at_the_end_changes_nothing(path: str, status: int) -> None:
    assert ask(Inner(200, [b"fine"]), b"{}", call=f"POST {path}")[0] == status


@pytest.mark.parametrize("path", ["/static_content/index.js", "/schema.json", "/predict/submit", "/docs.json.bak"])
def test_what_else_bentoml_serves_is_not_there(path: str) -> None:
    inner = Inner(200, [b"fine"])
    assert ask(inner, b"", call=f"GET {path}")[0] == 404
    assert inner.read is None


def test_a_packed_body_is_refused_unopened() -> None:
    inner = Inner(200, [b"fine"])
    status, _, body = ask(inner, b"\x1f\x8b", headers=[(b"Content-Encoding", b"gzip")])
    assert (status, json.loads(body)["error"]["code"]) == (415, "unsupported_media_type")
    assert inner.read is None
    assert ask(inner, b"{}", headers=[(b"content-encoding", b"identity")])[0] == 200


@pytest.mark.parametrize("extensions", [{"websocket.http.response": {}}, {}], ids=["told", "closed"])
def test_nobody_calls_by_a_web_socket(extensions: dict[str, Any]) -> None:
    inner, sent = Inner(200, []), []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/predict", "headers": [], "extensions": extensions}
    asyncio.run(Front(inner, max_bytes=10)(scope, None, send))  # type: ignore[arg-type]  # nobody receives
    assert inner.read is None
    if not extensions:
        assert sent == [{"type": "websocket.close"}]
        return
    start, body = sent
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 405)
    assert json.loads(body["body"])["error"]["problem"] == "/predict cannot be called with a WebSocket."


def test_a_call_for_answers_never_waits_behind_explanations() -> None:
    """Of six calls that explain two are at work, and a prediction asked for last is answered first."""
    at_work: list[bytes] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        at_work.append(body)
        if b"true" in body or scope["path"] == "/explain":
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def asked() -> list[int]:
        front = Front(slow, max_bytes=100)
        heavy = [_call(front, path, body) for path, body in (("/explain", b"{}"), ("/predict", EXPLAINED)) * 3]
        waiting = [asyncio.create_task(call) for call in heavy]
        while len(at_work) < 2:
            await asyncio.sleep(0)
        told = [await _call(front, "/predict", b'{"explain": false}')]
        front._turns._seconds = 0.01
        told.append(await _call(front, "/explain", b"{}"))
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return told

    assert asyncio.run(asked()) == [200, 429]
    assert len(at_work) == 3


EXPLAINED = b'{"rows": [], "explain" : true}'


async def _call(front: Front, path: str, body: bytes) -> int:
    sent: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message.get("status", 0))

    await front({"type": "http", "path": path, "method": "POST", "headers": []}, receive, send)
    return sent[0]


@pytest.mark.parametrize("header", [(b"x-user", b"\xff"), (b"content-type", b"\xff\xff"), (b"\xe9", b"1")])
def test_a_header_that_is_no_text_is_refused(header: tuple[bytes, bytes]) -> None:
    inner = Inner(200, [b"fine"])
    status, _, body = ask(inner, b"{}", headers=[header])
    assert (status, json.loads(body)["error"]["code"]) == (400, "malformed_headers")
    assert ask(inner, b"{}", headers=[(b"x-user", "Müller".encode())])[0] == 200


@pytest.mark.parametrize("path", ["/predict", "/docs.json", "/metrics", "/nothing"])
def test_a_stranger_is_told_how_to_come_in_and_nothing_else(path: str, tmp_path: Path) -> None:
    admit(tmp_path / "keys", [(hashed(b"hrk_1"), "crm")])
    door, inner = Door(tmp_path / "keys"), Inner(200, [b"fine"])
    status, headers, body = ask(inner, b"x" * 9, call=f"POST {path}", door=door)
    assert (status, json.loads(body)["error"]["code"]) == (401, "not_admitted")
    assert headers[b"www-authenticate"] == b"Bearer"
    assert inner.read is None
    known = [(b"authorization", b"Bearer hrk_1")]
    assert ask(inner, b"{}", headers=known, call=f"POST {path}", door=door)[0] == (404 if path == "/nothing" else 200)


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_who_watches_over_the_service_needs_no_key(path: str, tmp_path: Path) -> None:
    assert ask(Inner(200, [b"fine"]), b"", call=f"GET {path}", door=Door(tmp_path / "none"))[0] == 200


def test_a_web_page_of_another_origin_cannot_post_without_asking() -> None:
    page = (b"origin", b"https://elsewhere.example")
    status, _, _ = ask(Inner(200, [b"fine"]), b"{}", headers=[page, (b"content-type", b"text/plain;charset=utf-8")])
    assert status == 415
    status, _, _ = ask(Inner(200, [b"fine"]), b"{}", headers=[page, (b"content-type", b"application/json")])
    assert status == 200
    status, _, _ = ask(Inner(200, [b"fine"]), b"{}", headers=[(b"content-type", b"text/plain")])
    assert status == 200


def test_the_front_page_is_the_description_not_one_that_loads_scripts_from_outside() -> None:
    inner = Inner(200, [b"<script src=elsewhere>"])
    status, headers, body = ask(inner, b"", call="GET /")
    assert (status, headers[b"location"], body) == (307, b"docs.json", b"")
    assert inner.read is None
