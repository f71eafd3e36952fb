"""From the command to the first page, the weight of the web process, and the first word of the command line."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.benchmarks.figures import publish

ROOT = Path(__file__).parents[2]
TIMES = 5


def imports() -> float:
    """Median seconds of ``import app.cli`` in a fresh interpreter, the interpreter's own start taken off."""
    return statistics.median(seconds("import app.cli") - seconds("pass") for _ in range(TIMES))


def seconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.perf_counter() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_page(home: Path) -> tuple[float, float, float]:
    """Seconds from ``make run`` to the address, and to the page's heading in a browser; then the web's megabytes."""
    from playwright.sync_api import sync_playwright

    port = free_port()
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page()
        began = time.perf_counter()
        process = subprocess.Popen(
            ["make", "--no-print-directory", "run", f"PORT={port}"],
            cwd=ROOT,
            env={**os.environ, "HANDRAIL_HOME": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert "http://127.0.0.1" in process.stdout.readline()
            answered = time.perf_counter() - began
            page.goto(f"http://127.0.0.1:{port}")
            page.locator("h1").first.wait_for(timeout=60_000)
            shown = time.perf_counter() - began
            below = psutil.Process(process.pid).children(recursive=True)
            web = next(p for p in below if "streamlit" in p.cmdline())
            return answered, shown, web.memory_info().rss / 1e6
        finally:
            process.terminate()
            process.wait(timeout=60)
            browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        first = first_page(home)
        again = first_page(home)
    publish(
        "start",
        {
            "import app.cli, seconds (at most 0.5)": imports(),
            "first start in a new home to the first page, seconds": first[1],
            "make run to the address, seconds": again[0],
            "make run to the first page, seconds (at most 6)": again[1],
            "web process after the first page, megabytes (at most 500)": again[2],
        },
    )


if __name__ == "__main__":
    main()
