"""What many tests share."""

import os
import shutil
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).parents[1].parent / "shared" / "data"
# Quick answers first: a slip shows within a minute, the long ways run last.
LATER = ("training", "service", "browser", "soak")

settings.register_profile("house", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# What a person set for their own Handrail must not reach the tests.
for _name in [name for name in os.environ if name.startswith("HANDRAIL_") and name != "HANDRAIL_SOAK"]:
    del os.environ[_name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def weight(item: pytest.Item) -> int:
        return max((LATER.index(mark.name) + 1 for mark in item.iter_markers() if mark.name in LATER), default=0)

    items.sort(key=weight)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real tables; they lie beside the repository and are not part of it."""
    if not SHARED.is_dir():
        pytest.skip("the shared tables (../shared/data) are not here")
    return SHARED


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of its own; HANDRAIL_HOME points there."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HANDRAIL_HOME", str(folder))
    return folder


@pytest.fixture
def free_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that ``make test`` made sure of."""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = name and shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium here; make test installs it or says how")


def a_fifth(table: Path, folder: Path) -> Path:
    """Every fifth row of a real table, under its own name: as varied as the whole, and soon trained on."""
    heading, *lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    small = folder / table.name
    small.write_text("".join([heading, *lines[::5]]), encoding="utf-8")
    return small
