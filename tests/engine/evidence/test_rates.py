"""Rates by group: what is counted together, group by group, is what counting each rate by itself gives."""

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fair
from sklearn.metrics import precision_score, zero_one_loss

from engine.domain.problem import Problem, Task
from engine.evidence.fairness import fairness
from engine.evidence.intersections import groupings
from engine.evidence.rates import Counted, Table, rates
from engine.evidence.score import draw

ROWS = 700


@pytest.fixture
def table() -> Table:
    """Seven hundred rows of two columns crossed, one group of them tiny; about a third is picked."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], ROWS), "town": rng.choice(["a", "b", "c"], ROWS)}, dtype=object)
    frame.loc[:8, "town"] = "tiny"
    chance = rng.random(ROWS)
    y, p = (rng.random(ROWS) < chance) * 1.0, np.column_stack([1 - chance, chance])
    problem = Problem(task=Task.BINARY, target="t", classes=("no", "yes"), metric="roc_auc", sensitive=("sex", "town"))
    *_, both = groupings(frame, y, problem, {})
    return Table(both, y, p, (chance > 0.66) * 1.0, problem, draw(ROWS, seed=0, times=40))


def test_every_rate_and_every_resample_is_counted_as_by_itself(table: Table):
    counted = (
        Counted(table.said),
        Counted(table.said, table.y == 1),
        Counted(table.y, table.said == 1),
        Counted(table.p[:, 1] - table.y, shares=False),
    )
    for rate, one in zip(rates(table, counted), counted, strict=True):
        among = table.groups.member if one.among is None else table.groups.member * one.among[:, None]
        summed, drawn = among * np.asarray(one.values)[:, None], table.draws.astype(float)
        enough = among.sum(axis=0) >= (1 if one.among is None else 10)
        with np.errstate(divide="ignore", invalid="ignore"):
            np.testing.assert_allclose(rate.points, np.where(enough, summed.sum(0) / among.sum(0), np.nan), rtol=1e-12)
            np.testing.assert_allclose(rate.resampled, (drawn @ summed) / (drawn @ among), rtol=1e-9, atol=1e-12)
        assert rate.shares is one.shares


def test_what_is_told_by_cells_is_fairlearns_row_by_row(table: Table):
    frame = pd.DataFrame(
        {"group": pd.Series(table.groups.member.argmax(axis=1)).map(dict(enumerate(table.groups.names)))}
    )
    problem = table.problem.model_copy(update={"sensitive": ("group",)})
    found = {f.measure: f for f in fairness(frame, table.y, table.p, problem, threshold=0.66, draws=table.draws)}
    asked = {
        "demographic_parity_difference": fair.selection_rate,
        "equal_opportunity_difference": fair.true_positive_rate,
        "false_positive_rate_difference": fair.false_positive_rate,
        "predictive_parity_difference": precision_score,
    }
    large = (frame["group"] != "smaller groups").to_numpy()
    told = fair.MetricFrame(
        metrics={**asked, "errors": zero_one_loss},
        y_true=table.y[large],
        y_pred=table.said[large],
        sensitive_features=frame["group"][large],
    )
    for name in asked:
        assert found[name].value == pytest.approx(told.difference()[name], abs=1e-12), name
    shown = found["demographic_parity_difference"].groups
    assert [g.error_rate for g in shown if not g.too_few] == pytest.approx(told.by_group["errors"].tolist(), abs=1e-12)
