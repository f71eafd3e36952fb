"""What ``/metrics`` says of the answers: how they were decided and trusted, and how they differ from training.

Every label has few values: versions, classes, columns, codes, applications that have a key. What callers make up (names
of columns and of paths) is counted together.
"""

import math
from bisect import bisect_right
from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.domain.service import Prediction, Served
from engine.serving.answers import answers

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

_TRAINED = {
    "missing": ("Share of rows in training in which a column had no value.", "column"),
    "answers": ("Share of rows in training by the class or the range of values that was predicted.", "answer"),
    "chances": ("Share of rows in training by the chance of a yes, or of the class predicted, in tenths.", "chance"),
}
_TENTHS = tuple(f"{low / 10:.1f} to {(low + 1) / 10:.1f}" for low in range(10))


@cache
def _counter(name: str) -> "Counter":
    # BentoML's workers say where their figures are gathered only after this module was imported.
    from prometheus_client import Counter

    words, labels = _KNOWN[name]
    return Counter(f"handrail_{name}", words, labels)


def trained(served: Served) -> None:
    """Tell how often each column had no value in training, and how rows were answered then: now, a shift shows."""
    for column in served.asked.columns:
        _gauge("missing").labels(served.model, column.name).set(column.missing_rate)
    for name, shares in served.usual.items():
        for label, share in shares.items():
            _gauge(name).labels(served.model, label).set(share)


@cache
def _gauge(name: str) -> "Gauge":
    from prometheus_client import Gauge

    words, label = _TRAINED[name]
    return Gauge(f"handrail_{name}_in_training", words, ["model", label], multiprocess_mode="max")


def usual(served: Served, raw: NDArray[np.float64]) -> dict[str, dict[str, float]]:
    """Return what ``answered`` would count for a model's raw answers, as shares of the rows.

    What none of them was has the share 0: Prometheus takes nothing away from a figure that has no other beside it.
    """
    told = answers(served, raw)
    each = tuple(zip(told.by_class(), told.predictions, strict=True))
    may = served.classes or [_answer(edge, served.ranges) for edge in (-math.inf, *served.ranges)]
    counted = {"answers": Tally(dict.fromkeys(may, 0)), "chances": Tally(dict.fromkeys(_TENTHS, 0))}
    counted["answers"].update(_answer(value, served.ranges) for _, value in each)
    counted["chances"].update(_tenth(chances, value, served.positive) for chances, value in each if chances)
    asked = {name: tally for name, tally in counted.items() if tally.total()}
    return {name: {k: n / len(raw) for k, n in sorted(tally.items())} for name, tally in asked.items()}


def _count(name: str, model: str, labelled: Iterable[tuple[tuple[str, ...], int]]) -> None:
    rows = Tally[tuple[str, ...]]()
    for labels, n in labelled:
        rows[labels] += n
    for labels, n in rows.items():
        _counter(name).labels(model, *labels).inc(n)


def answered(served: Served, predictions: Sequence[Prediction]) -> None:
    """Count predictions. What a regression decides is a number, and counted as ``value``."""
    # Counted before it is labelled: of many rows most are alike, and labels take longer than rows.
    told = Tally([(p.prediction, p.decision, p.trust) for p in predictions]).items()
    _count("decisions", served.model, (((_decision(*each), each[2]), n) for each, n in told))
    _count("answers", served.model, (((_answer(value, served.ranges),), n) for (value, _, _), n in told))
    chances = [_tenth(p.probabilities, p.prediction, served.positive) for p in predictions if p.probabilities]
    _count("chances", served.model, (((tenth,), n) for tenth, n in Tally(chances).items()))
    given = Tally([(r.code, r.column) for p in predictions for r in p.reasons]).items()
    _count("reasons", served.model, (((code, _column(code, column)), n) for (code, column), n in given))


def reported(model: str, outcomes: int) -> None:
    """Count outcomes that were written down."""
    _counter("outcomes").labels(model).inc(outcomes)


def called(model: str, call: str, application: str, status: int) -> None:
    """Count an answered call; what is none of the five counts together, as the call without a name."""
    _counter("calls").labels(model, call, application, str(status)).inc()


def dropped(entries: int) -> None:
    """Count entries that were not written down."""
    _counter("log_dropped").inc(entries)


def _decision(value: str | float, decision: str, trust: str) -> str:
    return "value" if isinstance(value, float) and trust != "abstain" else decision


def _column(code: str, column: str | None) -> str:
    return "" if code in _THEIRS else column or ""


def _answer(value: str | float, ranges: Sequence[float]) -> str:
    if isinstance(value, str):
        return value
    place = bisect_right(ranges, value)
    low = f"{ranges[place - 1]:.6g}" if place else ""
    high = f"{ranges[place]:.6g}" if place < len(ranges) else ""
    return (
        f"{low} to {high}".strip() if low and high else f"from {low}" if low else f"below {high}" if high else "value"
    )


def _tenth(chances: Mapping[str, float], value: str | float, positive: str | None) -> str:
    return _TENTHS[min(9, int(10 * chances.get(positive or str(value), 0.0)))]
