"""The process that starts a service's workers."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from engine.errors import NotFound
from engine.serving import leading, listed
from engine.serving.package import read_served, write_served
from tests.engine.serving.served import make_served

_LEADER = """
import subprocess, sys
from engine.serving import leading
leading.lead()
worker = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
worker.stdout.readline()
print(worker.pid, flush=True)
sys.stdin.read()
"""
_WORKER = """
import signal
from engine.serving import leading
leading._SECONDS = 0.02
leading.follow()
print("following", flush=True)
signal.pause()
"""


def test_a_worker_ends_where_the_one_that_started_it_is_gone(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what is killed leaves its directory
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", _LEADER, _WORKER], text=True, **pipes) as leader:  # type: ignore[call-overload]
        worker = int(leader.stdout.readline())
        assert not _gone(worker, within=0.1)
        leader.kill()
        leader.wait(10)
        assert _gone(worker, within=10)


def _gone(pid: int, *, within: float) -> bool:
    import psutil

    try:
        psutil.Process(pid).wait(within)
    except psutil.TimeoutExpired:
        return False
    except psutil.NoSuchProcess:
        pass
    return True


def test_a_worker_that_cannot_serve_says_so_once_and_ends_the_service_as_failed(tmp_path, monkeypatch) -> None:
    """Told to end, BentoML does so with status 0."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    worker = (
        "from engine.serving import leading; from engine.errors import Failed\n"
        "leading.refuse(Failed('The model cannot be opened here.', fix='Install it.'))"
    )
    leader = (
        "import signal, subprocess, sys\nfrom engine.serving import leading\nleading.lead()\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "subprocess.run([sys.executable, '-c', sys.argv[1]])\nsignal.pause()"
    )
    told = subprocess.run(
        [sys.executable, "-c", leader, worker], capture_output=True, text=True, timeout=30, check=False
    )
    assert (told.returncode, told.stderr) == (1, "The model cannot be opened here. Install it.\n")
    assert not list(tmp_path.iterdir())


def test_what_may_pass_ends_one_worker_and_not_the_others(tmp_path, monkeypatch, capfd) -> None:
    told: list[object] = []
    monkeypatch.setenv("HANDRAIL_SERVICE_LEADER", str(os.getppid()))
    monkeypatch.setattr(leading.os, "kill", lambda *a: told.append(a))
    monkeypatch.setattr(leading.os, "_exit", told.append)
    monkeypatch.setattr(Path, "read_bytes", Mock(side_effect=OSError(errno.EMFILE, "Too many open files")))
    try:
        read_served(tmp_path)
    except NotFound as refusal:
        leading.refuse(refusal)
    assert told == [1]
    assert capfd.readouterr().err.endswith(" (OSError). It is tried again.\n")


@pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The `__get_pydantic_core_schema__` method:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Accessing the 'model_fields' attribute:DeprecationWarning")
def test_nothing_is_started_to_serve_what_is_not_as_built(tmp_path, monkeypatch) -> None:
    from engine.serving import service

    monkeypatch.delenv("HANDRAIL_PACKAGE", raising=False)
    monkeypatch.setattr(service, "package_folder", lambda: tmp_path / "package")
    write_served(make_served(), tmp_path / "package")
    listed.write(tmp_path)
    service.Handrail.inner.started()
    assert os.environ.pop("HANDRAIL_SERVICE_LEADER") == str(os.getpid())
    Path(os.environ.pop("HANDRAIL_SERVICE_FIGURES")).rmdir()
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    (tmp_path / "package" / "card.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"not what was built: card\.json was added\. Do not use them"):
        service.Handrail.inner.started()
    assert "HANDRAIL_SERVICE_LEADER" not in os.environ
