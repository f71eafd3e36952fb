"""What ``/metrics`` says of the answers: how they were decided and trusted, and how they differ from training.

Every label has few values: versions, classes, columns, codes, applications that have a key. What callers make up (names
of columns and of paths) is counted together.
"""

from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from engine.domain.service import Prediction, Served

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge

# A caller makes these names up, without end: they are counted together.
_THEIRS = frozenset({"extra_column"})
_KNOWN = {
    "decisions": ("Rows answered, by decision and trust.", ["model", "decision", "trust"]),
    "answers": ("Rows by the class or the range of values that was predicted.", ["model", "answer"]),
    "chances": ("Rows by the chance of a yes, or of the class predicted, in tenths.", ["model", "chance"]),
    "reasons": ("Reasons given: how rows differ from training.", ["model", "code", "column"]),
    "outcomes": ("Outcomes reported.", ["model"]),
    "calls": ("Calls answered, by whose key was shown.", ["model", "call", "application", "status"]),
    "log_dropped": ("Entries that the decision log could not keep.", []),
}


@cache
def _counter(name: str) -> "Counter":
    # BentoML's workers say where their figures are gathered only after this module was imported.
    from prometheus_client import Counter

    words, labels = _KNOWN[name]
    return Counter(f"handrail_{name}", words, labels)


def trained(served: Served) -> None:
    """Tell how often each column had no value in training: with what the reasons say of it now, a shift shows."""
    for column in served.asked.columns:
        _missing().labels(served.model, column.name).set(column.missing_rate)


@cache
def _missing() -> "Gauge":
    from prometheus_client import Gauge

    words = "Share of rows in training in which a column had no value."
    return Gauge("handrail_missing_in_training", words, ["model", "column"], multiprocess_mode="max")


def _count(name: str, model: str, labelled: Iterable[tuple[str, ...]]) -> None:
    for labels, rows in Tally(labelled).items():
        _counter(name).labels(model, *labels).inc(rows)


def answered(served: Served, predictions: Sequence[Prediction]) -> None:
    """Count predictions. What a regression decides is a number, and counted as ``value``."""
    _count("decisions", served.model, ((_decision(p), p.trust) for p in predictions))
    _count("answers", served.model, ((_answer(p, served.ranges),) for p in predictions))
    _count("chances", served.model, ((_tenth(p, served.positive),) for p in predictions if p.probabilities))
    given = ((r.code, "" if r.code in _THEIRS else r.column or "") for p in predictions for r in p.reasons)
    _count("reasons", served.model, given)


def reported(model: str, outcomes: int) -> None:
    """Count outcomes that were written down."""
    _counter("outcomes").labels(model).inc(outcomes)


def called(model: str, call: str, application: str, status: int) -> None:
    """Count an answered call; what is none of the five counts together, as the call without a name."""
    _counter("calls").labels(model, call, application, str(status)).inc()


def dropped(entries: int) -> None:
    """Count entries that were not written down."""
    _counter("log_dropped").inc(entries)


def _decision(prediction: Prediction) -> str:
    a_number = isinstance(prediction.prediction, float) and prediction.trust != "abstain"
    return "value" if a_number else prediction.decision


def _answer(prediction: Prediction, ranges: Sequence[float]) -> str:
    if isinstance(prediction.prediction, str):
        return prediction.prediction
    place = bisect_right(ranges, prediction.prediction)
    low = f"{ranges[place - 1]:.6g}" if place else ""
    high = f"{ranges[place]:.6g}" if place < len(ranges) else ""
    return (
        f"{low} to {high}".strip() if low and high else f"from {low}" if low else f"below {high}" if high else "value"
    )


def _tenth(prediction: Prediction, positive: str | None) -> str:
    chances = prediction.probabilities or {}
    low = min(9, int(10 * chances.get(positive or str(prediction.prediction), 0.0)))
    return f"{low / 10:.1f} to {(low + 1) / 10:.1f}"
