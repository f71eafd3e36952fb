"""What this machine lets a training use: memory and processor cores, inside a container too."""

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_GIGABYTE = 1024.0**3
# A share stays free for the app, the worker and the operating system.
_SHARE = 0.8
_LEAST = 0.5


def limit_gigabytes(cgroup: Path = _CGROUP) -> float:
    """Return the gigabytes of memory a training may use.

    The smaller of what the system has available and what is left of the container's limit (cgroup v2 or v1), less a
    fifth; at least 0.5. AutoGluon itself sees only the system's memory.
    """
    import psutil

    available = float(psutil.virtual_memory().available)
    for limit_file, used_file in (
        (cgroup / "memory.max", cgroup / "memory.current"),
        (cgroup / "memory" / "memory.limit_in_bytes", cgroup / "memory" / "memory.usage_in_bytes"),
    ):
        limit, used = _number(limit_file), _number(used_file)
        if limit is not None:
            available = min(available, limit - (used or 0.0))
    return max(_LEAST, available / _GIGABYTE * _SHARE)


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
