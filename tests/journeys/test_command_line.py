"""The whole way on the command line: a file, a draft, an approval, a release, an answer over HTTP, a scored file."""

import csv
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.conftest import SHARED, a_fifth

pytestmark = [pytest.mark.training, pytest.mark.service]


@pytest.fixture
def table(tmp_path, request):
    """The bank's calls where they are at hand, else the sample; with its target and the options it needs."""
    if SHARED.is_dir():
        return a_fifth(SHARED / "bank.csv", tmp_path), "deposit", ["--sensitive", "age"]
    from engine.data.sample import TRUTH, churn

    path = tmp_path / "churn.csv"
    churn().to_csv(path, index=False)
    return path, TRUTH["target"], ["--sensitive", TRUTH["sensitive"]]


@pytest.fixture
def handrail(home):
    def call(*arguments, status=0):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return call


def test_from_a_file_to_an_answer(handrail, table, tmp_path, free_port):
    path, target, options = table
    blocked = json.loads(handrail("run", path, "--target", target, "--minutes", 0.2, "--json", status=1))
    assert blocked["error"]["code"] == "gate_closed"
    assert {o["code"] for o in blocked["outcomes"] if o["severity"] == "blocker"}

    report = json.loads(
        handrail(
            "run",
            path,
            "--target",
            target,
            *options,
            "--fix",
            "--minutes",
            0.3,
            "--quality",
            "fast",
            "--cost-wrong-yes",
            5,
            "--cost-missed-yes",
            60,
            "--purpose",
            "whom to call",
            "--json",
        )  # fmt: skip
    )
    score = report["score"]
    assert score["interval"][0] < score["value"] < score["interval"][1]
    majority = next(b["value"] for b in report["baselines"] if b["name"] == "majority")
    assert score["value"] > majority + 0.1
    assert sum(i["share"] for i in report["explanation"]["importance"]) == pytest.approx(1)
    assert report["policy"]["kind"] == "costs"
    rows = report["problem"]["split"]["rows"]
    assert sum(rows.values()) == report["dataset"]["rows"]
    assert os.path.exists(report["card"])
    model = report["model"]

    _score(handrail, model, path, tmp_path)
    _comes_back(handrail, model, path, tmp_path)
    handrail("release", model, status=1)  # nobody has approved it
    open_ = {o["code"] for o in report["outcomes"] if o["gate"] == "approval" and o["severity"] == "blocker"}
    assert "FA004" in open_
    handrail("approve", model, "--note", "looked at the card", status=1)
    accepted = [word for code in sorted(open_) for word in ("--accept", code, "--reason", "known and discussed")]
    handrail("approve", model, "--note", "looked at the card", *accepted)
    card = json.loads(handrail("card", model, "--format", "json"))
    assert card["components"][0]["modelCard"]
    released = json.loads(handrail("release", model, "-o", tmp_path / "bento", "--json"))
    assert released["verification"]["passed"]
    closed = [path for path in (tmp_path / "bento").rglob("*") if path.stat().st_mode & 0o044 != 0o044]
    assert closed == []  # who runs its container is somebody else
    assert released["verification"]["largest_difference"] <= 1e-9
    assert "nothing is built again" in handrail("release", model)
    embedded = json.loads(handrail("release", model, "--as", "wheel", "-o", tmp_path / "wheels", "--json"))
    assert embedded["verification"]["largest_difference"] <= 1e-9
    assert Path(embedded["wheel"]).name == f"handrail_{model.replace(':', '-')}-py3-none-any.whl"
    assert [path.name for path in (tmp_path / "wheels").iterdir()] == [Path(embedded["wheel"]).name]
    for card in (tmp_path / "bento" / "src" / "package" / "card.html", _card_in(Path(embedded["wheel"]))):
        assert "was loaded in a clean process and answered 100 rows as the model does" in card.read_text()
    assert "as sealed" in handrail("verify", model)

    _score(handrail, model, path, tmp_path)
    _serve(model, free_port)


def _card_in(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/package/card.html"))
        return Path(archive.extract(name, wheel.parent / "opened"))


def _score(handrail, model, path, tmp_path):
    out = tmp_path / "scored.csv"
    head = tmp_path / "next week.csv"
    head.write_text("".join(path.read_text().splitlines(keepends=True)[:51]))
    handrail("score", model, head, "-o", out, "--explain")
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 50
    assert {"prediction", "decision", "trust", "reasons", "because_1", "because_3"} <= rows[0].keys()
    assert all(0 <= float(row["probability_yes"]) <= 1 for row in rows)


def _comes_back(handrail, model, path, tmp_path):
    """Fitted again it gives the same answers; exported, erased and imported, too."""
    repeated = json.loads(handrail("reproduce", model, "--json"))
    assert repeated["replayed"]
    assert repeated["largest_difference"] <= 1e-6
    file = tmp_path / "project.handrail"
    handrail("export", path.stem, file)
    handrail("delete", path.stem, "--yes")
    handrail("import", file)
    assert "the model: as sealed" in handrail("verify")
    shown = json.loads(handrail("show", model, "--json"))
    log, fitted = shown["lineage"]["log"], shown["page"][-1]["facts"]
    assert [steps["chosen"] for steps in shown["lineage"]["models"]] == [row["model"] for row in shown["leaderboard"]]
    assert all("seed " in fact["said"] for fact in fitted)
    assert "Reading the rows\n" in log
    assert "Judging the model on rows it has never seen; " in log.splitlines()[-1]
    before = (tmp_path / "scored.csv").read_bytes()
    _score(handrail, model, path, tmp_path)
    assert (tmp_path / "scored.csv").read_bytes() == before


def _serve(model, port):
    server = subprocess.Popen([sys.executable, "-m", "app.cli", "serve", model, "--port", str(port)])
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait_until_ready(client, server)
            sample = client.post("/schema", json={}).json()["sample"]
            answer = client.post("/predict", json={"rows": [sample], "explain": True}).json()
            (prediction,) = answer["predictions"]
            assert answer["model"] == model
            card = client.post("/card", json={}).json()["components"][0]["modelCard"]
            told = {entry["name"]: entry["value"] for entry in card["properties"]}
            assert told["handrail:ml_test:infrastructure_3"].startswith("automated: ")  # its release proved it
            assert sum(prediction["probabilities"].values()) == pytest.approx(1)
            reasons = prediction["explanation"]
            assert reasons["base"] + sum(reasons["contributions"].values()) == pytest.approx(reasons["value"], abs=1e-6)
            refused = client.post("/predict", json={"rows": [{}]})
            assert refused.status_code == 422
            assert refused.json()["error"]["row"] == 0
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_ready(client, server):
    for _ in range(240):
        assert server.poll() is None
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    pytest.fail("the service was not ready within a minute")
