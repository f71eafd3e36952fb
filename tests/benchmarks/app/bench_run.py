"""``handrail run`` on a real table: what it takes on top of the training budget, beside a plain AutoGluon fit."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from tests.benchmarks.app.machine import ROOT, load, table
from tests.benchmarks.figures import publish

TARGET = "income >50K"
MINUTES = 1
EVIDENCE = "evidence."


def main() -> None:
    """Publish the figures."""
    source = table("income.csv")
    before = load()
    with tempfile.TemporaryDirectory() as folder:
        wall, report = whole_way(source, Path(folder, "home"))
        between = load()
        plain = plain_fit(source, Path(folder))
    took = report["seconds"]
    judged = {f"  {name}": value for name, value in took.items() if name.startswith(EVIDENCE)}
    budget = 60.0 * MINUTES
    publish(
        "app_run",
        {
            "handrail run, seconds": wall,
            "on top of the budget, seconds (at most 45)": wall - budget,
            "on top of what fitting took, seconds": wall - took["fit"],
            "  read": took["read"],
            "  guardrails": took["guardrails"],
            "  worker, fit, evidence and sealing": took["train"],
            "    of it fit": took["fit"],
            "    of it evidence": sum(judged.values()),
            "    of it the rest": took["train"] - took["fit"] - sum(judged.values()),
            "  outside of the stages": wall - sum(took[stage] for stage in ("read", "guardrails", "train")),
            **judged,
            **plain,
            "handrail run, times as long as the plain way": wall / plain["plain AutoGluon, seconds"],
            "test score, roc_auc": report["score"]["value"],
            "load before, between and after": f"{before}; {between}; {load()}",
        },
    )


def whole_way(source: Path, home: Path) -> tuple[float, dict[str, Any]]:
    """Go from the file to a draft version as a person does; returns the seconds and the report."""
    command = [sys.executable, "-P", "-m", "app.cli", "run", str(source), "--target", TARGET]
    command += ["--fix", "--minutes", str(MINUTES), "--quality", "balanced", "--json"]
    began = time.perf_counter()
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "HANDRAIL_HOME": str(home)}, check=True, stdout=subprocess.PIPE
    )
    return time.perf_counter() - began, json.loads(ran.stdout)


def plain_fit(source: Path, folder: Path) -> dict[str, float]:
    """The same file the plain way: read it, put a fifth aside, fit, score; nothing is checked, explained or kept."""
    began = time.perf_counter()
    from autogluon.tabular import TabularPredictor

    frame = pd.read_csv(source)
    test = frame.sample(frac=0.2, random_state=0)
    fitted = TabularPredictor(TARGET, eval_metric="roc_auc", path=str(folder / "plain"), verbosity=0)
    began_fit = time.perf_counter()
    fitted.fit(frame.drop(test.index), presets="medium_quality", time_limit=60.0 * MINUTES)
    fit = time.perf_counter() - began_fit
    score = fitted.evaluate(test)["roc_auc"]
    return {
        "plain AutoGluon, seconds": time.perf_counter() - began,
        "  of it fit (plain)": fit,
        "  its score on other test rows, roc_auc": float(score),
    }


if __name__ == "__main__":
    main()
