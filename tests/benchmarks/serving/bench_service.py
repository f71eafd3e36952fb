"""The exported service over HTTP, beside a plain BentoML service around ``predict_proba`` with the same model."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from engine.serving import bento
from engine.serving.package import read_served
from engine.serving.sample import sample_row
from tests.benchmarks.app.machine import ROOT, load, table, wait
from tests.benchmarks.figures import publish

CALLS, RATE, SECONDS = 300, 50, 10
MEGABYTE = 1024 * 1024


def main() -> None:
    """Publish the figures."""
    before = load()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as services:
        built = released(Path(folder, "home"))
        package = bento.package_of(built)
        served = read_served(package)
        ours, process = services.enter_context(serving(*our_own(built, Path(folder))))
        plain, _ = services.enter_context(serving(*plain_one(package, Path(folder))))
        row = sample_row(served.contract)
        idle = memory(process)
        figures = one_row(ours, plain, row) | spaced(ours, row) | batches(ours, plain, row, served.max_rows)
        after = memory(process)
    publish(
        "service",
        {
            "model": served.model,
            **figures,
            "idle, MB (at most 600)": idle,
            "after the calls, MB": after,
            "load before and after": f"{before}; {load()}",
        },
    )


def released(home: Path) -> Path:
    """Go from the bank's table to a released Bento."""

    def handrail(*words: str, most: int = 0) -> dict[str, Any]:
        command = [sys.executable, "-P", "-m", "app.cli", *words]
        ran = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "HANDRAIL_HOME": str(home)}, stdout=subprocess.PIPE, check=False
        )
        assert ran.returncode <= most, ran.stdout
        return dict(json.loads(ran.stdout)) if "--json" in words else {}

    ran = handrail("run", str(table("bank.csv")), "--target", "deposit", "--fix", "--minutes", "1", "--json")
    accepted = {o["code"] for o in ran["outcomes"] if o["gate"] == "approval" and o["severity"] == "blocker"}
    reasons = [word for code in sorted(accepted) for word in ("--accept", code, "--reason", "a benchmark")]
    handrail("approve", ran["model"], "--note", "a benchmark", *reasons)
    return Path(handrail("release", ran["model"], "--json")["bento"])


def our_own(built: Path, folder: Path) -> tuple[list[str], dict[str, str], int]:
    port = free()
    environ = bento.environment(folder / "bentoml", log=folder / "log.sqlite")
    return bento.command(built, host="127.0.0.1", port=port), environ, port


def plain_one(package: Path, folder: Path) -> tuple[list[str], dict[str, str], int]:
    port = free()
    environ = bento.environment(folder / "plain")
    environ |= {"PYTHONPATH": str(ROOT), "PLAIN_MODEL": str(package / "model"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "bentoml", "serve", "tests.benchmarks.serving.plain:Plain"]
    return [*command, "--host", "127.0.0.1", "--port", str(port)], environ, port


def free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(
    command: list[str], environ: dict[str, str], port: int
) -> Iterator[tuple[httpx.Client, "subprocess.Popen[bytes]"]]:
    """Run a service until it is ready; it is ended afterwards."""
    process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait(lambda: ready(client), most=120, every=0.2)
            yield client, process
    finally:
        process.terminate()
        process.wait(timeout=60)


def ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def memory(process: "subprocess.Popen[bytes]") -> float:
    """Resident memory of a service with all its processes, in MB."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return sum(one.memory_info().rss for one in family) / MEGABYTE


def asked(client: httpx.Client, rows: list[Any]) -> float:
    began = time.perf_counter()
    answer = client.post("/predict", json={"rows": rows})
    took = time.perf_counter() - began
    assert answer.status_code == 200, answer.text
    return took


def one_row(ours: httpx.Client, plain: httpx.Client, row: dict[str, Any]) -> dict[str, float]:
    """Ask both in turns, so that whatever else the machine does meets both."""
    took: dict[str, list[float]] = {"ours": [], "plain": []}
    for i in range(CALLS + 30):
        for name, client in (("ours", ours), ("plain", plain)):
            seconds = asked(client, [row])
            if i >= 30:
                took[name].append(seconds)
    mine, other = statistics.median(took["ours"]), statistics.median(took["plain"])
    return {
        "one row, median ms": 1e3 * mine,
        "one row, plain service, median ms": 1e3 * other,
        "one row, of the plain service (at most 1, aim 0.6)": mine / other,
    }


def spaced(ours: httpx.Client, row: dict[str, Any]) -> dict[str, float]:
    """Ask at evenly spaced moments, whether or not the last answer has come."""
    took: list[float] = []
    threads = [threading.Thread(target=lambda: took.append(asked(ours, [row]))) for _ in range(RATE * SECONDS)]
    began = time.perf_counter()
    for i, thread in enumerate(threads):
        time.sleep(max(0.0, began + i / RATE - time.perf_counter()))
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == len(threads)
    middle, last = statistics.median(took), statistics.quantiles(took, n=100)[98]
    return {
        f"{RATE} a second, median ms": 1e3 * middle,
        f"{RATE} a second, p99 ms": 1e3 * last,
        f"{RATE} a second, p99 of the median (at most 4)": last / middle,
    }


def batches(ours: httpx.Client, plain: httpx.Client, row: dict[str, Any], most: int) -> dict[str, float]:
    """Ask for as many rows as one call may hold."""
    rows = [row] * most
    speed = {name: most / min(asked(c, rows) for _ in range(5)) for name, c in (("ours", ours), ("plain", plain))}
    return {
        f"rows a second, {most} in a call (at least 10,000)": speed["ours"],
        "rows a second, plain service": speed["plain"],
    }


if __name__ == "__main__":
    main()
