"""What a job is asked: it comes out of the queue as it went in, also where an earlier version queued it."""

import json

import pytest

from app.workflow import orders
from engine.domain.dataset import Added, Measure, Reading, Recipe
from engine.domain.policy import Policy, PolicyKind, UseContract
from engine.domain.service import Form

RECIPE = Recipe(keys=(("id", "id"),), added=(Added(name="n", measure=Measure.COUNT),))
DECIDED = Policy(kind=PolicyKind.MANUAL, threshold=0.25)
ALL = [
    orders.ReadFile(source="uploads/1", name="a.csv", reading=Reading(delimiter=";"), second=True),
    orders.ReadAgain(reread="d1", reading=Reading(decimal=",")),
    orders.Combine(base="d1", other="d2", recipe=RECIPE),
    orders.MakeSample(),
    orders.Check(problem_id="p1"),
    orders.Train(name="leaving", use=UseContract(purpose="to call"), decided=DECIDED),
    orders.Train(),
    orders.Judge(run_id="r1", model="CatBoost_FULL"),
    orders.Release(reference="leaving:1", form=Form.WHEEL),
    orders.Score(reference="leaving:1", source="uploads/1", name="a.csv", form="csv", explain=True),
]


@pytest.mark.parametrize("order", ALL, ids=lambda order: type(order).__name__)
def test_an_order_comes_back_as_it_was_queued(order):
    kept = json.loads(json.dumps(order.model_dump(mode="json")))
    assert orders.read(order.kind, kept) == order


@pytest.mark.parametrize(
    ("kind", "queued", "order"),
    [
        ("ingest", {"source": "s", "name": "a.csv"}, orders.ReadFile(source="s", name="a.csv")),
        ("train", {"name": None, "use": {"purpose": "x"}, "decided": None}, orders.Train(use=UseContract(purpose="x"))),
        ("release", {"reference": "leaving:1"}, orders.Release(reference="leaving:1", form=Form.SERVICE)),
    ],
)
def test_what_an_earlier_version_queued_is_understood(kind, queued, order):
    assert orders.read(kind, queued) == order
