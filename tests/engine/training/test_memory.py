import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from engine.training import memory

GB = 1024**3


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 16 GB available."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=16 * GB))


def test_without_a_container_a_fifth_stays_free(tmp_path: Path, much: None) -> None:
    assert memory.limit_gigabytes(tmp_path) == pytest.approx(12.8)


@pytest.mark.parametrize("names", [("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", None)])
def test_a_containers_limit_counts(tmp_path: Path, much: None, names: tuple[str, str | None]) -> None:
    limit, used = names
    (tmp_path / limit).parent.mkdir(exist_ok=True)
    (tmp_path / limit).write_text(f"{4 * GB}\n", encoding="ascii")
    if used:
        (tmp_path / used).write_text(f"{2 * GB}\n", encoding="ascii")
    assert memory.limit_gigabytes(tmp_path) == pytest.approx(1.6 if used else 3.2)


def test_no_limit_is_written_as_a_word(tmp_path: Path, much: None) -> None:
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert memory.limit_gigabytes(tmp_path) == pytest.approx(12.8)


def test_a_full_machine_still_gets_the_least(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=GB // 10))
    assert memory.limit_gigabytes(tmp_path) == 0.5


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
