"""A version whose use is over answers as its use contract says: with a flag, or not at all."""

import json
from datetime import date
from pathlib import Path

import pytest

from engine.domain.policy import UseContract, WhenOver
from engine.serving.desk import Desk
from engine.serving.log import DecisionLog
from engine.serving.scorer import Scorer
from engine.serving.withdrawn import VARIABLE, withdraw
from tests.engine.serving.served import ROW, Fake, make_served

FLAG = UseContract(owner="Sales")
REFUSE = FLAG.model_copy(update={"when_over": WhenOver.REFUSE})


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Ask a service under a use contract, retired by its package or by the file beside it."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "withdrawn"))
    log = DecisionLog(tmp_path / "log.db")

    def ask(call="predict", **known):
        desk = Desk(Scorer(make_served(**known), Fake()), log, None)
        status, answer = desk.answer(call, json.dumps({"rows": [ROW]}).encode())
        return status, json.loads(answer)

    yield ask
    log.close()


@pytest.mark.parametrize("known", [{"retired": date(2026, 3, 1)}, {"retired": date(2026, 3, 1), "approved": False}])
def test_a_retired_version_says_so(asked, known):
    status, answer = asked(use=FLAG, **known)
    (prediction,) = answer["predictions"]
    assert (status, prediction["trust"]) == (200, "caution")
    assert [reason["code"] for reason in prediction["reasons"]] == ["expired"]
    assert prediction["reasons"][0]["message"] == "This model is retired since 2026-03-01; ask Sales."


@pytest.mark.parametrize("call", ["predict", "explain"])
@pytest.mark.parametrize("over", [{"retired": date(2026, 3, 1)}, {"use": {"valid_until": date(2024, 1, 1)}}])
def test_or_refuses(asked, call, over):
    use = REFUSE.model_copy(update=over.get("use", {}))
    status, answer = asked(call, use=use, retired=over.get("retired"))
    assert (status, answer["error"]["code"]) == (410, "expired")
    assert answer["error"]["fix"] == "Ask Sales what takes its place."


def test_a_running_service_hears_of_it(asked, tmp_path):
    assert asked(use=REFUSE)[0] == 200
    withdraw(tmp_path / "withdrawn", date(2026, 3, 1))
    assert asked(use=REFUSE)[0] == 410
    assert "since 2026-03-01" in asked(use=FLAG)[1]["predictions"][0]["reasons"][0]["message"]
    (tmp_path / "withdrawn").write_text("by order of the board")
    assert asked(use=FLAG)[1]["predictions"][0]["reasons"][0]["message"] == "This model is retired; ask Sales."


@pytest.mark.parametrize("make", [Path.mkdir, lambda file: file.write_bytes(b"\xff\xfe")], ids=["folder", "no text"])
def test_what_lies_there_and_cannot_be_read_retires_it_too(asked, tmp_path, make):
    make(tmp_path / "withdrawn")
    assert asked(use=REFUSE)[0] == 410
