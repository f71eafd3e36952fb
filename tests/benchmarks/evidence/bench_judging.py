"""What judging a trained model takes on a table of 50,000 x 15, and one row's reasons in the app.

Judged in a process of its own, as the worker does it: opening the model, score and baselines, calibration, slices,
importance and groups; then a worker holds the model ready and single rows are asked as the what-if screen asks them.
Run with ``python -m tests.benchmarks.evidence.bench_judging``.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app import settings
from app.workflow import asking, judging, registry
from app.workflow.asking import Standing
from app.workflow.home import Home, open_home
from tests.benchmarks.app.machine import ROOT, load, seconds, wait, working
from tests.benchmarks.evidence.made_up import TARGET, table
from tests.benchmarks.figures import publish

ROWS, COLUMNS, ASKED = 50_000, 15, 20
MOST_SECONDS, MOST_GIGABYTES, MOST_MILLISECONDS = 60.0, 3.0, 250.0


def main() -> int:
    """Train, judge in a fresh process, ask; 0 if all is within its limits."""
    with tempfile.TemporaryDirectory() as folder:
        home = trained(Path(folder))
        before = load()
        began = time.perf_counter()
        told = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.evidence.bench_judging", str(home.path)],
            cwd=ROOT, check=True, stdout=subprocess.PIPE,
        ).stdout  # fmt: skip
        whole = time.perf_counter() - began
        parts = json.loads(told.splitlines()[-1])
        waits = one_row(home)
    publish(
        "evidence_judging",
        {
            "table": f"{ROWS:,} x {COLUMNS}",
            "the whole process, seconds (at most 60)": whole,
            "  of it on a core, seconds of both cores together": parts["cpu"],
            **{f"  {name}, seconds": value for name, value in parts["seconds"].items()},
            "peak memory, GB (at most 3)": parts["gigabytes"],
            "one row's reasons, median ms (at most 250)": statistics.median(waits),
            "one row's reasons, slowest of 20, ms": max(waits),
            "load before and after": f"{before}; {load()}",
        },
    )
    fits = whole <= MOST_SECONDS and parts["gigabytes"] <= MOST_GIGABYTES
    return 0 if fits and statistics.median(waits) <= MOST_MILLISECONDS else 1


def trained(folder: Path) -> Home:
    """Go up to a draft version, as a person does at a minute's budget."""
    source = folder / "made up.csv"
    table(ROWS, COLUMNS).to_csv(source, index=False)
    command = [sys.executable, "-P", "-m", "app.cli", "run", str(source), "--target", TARGET, "--name", "bought"]
    command += ["--sensitive", "sex", "--fix", "--minutes", "1", "--quality", "balanced", "--json"]
    path = folder / "home"
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "HANDRAIL_HOME": str(path)}, check=True, stdout=subprocess.PIPE
    )
    return open_home(settings.load(path))


def judged(home: Home) -> None:
    """Judge the newest version once more, and print the seconds of each part and the most memory that was held."""
    run = registry.show(home, "bought").run
    assert run.fitted is not None
    _, evidence, *_ = judging.perform(home, run.id, run.fitted.chosen)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"seconds": evidence.seconds, "gigabytes": used.ru_maxrss / 1e6, "cpu": used.ru_utime + used.ru_stime}
    sys.stdout.write(json.dumps(told) + "\n")


def one_row(home: Home) -> list[float]:
    """Ask a version that is held ready for rows it was not asked before; returns milliseconds."""
    shown = registry.show(home, "bought")
    assert shown.run.evidence is not None
    rows = [one.row for one in shown.run.evidence.explained][:ASKED]
    with working(home):
        asking.want(home, shown)
        wait(lambda: asking.standing(home, shown) is Standing.READY)
        return [1000 * seconds(lambda row=row: asking.ask(home, shown, row, shown.policy)) for row in rows]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        judged(open_home(settings.load(Path(sys.argv[1]))))
        sys.exit(0)
    sys.exit(main())
