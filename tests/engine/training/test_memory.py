import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from engine.training import memory

GB = 1024**3


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 20 GB, of which 16 are available."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=20 * GB, available=16 * GB))


@pytest.fixture(params=["v1", "v2"])
def contained(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A container that may use 4 GB and does use 2."""
    limit, used = {
        "v1": ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
        "v2": ("memory.max", "memory.current"),
    }[request.param]
    (tmp_path / limit).parent.mkdir(exist_ok=True)
    (tmp_path / limit).write_text(f"{4 * GB}\n", encoding="ascii")
    (tmp_path / used).write_text(f"{2 * GB}\n", encoding="ascii")
    return tmp_path


def test_without_a_container_a_fifth_of_what_is_free_stays_so(tmp_path: Path, much: None) -> None:
    assert memory.limit(None, tmp_path) == 17 * GB
    assert memory.free_gigabytes(None, tmp_path) == pytest.approx(12.8)


def test_a_containers_limit_counts(contained: Path, much: None) -> None:
    assert memory.limit(None, contained) == pytest.approx(3.4 * GB)
    assert memory.free_gigabytes(None, contained) == pytest.approx(1.6)


@pytest.mark.parametrize(("configured", "planned"), [(1.0, 0.8e9), (0.1, 0.1e9), (100.0, 12.8 * GB)])
def test_what_was_configured_is_the_limit_and_no_more_is_planned_with(
    tmp_path: Path, much: None, configured: float, planned: float
) -> None:
    assert memory.limit(configured, tmp_path) == configured * 1e9
    assert memory.free_gigabytes(configured, tmp_path) == pytest.approx(planned / GB)


def test_no_limit_is_written_as_a_word(tmp_path: Path, much: None) -> None:
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert memory.limit(None, tmp_path) == 17 * GB
    assert memory.free_gigabytes(None, tmp_path) == pytest.approx(12.8)


def test_a_full_machine_still_gets_the_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=GB, available=GB // 10))
    assert memory.free_gigabytes(None, tmp_path) == 0.5


@pytest.mark.parametrize(("quota", "expected"), [("max 100000", 8), ("150000 100000", 2), ("10000 100000", 1), ("", 8)])
def test_cores_are_bounded_by_the_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(quota, encoding="ascii")
    assert memory.cores(tmp_path) == expected


def test_waiting_threads_sleep_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    memory.share_cores()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    memory.share_cores()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
