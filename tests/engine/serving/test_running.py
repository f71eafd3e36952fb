"""What a served model hears of while it runs: keys, retirement; and what it counts."""

from datetime import date

import httpx
import pytest

from engine.serving.admitted import admit, hashed
from engine.serving.withdrawn import withdraw

pytestmark = [pytest.mark.training, pytest.mark.service]
ROW = {"age": 40, "balance": 1, "job": "clerk", "since": "2020-06-01", "sex": "f"}


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=60) as ready:
        yield ready


@pytest.fixture
def keyed(kit, client):
    admit(kit.keys, [(hashed(b"hrk_crm"), "crm"), (hashed(b"hrk_shop"), "shop")])
    yield {name: {"authorization": f"Bearer hrk_{name}"} for name in ("crm", "shop")}
    admit(kit.keys, None)


def status(client, headers=None, rows=(ROW,)):
    return client.post("/predict", json={"rows": list(rows)}, headers=headers).status_code


def test_a_key_is_asked_for_and_ends_without_a_restart(kit, client, keyed):
    assert [status(client), status(client, keyed["crm"]), status(client, keyed["shop"])] == [401, 200, 200]
    admit(kit.keys, [(hashed(b"hrk_shop"), "shop")])
    assert [status(client), status(client, keyed["crm"]), status(client, keyed["shop"])] == [401, 401, 200]
    kit.keys.unlink()
    assert status(client, keyed["shop"]) == 401
    assert [client.get(path).status_code for path in ("/healthz", "/livez", "/readyz")] == [200] * 3
    admit(kit.keys, None)
    assert status(client) == 200


def test_metrics_tell_applications_classes_and_reasons_without_a_key(kit, client, keyed):
    assert status(client, keyed["crm"], [ROW, {**ROW, "job": "acrobat", "age": 99}]) == 200
    assert client.get("/metrics").status_code == 401
    told = client.get("/metrics", headers=keyed["shop"]).text
    assert "hrk_" not in told
    assert hashed(b"hrk_crm") not in told
    counted = {line.rpartition(" ")[0] for line in told.splitlines() if line.startswith("handrail_")}
    assert 'handrail_calls_total{application="crm",call="predict",model="deposit:1",status="200"}' in counted
    assert 'handrail_calls_total{application="",call="predict",model="deposit:1",status="401"}' in counted
    assert 'handrail_reasons_total{code="new_category",column="job",model="deposit:1"}' in counted
    assert 'handrail_reasons_total{code="out_of_range",column="age",model="deposit:1"}' in counted
    assert {line.partition("{")[0] for line in counted} >= {"handrail_answers_total", "handrail_chances_total"}


def test_a_running_service_hears_that_its_version_is_retired(kit, client):
    ask = lambda: client.post("/predict", json={"rows": [ROW]}).json()["predictions"][0]  # noqa: E731
    assert ask()["trust"] == "ok"
    withdraw(kit.withdrawn, date(2026, 3, 1))
    try:
        told = ask()
        assert (told["trust"], told["reasons"][0]["code"]) == ("caution", "expired")
        assert "retired since 2026-03-01" in told["reasons"][0]["message"]
    finally:
        kit.withdrawn.unlink()
    assert ask()["trust"] == "ok"
