"""What runs when Handrail runs, and what is refused before anything starts."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import processes
from engine.errors import Unavailable, UnusableOption


@pytest.fixture
def taken(free_port: int) -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        yield free_port


def test_a_port_in_use_names_itself_and_a_free_one_before_anything_starts(taken, tmp_path) -> None:
    with pytest.raises(Unavailable) as refused:
        processes.start(tmp_path / "home", "127.0.0.1", taken)
    assert refused.value.problem.startswith(f"Port {taken} is in use by another program")
    other = int(refused.value.fix.rpartition("PORT=")[2].rstrip(").") or 0)
    processes.ensure_free("127.0.0.1", other)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_cannot_exist_is_refused(port) -> None:
    with pytest.raises(UnusableOption, match=rf"There is no port {port}\. Choose one from 1024"):
        processes.ensure_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"], ids=["not ours", "no address"])
def test_a_host_that_is_not_this_machine_is_refused(host, free_port) -> None:
    with pytest.raises(UnusableOption, match=f"'{host}' is not an address of this machine"):
        processes.ensure_free(host, free_port)


def test_a_port_below_1024_without_the_right_is_refused(monkeypatch) -> None:
    real = processes._free

    def kept(host: str, port: int) -> bool:
        if port < 1024:
            raise PermissionError
        return real(host, port)

    monkeypatch.setattr(processes, "_free", kept)
    with pytest.raises(Unavailable, match=r"Port 80 is kept for the .* administrator\. Start with --port \d{4,5}"):
        processes.ensure_free("127.0.0.1", 80)


def flags(program: processes.Program) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, _, value in (part.removeprefix("--").partition("=") for part in program.command if "--" in part)
    ]


def test_streamlit_knows_every_option_it_is_given() -> None:
    from streamlit import config

    known = config.get_config_options()
    given = flags(processes.web(Path("/home"), "127.0.0.1", 8501))
    assert given
    assert not [name for name, _ in given if name not in known]


def test_the_page_stays_on_this_machine_and_keeps_quiet() -> None:
    given = dict(flags(processes.web(Path("/home"), "127.0.0.1", 8501)))
    assert given["server.address"] == "127.0.0.1"
    assert given["client.showErrorDetails"] == "none"
    assert given["browser.gatherUsageStats"] == "false"
    assert given["server.headless"] == "true"


def test_only_a_page_that_stays_here_insists_on_its_own_name() -> None:
    def names(host: str) -> set[str]:
        return {v for k, v in flags(processes.web(Path("/home"), host, 8501)) if k == "server.allowedHosts"}

    assert names("127.0.0.1") == {"127.0.0.1", "localhost", "::1"}
    assert names("0.0.0.0") == set()  # noqa: S104 - only a command line is built


def test_both_programs_know_the_home_and_keep_their_logs_there(tmp_path) -> None:
    for program in (processes.web(tmp_path, "127.0.0.1", 8501), processes.worker(tmp_path)):
        assert program.command[:3] == (sys.executable, "-P", "-m")
        assert program.environment["HANDRAIL_HOME"] == str(tmp_path)
        assert program.log.parent == tmp_path / "logs"
