"""Prove that a built Bento gives the original model's answers: in a clean process, from a copy elsewhere on disk."""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.service import Verification
from engine.errors import NotVerified

_TOLERANCE = 1e-9
_SECONDS = 300
_CHILD = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
source, rows, out = (Path(a) for a in sys.argv[1:])
import engine
if not Path(engine.__file__).resolve().is_relative_to(source.resolve()):
    sys.exit(f"the engine came from {engine.__file__}, not from the Bento")
from engine.serving.scorer import Scorer
scorer = Scorer.open(source / "package")
opened = time.perf_counter()
frame = scorer.reader.read(json.loads(rows.read_bytes())).frame
answers = scorer.answer(frame)
done = time.perf_counter()
out.write_text(json.dumps({"answers": answers.tolist(), "seconds": {"open": opened - start, "predict": done - opened}}))
"""


def verify(bento: Path, golden: pd.DataFrame, expected: NDArray[np.float64]) -> Verification:
    """Compare a Bento's answers with the original's.

    Parameters
    ----------
    bento : Path
        What ``bento.build`` made.
    golden : DataFrame of shape (n_rows, n_columns)
        Canonical rows; columns the contract does not know are not sent.
    expected : array of shape (n_rows, n_classes) or (n_rows,)
        The original, unshrunk predictor's answers.

    Returns
    -------
    Verification
        ``passed`` if no answer differs by more than 1e-9; seconds to copy, to open and to predict.

    Raises
    ------
    NotVerified
        If the Bento could not be opened or gave no answers in the clean process.
    """
    with tempfile.TemporaryDirectory(prefix="handrail-verify-") as scratch:
        started = time.perf_counter()
        elsewhere = Path(scratch) / "bento"
        shutil.copytree(bento, elsewhere)
        copied = time.perf_counter() - started
        rows, out = Path(scratch) / "rows.json", Path(scratch) / "answers.json"
        rows.write_text(json.dumps(as_rows(golden)), encoding="utf-8")
        _run_child(elsewhere / "src", rows, out, cwd=Path(scratch))
        told: dict[str, Any] = json.loads(out.read_bytes())
    answers = np.asarray(told["answers"], dtype=np.float64)
    difference = _largest(answers, np.asarray(expected, dtype=np.float64))
    return Verification(
        rows=len(golden),
        largest_difference=difference,
        passed=difference <= _TOLERANCE,
        seconds={"copy": copied, **told["seconds"]},
    )


def as_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a canonical frame as the JSON rows a caller would send: missing as null, dates as ISO 8601."""
    columns = {name: [_json_value(v) for v in frame[name].tolist()] for name in frame.columns}
    return [{name: values[i] for name, values in columns.items()} for i in range(len(frame))]


def _json_value(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value


def _largest(answers: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    if answers.shape != expected.shape:
        return math.inf
    if not answers.size:
        return 0.0
    largest = float(np.abs(answers - expected).max())
    return math.inf if math.isnan(largest) else largest


def _run_child(source: Path, rows: Path, out: Path, *, cwd: Path) -> None:
    # Only what a process needs to start: nothing of this process leads back to the original files.
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "AG_MEMORY_LIMIT_IN_GB")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    command = [sys.executable, "-c", _CHILD, str(source), str(rows), str(out)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and constants
            command,
            cwd=cwd,
            env={**environ, "PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotVerified(f"The built service gave no answer within {_SECONDS} s.", fix="Release it again.") from None
    if done.returncode or not out.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotVerified(f"The built service could not be opened elsewhere: {last[:500]}", fix="Release it again.")
