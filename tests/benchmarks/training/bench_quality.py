"""Balanced against plain ``TabularPredictor.fit(presets="medium_quality")``: same rows, same budget, paired interval.

Run with ``python -m tests.benchmarks.training.bench_quality [--minutes 1] [--tables bank wine] [--quality balanced]``.
The plain one is given the learn and the choose rows together, since it needs none to choose.
"""

import argparse
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from engine.domain.run import Fitted, Plan, Quality
from engine.evidence.score import difference, draw, resampled
from engine.problem.metric import metric_for
from engine.problem.rows import encode
from engine.training import memory, predictor
from engine.training.described import TARGET, Described
from tests.benchmarks.figures import FOLDER
from tests.benchmarks.training.tables import SHARED, TABLES, Bench, load


def ours(bench: Bench, plan: Plan, folder: Path) -> tuple[Fitted, np.ndarray]:
    """Fit as Handrail does; return what came of it and the chosen model's answers for the test rows."""
    fitted = predictor.fit(
        bench.learn,
        bench.choose,
        problem=bench.problem,
        features=bench.features,
        plan=plan,
        folder=folder,
        on_progress=lambda _: None,
        should_stop=lambda: False,
    )
    return fitted, predictor.open_model(folder).predict(bench.test)


def plain(bench: Bench, minutes: float, folder: Path) -> tuple[float, float, np.ndarray]:
    """Fit medium_quality; return its seconds, milliseconds a row, and answers for the test rows."""
    from autogluon.tabular import TabularPredictor

    problem = bench.problem
    described = Described(task=problem.task, features=bench.features, classes=len(problem.classes))
    rows = pd.concat([bench.learn, bench.choose])
    metric = metric_for(problem.metric, problem.task).autogluon
    began = time.perf_counter()
    fitted = TabularPredictor(
        TARGET, problem_type=problem.task.value, eval_metric=metric, path=str(folder), verbosity=0
    ).fit(
        described.training(rows, encode(rows, problem)),
        presets="medium_quality",
        time_limit=minutes * 60,
        num_cpus=memory.cores(),
    )
    seconds = time.perf_counter() - began
    fitted.persist(max_memory=None)
    inputs = described.inputs(bench.test)
    batch, times = inputs.head(1000), []
    for _ in range(3):
        began = time.perf_counter()
        described.answers(fitted, batch, fitted.model_best)
        times.append(time.perf_counter() - began)
    return seconds, 1000 * float(np.median(times)) / len(batch), described.answers(fitted, inputs, fitted.model_best)


def compare(name: str, plan: Plan, folder: Path) -> dict[str, object]:
    """Fit both ways and compare them on the test rows."""
    bench = load(name)
    problem = bench.problem
    fitted, ours_ = ours(bench, plan, folder / "ours")
    plain_seconds, plain_ms, theirs = plain(bench, plan.minutes, folder / "plain")
    y = encode(bench.test, problem)
    score = metric_for(problem.metric, problem.task).function
    draws = draw(len(y), seed=0)
    apart = [resampled(problem.metric, y, p, draws) for p in (ours_, theirs)]
    low, high = difference(problem.metric, problem.task, *apart)
    chosen = next(row for row in fitted.leaderboard if row.chosen)
    return {
        "table": name,
        "metric": problem.metric,
        "test_rows": len(y),
        "handrail": score(y, ours_),
        "medium": score(y, theirs),
        "better_by": [low, high],
        "not_worse": high >= 0,
        "chosen": fitted.chosen,
        "ms_per_row": chosen.ms_per_row,
        "medium_ms_per_row": plain_ms,
        "seconds": fitted.seconds,
        "medium_seconds": plain_seconds,
        "reason": fitted.reason,
        "leaderboard": [row.model_dump() for row in fitted.leaderboard],
    }


def line(found: dict[str, object]) -> str:
    """Return one row of the table on the screen."""
    low, high = found["better_by"]  # type: ignore[misc]
    return (
        f"{found['table']:<7} {found['metric']:<9} {found['handrail']:>9.4f} {found['medium']:>9.4f}  "
        f"[{low:+.4f}, {high:+.4f}]  {'not worse' if found['not_worse'] else 'WORSE':<9} "
        f"{found['ms_per_row']:>7.3f} {found['medium_ms_per_row']:>7.3f} "
        f"{found['seconds']:>6.1f} {found['medium_seconds']:>6.1f}  {found['chosen']}"
    )


def main() -> int:
    """Run the comparison; 0 if balanced is nowhere worse."""
    options = argparse.ArgumentParser()
    options.add_argument("--minutes", type=float, default=1.0)
    options.add_argument("--quality", default="balanced", choices=[q.value for q in Quality])
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--tables", nargs="*", default=list(TABLES))
    asked = options.parse_args()
    if not SHARED.is_dir():
        sys.stdout.write("skipped: the shared tables are not here\n")
        return 0
    memory.share_cores()
    warnings.simplefilter("ignore")
    plan = Plan(minutes=asked.minutes, quality=Quality(asked.quality), seed=asked.seed)
    sys.stdout.write(
        f"{'table':<7} {'metric':<9} {'handrail':>9} {'medium':>9}  {'better by (95 %)':<20} {'':<9} "
        f"{'ms/row':>7} {'medium':>7} {'secs':>6} {'medium':>6}  chosen\n"
    )
    rows = []
    for name in asked.tables:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(compare(name, plan, Path(folder)))
        sys.stdout.write(line(rows[-1]) + "\n")
        sys.stdout.flush()
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = {"minutes": asked.minutes, "quality": asked.quality, "tables": rows}
    (FOLDER / "training_quality.json").write_text(json.dumps(figures, indent=2, default=float) + "\n", encoding="utf-8")
    return 0 if all(row["not_worse"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
