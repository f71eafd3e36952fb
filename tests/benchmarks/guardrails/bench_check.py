"""``handrail check`` on a million rows, beside what DuckDB alone takes to read, summarise and write the same file."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psutil

from tests.benchmarks.app.machine import ROOT, load
from tests.benchmarks.figures import publish

ROWS = 1_000_000
TARGET = "renewed"
TIMES, GIGABYTES = 5.0, 2.5  # at most
_DUCKDB = """
import duckdb, sys
source, target = sys.argv[1:]
rows = duckdb.connect()
rows.execute("CREATE TABLE t AS FROM read_csv(?)", [source])
rows.execute("SUMMARIZE t").fetchall()
rows.execute(f"COPY t TO '{target}' (FORMAT parquet)")
"""


def main() -> int:
    """Publish the figures; the status says whether the promises hold."""
    before = load()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "contracts.csv")
        make(source, ROWS)
        command = [sys.executable, "-c", _DUCKDB, str(source), str(Path(folder, "t.parquet"))]
        alone = watched(command, folder)
        command = [sys.executable, "-P", "-m", "app.cli", "check", str(source), "--target", TARGET, "--json"]
        check = watched(command, folder)
        again = watched([sys.executable, "-c", _DUCKDB, str(source), str(Path(folder, "u.parquet"))], folder)
        size = source.stat().st_size
    figures = json.loads(check.said)
    times = 2 * check.seconds / (alone.seconds + again.seconds)
    publish(
        "guardrails_check",
        {
            "rows": figures["dataset"]["rows"],
            "columns": figures["dataset"]["columns"],
            "file, MB": size / 1e6,
            "DuckDB alone, seconds": f"{alone.seconds:.1f} before, {again.seconds:.1f} after",
            "DuckDB alone, seconds of a core": f"{alone.cpu:.1f} before, {again.cpu:.1f} after",
            "handrail check, seconds": check.seconds,
            "handrail check, seconds of a core": check.cpu,
            **{f"  {stage}": took for stage, took in figures["seconds"].items()},
            f"times as long as DuckDB (at most {TIMES:g})": times,
            # Beside other work the clock flatters one of them: what the cores did does not depend on who else ran.
            "times as much of a core as DuckDB": 2 * check.cpu / (alone.cpu + again.cpu),
            f"peak memory, GB (at most {GIGABYTES:g})": check.peak / 1e9,
            "could not run": sum(o["verdict"] == "could_not_run" for o in figures["outcomes"]),
            "flagged": " ".join(sorted({o["code"] for o in figures["outcomes"] if o["verdict"] == "flagged"})),
            "load before and after": f"{before}; {load()}",
        },
    )
    return int(times > TIMES or check.peak > GIGABYTES * 1e9)


class Watched(NamedTuple):
    """A program that ran: its seconds, those of a core, the most bytes that it and its children held, what it said."""

    seconds: float
    cpu: float
    peak: float
    said: str


def watched(command: list[str], home: str) -> Watched:
    """Run a program and watch it."""
    environment = {**os.environ, "HANDRAIL_HOME": str(Path(home, "home"))}
    began, spent, peak = time.perf_counter(), of_children(), 0.0
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, text=True) as process,
    ):
        while process.poll() is None:
            peak = max(peak, held(process.pid))
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"{command[:4]} ended with status {process.returncode}")
        return Watched(seconds, of_children() - spent, peak, said.read())


def of_children() -> float:
    """How many seconds of a core the programs took that were run from here."""
    times = os.times()
    return times.children_user + times.children_system


def held(pid: int) -> float:
    """How many bytes of memory a process and its children hold."""
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return float(sum(process.memory_info().rss for process in family))
    except psutil.Error:
        return 0.0


def make(path: Path, rows: int, seed: int = 0) -> None:
    """Write a table of 30 mixed columns, about 220 bytes a row: keys, amounts, counts, categories, dates, text."""
    random = np.random.default_rng(seed)
    for start in range(0, rows, 100_000):
        part = _part(random, start, min(100_000, rows - start))
        part.to_csv(path, mode="a", index=False, header=start == 0)


def _part(random: np.random.Generator, start: int, n: int) -> pd.DataFrame:
    def one_of(*values: str) -> Any:
        return np.array(values, dtype=object)[random.integers(0, len(values), n)]

    def gaps(values: Any, share: float) -> Any:
        return pd.Series(values).mask(random.random(n) < share)

    words = np.array(["asked", "about", "the", "late", "delivery", "of", "a", "part", "and", "told", "to", "wait"])
    spent = random.lognormal(4, 1, n).round(2)
    calls = random.poisson(2, n)
    months = random.integers(1, 97, n)
    chance = 1 / (1 + np.exp(-(0.02 * months - 0.4 * calls + random.normal(0, 1, n))))
    columns: dict[str, Any] = {
        "contract_no": np.arange(start + 1, start + n + 1),
        "reference": [f"R{v:010x}" for v in random.integers(0, 1 << 40, n)],
        "customer": random.integers(0, 4 * ROWS, n),
        "age": random.integers(18, 91, n),
        "months": months,
        "calls": calls,
        "visits": random.poisson(7, n),
        "rooms": random.integers(1, 9, n),
        "spent": spent,
        "spent_before": (spent * random.uniform(0.5, 1.5, n)).round(2),
        "balance": random.normal(1500, 2200, n).round(2),
        "discount": gaps(random.uniform(0, 0.4, n).round(3), 0.1),
        "distance": gaps(random.gamma(2, 9, n).round(1), 0.02),
        "temperature": random.normal(11, 6, n).round(1),
        "latitude": random.uniform(47, 55, n).round(4),
        "longitude": random.uniform(6, 15, n).round(4),
        "rating": gaps(random.integers(1, 6, n), 0.3),
        "region": one_of("north", "south", "east", "west"),
        "town": np.char.add("town ", random.integers(0, 400, n).astype(str)),
        "postcode": [f"{v:05d}" for v in random.integers(1000, 99999, n)],
        "product": [f"P-{v:04d}" for v in random.zipf(1.5, n) % 2000],
        "channel": one_of("shop", "phone", "web", "partner"),
        "plan": one_of("basic", "plus", "premium"),
        "newsletter": one_of("yes", "no"),
        "paperless": one_of("True", "False"),
        "signed": pd.Timestamp("2019-01-01") + pd.to_timedelta(random.integers(0, 2000, n), unit="D"),
        "last_call": gaps(
            pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 40_000_000, n), unit="s"), 0.2
        ),
        "agent": np.char.add("agent-", random.integers(1, 120, n).astype(str)),
        "note": [" ".join(row) for row in words[random.integers(0, len(words), (n, 8))]],
        TARGET: np.where(random.random(n) < chance, "yes", "no"),
    }
    return pd.DataFrame(columns)


if __name__ == "__main__":
    sys.exit(main())
