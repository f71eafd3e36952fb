"""Training as the product does it, up to the search for models."""

import numpy as np
import pandas as pd
import pytest

from app.workflow import data, registry, training
from engine.errors import Refused
from engine.training import fitting
from tests.app.prepared import prepare
from tests.app.workflow.judged import rows_of

RNG = np.random.default_rng(5)
VISITS = pd.DataFrame({"age": RNG.integers(18, 90, 400), "paid": RNG.normal(size=400).round(3)})
VISITS["bought"] = np.where(VISITS["age"] + RNG.normal(size=400) * 9 > 50, "yes", "no")


@pytest.fixture
def planned(home, monkeypatch):
    """The gigabytes that each search for models was to plan with; none goes further."""
    found: list[float] = []

    def stop(work, *_):
        found.append(work.gigabytes)
        raise Refused("It stops here.", fix="Go on.")

    rows = rows_of(VISITS, target="bought")
    monkeypatch.setenv("HANDRAIL_MEMORY_GB", "0.4")
    monkeypatch.setattr(data, "load", lambda *_: VISITS)
    monkeypatch.setattr(training, "material", lambda *_: rows)
    monkeypatch.setattr("app.workflow.judging.best_simple_score", lambda _: 0.5)
    monkeypatch.setattr(fitting, "search", stop)
    return found


def test_a_training_plans_with_no_more_memory_than_a_job_may_use(home, planned, tmp_path):
    opened, _ = prepare(home, "trained")
    run_id = registry.show(opened, "leaving:1").run.id
    with pytest.raises(Refused, match="stops here"):
        training.train(opened, run_id, tmp_path, lambda _: None, lambda: False)
    assert planned == [pytest.approx(0.4e9 / 1024**3)]
