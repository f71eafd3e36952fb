"""The lines that are shown to be copied do what they say, whatever a table's columns are called."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from app import snippets

ROW = {
    "age": 41,
    "o'clock": 'it\'s $(touch here) `touch here` """',
    'a"b\\n': -0.5,
    "größe\n": None,
    "!x %s {y}": True,
}
Heard = list[tuple[str, str | None, Any]]


@pytest.fixture
def service() -> Iterator[tuple[str, Heard]]:
    """Something that answers as the service does, and what it heard: path, key and body of each call."""
    heard: Heard = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/json"
            heard.append((self.path, self.headers["Authorization"], body))
            one = {"decision_id": "d-1", "prediction": "yes", "decision": "call", "trust": "ok", "reasons": []}
            told = json.dumps({"predictions": [one]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


def run(command: list[str], folder: Any) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, "KEY": "hrk_1"}, capture_output=True, check=True)


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("way", ["curl", "python"])
def test_a_call_and_its_outcome_arrive_as_they_were_meant(service, tmp_path, way: str, keyed: bool) -> None:
    if way == "curl" and not (shutil.which("curl") and shutil.which("bash")):
        pytest.skip("without bash or curl")
    address, heard = service
    text = getattr(snippets, way)(ROW, "y'e$s", keyed=keyed, address=address)
    run(["bash", "-euc", text] if way == "curl" else [sys.executable, "-c", text], tmp_path)
    shown = "Bearer hrk_1" if keyed else None
    decision = "ID OF THE ANSWER" if way == "curl" else "d-1"
    assert heard == [
        ("/predict", shown, {"rows": [ROW], "explain": True}),
        ("/outcome", shown, {"outcomes": [{"decision_id": decision, "outcome": "y'e$s"}]}),
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_command_is_one_that_a_shell_finds(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "my tools"
    folder.mkdir()
    for name in ("python", "handrail"):
        (folder / name).write_text("#!/bin/sh\necho $0 $*\n")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    for here in (tmp_path, folder, "/"):
        monkeypatch.chdir(here)
        told = subprocess.run(["/bin/sh", "-c", snippets.serve("a:1")], cwd=here, capture_output=True, check=True)
        assert told.stdout.endswith(b"handrail serve a:1 --port 3000\n")
    monkeypatch.setenv("PATH", str(folder))
    assert snippets.command() == "handrail"


def test_without_a_key_none_is_spoken_of() -> None:
    for told in (snippets.curl(ROW, 3.5, keyed=False), snippets.python(ROW, 3.5, keyed=False)):
        assert "KEY" not in told
        assert "Authorization" not in told


def test_a_program_asks_the_module_it_carries(tmp_path) -> None:
    stub = "import json\ndef predict(rows, explain):\n    open('heard', 'w').write(json.dumps(rows))\n    return []\n"
    (tmp_path / "handrail_x.py").write_text(stub)
    run([sys.executable, "-c", snippets.embedded("handrail_x", ROW)], tmp_path)
    assert json.loads((tmp_path / "heard").read_text()) == [ROW]
