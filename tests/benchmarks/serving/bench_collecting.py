"""100,000 decisions: what writing them down costs an answer, what collecting them takes in seconds and megabytes."""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import psutil

from app.workflow import cases, collecting
from engine.serving.log import DecisionLog
from tests.app.prepared import prepare
from tests.app.workflow.left import ASKED, MODEL, ROW, decision
from tests.benchmarks.figures import publish

ROWS = 100_000
CALL = 100  # rows in a call
LEFT = 20  # of which so many are left to a person: a fifth


def main() -> None:
    """Measure and report."""
    with tempfile.TemporaryDirectory() as folder:
        home, _ = prepare(Path(folder) / "home", "released")
        figures = {**one_by_one(Path(folder)), **written(home)}
        size = home.path / "handrail.db"
        before, memory = size.stat().st_size, psutil.Process().memory_info().rss
        began, worked = time.perf_counter(), time.process_time()
        found = collecting.collect(home)
        figures["collect_seconds"] = time.perf_counter() - began
        figures["collect_cpu_seconds"] = time.process_time() - worked
        figures["collect_megabytes_of_memory"] = (psutil.Process().memory_info().rss - memory) / 1e6
        home.engine.dispose()
        figures["registry_megabytes"] = (size.stat().st_size - before) / 1e6
        assert (found.decisions, found.cases) == (ROWS, ROWS * LEFT // CALL)
        figures["again_seconds"] = timed(lambda: collecting.collect(home))
        figures["count_waiting_ms"] = 1000 * timed(lambda: cases.waiting_count(home))
        figures["list_500_ms"] = 1000 * timed(lambda: cases.waiting(home))
        figures["counts_of_a_version_ms"] = 1000 * timed(lambda: collecting.counts(home, waiting_version(home)))
    publish("collecting", {"rows": ROWS, "cases": ROWS * LEFT // CALL, **figures})


def waiting_version(home) -> str:
    """The version whose cases wait."""
    from app.workflow import registry

    return registry.show(home, MODEL).id


def timed(do) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def one_by_one(folder: Path) -> dict[str, float]:
    """What an answer of one row waits for the log, in microseconds, answered and left to a person."""
    took = {}
    for trust in ("ok", "abstain"):
        log = DecisionLog(folder / f"{trust}.db")
        times = []
        for i in range(5000):
            told = decision(f"{i}", trust=trust)
            began = time.perf_counter()
            log.decisions(MODEL, [told], rows=[ROW], columns=ASKED)
            times.append(1e6 * (time.perf_counter() - began))
            time.sleep(0.0002)
        log.close()
        took[f"{trust}_median_us"], took[f"{trust}_p99_us"] = median(times), quantiles(times, n=100)[-1]
        took[f"{trust}_dropped"] = log.dropped
    return took


def written(home) -> dict[str, float]:
    """How long the service's thread takes for all of them, and how large its file becomes."""
    log = DecisionLog(collecting.service_file(home))
    began = time.perf_counter()
    for start in range(0, ROWS, CALL):
        told = [
            decision(f"{start + i:08d}-0000-4000-8000-000000000000", trust="abstain" if i < LEFT else "ok")
            for i in range(CALL)
        ]
        log.decisions(MODEL, told, rows=[ROW] * CALL, columns=ASKED)
        while log._queue.qsize() > 100:
            time.sleep(0.001)
    log.close()
    assert log.dropped == 0
    return {
        "written_seconds": time.perf_counter() - began,
        "service_file_megabytes": collecting.service_file(home).stat().st_size / 1e6,
    }


if __name__ == "__main__":
    sys.exit(main())
