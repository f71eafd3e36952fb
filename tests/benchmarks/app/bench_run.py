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

from app import settings
from app.workflow import data, registry, training
from app.workflow.home import open_home
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
        plain = plain_fit(Path(folder, "home"), report["model"], Path(folder))
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


def plain_fit(home_path: Path, reference: str, folder: Path) -> dict[str, float]:
    """The same rows and columns the plain way: fit and score; nothing is checked, explained, sealed or kept."""
    home = open_home(settings.load(home_path))
    asked = registry.show(home, reference).problem
    spent = training.material(data.load(home, asked.dataset_id), asked.contract, asked.problem)
    columns = [*spent.features, TARGET]
    began = time.perf_counter()
    from autogluon.tabular import TabularPredictor

    fitted = TabularPredictor(TARGET, eval_metric="roc_auc", path=str(folder / "plain"), verbosity=0)
    began_fit = time.perf_counter()
    rows = pd.concat([spent.learn, spent.choose])[columns]
    fitted.fit(rows, presets="medium_quality", time_limit=60.0 * MINUTES)
    fit = time.perf_counter() - began_fit
    score = fitted.evaluate(spent.test[columns])["roc_auc"]
    return {
        "plain AutoGluon, seconds": time.perf_counter() - began,
        "  of it fit (plain)": fit,
        "  its test score, roc_auc": float(score),
    }


if __name__ == "__main__":
    main()
