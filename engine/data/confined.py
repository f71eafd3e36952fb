"""Files that may be made to break their reader are read in a process of their own, with limits on memory and time.

A decoder runs in the child: it knows neither pandas nor DuckDB, gets a path and what is asked for, writes the file's
cells into a folder as an Arrow file, and answers with a JSON object. Whatever becomes of it, this process goes on.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.data.limits import OUT_OF_MEMORY, damaged
from engine.errors import DiskFull, EmptyTable, HandrailError, UnreadableFile, UnusableOption

_log = logging.getLogger(__name__)

_REFUSALS: dict[str, type[HandrailError]] = {
    kind.__name__: kind for kind in (UnreadableFile, EmptyTable, UnusableOption, DiskFull)
}
_POLL = 0.25  # seconds
_LONGEST = 1800.0  # seconds by the clock, for a disk that does not answer
_SHARE = 0.8  # of the memory that is free


def decode(kind: str, path: Path, folder: Path, asked: Mapping[str, object]) -> dict[str, Any]:
    """Let the decoder ``kind`` read ``path`` in a child process; its cells are in ``folder / CELLS`` afterwards.

    Parameters
    ----------
    kind : {'workbook', 'parquet'}
        Which decoder.
    path, folder : Path
        The file, and a folder that exists.
    asked : mapping
        What the decoder is asked for; JSON.

    Returns
    -------
    dict
        The decoder's answer.

    Raises
    ------
    UnreadableFile
        If the file is damaged, or reading it takes more memory or time than an honest file of its size needs.
    HandrailError
        If the decoder refused.
    """
    import psutil

    ceiling = int(psutil.virtual_memory().available * _SHARE)
    order = {"kind": kind, "path": str(path), "folder": str(folder), "ceiling": ceiling, **asked}
    with (folder / "failure.txt").open("w+", encoding="utf-8", errors="replace") as failure:
        # -P: what lies in the current folder is never imported by accident.
        command = (sys.executable, "-P", "-m", "engine.data.child")
        # Arrow's own pools take address space ahead of need, which would count.
        environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
        pipe = subprocess.PIPE
        with subprocess.Popen(  # noqa: S603
            command, stdin=pipe, stdout=pipe, stderr=failure, env=environment, encoding="utf-8"
        ) as child:
            try:
                answer = _watched(child, json.dumps(order), ceiling)
            finally:
                child.kill()
        failure.seek(0)
        words = failure.read(20_000)
    if child.returncode == 0:
        return _answered(json.loads(answer))
    if words and child.returncode > 0 and child.returncode != OUT_OF_MEMORY:
        _log.error("The decoder of %s failed:\n%s", kind, words)
    raise _broken(path, child.returncode)


def _watched(child: "subprocess.Popen[str]", order: str, ceiling: int) -> str:
    """Return what the child answers; kill it where it outgrows ``ceiling``, should the system not hold its limits."""
    import psutil

    given: str | None = order
    for _ in range(int(_LONGEST / _POLL)):
        try:
            return child.communicate(given, timeout=_POLL)[0]
        except subprocess.TimeoutExpired:
            given = None
        try:
            if psutil.Process(child.pid).memory_info().rss > ceiling:
                break
        except psutil.Error:
            continue
    child.kill()
    return child.communicate()[0]


def _answered(answer: dict[str, Any]) -> dict[str, Any]:
    if "refused" in answer:
        raise _REFUSALS[answer["refused"]](answer["problem"], fix=answer["fix"])
    return answer


def _broken(path: Path, status: int) -> UnreadableFile:
    fix = "Open it in the program it comes from, save only the table as CSV, and bring that."
    if status == -signal.SIGPROF:
        return UnreadableFile(
            f"{path.name} was given up: reading it takes far longer than a file of its size should.", fix=fix
        )
    # Rust ends a process that gets no memory with SIGABRT; the system itself ends it with SIGKILL.
    if status in {OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL}:
        return UnreadableFile(
            f"{path.name} was given up: reading it takes far more memory than a file of its size should.", fix=fix
        )
    return damaged(path)
