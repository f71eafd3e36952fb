"""What ``/metrics`` says of the answers: how they were decided and trusted, and how they differ from training."""

from collections import Counter as Tally
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from engine.domain.service import Prediction

if TYPE_CHECKING:
    from prometheus_client import Counter

# A caller makes these names up, without end: they are counted together.
_THEIRS = frozenset({"extra_column"})


@cache
def _counters() -> "tuple[Counter, Counter, Counter, Counter]":
    # BentoML's workers say where their figures are gathered only after this module was imported.
    from prometheus_client import Counter

    return (
        Counter("handrail_decisions", "Rows answered, by decision and trust.", ["model", "decision", "trust"]),
        Counter("handrail_reasons", "Reasons given: how rows differ from training.", ["model", "code", "column"]),
        Counter("handrail_outcomes", "Outcomes reported.", ["model"]),
        Counter(
            "handrail_calls", "Calls answered, by whose key was shown.", ["model", "call", "application", "status"]
        ),
    )


def answered(model: str, predictions: Sequence[Prediction]) -> None:
    """Count predictions. What a regression decides is a number, and counted as ``value``."""
    decisions, reasons, *_ = _counters()
    for (decision, trust), rows in Tally((_decision(p), p.trust) for p in predictions).items():
        decisions.labels(model, decision, trust).inc(rows)
    given = ((r.code, "" if r.code in _THEIRS else r.column or "") for p in predictions for r in p.reasons)
    for (code, column), rows in Tally(given).items():
        reasons.labels(model, code, column).inc(rows)


def reported(model: str, outcomes: int) -> None:
    """Count outcomes that were written down."""
    _counters()[2].labels(model).inc(outcomes)


def called(model: str, call: str, application: str, status: int) -> None:
    """Count an answered call; what is none of the five counts together, as the call without a name."""
    _counters()[3].labels(model, call, application, status).inc()


def _decision(prediction: Prediction) -> str:
    a_number = isinstance(prediction.prediction, float) and prediction.trust != "abstain"
    return "value" if a_number else prediction.decision
