"""From a real, tiny model to a Bento that serves on loopback; the slow way, once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.errors import NotFound, NotVerified, Refused
from engine.serving import bento
from engine.serving.batch import score_file
from engine.serving.package import write_served
from engine.serving.pins import requirements
from engine.serving.plain import plain_rows
from engine.serving.verify import verify
from tests.engine.serving.kit import Kit, ready
from tests.engine.serving.served import make_served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.training
def test_the_bento_gives_the_originals_answers_elsewhere(kit: Kit) -> None:
    told = verify(kit.bento, kit.golden, kit.expected)
    assert told.passed
    assert told.rows == 100
    assert told.largest_difference <= 1e-9
    wrong = verify(kit.bento, kit.golden, kit.expected + 1e-6)
    assert not wrong.passed
    assert wrong.largest_difference == pytest.approx(1e-6, rel=1e-3)


@pytest.mark.training
def test_a_bento_that_cannot_be_opened_is_not_verified(kit: Kit, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(kit.bento, broken)
    shutil.rmtree(broken / "src" / "package" / "model")
    with pytest.raises(NotVerified, match="could not be opened elsewhere"):
        verify(broken, kit.golden, kit.expected)


def test_everybody_may_read_a_bento_its_own_folder_too(tmp_path: Path) -> None:
    built = tmp_path / "built"
    built.mkdir(mode=0o700)
    (built / "README.md").touch(mode=0o600)
    bento.readable(built)
    assert [path.stat().st_mode & 0o777 for path in (built, built / "README.md")] == [0o755, 0o644]


# What opens a pickle although a file is not as built would say so.
OPENED = """
import pickle
def loud(*args, **named): raise SystemExit("something was unpickled")
pickle.load = pickle.loads = pickle.Unpickler = loud
from engine.errors import TamperedArtifact
from engine.serving.service import Handrail
try:
    Handrail.inner()
except TamperedArtifact as refusal:
    print(refusal.problem)
"""


@pytest.mark.training
def test_a_copy_that_is_not_as_built_opens_no_model(kit: Kit, tmp_path: Path) -> None:
    """What else may be wrong with the files is tried on a wheel, which looks at them in the same way."""
    source = tmp_path / "src"
    shutil.copytree(kit.bento / "src", source)
    model = source / "package" / "model" / "learner.pkl"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    environ = {**os.environ, "PYTHONPATH": str(source), "HANDRAIL_SERVICE_LOG": str(tmp_path / "log.sqlite")}
    told = subprocess.run(
        [sys.executable, "-c", OPENED], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    assert "package/model/learner.pkl was changed" in told.stdout


@pytest.mark.training
def test_the_bento_carries_no_rows_no_paths_and_no_addresses(kit: Kit) -> None:
    package = bento.package_of(kit.bento)
    assert {path.name for path in package.iterdir()} == {"model", "served.json", "card.json"}
    assert not list(package.glob("model/utils/data/*"))
    texts = [p for p in kit.bento.rglob("*") if p.suffix in {".txt", ".yaml", ".json", ".md", ".in", ".py"}]
    for path in texts:
        text = path.read_text()
        assert str(kit.package.parent) not in text, path
        assert str(Path.home()) not in text, path
    pins = (kit.bento / "env" / "python" / "requirements.txt").read_text().splitlines()
    assert all("==" in pin and "://" not in pin for pin in pins if pin)


@pytest.mark.training
def test_all_that_the_service_imports_is_pinned(kit: Kit) -> None:
    script = (
        "import sys, json, importlib.metadata as m\n"
        "from pathlib import Path\n"
        "from engine.serving.scorer import Scorer\n"
        "import engine.serving.service\n"
        f"Scorer.open(Path({str(bento.package_of(kit.bento))!r})).explain([json.loads(sys.argv[1])])\n"
        "owners = m.packages_distributions()\n"
        "used = {name.partition('.')[0] for name in sys.modules}\n"
        "print(json.dumps(sorted({d for name in used for d in owners.get(name, [])})))\n"
    )
    row = plain_rows(kit.golden.head(1).drop(columns="deposit"))[0]
    told = subprocess.run(
        [sys.executable, "-c", script, json.dumps(row)],
        env={**os.environ, "PYTHONPATH": str(kit.bento / "src"), "BENTOML_DO_NOT_TRACK": "True"},
        capture_output=True,
        text=True,
        check=True,
    )
    pinned = {pin.partition("==")[0].lower().replace("_", "-") for pin in requirements(bento.NEEDS)}
    used = {name.lower().replace("_", "-") for name in json.loads(told.stdout.splitlines()[-1])}
    assert used - pinned - {"handrail", "setuptools", "pip"} == set()


@pytest.mark.training
@pytest.mark.service
def test_the_served_bento_keeps_its_promises(kit: Kit, address: str) -> None:
    rows = plain_rows(kit.golden.drop(columns="deposit"))
    with httpx.Client(base_url=address, timeout=30) as client:
        told = client.post("/predict", json={"rows": rows}).json()
        yes = [p["probabilities"]["yes"] for p in told["predictions"]]
        assert yes == pytest.approx(kit.expected[:, 1], abs=1e-9)
        assert {p["decision"] for p in told["predictions"]} == {"call", "wait"}
        odd = {**rows[0], "age": 99, "job": "king", "since": None}
        reasons = client.post("/predict", json={"rows": [odd]}).json()["predictions"][0]
        assert reasons["trust"] == "caution"
        assert {(r["code"], r["column"]) for r in reasons["reasons"]} == {
            ("out_of_range", "age"), ("new_category", "job"), ("missing", "since"),
        }  # fmt: skip
        why = client.post("/explain", json={"rows": rows[:2]}).json()["explanations"][0]
        assert why["base"] + sum(why["contributions"].values()) == pytest.approx(why["value"])
        assert why["value"] == pytest.approx(yes[0])
        ids = [p["decision_id"] for p in told["predictions"][:2]]
        before = _counted(client.get("/metrics").text, "handrail_outcomes_total", model="deposit:1")
        outcomes = [{"decision_id": i, "outcome": "yes"} for i in ids]
        assert client.post("/outcome", json={"outcomes": outcomes}).json() == {"recorded": 2}
        sample = client.post("/schema", json={}).json()["sample"]
        assert client.post("/predict", json={"rows": [sample]}).status_code == 200
        assert client.post("/card", json={}).json()["bomFormat"] == "CycloneDX"
        assert "/predict" in client.get("/docs.json").json()["paths"]
        figures = client.get("/metrics").text
        assert "bentoml_service_request" in figures
        assert _counted(figures, "handrail_outcomes_total", model="deposit:1") == before + 2
        assert _counted(figures, "handrail_reasons_total", model="deposit:1", code="new_category", column="job") > 0
        assert _counted(figures, "handrail_missing_in_training", model="deposit:1", column="job") == 0.1
        _errors(client, rows[0])


@pytest.mark.training
@pytest.mark.service
def test_another_service_that_starts_takes_no_figures_away(kit: Kit, address: str) -> None:
    from bentoml.serving import ensure_prometheus_dir

    def figure() -> float:
        return _counted(client.get("/metrics").text, "handrail_outcomes_total", model="deposit:1")

    with httpx.Client(base_url=address, timeout=30) as client:
        report = {"outcomes": [{"decision_id": "x", "outcome": "yes"}]}
        client.post("/outcome", json=report)
        before = figure()
        ensure_prometheus_dir(str(kit.home / "prometheus_multiproc_dir"))  # as each does that has the same home
        assert figure() == before > 0
        client.post("/outcome", json=report)
        assert figure() == before + 1


def _counted(figures: str, name: str, **labels: str) -> float:
    """Read one figure as those do who watch services: by the parser of Prometheus."""
    found = [s for family in text_string_to_metric_families(figures) for s in family.samples]
    return next((s.value for s in found if s.name == name and s.labels == labels), 0.0)


@pytest.mark.training
@pytest.mark.service
def test_the_served_bento_decides_by_the_threshold_of_the_group(kit: Kit, address: str) -> None:
    rows = plain_rows(kit.golden.drop(columns=["deposit", "sex"]))
    chance = kit.expected[:, 1]
    between = chance[(chance > 0.2) & (chance < 0.7)]
    assert len(between) > 10  # whom the group decides about
    with httpx.Client(base_url=address, timeout=30) as client:
        schema = client.post("/schema", json={}).json()
        assert schema["sample"]["sex"] == "f"
        for sex, at in (("f", 0.2), ("m", 0.7), (None, 0.4), ("x", 0.4)):
            asked = {"rows": [{**row, "sex": sex} for row in rows]}
            told = client.post("/predict", json=asked).json()["predictions"]
            assert [one["decision"] == "call" for one in told] == (chance >= at).tolist()
            assert [_no_group(one) for one in told] == [at == 0.4] * len(rows)
        (unsaid,) = client.post("/predict", json={"rows": rows[:1]}).json()["predictions"]
        assert _no_group(unsaid)
        assert unsaid["trust"] == "caution"
        said = json.dumps(client.post("/card", json={}).json(), ensure_ascii=False)
        assert "‘f’ from 20 %, ‘m’ from 70 %; everybody else from 40 %" in said
        assert "ask a lawyer first" in said


def _no_group(told: dict[str, Any]) -> bool:
    return ("no_group", "sex") in {(reason["code"], reason["column"]) for reason in told["reasons"]}


def _errors(client: httpx.Client, row: dict[str, Any]) -> None:
    bad = [
        (client.post("/predict", json={"rows": [row, {**row, "age": "abc"}]}), 422, 1, "age"),
        (client.post("/predict", json={"rows": [{k: v for k, v in row.items() if k != "job"}]}), 422, 0, "job"),
        (client.post("/predict", content=b'{"rows": [{"age": NaN'), 400, None, None),
        (client.post("/predict", content=b" " * 6_000_000), 413, None, None),
        (client.get("/predict"), 405, None, None),
        (client.post("/nothing"), 404, None, None),
    ]
    for response, status, at, column in bad:
        assert response.status_code == status, response.text
        error = response.json()["error"]
        assert set(error) == {"code", "problem", "fix", "row", "column"}
        assert (error["row"], error["column"]) == (at, column)


@pytest.mark.training
@pytest.mark.service
def test_serving_leaves_the_bento_as_it_was_built(kit: Kit, address: str) -> None:
    assert ready(address)
    assert not list(kit.bento.rglob("__pycache__"))


@pytest.mark.training
def test_a_file_is_scored_with_the_packages_own_model(kit: Kit, tmp_path: Path) -> None:
    kit.golden.to_csv(tmp_path / "in.csv", index=False)
    summary = score_file(bento.package_of(kit.bento), tmp_path / "in.csv", tmp_path / "out.csv", explain=True)
    told = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert summary["rows"] == 100
    assert told["probability_yes"].to_numpy() == pytest.approx(kit.expected[:, 1], abs=1e-9)
    assert told["because_1"].str.contains(r"(?:raises|lowers) it by [\d.]+ points").mean() > 0.9


def test_what_is_no_package_or_in_the_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="not a package"):
        bento.build(tmp_path, tmp_path / "bento")
    package = write_served(make_served(), tmp_path / "package")
    with pytest.raises(Refused, match="exists already"):
        bento.build(package, tmp_path)
    data = package / "model" / "utils" / "data"
    data.mkdir(parents=True)
    (data / "X.pkl").write_bytes(b"rows")
    with pytest.raises(Refused, match=r"training rows \(X.pkl\)"):
        bento.build(package, tmp_path / "bento")


def test_requirements_are_exact_and_name_no_place() -> None:
    pins = requirements(bento.NEEDS)
    names = {pin.partition("==")[0] for pin in pins}
    assert {"bentoml", "autogluon.tabular", "pandas", "lightgbm", "catboost", "xgboost-cpu"} <= names
    assert all(pin.count("==") == 1 and "/" not in pin and " " not in pin for pin in pins)
