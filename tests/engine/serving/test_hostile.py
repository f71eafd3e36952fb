"""Bodies and requests that mean harm, sent to a served model: errors of ours, bounded memory, the next is answered."""

import gzip
import json
import pickle
import socket
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

pytestmark = [pytest.mark.training, pytest.mark.service]

LIMIT = 5_000_000  # bytes
ROOM = 700_000_000  # of memory beside what it has at rest
FULL = LIMIT - 100


def row(**cells: str) -> bytes:
    known = {"age": "40", "balance": "1", "job": '"clerk"', "since": '"2020-06-01"', **cells}
    return ('{"rows": [{' + ", ".join(f'"{name}": {value}' for name, value in known.items()) + "}]}").encode()


def many(one: bytes, before: bytes, after: bytes) -> bytes:
    return before + b",".join([one] * ((FULL - len(before) - len(after)) // (len(one) + 1))) + after


HARM = {
    "empty": (b"", 422),
    "not JSON": (b"\x00" * 100, 400),
    "not UTF-8": (b'{"rows": ["\xff\xfe"]}', 400),
    "deep lists": (b'{"rows": ' + b"[" * (FULL // 2) + b"]" * (FULL // 2) + b"}", 400),
    "deep objects": (b'{"a":' * (FULL // 6) + b"1" + b"}" * (FULL // 6), 400),
    "a million rows": (many(b"{}", b'{"rows": [', b"]}"), 413),
    "a million keys": ("{" + ",".join(f'"{i:x}":1' for i in range(FULL // 10)) + "}", 422),
    "NaN": (row(age="NaN"), 422),
    "Infinity": (row(balance="-Infinity"), 422),
    "1e400": (row(balance="1e400"), 422),
    "1e300": (row(balance="1e300"), 422),
    "a number of 4,000 digits": (row(age="9" * 4000), 422),
    "a number of 5,000 digits": (row(age="9" * 5000), 400),
    "a list for a value": (row(age="[1]"), 422),
    "an object for a value": (row(job="{}"), 422),
    "half a character": (row(job='"\\ud800"'), 422),
    "a zero byte": (row(job='"\\u0000"'), 200),
    "a year before dates": (row(since='"0001-01-01"'), 422),
    "a column twice": (b'{"rows": [{"age": 1, "age": 99}]}', 400),
    "rows twice": (b'{"rows": [], "rows": [{}]}', 400),
    "a row that is none": (b'{"rows": [null, 1, "x", []]}', 422),
    "keys of other types": (b'{"rows": [], "keys": {"a": 1}}', 422),
    "over the limit": (b"[" + b"1," * LIMIT + b"1]", 413),
    "far over the limit": (b" " * (6 * LIMIT), 413),
}
KINDS = {
    "application/vnd.bentoml+pickle": (pickle.dumps({"rows": []}), 415),
    "application/x-pickle": (pickle.dumps({"rows": []}), 415),
    "application/vnd.bentoml+stream": (b"x", 400),
    "multipart/form-data; boundary=x": (
        b'--x\r\nContent-Disposition: form-data; name="rows"\r\n\r\n[]\r\n--x--\r\n',
        400,
    ),
    "multipart/form-data": (b"--\r\n", 400),
    "application/vnd.apache.arrow.stream": (b"ARROW1", 400),
    "text/csv": (b"age,balance\n1,2\n", 400),
    "\xff\xff": (b"{}", 400),
}


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address, timeout=60) as ready:
        yield ready


def refused(answer, status):
    assert answer.status_code == status, answer.text[:300]
    if status >= 400:
        assert answer.headers["content-type"] == "application/json"
        assert set(answer.json()["error"]) == {"code", "problem", "fix", "row", "column"}
        assert len(answer.content) < 2000


@pytest.mark.parametrize("what", HARM)
def test_a_body_that_means_harm_is_an_error_of_the_caller(client, what):
    body, status = HARM[what]
    for call in ("predict", "explain") if len(body) < 10_000 else ("predict",):
        if call == "explain" and what == "keys of other types":
            continue
        refused(client.post(f"/{call}", content=body, headers={"content-type": "application/json"}), status)
    assert client.post("/predict", content=row()).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_kind_of_content_is_opened(client, kind):
    body, status = KINDS[kind]
    refused(client.post("/predict", content=body, headers={"content-type": kind.encode("latin-1")}), status)


def test_a_packed_body_is_not_unpacked(client):
    bomb = gzip.compress(b" " * 100_000_000)
    for packing in ("gzip", "deflate", "br", "gzip, gzip"):
        refused(client.post("/predict", content=bomb, headers={"content-encoding": packing}), 415)


def test_a_body_without_a_length_is_counted(client):
    refused(client.post("/predict", content=(b" " * 100_000 for _ in range(60))), 413)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"])
def test_a_wrong_method_is_an_error(client, method):
    answer = client.request(method, "/predict")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    if method != "HEAD":
        refused(answer, 405)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/static_content/main.html",
            "/schema.json",
            "/predict/submit",
            "/predict/status",
            "/predict/get",
            "/assets/",
        ),
        *(
            "/../../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/predict%00",
            "/" + "a" * 5000,
            "/pred%69ct%2f..%2fcard%3f",
        ),
    ],
)
def test_nothing_else_is_there(client, path):
    refused(client.get(path), 404)


@pytest.mark.parametrize(
    "head",
    [
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nX: a\r\nX: b\x00\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}",
    ],
    ids=[
        "negative",
        "two lengths",
        "length and chunks",
        "no chunk",
        "long header",
        "zero byte",
        "TLS",
        "proxy",
        "half",
    ],
)
def test_a_request_out_of_shape_harms_nobody(client, head):
    assert not answered(urlsplit(str(client.base_url)), head).startswith(b"HTTP/1.1 5")
    assert client.post("/predict", content=row()).status_code == 200


def answered(place, head) -> bytes:
    """What comes back until the line is closed. A server may hang up in the middle of nonsense; a silent one fails."""
    said = b""
    with socket.create_connection((place.hostname, place.port), timeout=10) as line:
        try:
            line.sendall(head)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(10_000):
                said += part
        except TimeoutError:
            raise
        except OSError:  # the other side closed first, as a reset, a broken pipe or no line at all
            return said
    return said


def test_it_needs_no_more_memory_for_all_that(client):
    port = urlsplit(str(client.base_url)).port
    serving = [
        process
        for process in psutil.Process().children(recursive=True)
        if any(line.laddr and line.laddr.port == port for line in process.net_connections("tcp"))
    ]
    assert serving
    before = sum(process.memory_info().rss for process in serving)
    for what in ("deep lists", "a million rows", "a million keys", "over the limit"):
        client.post("/predict", content=HARM[what][0])
    peak = sum(process.memory_info().rss for process in serving)
    assert peak < before + ROOM
    assert json.loads(client.post("/schema", content=b"{}").content)["limits"]["bytes"] == LIMIT
