"""``handrail score`` on millions of rows, beside AutoGluon's own ``predict_proba`` with the same model and chunks.

Beside it twice: on rows that are in memory already, with nothing read, checked, decided or written; and as a script has
it that reads the same file by pandas and writes rows and probabilities back.

``python -m tests.benchmarks.serving.bench_batch [ROWS]``: a million unless told otherwise; CSV and Parquet.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from engine.data.sample import TRUTH, churn
from engine.serving import scored
from tests.benchmarks.app.machine import ROOT, load
from tests.benchmarks.figures import publish

CHUNK, MEGABYTE = 250_000, 1 << 20
MOST = 500_000  # rows that the alternatives answer


def main(rows: int) -> None:
    """Publish the figures."""
    before = load()
    figures: dict[str, object] = {"rows": rows}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        model = trained(home, Path(folder, "churn.csv"))
        table = Path(folder, "rows.csv")
        written(table, rows)
        figures["file, MB (CSV, Parquet)"] = [round(p.stat().st_size / MEGABYTE) for p in (table, parquet_of(table))]
        for source in (table, parquet_of(table)):
            name = source.suffix[1:]
            seconds, peak, said = score(home, model, source, Path(folder, f"scored{source.suffix}"))
            own, script = alone(home, model, source)
            ours = said["rows"] / said["seconds"]
            figures |= {
                f"{name}: rows a second": round(ours),
                f"{name}: AutoGluon on rows in memory, rows a second": round(own),
                f"{name}: of that (at least 0.5)": ours / own,
                f"{name}: a script of pandas and AutoGluon from file to file, rows a second": round(script),
                f"{name}: of that": ours / script,
                f"{name}: seconds of the whole command": seconds,
                f"{name}: peak memory of all its processes, MB (under 2000)": round(peak),
                f"{name}: trust": said["trust"],
            }
    publish(f"batch-{rows}", figures | {"load before and after": f"{before}; {load()}"})


def trained(home: Path, table: Path) -> str:
    """Train a small model on the sample, and return its name."""
    churn().to_csv(table, index=False)
    asked = ("run", str(table), "--target", TRUTH["target"], "--fix", "--minutes", "0.3", "--quality", "fast", "--json")
    ran = subprocess.run(command(*asked), cwd=ROOT, env=environment(home), capture_output=True, text=True, check=False)
    assert ran.returncode <= 1, ran.stdout + ran.stderr
    return str(json.loads(ran.stdout)["model"])


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app.cli", *words]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HANDRAIL_HOME": str(home)}


def parquet_of(table: Path) -> Path:
    return table.with_suffix(".parquet")


def written(table: Path, rows: int) -> None:
    """Write made-up customers as CSV and Parquet, a chunk at a time; one in a hundred is odd."""
    pool = churn(20_000, seed=8).drop(columns=TRUTH["target"])
    with ExitStack() as opened:
        writers: list[Any] = []
        for start in range(0, rows, CHUNK):
            rng = np.random.default_rng(start)
            some = pool.iloc[rng.integers(0, len(pool), min(CHUNK, rows - start))].reset_index(drop=True)
            some["row_id"] = np.arange(start, start + len(some), dtype=np.float64)
            odd = rng.random(len(some)) < 0.01
            some["region"] = some["region"].mask(odd, "island")
            cells = pa.Table.from_pandas(some, preserve_index=False)
            if not writers:
                writers.append(opened.enter_context(pcsv.CSVWriter(table, cells.schema)))
                writers.append(opened.enter_context(pq.ParquetWriter(parquet_of(table), cells.schema)))
            for writer in writers:
                writer.write_table(cells)


def score(home: Path, model: str, source: Path, out: Path) -> tuple[float, float, dict[str, Any]]:
    """Score a file by the command; returns seconds, peak memory of its processes in MB, and what it said."""
    began = time.perf_counter()
    with subprocess.Popen(
        command("score", model, str(source), "-o", str(out), "--json"),
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        peak = [0.0]
        watch = threading.Thread(target=lambda: watched(process, peak))
        watch.start()
        told = json.loads(process.communicate()[0])
        watch.join()
    out.unlink()
    return time.perf_counter() - began, peak[0], told


def watched(process: "subprocess.Popen[bytes]", peak: list[float]) -> None:
    while process.poll() is None:
        try:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            peak[0] = max(peak[0], sum(one.memory_info().rss for one in family) / MEGABYTE)
        except psutil.Error:
            continue
        time.sleep(0.05)


def alone(home: Path, model: str, table: Path) -> tuple[float, float]:
    """Return how many rows a second AutoGluon answers: in memory, and from file to file; in ``score``'s chunks."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            __spec__.name if __spec__ else "tests.benchmarks.serving.bench_batch",
            str(home),
            model,
            str(table),
        ],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    memory, files = done.stdout.splitlines()[-1].split()
    return float(memory), float(files)


def asked_alone(home: Path, model: str, table: Path) -> None:
    """Print the speed; in a process of its own, so that memory and threads are as they are for ``score``."""
    from autogluon.tabular import TabularPredictor

    from app.settings import load as settings
    from app.workflow import scoring
    from app.workflow.home import open_home
    from engine.serving.package import MODEL
    from engine.training import memory
    from engine.training.described import Described

    memory.share_cores()
    with tempfile.TemporaryDirectory() as work:
        folder = scoring.package(open_home(settings(home)), model, Path(work)) / MODEL
        described = Described.read(folder)
        predictor = TabularPredictor.load(str(folder), verbosity=0)
        predictor.persist(models=[described.chosen], max_memory=None)
        names = {name: inner for inner, name in described.inner.items()}
        began, answers, inputs = time.perf_counter(), 0, []
        for some in read(table):
            inputs.append(some[list(names)].rename(columns=names))
            told = predictor.predict_proba(inputs[-1], model=described.chosen).add_prefix("probability_")
            whole = pd.concat([some, told], axis=1)
            if table.suffix == ".csv":
                whole.to_csv(Path(work, "out.csv"), mode="a", header=not answers, index=False)
            else:
                whole.to_parquet(Path(work, f"{answers}.parquet"))
            answers += len(some)
            if answers >= MOST:
                break
        files = answers / (time.perf_counter() - began)
        began = time.perf_counter()
        for each in inputs:
            predictor.predict_proba(each, model=described.chosen)
        sys.stdout.write(f"{answers / (time.perf_counter() - began)} {files}\n")


def read(table: Path) -> Iterator[pd.DataFrame]:
    """Yield a file's rows as pandas reads them, in the chunks that ``score`` makes."""
    size = scored.chunks(1_000_000)[0].stop
    if table.suffix == ".csv":
        yield from pd.read_csv(table, chunksize=size)
    else:
        yield from (batch.to_pandas() for batch in pq.ParquetFile(table).iter_batches(size))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        asked_alone(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
