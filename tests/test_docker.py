"""There is no Docker engine where the tests run: the Dockerfile is read, and held to what ``make run`` does."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Libraries of Debian 12 packages that python:3.11-slim-bookworm has: dpkg needs zlib1g, apt the others.
BASE_IMAGE = "python:3.11-slim-bookworm"
BASE = {
    "libc6": {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2"},
    "libgcc-s1": {"libgcc_s.so.1"},
    "libstdc++6": {"libstdc++.so.6"},
    "zlib1g": {"libz.so.1"},
}
# Libraries of the packages that the Dockerfile may install.
PACKAGES = {"libgomp1": {"libgomp.so.1", "libgomp.so.1.0.0"}}
# Absent on purpose.
OPTIONAL = {"libtbb.so.12": "one of numba's three ways to use threads; without it numba takes another"}


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def final_stage() -> list[tuple[str, str]]:
    everything = instructions()
    last = max(i for i, (word, _) in enumerate(everything) if word == "FROM")
    return everything[last:]


def said(word: str, stage: list[tuple[str, str]]) -> list[str]:
    return [rest for name, rest in stage if name == word]


def made(folder: Path, target: str, words: str) -> list[str]:
    """The one command with ``words`` in it that make would run for a target in a fresh clone."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    shown = subprocess.run(
        ["make", "--dry-run", target], cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout
    (command,) = (line for line in shown.splitlines() if words in line)
    return shlex.split(command.removeprefix("exec "))


def test_every_path_it_copies_exists_and_reaches_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = [rest.split()[:-1] for rest in said("COPY", instructions()) if "--from=" not in rest]
    assert copied
    for path in (path for paths in copied for path in paths):
        assert (ROOT / path).exists(), path
        assert f"!{path}" in ignored, f".dockerignore keeps {path} out"


def test_what_one_stage_takes_from_another_was_made_there() -> None:
    stages = {name for rest in said("FROM", instructions()) for name in re.findall(r" AS (\S+)", rest)}
    taken = {name for rest in said("COPY", instructions()) for name in re.findall(r"--from=(\S+)", rest)}
    assert taken == stages == {"build"}


def test_it_installs_with_the_command_that_make_uses(tmp_path) -> None:
    installs = [shlex.split(rest) for rest in said("RUN", instructions()) if " pip " in rest]
    assert installs == [made(tmp_path, "run", " pip ")]


def test_it_starts_with_the_command_that_make_uses(tmp_path) -> None:
    (command,) = said("CMD", final_stage())
    assert json.loads(command) == made(tmp_path, "run", "handrail start")


def test_it_runs_as_nobody_special_with_one_volume_that_is_the_home() -> None:
    stage = final_stage()
    assert said("USER", stage) == ["handrail"]
    assert [json.loads(rest) for rest in said("VOLUME", stage)] == [["/data"]]
    settings = dict(part.split("=", 1) for rest in said("ENV", stage) for part in rest.split())
    assert settings["HANDRAIL_HOME"] == "/data"
    assert settings["HANDRAIL_BIND"] == "container"
    user, start = stage.index(("USER", "handrail")), [word for word, _ in stage].index("CMD")
    assert user < start
    assert not [rest for word, rest in stage[user:] if word == "RUN"]


def test_it_knows_whether_it_is_well() -> None:
    (check,) = said("HEALTHCHECK", final_stage())
    command = json.loads(check[check.index("[") :])
    assert command[:2] == [".venv/bin/python", "-c"]
    compile(command[2], "healthcheck", "exec")
    assert "/_stcore/health" in command[2]


def installed_packages() -> set[str]:
    found: set[str] = set()
    for rest in said("RUN", final_stage()):
        for words in re.findall(r"apt-get install ([^&]*)", rest):
            found |= {word for word in words.split() if not word.startswith("-")}
    return found


def test_every_system_library_that_the_extensions_need_is_in_the_image() -> None:
    if sys.platform != "linux" or not shutil.which("ldd"):
        pytest.skip("ldd tells what a Linux library needs")
    assert {rest.split()[0] for rest in said("FROM", instructions())} == {BASE_IMAGE}
    packages = Path(sys.prefix, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
    extensions = [str(path) for path in packages.rglob("*.so*") if path.is_file()]
    assert extensions
    # ldd's own status is 1 where one file of many is no library.
    told = subprocess.run(["ldd", *extensions], capture_output=True, text=True, check=False).stdout
    needed = dict(re.findall(r"^\s+(\S+) => (\S+|not found)", told, re.MULTILINE))
    assert {"libc.so.6", "libgomp.so.1"} <= set(needed)
    bundled = {Path(path).name for path in extensions}
    outside = {name for name, where in needed.items() if name not in bundled and not where.startswith(str(packages))}
    provided = set().union(*BASE.values(), *(PACKAGES[name] for name in installed_packages()))
    assert outside - provided - set(OPTIONAL) == set()
