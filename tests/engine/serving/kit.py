"""A real, tiny model, its package and its Bento: what the slow tests of the three ways out share."""

import json
import time
from pathlib import Path

import httpx
import numpy as np
import pandas as pd

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Background
from engine.domain.fair import GroupKind, GroupRule, GroupThresholds
from engine.domain.policy import Policy, PolicyKind
from engine.domain.problem import Problem, Task
from engine.domain.run import Plan, Quality
from engine.domain.service import Served
from engine.evidence.cyclonedx import to_cyclonedx
from engine.serving import bento
from engine.serving.package import write_served
from tests.engine.evidence import cards
from tests.engine.serving.served import make_served

CONTRACT = DataContract(
    columns=(
        ColumnContract(name="age", type=ColumnType.INTEGER, minimum=18, maximum=79),
        ColumnContract(name="balance", type=ColumnType.NUMBER, minimum=-3, maximum=3),
        ColumnContract(name="job", type=ColumnType.CATEGORY, levels=("clerk", "nurse", "pilot"), missing_rate=0.1),
        ColumnContract(name="since", type=ColumnType.DATETIME, first="2020-01-01", last="2021-01-31"),
    )
)
# The model does not know the sex of anybody; the decision does.
POLICY = Policy(
    kind=PolicyKind.MANUAL,
    threshold=0.4,
    yes="call",
    no="wait",
    group_thresholds=GroupThresholds(
        column=ColumnContract(name="sex", type=ColumnType.CATEGORY, required=False, levels=("f", "m")),
        rule=GroupRule(kind=GroupKind.VALUE, names=("f", "m")),
        thresholds={"f": 0.2, "m": 0.7},
    ),
)


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Older people with money say yes."""
    rng = np.random.default_rng(seed)
    job = rng.choice(np.array(["clerk", "nurse", "pilot", None], dtype=object), rows, p=[0.4, 0.3, 0.2, 0.1])
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows).astype(float),
            "balance": rng.normal(size=rows).round(3).clip(-3, 3),
            "job": job,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 396, rows), unit="D"),
        }
    )
    frame["deposit"] = np.where(frame["age"] / 40 + frame["balance"] + rng.normal(size=rows) > 1.5, "yes", "no")
    return frame.assign(sex=np.array(["f", "m"], dtype=object)[np.arange(rows) % 2])


class Kit:
    """A fitted model, its package, golden rows with the original's answers, and the Bento."""

    def __init__(self, folder: Path) -> None:
        from engine.training import predictor

        problem = Problem(task=Task.BINARY, target="deposit", classes=("no", "yes"), positive="yes", metric="roc_auc")
        fitted = predictor.fit(
            table(500),
            table(150, seed=1),
            problem=problem,
            features=CONTRACT.names,
            plan=Plan(minutes=0.25, quality=Quality.FAST),
            folder=folder / "run",
            on_progress=lambda _: None,
            should_stop=lambda: False,
        )
        self.golden = table(100, seed=2)
        self.expected = predictor.open_model(folder / "run", fitted.chosen).predict(self.golden[list(CONTRACT.names)])
        served = Served(
            model="deposit:1",
            task=Task.BINARY,
            target="deposit",
            classes=problem.classes,
            positive="yes",
            contract_id="c1",
            contract=CONTRACT,
            policy=POLICY,
            use=make_served().use,
            approved=True,
            background=Background(
                rows=({"age": 40, "balance": 0.0, "job": "clerk", "since": "2020-06-01"},),
                weights=(1.0,),
                described="made up",
            ),
        )
        self.package = write_served(served, folder / "package")
        predictor.shrink(folder / "run", fitted.chosen, self.package / "model")
        (self.package / "card.json").write_text(json.dumps(to_cyclonedx(cards.make(policy=POLICY))))
        started = time.perf_counter()
        self.bento = bento.build(self.package, folder / ".hidden" / "bento")
        self.seconds = {"build": time.perf_counter() - started}
        self.keys = self.withdrawn = self.home = Path()  # what its server looks at while it runs


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
