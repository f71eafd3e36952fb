"""The real web process, looked at in a browser: how heavy it gets, and what it has loaded."""

import re
import socket
import time
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from shutil import which
from typing import NamedTuple

import psutil

from app.processes import web
from app.workflow.home import Home
from tests.benchmarks.app.machine import started, wait

# Compiled parts that give a library away in a process's map of files; shap comes with numba, bentoml with uvloop's kin.
HEAVY = (
    "lightgbm",
    "catboost",
    "xgboost",
    "torch",
    "sklearn",
    "scipy",
    "duckdb",
    "numba",
    "llvmlite",
    "python_calamine",
)


class Seen(NamedTuple):
    """What the web process was like once every page had been opened."""

    megabytes_first: float
    megabytes: float
    page_seconds: list[float]
    heavy: tuple[str, ...]


def look(home: Home, addresses: Iterable[str]) -> Seen:
    """Open each address in a new tab, twice."""
    from playwright.sync_api import sync_playwright

    port = _free_port()
    browser_path = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    page_seconds, first = [], 0.0
    with started(web(home.path, "127.0.0.1", port)) as process, sync_playwright() as playwright:
        wait(lambda: _answers(port))
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for address in [*addresses, *addresses]:
            page = browser.new_page()
            began = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/{address}")
            page.wait_for_function(
                "document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') === 'notRunning'"
                " && document.querySelector('h1, h2')",
                timeout=120_000,
            )
            page_seconds.append(time.perf_counter() - began)
            first = first or _megabytes(process.pid)
            page.close()
        seen = Seen(first, _megabytes(process.pid), page_seconds, _heavy(process.pid))
        browser.close()
    return seen


def _megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def _heavy(pid: int) -> tuple[str, ...]:
    files = Path(f"/proc/{pid}/maps").read_text()
    packages = set(re.findall(r"site-packages/([A-Za-z0-9_]+)", files))
    return tuple(sorted(packages.intersection(HEAVY)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
