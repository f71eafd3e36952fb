import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

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
    inner: Inner, *parts: bytes, headers: Sequence[tuple[bytes, bytes]] = (), call: str = "POST /predict"
) -> tuple[int, dict[bytes, bytes], bytes]:
    waiting = [{"type": "http.request", "body": part, "more_body": i + 1 < len(parts)} for i, part in enumerate(parts)]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    method, path = call.split()
    scope = {"type": "http", "path": path, "method": method, "headers": list(headers)}
    asyncio.run(Front(inner, max_bytes=10)(scope, receive, send))
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
