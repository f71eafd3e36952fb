"""What this machine lets a job use: memory and processor cores, inside a container too."""

import os
from collections.abc import Iterator
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_GIGABYTE = 1024.0**3
_SHARE = 0.85  # of the machine or the container, for a job that was given no limit
_PLANNED = 0.8  # of what is free: a share stays so for the app, the worker and the operating system
_LEAST = 0.5


def limit(configured: float | None, cgroup: Path = _CGROUP) -> float:
    """Return the bytes that a job may use in all: 10⁹ to a gigabyte that was configured, else most of what is there.

    What is there is the machine's memory, or the container's limit (cgroup v2 or v1) where that is less.
    """
    import psutil

    if configured is not None:
        return configured * 1e9
    total = float(psutil.virtual_memory().total)
    return _SHARE * min([total, *(most for most, _ in _containers(cgroup))])


def free_gigabytes(configured: float | None, cgroup: Path = _CGROUP) -> float:
    """Return the gigabytes, of 1024³ bytes as AutoGluon counts them, that a job can plan with now.

    The smallest of what the system has available, what is left of the container's limit, and the job's own ``limit``,
    less a fifth; at least 0.5 unless the job's limit is lower. AutoGluon itself sees only the system's memory.
    """
    import psutil

    most = limit(configured, cgroup) / _GIGABYTE
    available = float(psutil.virtual_memory().available)
    left = min([available, *(most - used for most, used in _containers(cgroup))]) / _GIGABYTE
    return min(most, max(_LEAST, _PLANNED * min(most, left)))


def _containers(cgroup: Path) -> Iterator[tuple[float, float]]:
    """Yield the bytes that this process's container may use, and those it does use."""
    for limit_file, used_file in (
        (cgroup / "memory.max", cgroup / "memory.current"),
        (cgroup / "memory" / "memory.limit_in_bytes", cgroup / "memory" / "memory.usage_in_bytes"),
    ):
        most = _number(limit_file)
        if most is not None:
            yield most, _number(used_file) or 0.0


def cores(cgroup: Path = _CGROUP) -> int:
    """Return how many processor cores a training may use: this process's affinity, bounded by the container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
        count = min(count, max(1, round(float(quota) / float(period))))
    except (OSError, ValueError):
        pass  # no quota, or none that is written in this way
    return max(1, count)


def share_cores() -> None:
    """Let threads that wait for each other sleep instead of spin.

    Call before LightGBM or scikit-learn is imported: OpenMP reads it once. On two cores with one other busy process a
    spinning LightGBM took 49 s for what takes 3 s asleep.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _number(file: Path) -> float | None:
    try:
        return float(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # absent, or "max"
        return None
