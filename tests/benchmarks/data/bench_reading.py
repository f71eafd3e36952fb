"""How long workbooks and Parquet files take to read, and how soon hostile ones are refused.

A workbook of 100,000 rows x 20 columns, a Parquet file of 1,000,000 x 30, and the smallest workbook; then the hostile
files of ``tests/engine/data/hostile.py``: seconds by the clock and the most memory of any process.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from engine.data.read import read_file
from tests.benchmarks.figures import publish
from tests.engine.data import hostile


def main() -> None:
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _workbook(folder / "rows.xlsx", rows=100_000, columns=20)
        _parquet(folder / "rows.parquet", rows=1_000_000, columns=30)
        hostile.workbook(folder / "small.xlsx", hostile.sheet(hostile.ROWS))
        for file in ("rows.xlsx", "rows.parquet", "small.xlsx"):
            started = time.perf_counter()
            shape = read_file(folder / file).frame.shape
            figures[f"{file} {shape[0]:,} x {shape[1]} (s)"] = time.perf_counter() - started
        files = hostile.EXCEL | hostile.PARQUET
        for kind, build in files.items():
            build(folder / f"{kind}.bin")
        paths = [str(folder / f"{kind}.bin") for kind in files]
        command = [sys.executable, "-m", "tests.engine.data.trial", *paths]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for each in told:
            figures[f"{each['name']}: refused after (s)"] = each["seconds"]
        figures["hostile files: most seconds"] = max(each["seconds"] for each in told)
        figures["hostile files: most MB"] = max(each["megabytes"] for each in told)
        figures["hostile files: refused"] = sum(bool(each["refusal"]) for each in told)
    publish("reading", figures)


def _workbook(path: Path, *, rows: int, columns: int) -> None:
    random = np.random.default_rng(0)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, [f"column {i}" for i in range(columns)])
        for i in range(1, rows + 1):
            numbers = (random.integers(0, 1_000_000, columns) / 100).tolist()
            words = [f"value {k % 500}" for k in random.integers(0, 10_000, columns // 2).tolist()]
            sheet.write_row(i, 0, numbers[: columns - len(words)] + words)


def _parquet(path: Path, *, rows: int, columns: int) -> None:
    random = np.random.default_rng(0)
    levels = np.array([f"level {i}" for i in range(50)])
    made = {
        f"column {i}": levels[random.integers(0, 50, rows)] if i % 3 == 0 else random.normal(size=rows)
        for i in range(columns)
    }
    pq.write_table(pa.table(made), path)


if __name__ == "__main__":
    main()
