"""Prove that what was built gives the original model's answers: in a clean process, from a copy elsewhere on disk."""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.service import Form, Verification
from engine.errors import NotVerified
from engine.serving.pins import fingerprint
from engine.serving.plain import plain_rows
from engine.serving.wheel import module_in

_TOLERANCE = 1e-9
_SECONDS = 300
_BENTO = """
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


# Nothing but the standard library, what is installed, and the wheel: whatever else it asks for is refused.
_WHEEL = """
import importlib, importlib.abc, json, sys, time
from pathlib import Path
start = time.perf_counter()
place, module, rows, out = sys.argv[1:]
class Closed(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("engine", "app", "store", "bentoml", "streamlit", "sqlmodel"):
            raise ImportError(f"the wheel asked for {name}", name=name)
sys.meta_path.insert(0, Closed())
sys.path.insert(0, place)
wheel = importlib.import_module(module)
wheel.predict([wheel.sample()])
opened = time.perf_counter()
told = wheel.predict(json.loads(Path(rows).read_bytes()))
done = time.perf_counter()
answers = [list(p["probabilities"].values()) if p["probabilities"] else p["prediction"] for p in told]
Path(out).write_text(json.dumps({"answers": answers, "seconds": {"open": opened - start, "predict": done - opened}}))
"""


def verify(built: Path, golden: pd.DataFrame, expected: NDArray[np.float64]) -> Verification:
    """Compare the answers of what was built with the original's.

    Parameters
    ----------
    built : Path
        What ``bento.build`` or ``wheel.build`` made.
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
        If it could not be opened or gave no answers in the clean process.
    """
    form = Form.WHEEL if built.suffix == ".whl" else Form.SERVICE
    with tempfile.TemporaryDirectory(prefix="handrail-verify-") as scratch:
        started = time.perf_counter()
        elsewhere, rows, out = (Path(scratch) / name for name in ("elsewhere", "rows.json", "answers.json"))
        if form is Form.WHEEL:
            with zipfile.ZipFile(built) as archive:  # what installing a wheel of nothing but Python comes to
                archive.extractall(elsewhere)
            script = ["-I", "-c", _WHEEL, str(elsewhere), module_in(built)]
        else:
            shutil.copytree(built, elsewhere)
            script = ["-c", _BENTO, str(elsewhere / "src")]
        copied = time.perf_counter() - started
        rows.write_text(json.dumps(plain_rows(golden)), encoding="utf-8")
        _run_child([*script, str(rows), str(out)], cwd=Path(scratch), source=elsewhere / "src")
        told: dict[str, Any] = json.loads(out.read_bytes())
    answers = np.asarray(told["answers"], dtype=np.float64)
    difference = _largest(answers, np.asarray(expected, dtype=np.float64))
    return Verification(
        form=form,
        rows=len(golden),
        largest_difference=difference,
        passed=difference <= _TOLERANCE,
        seconds={"copy": copied, **told["seconds"]},
        built_from=fingerprint(),
    )


def _largest(answers: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    if answers.shape != expected.shape:
        return math.inf
    if not answers.size:
        return 0.0
    largest = float(np.abs(answers - expected).max())
    return math.inf if math.isnan(largest) else largest


def _run_child(arguments: Sequence[str], *, cwd: Path, source: Path) -> None:
    # Only what a process needs to start: nothing of this process leads back to the original files.
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "AG_MEMORY_LIMIT_IN_GB")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and constants
            [sys.executable, *arguments],
            cwd=cwd,
            env={**environ, "PYTHONPATH": str(source)},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotVerified(f"What was built gave no answer within {_SECONDS} s.", fix="Release it again.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NotVerified(f"What was built could not be opened elsewhere: {last[:500]}", fix="Release it again.")
