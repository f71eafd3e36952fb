"""A fresh clone needs Python and make: the pins fit every Python we name, and make does each thing once."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
PINS = (ROOT / "constraints.txt").read_text().splitlines()

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}
MAC = {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"}
PLACES = [
    {
        **system,
        "python_version": python,
        "python_full_version": f"{python}.1",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for python in ("3.11", "3.12", "3.13")
    for system in (LINUX, MAC)
]


def applies(requirement: Requirement, place: dict[str, str], extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**place, "extra": extra}) for extra in extras or {""})


def pins_for(place: dict[str, str]) -> dict[str, str]:
    """The one version of each package; a package pinned twice for one place fails here."""
    chosen: dict[str, str] = {}
    for line in PINS:
        requirement = Requirement(line)
        if applies(requirement, place, set()):
            name = canonicalize_name(requirement.name)
            assert name not in chosen, f"{name} has two pins"
            chosen[name] = next(iter(requirement.specifier)).version
    return chosen


def needs(name: str, version: str) -> list[str]:
    """What a pinned version says it needs; nothing is known of versions that are not the installed ones."""
    try:
        installed = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return []
    return installed.requires or [] if installed.version == version else []


def resolve(place: dict[str, str]) -> tuple[dict[str, str], set[str]]:
    """Walk from the project's dependencies to all they need; every step must find its pin, and the pin must fit."""
    pins, seen = pins_for(place), set()
    waiting = [(text, set[str]()) for text in DEPENDENCIES]
    while waiting:
        text, extras = waiting.pop()
        requirement = Requirement(text)
        if not applies(requirement, place, extras):
            continue
        name = canonicalize_name(requirement.name)
        assert name in pins, f"{requirement} has no pin"
        assert requirement.specifier.contains(pins[name], prereleases=True), (
            f"{requirement} does not allow {pins[name]}"
        )
        key = (name, frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            waiting += [(below, set(requirement.extras)) for below in needs(name, pins[name])]
    return pins, {name for name, _ in seen}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place['sys_platform']}-{place['python_version']}")
def test_the_pins_fit_together_on_every_python(place) -> None:
    resolve(place)


def test_nothing_is_pinned_that_nobody_needs() -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    place = next(p for p in PLACES if p["python_version"] == here and p["sys_platform"] == "linux")
    if any(name for name, version in pins_for(place).items() if _installed(name) not in {version, None}):
        pytest.skip("what is installed here is not what is pinned: reach cannot be told")
    pins, reached = resolve(place)
    assert set(pins) - reached == set()


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def test_constraints_are_exact_pins_without_addresses() -> None:
    pin = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.]*( ; [^@/]+)?")
    assert [line for line in PINS if not pin.fullmatch(line)] == []
    names = [line.partition("==")[0] for line in PINS]
    assert names == sorted(names)


def test_gigabytes_stay_out() -> None:
    names = {Requirement(line).name for line in PINS}
    assert names & {"torch", "torchvision", "ray", "xgboost-gpu", "tensorflow", "nvidia-nccl-cu12"} == set()


@pytest.mark.soak
@pytest.mark.parametrize("python", ["3.12", "3.13"])
def test_pip_itself_resolves_the_pins(python, tmp_path) -> None:
    """A minute and more each: pip asks the index for what the test above knows only of the installed versions."""
    if os.environ.get("HANDRAIL_SOAK") != "full":
        pytest.skip("make soak lets pip resolve; here the pins are resolved from what is installed")
    interpreter = next((path for path in interpreters(python) if works(path)), None)
    if interpreter is None:
        pytest.skip(f"no Python {python} here")
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("\n".join(DEPENDENCIES))
    command = ["-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary", ":all:"]
    subprocess.run([interpreter, *command, "-c", ROOT / "constraints.txt", "-r", wanted], check=True)


def interpreters(python: str) -> Iterator[str]:
    yield f"python{python}"
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    yield from (str(path / "bin" / "python") for path in sorted(versions.glob(f"{python}.*")))


def works(interpreter: str) -> bool:
    if not shutil.which(interpreter):
        return False
    return subprocess.run([interpreter, "-m", "pip", "-V"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what make reads, and nothing installed."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """The only folder on the PATH: what the Makefile itself calls. Tests put pretenders beside it."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("cat", "cksum", "cut", "sh", "mkdir", "touch", "rm"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def pretend(tools: Path, name: str, script: str) -> None:
    (tools / name).write_text(f"#!/bin/sh\n{script}\n")
    (tools / name).chmod(0o755)


def make(clone: Path, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "CHROMIUM"}
    if path:
        environment["PATH"] = str(path)
    program = shutil.which("make")
    assert program
    return subprocess.run([program, *words], cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_a_python_that_exists_but_does_not_run_is_passed_over(clone, tools) -> None:
    pretend(tools, "python3", "echo 'pyenv: python3: command not found' >&2; exit 127")
    pretend(tools, "python3.13", "exit 1")
    pretend(tools, "python3.12", f'exec {sys.executable} "$@"')
    done = make(clone, ".venv/bin/python", path=tools)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([clone / ".venv/bin/python", "-c", "import pip"], check=False).returncode == 0


def test_without_a_python_one_sentence_says_what_is_needed(clone, tools) -> None:
    done = make(clone, "install", path=tools)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("Handrail needs Python 3.11, 3.12 or 3.13 with its venv module")


def test_a_second_call_repeats_nothing_until_a_pin_changes(clone) -> None:
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").touch()
    first = make(clone, "--dry-run", "run").stdout
    (clone / re.findall(r"touch (\.venv/app-\d+)", first)[0]).touch()
    assert [line for line in make(clone, "--dry-run", "run").stdout.splitlines() if "pip" in line] == []
    with (clone / "constraints.txt").open("a") as pins:
        pins.write("zope==1.0\n")
    assert "pip" in make(clone, "--dry-run", "run").stdout


def test_who_has_the_tools_for_the_tests_has_the_app(clone) -> None:
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").touch()
    first = make(clone, "--dry-run", "lint").stdout
    (clone / re.findall(r"touch (\.venv/dev-\d+)", first)[0]).touch()
    assert "pip" not in make(clone, "--dry-run", "run").stdout


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="Debian's browser comes from Debian's packages")
def test_root_on_debian_gets_a_browser(clone, tools) -> None:
    pretend(tools, "id", "echo 0")
    pretend(tools, "apt-get", f'echo "$@" >> {tools}/asked')
    assert make(clone, "browser", path=tools).returncode == 0
    assert (tools / "asked").read_text().splitlines() == [
        "update -q",
        "install -q -y --no-install-recommends chromium",
    ]


def test_anybody_else_is_told_in_one_sentence_which_browser(clone, tools) -> None:
    pretend(tools, "id", "echo 1000")
    done = make(clone, "browser", path=tools)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("The tests drive a browser: install Chromium or Chrome")


def test_a_browser_that_is_there_is_taken(clone, tools) -> None:
    pretend(tools, "id", "echo 1000")
    pretend(tools, "google-chrome", "exit 0")
    assert make(clone, "browser", path=tools).returncode == 0


def test_the_tests_are_all_the_checks_in_order(clone) -> None:
    shown = make(clone, "--dry-run", "test").stdout
    steps = ["ruff check .", "ruff format --check .", "bin/mypy", "bin/lint-imports", "-m pytest"]
    places = [shown.index(step) for step in steps[:-1]] + [shown.rindex(steps[-1])]
    assert -1 not in places
    assert sorted(places[:-1]) == places[:-1]


def test_the_checks_elsewhere_are_the_ones_here() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "make test"
    assert "set -euo pipefail" in script.read_text()


def test_the_log_of_changes_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == PROJECT["version"]
