"""What is no HTTP at all never becomes a request: uvicorn refuses it by itself, and here it does so in our shape."""

from contextlib import suppress
from typing import Any

from engine.serving.refusal import error_body

_BODY = error_body(
    "malformed_request", "This is no HTTP request that can be read.", "Send HTTP/1.1 whose head and length are right."
)


def answered_in_our_shape() -> None:
    """Have uvicorn answer so in this process; what it cannot read has no path, and reaches no application."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    H11Protocol.send_400_response = _refuse  # type: ignore[assignment,method-assign]


def _refuse(protocol: Any, _: str) -> None:
    import h11

    headers = [("content-type", "application/json"), ("content-length", str(len(_BODY))), ("connection", "close")]
    with suppress(h11.LocalProtocolError):  # to HEAD nothing is said, nor in the middle of another answer
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=_BODY), h11.EndOfMessage()):
            protocol.transport.write(protocol.conn.send(event))
    protocol.transport.close()
