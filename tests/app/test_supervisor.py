"""Programs are kept running, and ended with everything they started: tried on small ones of our own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.supervisor import Program, end, supervise
from engine.errors import Failed, Unavailable

# Starts a child of its own, in a session of its own, that nobody told to end.
PARENT = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""

STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text("deaf")
time.sleep(600)
"""

# A supervisor of two programs, one of them a PARENT, as a process that a test can signal.
SUPERVISOR = """
import pathlib, sys
from app.supervisor import Program, supervise
folder = pathlib.Path(sys.argv[1])
parent = (sys.executable, "-c", sys.argv[2], str(folder / "grandchild"))
sleeper = (sys.executable, "-c", "import time; time.sleep(600)")
programs = [Program("The page", sleeper, folder / "page.log"), Program("The worker", parent, folder / "worker.log")]
sys.exit(supervise(programs, answers=lambda: True, address="http://here", grace=2.0))
"""


def until(true: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def program(folder: Path, code: str, *arguments: str, name: str = "The page") -> Program:
    return Program(name, (sys.executable, "-c", code, *arguments), folder / "logs" / "one.log")


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A running supervisor and the ids of all processes below it, the guard included."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "Handrail is ready: http://here\n"
    assert until(lambda: (tmp_path / "grandchild").exists() and (tmp_path / "grandchild").read_text() != "")
    below = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert len(below) == 4  # page, worker, what the worker started, guard
    yield process, below
    process.terminate()
    process.communicate()
    for pid in below:
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_leaves_no_process(supervisor, number) -> None:
    process, below = supervisor
    process.send_signal(number)
    assert process.wait(timeout=20) == 0
    assert all(gone(pid) for pid in below)


def test_nothing_outlives_a_supervisor_killed_by_force(supervisor) -> None:
    process, below = supervisor
    process.kill()
    assert until(lambda: all(gone(pid) for pid in below)), [pid for pid in below if not gone(pid)]


def test_who_falls_starts_again(supervisor, tmp_path) -> None:
    process, _ = supervisor
    first = int((tmp_path / "grandchild").read_text())
    worker = next(p for p in psutil.Process(process.pid).children() if first in [c.pid for c in p.children()])
    os.killpg(worker.pid, signal.SIGKILL)
    assert until(lambda: (tmp_path / "grandchild").read_text() not in {str(first), ""})
    assert process.stderr.readline().startswith("The worker stopped (status -9); it starts again in 0.5 s. Log: ")


def test_a_page_that_never_comes_is_a_failure_that_names_its_log(tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.setattr("app.supervisor.LONGEST_PAUSE", 0.05)
    falling = program(tmp_path, "raise SystemExit('no such module')")
    with pytest.raises(Failed, match=r"http://here does not start\. The reason stands in .*one\.log"):
        supervise([falling], answers=lambda: False, address="http://here", pause=0.02)
    assert falling.log.read_text() == "no such module\n" * 3
    assert capfd.readouterr().err.count("it starts again in 0.05 s") == 3


def test_the_page_comes_first(tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.setattr("app.supervisor.LONGEST_PAUSE", 0.05)
    page = program(tmp_path / "page", "raise SystemExit(1)")
    worker = program(tmp_path / "worker", "pass")
    with pytest.raises(Failed):
        supervise([page, worker], answers=lambda: False, address="", pause=0.02)
    assert not worker.log.exists()


def test_a_log_that_cannot_be_written_is_refused_in_words(tmp_path) -> None:
    (tmp_path / "logs").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match=r"cannot be written \(.+\)\. Choose a folder of your own with --home"):
        supervise([program(tmp_path, "pass")], answers=lambda: True, address="")


def test_a_long_log_is_put_aside(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("app.supervisor.LOG_BYTES", 4)
    monkeypatch.setattr("app.supervisor.LONGEST_PAUSE", 0.05)
    falling = program(tmp_path, "raise SystemExit('again')")
    with pytest.raises(Failed):
        supervise([falling], answers=lambda: False, address="", pause=0.02)
    assert falling.log.read_text() == falling.log.with_suffix(".log.1").read_text() == "again\n"


def test_who_does_not_listen_is_killed_after_the_grace(tmp_path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN, str(tmp_path / "ready")], start_new_session=True, stdout=subprocess.DEVNULL
    )
    assert until((tmp_path / "ready").exists)
    end([process.pid], grace=0.2, reap=[process])
    assert process.returncode == -signal.SIGKILL
