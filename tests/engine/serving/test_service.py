"""The BentoML service in this process, behind its own front, with a fake model."""

import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import prometheus_client
import pytest
import uvicorn

from engine.serving import admitted, desk, scorer
from engine.serving.admitted import admit, hashed
from engine.serving.desk import Desk
from engine.serving.log import DecisionLog
from engine.serving.package import write_served
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served

pytestmark = [
    # BentoML 1.4.39 still uses these of pathspec and pydantic.
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The `__get_pydantic_core_schema__` method:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Accessing the 'model_fields' attribute:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("package")
    write_served(make_served(), folder)
    (folder / "card.json").write_text('{"bomFormat": "CycloneDX"}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_DO_NOT_TRACK", "True")
        patch.setenv("BENTOML_HOME", str(folder / "bentoml"))
        patch.setenv("HANDRAIL_PACKAGE", str(folder))
        patch.setenv("HANDRAIL_SERVICE_LOG", str(folder / "log.sqlite"))
        patch.setenv(admitted.VARIABLE, str(folder / "keys"))
        admit(folder / "keys", None)
        patch.setattr(Scorer, "open", lambda _: Scorer(make_served(), Fake()))
        from engine.serving.service import Handrail

        with _serving(Handrail.to_asgi()) as address, httpx.Client(base_url=address) as ready:
            yield ready


@contextmanager
def _serving(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    told = response.json()["error"]
    assert set(told) == {"code", "problem", "fix", "row", "column"}
    assert told["problem"]
    assert told["fix"]
    return dict(told)


def test_predict_answers_as_promised(client: Any) -> None:
    told = client.post("/predict", json={"rows": [ROW, {**ROW, "age": 99}], "keys": ["x", "y"], "explain": True})
    assert told.status_code == 200
    body = told.json()
    assert (body["model"], body["contract"]) == ("churn:3", "c1")
    first, second = body["predictions"]
    assert set(first) == {
        "decision_id", "prediction", "probabilities", "prediction_set", "interval", "decision", "trust", "reasons",
        "explanation",
    }  # fmt: skip
    assert first["probabilities"] == {"no": 0.6, "yes": 0.4}
    assert set(first["explanation"]) == {"of", "base", "value", "contributions"}
    assert second["reasons"] == [
        {"code": "out_of_range", "column": "age", "message": "'age' is 99; in training it lay between 18 and 90."}
    ]


def test_explain_schema_card_and_outcome_answer(client: Any) -> None:
    told = client.post("/explain", json={"rows": [ROW]}).json()
    assert told["model"] == "churn:3"
    assert len(told["explanations"]) == 1
    schema = client.post("/schema", json={}).json()
    assert [c["name"] for c in schema["contract"]["columns"]] == list(ROW)
    assert schema["limits"] == {"rows": 10, "bytes": 20_000, "explained_rows": 100, "seconds": 30}
    assert client.post("/predict", json={"rows": [schema["sample"]]}).json()["predictions"][0]["trust"] == "ok"
    assert client.post("/card", json={}).json() == {"bomFormat": "CycloneDX"}
    outcomes = [
        {"decision_id": "a", "outcome": "yes", "at": "2026-03-31T14:05:00Z"},
        {"decision_id": "b", "outcome": 3},
    ]
    assert client.post("/outcome", json={"outcomes": outcomes}).json() == {"recorded": 2}


def test_the_longest_outcome_is_as_long_as_described(client: Any) -> None:
    described = client.get("/docs.json").json()["components"]["schemas"]["OutcomeReported"]
    (longest,) = [kind["maxLength"] for kind in described["properties"]["outcome"]["anyOf"] if "maxLength" in kind]
    for more, status in ((0, 200), (1, 422)):
        told = {"decision_id": "a", "outcome": "ä" * (longest + more)}
        assert client.post("/outcome", json={"outcomes": [told]}).status_code == status


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/predict", b"{not json", 400, "malformed_json"),
        ("/predict", b"[]", 422, "wrong_type"),
        ("/predict", b'{"rows": [], "nope": 1}', 422, "unknown_field"),
        ("/explain", b'{"rows": [], "keys": []}', 422, "unknown_field"),
        ("/schema", b'{"a": 1}', 422, "unknown_field"),
        ("/card", b"[", 400, "malformed_json"),
        ("/predict", b'{"rows": [' + b",".join([b"{}"] * 11) + b"]}", 413, "too_many_rows"),
        ("/outcome", b"{}", 422, "missing_field"),
        ("/outcome", b'{"outcomes": [1]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "", "outcome": 1}]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "a", "outcome": []}]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "a"}]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "a", "outcome": 1e400}]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "a", "outcome": NaN}]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "a", "outcome": 1, "at": "soon"}]}', 422, "unreadable_value"),
        (
            "/outcome",
            b'{"outcomes": [{"decision_id": "a", "outcome": 1, "at": "9999-12-31T23:59:59-01:00"}]}',
            422,
            "unreadable_value",
        ),
        ("/outcome", b'{"outcomes": [{"decision_id": "a", "outcome": 1, "at": 20260331}]}', 422, "unreadable_value"),
        ("/outcome", rb'{"outcomes": [{"decision_id": "a", "outcome": "y\u0000"}]}', 422, "wrong_type"),
        ("/outcome", b'{"outcomes": [{"decision_id": "a", "outcome": 1, "x": 1}]}', 422, "unknown_field"),
        ("/predict", b'{"rows": ["' + b"x" * 20_000 + b'"]}', 413, "too_large"),
        ("/predict", b'{"rows": ["' + b"x" * 200_000 + b'"]}', 413, "too_large"),
    ],
)
def test_errors_have_one_shape(client: Any, path: str, body: bytes, status: int, code: str) -> None:
    told = client.post(path, content=body, headers={"content-type": "application/json"})
    assert error(told, status)["code"] == code


def test_a_body_without_a_declared_length_is_counted_while_it_streams(client: Any) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"rows": ["'
        for _ in range(30):
            yield b"x" * 1000
        yield b'"]}'

    assert error(client.post("/predict", content=parts()), 413)["code"] == "too_large"


@pytest.mark.parametrize(
    "head",
    [b"NONSENSE\r\n\r\n", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n"],
    ids=["no request", "no length"],
)
def test_what_is_no_request_at_all_is_an_error_of_the_same_shape(client: Any, head: bytes) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as line:
        line.sendall(head)
        said = b"".join(iter(lambda: line.recv(10_000), b""))
    top, _, body = said.partition(b"\r\n\r\n")
    assert top.startswith(b"HTTP/1.1 400")
    assert b"content-type: application/json" in top.lower()
    told = json.loads(body)["error"]
    assert set(told) == {"code", "problem", "fix", "row", "column"}
    assert told["code"] == "malformed_request"


def test_a_bad_row_refuses_the_call_by_row_and_column(client: Any) -> None:
    told = error(client.post("/predict", json={"rows": [ROW, {**ROW, "age": "abc"}]}), 422)
    assert (told["row"], told["column"], told["code"]) == (1, "age", "unreadable_value")
    told = error(client.post("/predict", json={"rows": [{}]}), 422)
    assert (told["row"], told["column"], told["code"]) == (0, "age", "missing_column")


def test_paths_methods_and_media_types_are_errors_of_the_same_shape(client: Any) -> None:
    assert error(client.get("/nothing"), 404)["code"] == "not_found"
    assert error(client.get("/predict"), 405)["code"] == "method_not_allowed"
    pickle = client.post("/predict", content=b"x", headers={"content-type": "application/vnd.bentoml+pickle"})
    assert error(pickle, 415)["code"] == "unsupported_media_type"
    page = {"origin": "https://elsewhere.example", "content-type": "text/plain"}
    assert error(client.post("/predict", content=b'{"rows": []}', headers=page), 415)


def test_a_running_service_notices_that_its_time_is_over(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        day = date(2999, 1, 1)

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(cls.day.year, cls.day.month, cls.day.day, 23, 59, tzinfo=tz)

    for module in (desk, scorer):
        monkeypatch.setattr(module, "datetime", Later)
    ask = lambda: client.post("/predict", json={"rows": [ROW]}).json()["predictions"][0]  # noqa: E731
    assert ask()["trust"] == "ok"
    Later.day = date(2999, 1, 2)
    told = ask()
    assert told["trust"] == "caution"
    assert told["reasons"][0]["message"] == "This model was to be used until 2999-01-01; ask the sales team."


def test_a_slash_at_the_end_is_answered_not_sent_elsewhere(client: Any) -> None:
    assert client.post("/predict/", json={"rows": [ROW]}).json()["predictions"][0]["decision"] == "call"
    assert error(client.get("/predict/"), 405)


def test_bentomls_own_addresses_stay(client: Any) -> None:
    for path in ("/healthz", "/livez", "/readyz"):
        assert client.get(path).status_code == 200


def test_the_description_names_calls_columns_and_errors(client: Any) -> None:
    described = client.get("/docs.json").json()
    assert described["openapi"] == "3.1.0"
    assert {"/predict", "/explain", "/outcome", "/schema", "/card", "/healthz"} <= set(described["paths"])
    assert {"200", "400", "413", "422"} <= set(described["paths"]["/predict"]["post"]["responses"])
    schemas = described["components"]["schemas"]
    assert list(schemas["Row"]["properties"]) == list(ROW)
    assert schemas["PredictCall"]["properties"]["rows"]["items"] == {"$ref": "#/components/schemas/Row"}
    for name in _references(described):
        assert name in schemas
    assert described["info"]["title"] == "churn"
    assert described["info"]["version"] == "3"
    assert "contact" not in described["info"]  # BentoML's authors answer for nothing here
    assert schemas["Prediction"]["properties"]["trust"]["enum"] == ["ok", "caution", "abstain"]
    for name in ("PredictCall", "Prediction", "Reason", "Explanation", "OutcomeReported", "Row"):
        unsaid = [field for field, told in schemas[name]["properties"].items() if not told.get("description")]
        assert unsaid == [], name
    (example,) = schemas["Row"]["examples"]
    assert client.post("/predict", json={"rows": [example]}).status_code == 200


@pytest.fixture
def keyed() -> Iterator[dict[str, str]]:
    """Close the running service to whoever shows no key; gives the header of one that does."""
    file = Path(os.environ[admitted.VARIABLE])
    admit(file, [(hashed(b"hrk_crm"), 'CRM "north"')])
    yield {"authorization": "Bearer hrk_crm"}
    admit(file, None)


def test_a_running_service_asks_for_keys_and_hears_of_those_that_end(client: Any, keyed: dict[str, str]) -> None:
    for path in ("/predict", "/schema", "/nothing"):
        assert error(client.post(path, json={}), 401)["code"] == "not_admitted"
    for path in ("/docs.json", "/metrics"):
        assert error(client.get(path), 401)
    assert client.get("/docs.json", headers=keyed).status_code == 200
    told = client.post("/predict", json={"rows": [ROW]}, headers=keyed)
    assert told.status_code == 200
    known = {"model": "churn:3", "call": "predict", "application": 'CRM "north"', "status": "200"}
    assert prometheus_client.REGISTRY.get_sample_value("handrail_calls_total", known) == 1
    admit(Path(os.environ[admitted.VARIABLE]), [])
    assert error(client.post("/predict", json={"rows": [ROW]}, headers=keyed), 401)


def test_a_decision_notes_whose_key_was_shown(client: Any, keyed: dict[str, str]) -> None:
    told = client.post("/predict", json={"rows": [ROW]}, headers=keyed).json()
    outcome = {"outcomes": [{"decision_id": told["predictions"][0]["decision_id"], "outcome": "yes"}]}
    assert client.post("/outcome", json=outcome, headers=keyed).status_code == 200  # written after the decision
    with closing(sqlite3.connect(os.environ["HANDRAIL_SERVICE_LOG"])) as log:
        query = "SELECT application FROM answered JOIN reported USING (decision_id)"
        assert log.execute(query).fetchall() == [('CRM "north"',)]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value.removeprefix("#/components/schemas/")
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


class Slow(Fake):
    """Works until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.working, self.go = threading.Event(), threading.Event()

    def predict(self, frame: Any) -> Any:
        self.working.set()
        assert self.go.wait(30)
        return super().predict(frame)


def test_a_call_ends_in_time_and_those_behind_it_too(tmp_path: Path) -> None:
    slow, body = Slow(), json.dumps({"rows": [ROW]}).encode()
    log = DecisionLog(tmp_path / "log.sqlite")
    asked = Desk(Scorer(make_served(max_seconds=0.1), slow), log, None)
    first: list[int] = []
    stuck = threading.Thread(target=lambda: first.append(asked.answer("explain", body)[0]))
    stuck.start()
    assert slow.working.wait(10)
    status, answer = asked.answer("predict", body)  # waits for the model in vain, not for ever
    assert (status, json.loads(answer)["error"]["code"]) == (504, "timeout")
    assert asked.answer("schema", b"{}")[0] == 200
    slow.go.set()
    stuck.join(10)
    assert first == [504]  # the explanation asks the model more than once: not again after its time
    assert len(slow.asked) == 1
    assert asked.answer("predict", body)[0] == 200
    log.close()


def test_our_own_failure_is_an_error_with_a_reference_and_no_traceback(tmp_path: Path) -> None:
    class Broken(Fake):
        def predict(self, frame: Any) -> Any:
            raise ZeroDivisionError("secret")

    log = DecisionLog(tmp_path / "log.sqlite")
    status, body = Desk(Scorer(make_served(), Broken()), log, None).answer(
        "predict", json.dumps({"rows": [ROW]}).encode()
    )
    log.close()
    assert status == 500
    assert b"secret" not in body
    assert "reference" in json.loads(body)["error"]["problem"]
