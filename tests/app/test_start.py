"""The whole of Handrail starts and ends: the real page and the real worker."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

pytestmark = pytest.mark.service

COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]


@pytest.fixture
def running(home: Path, free_port: int) -> Iterator[subprocess.Popen[str]]:
    """Handrail in an empty home, its page answering."""
    process = subprocess.Popen(
        [*COMMAND, "start", "--port", str(free_port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first == f"Handrail is ready: http://127.0.0.1:{free_port}\n", process.communicate()[1]
    yield process
    process.terminate()
    process.communicate()


def words(running: subprocess.Popen[str]) -> list[str]:
    return [word for process in psutil.Process(running.pid).children() for word in process.cmdline()]


def test_ctrl_c_ends_the_page_the_worker_and_all_they_started(running, free_port) -> None:
    with urlopen(f"http://127.0.0.1:{free_port}", timeout=10) as page:
        assert page.status == 200
    deadline = time.monotonic() + 30
    while {"streamlit", "app.worker"} - set(words(running)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {"streamlit", "app.worker"} <= set(words(running))
    below = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0
    assert [process for process in below if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def test_nobody_else_on_the_network_reaches_it(running, free_port) -> None:
    web = next(p for p in psutil.Process(running.pid).children() if "streamlit" in p.cmdline())
    listening = {
        c.laddr.ip for c in web.net_connections() if c.status == psutil.CONN_LISTEN and c.laddr.port == free_port
    }
    assert listening == {"127.0.0.1"}


def test_a_second_one_on_the_same_port_is_refused_in_words(running, free_port) -> None:
    done = subprocess.run([*COMMAND, "start", "--port", str(free_port)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"Port {free_port} is in use by another program" in done.stderr
    assert "Traceback" not in done.stderr
