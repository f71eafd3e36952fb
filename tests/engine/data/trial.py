"""Bring hostile files to the reader in a process of its own, and say what came of each.

``python -m tests.engine.data.trial FILE...`` prints a JSON list: the name, seconds by the clock and of computing, the
refusal, and the most memory that this process or any of its children has taken so far, in MB.
"""

import json
import resource
import sys
import time
from pathlib import Path

from engine.data.read import read_file
from engine.errors import HandrailError


def attempt(name: str, path: Path) -> dict[str, object]:
    started, computed = time.perf_counter(), _computed()
    try:
        read_file(path)
        refusal = ""
    except HandrailError as error:
        refusal = str(error)
    seconds = time.perf_counter() - started
    most = max(_most_held(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    computing = _computed() - computed
    return {"name": name, "seconds": seconds, "computing": computing, "refusal": refusal, "megabytes": most / 1000}


def _most_held() -> int:
    # getrusage would count for this process what the one that started it had.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _computed() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    json.dump([attempt(path.stem, path) for path in map(Path, sys.argv[1:])], sys.stdout)


if __name__ == "__main__":
    main()
