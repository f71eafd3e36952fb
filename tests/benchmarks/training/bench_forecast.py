"""The forecast of a training's seconds against what it took, on the five shared tables.

Run with ``python -m tests.benchmarks.training.bench_forecast [--minutes 1 0.5] [--tables bank wine]``.
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

from engine.domain.run import Plan, Quality
from engine.training import memory, predictor
from engine.training.forecast import forecast
from tests.benchmarks.figures import FOLDER
from tests.benchmarks.training.tables import SHARED, TABLES, load


def measure(name: str, plan: Plan, folder: Path) -> dict[str, object]:
    """Forecast a training, do it, and compare."""
    bench = load(name)
    rows, problem = len(bench.learn) + len(bench.choose), bench.problem
    expected = forecast(rows, len(bench.features), problem.task, len(problem.classes), plan)
    began = time.perf_counter()
    predictor.fit(
        bench.learn,
        bench.choose,
        problem=problem,
        features=bench.features,
        plan=plan,
        folder=folder,
        on_progress=lambda _: None,
        should_stop=lambda: False,
    )
    took = time.perf_counter() - began
    ratio = took / expected.seconds
    return {
        "table": name,
        "quality": plan.quality.value,
        "minutes": plan.minutes,
        "forecast": expected.seconds,
        "took": took,
        "ratio": ratio,
        "within_factor_2": 0.5 <= ratio <= 2.0,
        "over_budget": took - plan.minutes * 60,
    }


def main() -> int:
    """Measure every table, quality and budget; 0 if each forecast is within a factor of two."""
    options = argparse.ArgumentParser()
    options.add_argument("--minutes", type=float, nargs="*", default=[1.0])
    options.add_argument("--qualities", nargs="*", default=["fast", "balanced"])
    options.add_argument("--tables", nargs="*", default=list(TABLES))
    asked = options.parse_args()
    if not SHARED.is_dir():
        sys.stdout.write("skipped: the shared tables are not here\n")
        return 0
    memory.share_cores()
    warnings.simplefilter("ignore")
    sys.stdout.write(f"{'table':<7} {'quality':<9} {'minutes':>7} {'forecast':>9} {'took':>7} {'ratio':>6}\n")
    found = []
    for name in asked.tables:
        for quality in asked.qualities:
            for minutes in asked.minutes:
                with tempfile.TemporaryDirectory() as folder:
                    one = measure(name, Plan(minutes=minutes, quality=Quality(quality)), Path(folder) / "model")
                found.append(one)
                sys.stdout.write(
                    f"{name:<7} {quality:<9} {minutes:>7g} {one['forecast']:>9.1f} {one['took']:>7.1f} "
                    f"{one['ratio']:>6.2f}{'' if one['within_factor_2'] else '  off'}\n"
                )
                sys.stdout.flush()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "training_forecast.json").write_text(json.dumps(found, indent=2, default=float) + "\n", encoding="utf-8")
    return 0 if all(one["within_factor_2"] for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
