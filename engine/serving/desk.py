"""The five calls as functions from the bytes of a request to the bytes of an answer; knows no web framework."""

import json
import logging
import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.domain.base import Noun
from engine.domain.evidence import Explanation
from engine.domain.service import Prediction
from engine.errors import Unavailable
from engine.serving import counters, deadline, logfile, requests, trust
from engine.serving.log import DecisionLog, OutcomeReport
from engine.serving.package import read_card
from engine.serving.refusal import BadCall, error_body, shown
from engine.serving.sample import sample_row
from engine.serving.scorer import Scorer

_log = logging.getLogger(__name__)

MAX_EXPLAINED = 100  # rows in one call; an explanation costs hundreds of predictions
LONGEST_OUTCOME = 1000  # characters


class PredictAnswer(Noun):
    """What ``/predict`` answers."""

    model: str
    contract: str
    predictions: tuple[Prediction, ...]


class ExplainAnswer(Noun):
    """What ``/explain`` answers."""

    model: str
    explanations: tuple[Explanation, ...]


class Desk:
    """Takes calls by name, answers with an HTTP status and a JSON body; never raises."""

    def __init__(self, scorer: Scorer, log: DecisionLog, card: dict[str, Any] | None) -> None:
        self.scorer, self.log, self._card = scorer, log, card
        self._calls: dict[str, Callable[[bytes], bytes]] = {
            "explain": self.explain,
            "outcome": self.outcome,
            "schema": self.schema,
            "card": self.card,
        }

    @classmethod
    def open(cls, package: Path, log: DecisionLog) -> "Desk":
        """Open a package folder.

        Raises
        ------
        NotFound
            If the folder is no package.
        """
        return cls(Scorer.open(package), log, read_card(package))

    def answer(self, call: str, body: bytes, *, application: str = "") -> tuple[int, bytes]:
        """Answer one of the five calls, of an application where keys are asked."""
        try:
            with deadline.within(self.scorer.served.max_seconds):
                return 200, self.predict(body, application) if call == "predict" else self._calls[call](body)
        except BadCall as refusal:
            return refusal.status, refusal.body()
        except Unavailable as refusal:
            return 503, error_body(refusal.code, refusal.problem, refusal.fix)
        except Exception:
            # Whatever falls: a caller gets our error body and a reference, never a traceback.
            reference = uuid.uuid4().hex[:12]
            _log.exception("%s failed (reference %s)", call, reference)
            return 500, error_body(
                "failed", f"Our own failure (reference {reference}).", "Its cause stands in the service's log."
            )

    def predict(self, body: bytes, application: str = "") -> bytes:
        """Answer ``/predict``."""
        trust.require_in_use(self.scorer.served, datetime.now(UTC).date())
        asked = requests.call(body, max_rows=self.scorer.served.max_rows)
        if asked.explain:
            _few_enough(len(asked.rows))
        predictions = self.scorer.predict(asked.rows, keys=asked.keys, explain=asked.explain)
        served = self.scorer.served
        self.log.decisions(
            served.model,
            predictions,
            rows=asked.rows,
            columns=served.asked.names,
            keys=asked.keys,
            application=application,
        )
        counters.answered(served, predictions)
        answer = PredictAnswer(model=served.model, contract=served.contract_id, predictions=tuple(predictions))
        return answer.model_dump_json().encode()

    def explain(self, body: bytes) -> bytes:
        """Answer ``/explain``."""
        trust.require_in_use(self.scorer.served, datetime.now(UTC).date())
        asked = requests.call(body, max_rows=self.scorer.served.max_rows, fields=("rows",))
        _few_enough(len(asked.rows))
        explanations = tuple(self.scorer.explain(asked.rows))
        return ExplainAnswer(model=self.scorer.served.model, explanations=explanations).model_dump_json().encode()

    def outcome(self, body: bytes) -> bytes:
        """Answer ``/outcome``."""
        told = requests.parse(body, ("outcomes",))
        reports = requests.listed(told, "outcomes", most=self.scorer.served.max_rows)
        recorded = self.log.outcomes([_report(i, report) for i, report in enumerate(reports)])
        counters.reported(self.scorer.served.model, recorded)
        return json.dumps({"recorded": recorded}).encode()

    def schema(self, body: bytes) -> bytes:
        """Answer ``/schema``."""
        requests.parse(body, ())
        served = self.scorer.served
        answer = {
            "model": served.model,
            "task": served.task,
            "target": served.target,
            "classes": served.classes,
            "positive": served.positive,
            "contract": {"id": served.contract_id, **served.asked.model_dump(mode="json")},
            "sample": sample_row(served.asked, served.background),
            "limits": {
                "rows": served.max_rows,
                "bytes": served.max_bytes,
                "explained_rows": MAX_EXPLAINED,
                "seconds": served.max_seconds,
            },
            "use": served.use.model_dump(mode="json"),
        }
        return json.dumps(answer).encode()

    def card(self, body: bytes) -> bytes:
        """Answer ``/card``."""
        requests.parse(body, ())
        if self._card is None:
            raise BadCall("This package has no model card.", fix="Release the model again.", code="no_card", status=404)
        return json.dumps(self._card).encode()


def _few_enough(rows: int) -> None:
    if rows > MAX_EXPLAINED:
        raise BadCall(
            f"{rows} rows to explain in one call; at most {MAX_EXPLAINED} are allowed.",
            fix="Explain them in several calls.",
            code="too_many_rows",
            status=413,
        )


def _report(row: int, told: object) -> OutcomeReport:
    if not isinstance(told, dict):
        raise BadCall(
            f"outcomes[{row}] is no object.", fix='Send {"decision_id": …, "outcome": …}.', code="wrong_type", row=row
        )
    for name in told:
        if name not in {"decision_id", "outcome", "at"}:
            raise _bad(
                row, name, f"outcomes[{row}] has the unknown field {shown(name)}.", "Leave it out.", "unknown_field"
            )
    decision, outcome, at = told.get("decision_id"), told.get("outcome"), told.get("at")
    if not isinstance(decision, str) or not 0 < len(decision) <= 200 or not decision.isprintable():
        words = f"outcomes[{row}] has the decision_id {shown(decision)}."
        raise _bad(row, "decision_id", words, "Send the decision_id that /predict gave.", "wrong_type")
    if not isinstance(outcome, str | int | float | bool) or not _keepable(outcome):
        words = f"outcomes[{row}] has the outcome {shown(outcome)}."
        most = f"{LONGEST_OUTCOME:,}"
        fix = f"Send what happened: a number, true/false, or a text of at most {most} characters, none of them NUL."
        raise _bad(row, "outcome", words, fix, "wrong_type")
    return OutcomeReport(decision, str_of(outcome), _moment(row, at))


def _keepable(outcome: str | float | bool) -> bool:
    if isinstance(outcome, float) and not math.isfinite(outcome):
        return False
    text = str_of(outcome)
    return len(text) <= LONGEST_OUTCOME and "\0" not in text  # which some databases cannot hold


def str_of(outcome: str | float | bool) -> str:
    """Return an outcome as it is kept: text as it stands, the rest as JSON writes it."""
    return outcome.encode("utf-8", "replace").decode() if isinstance(outcome, str) else json.dumps(outcome)


def _moment(row: int, at: object) -> str | None:
    if at is None:
        return None
    try:
        if isinstance(at, str):
            logfile.moment(at)  # as it is going to be read
            return datetime.fromisoformat(at).isoformat()
    except ValueError:
        pass
    words = f"outcomes[{row}] says at {shown(at)}."
    raise _bad(row, "at", words, "Send a date and time such as 2026-03-31T14:05:00Z.", "unreadable_value")


def _bad(row: int, column: str, problem: str, fix: str, code: str) -> BadCall:
    return BadCall(problem, fix=fix, code=code, row=row, column=column[:200])
