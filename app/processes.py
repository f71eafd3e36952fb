"""What Handrail consists of when it runs: the web app and one worker."""

import errno
import socket
from pathlib import Path

from app import launch
from app.supervisor import Program, supervise
from engine.errors import Unavailable, UnusableOption

UPLOAD_MEGABYTES = 200
PORTS_TRIED = 50

# One accent colour. White text on it is readable (contrast 4.5 or more) in both themes.
ACCENT = {"light": "#0f766e", "dark": "#14837c"}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
WILDCARD = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared with, not bound to


def start(home: Path, host: str, port: int) -> int:
    """Run the web app and one worker until Ctrl-C or SIGTERM; print the address once the page answers.

    Parameters
    ----------
    home : Path
        Where everything is kept; made if absent. Output of the two goes to ``logs`` below it.
    host, port : str, int
        Where the page is served. Nothing here reaches beyond this machine unless ``host`` does.

    Returns
    -------
    int
        The exit status, 0. No process is left.

    Raises
    ------
    Unavailable
        If the port is taken or not ours to take, or the home cannot be written.
    UnusableOption
        If host or port cannot exist.
    Failed
        If the page falls again and again before it ever answers.
    """
    ensure_free(host, port)
    home = home.expanduser().resolve()
    shown = WILDCARD.get(host, host)
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    programs = (web(home, host, port), worker(home))
    return supervise(programs, answers=lambda: _answers(shown, port), address=address)


def web(home: Path, host: str, port: int) -> Program:
    """Streamlit, told everything on its command line: a person's own Streamlit settings do not change Handrail."""
    options: dict[str, str | int] = {
        "server.address": host,
        "server.port": port,
        # Headless also means: no first-run question for an e-mail address.
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.runOnSave": "false",
        "server.maxUploadSize": UPLOAD_MEGABYTES,
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "logger.hideWelcomeMessage": "true",
        "logger.enableRich": "false",
        "runner.magicEnabled": "false",
        "theme.light.primaryColor": ACCENT["light"],
        "theme.dark.primaryColor": ACCENT["dark"],
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    if host in LOOPBACK:
        # A page elsewhere whose name is made to point at this machine is refused (DNS rebinding).
        flags += [f"--server.allowedHosts={name}" for name in sorted(LOOPBACK)]
    page = Path(__file__).with_name("main.py")
    return _program(home, "web", "The web app", "streamlit", "run", str(page), *flags)


def worker(home: Path, *options: str) -> Program:
    """Return a worker of this home."""
    return _program(home, "worker", "The worker", "app.worker", *options)


def _program(home: Path, log: str, name: str, module: str, *arguments: str) -> Program:
    command = tuple(launch.module(module, *arguments))
    environment = {"HANDRAIL_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True", "PYTHONUNBUFFERED": "1"}
    return Program(name=name, command=command, log=home / "logs" / f"{log}.log", environment=environment)


def ensure_free(host: str, port: int) -> None:
    """Refuse a port that cannot be had, before anything starts.

    Raises
    ------
    Unavailable
        If another program listens there, or the system keeps the port for its administrator.
    UnusableOption
        If the port is no port, or the host is no address of this machine.
    """
    if not 1 <= port <= 65535:
        raise UnusableOption(f"There is no port {port}.", fix="Choose one from 1024 to 65535 with --port.")
    try:
        if _free(host, port):
            return
        problem = f"Port {port} is in use by another program, perhaps by Handrail itself."
    except PermissionError:
        problem = f"Port {port} is kept for the system's administrator."
    except OSError as error:
        raise UnusableOption(
            f"{host!r} is not an address of this machine ({error.strerror or error}).",
            fix="Leave --host away to use 127.0.0.1.",
        ) from error
    lowest = max(port + 1, 1024)
    other = next((p for p in range(lowest, min(lowest + PORTS_TRIED, 65536)) if _free(host, p)), None)
    choice = f"--port {other} (make run PORT={other})" if other else "another one with --port"
    raise Unavailable(problem, fix=f"Start with {choice}.")


def _free(host: str, port: int) -> bool:
    family, kind, protocol, _, where = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the server will: a port whose last connection has just closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def _answers(host: str, port: int) -> bool:
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
