"""Decisions as a service of a prepared home writes them down, some of them left to a person."""

from collections.abc import Sequence
from pathlib import Path

from app.workflow import collecting
from app.workflow.home import Home
from engine.domain.service import Prediction, Reason
from engine.serving.log import DecisionLog, OutcomeReport
from tests.app.prepared import CONTRACT, NASTY

MODEL = "leaving:1"
ROW = {"id": 7, "calls": 3.5, "sex": "f", NASTY: "b", "since": "2025-01-31"}
ASKED = tuple(name for name in CONTRACT.names if name not in {"id", "left"})
DOUBT = "'no' and 'yes' both stay possible if the true one is to stay in 90 of 100 cases."


def decision(name: str, *, trust: str = "abstain") -> Prediction:
    """What a service says of a row."""
    return Prediction(
        decision_id=name,
        prediction="yes",
        probabilities={"no": 0.45, "yes": 0.55},
        prediction_set=("no", "yes"),
        decision="ask the desk" if trust == "abstain" else "act",
        trust=trust,
        reasons=(Reason(code="uncertain", message=DOUBT),) if trust == "abstain" else (),
    )


def served(
    where: Home | Path,
    left: Sequence[str] = (),
    answered: Sequence[str] = (),
    *,
    outcomes: Sequence[tuple[str, str]] = (),
    model: str = MODEL,
    row: dict[str, object] = ROW,
    days: int = 90,
) -> Path:
    """Let a service answer some rows, leave some to a person, and hear what happened; returns its file."""
    log = DecisionLog(where if isinstance(where, Path) else collecting.service_file(where), keep_days=days)
    told = [*(decision(name) for name in left), *(decision(name, trust="ok") for name in answered)]
    keys = [f"key of {prediction.decision_id}" for prediction in told]
    log.decisions(model, told, rows=[row] * len(told), columns=ASKED, keys=keys)
    if outcomes:
        log.outcomes([OutcomeReport(name, outcome) for name, outcome in outcomes])
    log.close()
    assert log.dropped == 0
    return log.path
