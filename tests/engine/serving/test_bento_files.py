"""Whoever has nothing but the folder: what its README and its container file say can be done as it stands there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.serving.admitted import Door
from engine.serving.bento_files import DOCKERFILE, README
from tests.engine.serving.kit import Kit

here = pytest.mark.skipif(not shutil.which("bash") or not shutil.which("curl"), reason="without bash or curl")


def commands(heading: str) -> str:
    """The lines of one section that a person would paste."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))


def pasted(text: str, folder: Path) -> str:
    mine = re.sub(r"python3\.\d+", sys.executable, text)
    script = ["bash", "-euo", "pipefail", "-c", mine]
    return subprocess.run(script, cwd=folder, capture_output=True, text=True, check=True).stdout


@here
@pytest.mark.training
@pytest.mark.service
def test_the_calls_can_be_pasted(address: str, tmp_path: Path) -> None:
    predict, report = commands("Call").replace("http://127.0.0.1:3000", address).rsplit("curl", 1)
    answer = json.loads(pasted(predict, tmp_path))["predictions"][0]
    assert answer["decision"] in {"call", "wait"}
    told = report.replace("ID", answer["decision_id"]).replace("WHAT HAPPENED", "yes")
    assert json.loads(pasted(f"curl{told}", tmp_path)) == {"recorded": 1}


@here
@pytest.mark.skipif(not shutil.which("openssl"), reason="without openssl")
def test_a_key_that_is_made_so_admits(tmp_path: Path) -> None:
    key = pasted(commands("Who may ask"), tmp_path).strip()
    assert Door(tmp_path / "keys").admitted(f"Bearer {key}".encode()) == "crm"
    assert Door(tmp_path / "keys").admitted(b"Bearer another") is None


@pytest.mark.training
def test_the_container_is_made_of_what_lies_in_the_folder(kit: Kit) -> None:
    file = (kit.bento / "Dockerfile").read_text()
    assert file == DOCKERFILE
    steps = [line.split(maxsplit=1) for line in file.replace("\\\n", "").splitlines() if line[:1] not in {"", "#"}]
    told = {word: [rest for name, rest in steps if name == word] for word, _ in steps}
    assert told["FROM"] == [f"python:{sys.version_info.major}.{sys.version_info.minor}-slim-bookworm"]
    for source in (rest.split()[0] for rest in told["COPY"]):
        assert (kit.bento / source).exists()
    assert int(told["USER"][0]) > 0
    assert [name for name, _ in steps].index("USER") < [name for name, _ in steps].index("CMD")
    assert json.loads(told["CMD"][0])[:3] == ["bentoml", "serve", "/bento"]
    # What it keeps lies in the volume, and belongs to the user that it runs as.
    assert told["VOLUME"] == ['["/data"]']
    assert "HANDRAIL_SERVICE_LOG=/data/decisions.sqlite" in told["ENV"][0]
    assert f"useradd --system --user-group --uid {told['USER'][0]}" in file
    assert "install -d -o handrail -g handrail /data" in file


@pytest.mark.training
def test_the_readme_names_what_is_there(kit: Kit) -> None:
    assert (kit.bento / "README.md").read_text() == README
    for path in re.findall(r"src/[\w./]+\w", README):
        if path != "src/package/card.html":  # only a release has one
            assert (kit.bento / path).exists(), path
