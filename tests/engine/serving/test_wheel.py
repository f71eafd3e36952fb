"""A wheel answers in another program: alone, from files that are what was built."""

import json
import shutil
import subprocess
import sys
import zipfile
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.domain.service import Form
from engine.errors import NotVerified, Refused, TamperedArtifact
from engine.serving import embedded, listed, wheel
from engine.serving.package import write_served
from engine.serving.pins import ANSWERS, requirements
from engine.serving.plain import plain_rows
from engine.serving.refusal import BadCall
from engine.serving.scorer import Scorer
from engine.serving.verify import verify
from tests.engine.serving.kit import Kit
from tests.engine.serving.served import ROW, make_served

# What a program does with it, and what it finds loaded afterwards.
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import handrail_deposit as m
asked = json.loads(sys.stdin.read())
told = {"model": m.model(), "card": m.card() is not None, "sample": m.sample()}
try:
    m.predict([{**m.sample(), "age": "old"}])
except m.BadCall as refusal:
    told["refused"] = [refusal.row, refusal.column, refusal.fix]
told["answers"] = m.predict(asked, keys=[str(i) for i in range(len(asked))])
told["explained"] = m.predict(asked[:2], explain=True)
import importlib.metadata as metadata
owners = metadata.packages_distributions()
used = {name.partition(".")[0] for name in sys.modules}
told["modules"] = sorted(used)
told["distributions"] = sorted({d for name in used for d in owners.get(name, [])})
print(json.dumps(told))
"""
# A pickle that is opened although a file was changed would say so.
OPENED = """
import builtins, pickle, sys
sys.path.insert(0, sys.argv[1])
def loud(*args, **named): sys.exit("something was unpickled")
pickle.load = pickle.loads = pickle.Unpickler = loud
import handrail_deposit as m
try:
    m.predict([m.sample()])
except m.TamperedArtifact as refusal:
    print(refusal.problem)
"""


@pytest.fixture(scope="module")
def built(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel.build(kit.package, tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installed by pip, offline, with nothing beside it."""
    target = tmp_path_factory.mktemp("program") / "target"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target, built]
    subprocess.run([*command, "--disable-pip-version-check"], check=True, capture_output=True)
    return target


def ran(program: str, target: Path, said: str = "") -> str:
    command = [sys.executable, "-I", "-c", program, target]
    done = subprocess.run(command, input=said, cwd=target, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.training
def test_it_answers_as_the_original_and_needs_nothing_of_ours(kit: Kit, installed: Path) -> None:
    rows = plain_rows(kit.golden.drop(columns="deposit"))
    told = json.loads(ran(PROGRAM, installed, json.dumps(rows)))
    assert told["model"] == "deposit:1"
    assert told["card"]
    assert told["refused"] == [0, "age", "Send a number, or null where it is not known."]
    yes = [answer["probabilities"]["yes"] for answer in told["answers"]]
    assert yes == pytest.approx(kit.expected[:, 1], abs=1e-9)
    assert all(one["explanation"]["of"] == "yes" for one in told["explained"])
    ours = {"app", "store", "engine", "bentoml", "streamlit", "sqlmodel", "duckdb", "prometheus_client"}
    assert ours & set(told["modules"]) == set()
    pinned = {pin.partition("==")[0].lower().replace("_", "-") for pin in requirements(ANSWERS)}
    used = {name.lower().replace("_", "-") for name in told["distributions"]}
    # scikit-learn takes rich along where it is there
    assert used - pinned - {"handrail-deposit", "handrail", "setuptools", "pip", "rich"} == set()


@pytest.mark.training
def test_it_proves_itself_before_it_counts(kit: Kit, built: Path) -> None:
    told = verify(built, kit.golden, kit.expected)
    assert (told.form, told.passed, told.rows) == (Form.WHEEL, True, 100)
    assert told.largest_difference <= 1e-9


@pytest.mark.training
def test_with_another_card_it_is_the_same_but_for_the_card(kit: Kit, built: Path, tmp_path: Path) -> None:
    """What was proved stands on the card afterwards: nothing else of what was proved may change by that."""
    package = shutil.copytree(kit.package, tmp_path / "package")
    (package / "card.json").write_text('{"bomFormat": "CycloneDX", "version": 2}')
    with zipfile.ZipFile(built) as before, zipfile.ZipFile(wheel.build(package, tmp_path / "again")) as after:
        assert before.namelist() == after.namelist()
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    module = "handrail_deposit"
    lists = {f"{module}/files.json", f"{module}-1.dist-info/RECORD"}
    assert changed == {f"{module}/package/card.json", *lists}


@pytest.mark.training
def test_what_asks_for_handrail_itself_is_not_verified(kit: Kit, built: Path, tmp_path: Path) -> None:
    broken = tmp_path / built.name
    with zipfile.ZipFile(built) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            extra = b"\nimport engine.errors\n" if name == "handrail_deposit/__init__.py" else b""
            target.writestr(name, source.read(name) + extra)
    with pytest.raises(NotVerified, match="the wheel asked for engine"):
        verify(broken, kit.golden, kit.expected)


@pytest.mark.training
def test_it_holds_the_package_and_no_rows_of_the_training(kit: Kit, built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        names = set(archive.namelist())
        told = BytesParser().parsebytes(archive.read("handrail_deposit-1.dist-info/METADATA"))
        code = "".join(archive.read(name).decode() for name in names if name.endswith(".py"))
    assert built.name == "handrail_deposit-1-py3-none-any.whl"
    inside = {name.removeprefix("handrail_deposit/package/") for name in names if "/package/" in name}
    assert inside == {p.relative_to(kit.package).as_posix() for p in kit.package.rglob("*") if p.is_file()}
    assert not [name for name in names if "utils/data/" in name]
    assert told.get_all("Requires-Dist") == requirements(ANSWERS)
    assert told["Requires-Python"] == f"=={sys.version_info.major}.{sys.version_info.minor}.*"
    assert wheel.build(kit.package, built.parent / "again").read_bytes() == built.read_bytes()
    assert "\nfrom engine" not in code
    assert "the sales team" not in code  # people's words stay in JSON


@pytest.mark.training
@pytest.mark.parametrize("how", ["changed", "removed", "added", "listed otherwise"])
def test_nothing_is_unpickled_that_is_not_what_was_built(installed: Path, tmp_path: Path, how: str) -> None:
    target = tmp_path / "target"
    shutil.copytree(installed, target)
    model = target / "handrail_deposit" / "package" / "model" / "learner.pkl"
    if how == "changed":
        content = bytearray(model.read_bytes())
        content[len(content) // 2] ^= 1
        model.write_bytes(content)
    elif how == "removed":
        model.unlink()
    elif how == "added":
        model.with_name("more.pkl").write_bytes(b"")
    else:
        (target / "handrail_deposit" / listed.LISTED).write_text("{")
    said = ran(OPENED, target)
    assert said.startswith("The files of handrail_deposit are not what was built: ")


@pytest.mark.parametrize("model", ["Ärger:1", "../x:1", "a b:1", "x:1; rm", "x", "-x:1", "x:1\n"])
def test_a_name_that_no_distribution_can_have_is_refused(tmp_path: Path, model: str) -> None:
    package = write_served(make_served(model=model), tmp_path / "package")
    (package / "model").mkdir()
    with pytest.raises(Refused, match="is no name"):
        wheel.build(package, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_training_rows_are_refused(tmp_path: Path) -> None:
    package = write_served(make_served(), tmp_path / "package")
    data = package / "model" / "utils" / "data"
    data.mkdir(parents=True)
    (data / "X.pkl").write_bytes(b"rows")
    with pytest.raises(Refused, match=r"training rows \(X.pkl\)"):
        wheel.build(package, tmp_path / "out")
    assert list((tmp_path / "out").glob("*")) == []


def test_rows_of_a_program_are_as_a_caller_would_send_them() -> None:
    moment = pd.Timestamp("2026-03-31T14:05")
    row = {"n": np.int64(3), "x": np.float64("nan"), "t": moment, "d": moment.date(), "b": np.bool_(True), "w": "a"}
    plain = {"n": 3, "x": None, "t": "2026-03-31T14:05:00", "d": "2026-03-31", "b": True, "w": "a"}
    assert plain_rows([row, {"t": pd.NaT, "q": pd.NA}]) == [plain, {"t": None, "q": None}]
    assert plain_rows(pd.DataFrame({"t": [moment], "n": [1.5], "w": [None]})) == [
        {"t": "2026-03-31T14:05:00", "n": 1.5, "w": None}
    ]
    assert plain_rows([{1: 2}]) == [{"1": 2}]
    with pytest.raises(BadCall, match="no list"):
        plain_rows({"age": 3})
    with pytest.raises(BadCall, match="Two columns are called 'x'"):
        plain_rows(pd.DataFrame([[1, 2]], columns=["x", "x"]))


@pytest.mark.parametrize("keys", ["k", [None], [["k"]], ["k" * 201], ["k", "l"], 5], ids=str)
def test_keys_of_a_program_are_refused_as_those_of_a_call(keys: Any, scorer: Scorer, monkeypatch: Any) -> None:
    monkeypatch.setattr(embedded, "_scorer", lambda: scorer)
    with pytest.raises(BadCall, match="key"):
        embedded.predict([ROW], keys=keys)


@pytest.mark.parametrize("keys", [("7",), np.array([7]), pd.Series(["7"])], ids=["tuple", "array", "column"])
def test_keys_come_as_programs_have_them(keys: Any, scorer: Scorer, monkeypatch: Any) -> None:
    monkeypatch.setattr(embedded, "_scorer", lambda: scorer)
    told, same = (embedded.predict([ROW], keys=given)[0]["decision_id"] for given in (keys, ["7"]))
    assert told == same


def test_a_folder_without_its_list_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(TamperedArtifact, match=r"files\.json cannot be read"):
        listed.verify(tmp_path)
