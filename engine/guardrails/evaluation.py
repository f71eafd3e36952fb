"""What the evidence of a model lets guardrails say, once there is one."""

import logging
from collections.abc import Iterator
from typing import Protocol

from engine.domain.evidence import Evidence
from engine.domain.outcome import Outcome, Verdict
from engine.guardrails.base import Finding, Named, NotApplicable, said

_log = logging.getLogger(__name__)


class Evaluation(Named, Protocol):
    """A guardrail that looks at evidence instead of at a table."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield what is wrong; nothing where all is well."""


def evaluations() -> tuple[Evaluation, ...]:
    """Return every guardrail that needs a model, in order of their codes."""
    # The families build on this module's protocol, so the list of them cannot be imported before it.
    from engine.guardrails.evaluation_groups import Errors, Selection
    from engine.guardrails.evaluation_score import Calibrated, Honest, Memory, Steady, WeakSlices, Worthwhile

    wanted: tuple[Evaluation, ...] = (
        Worthwhile(), Memory(), Steady(), Calibrated(), WeakSlices(), Honest(), Selection(), Errors()
    )  # fmt: skip
    return tuple(sorted(wanted, key=lambda g: g.code))


def judged(evidence: Evidence) -> tuple[Outcome, ...]:
    """Return what the evidence of a model lets the guardrails say, in order of their codes."""
    return tuple(outcome for guardrail in evaluations() for outcome in _run(guardrail, evidence))


def _run(guardrail: Evaluation, evidence: Evidence) -> Iterator[Outcome]:
    try:
        findings = list(guardrail.check(evidence))
    except NotApplicable as reason:
        yield said(guardrail, Verdict.NOT_APPLICABLE, problem=str(reason))
        return
    except Exception:
        # A guardrail that crashes must be seen, not skipped; the model is there all the same.
        _log.exception("%s could not run", guardrail.code)
        yield said(guardrail, Verdict.COULD_NOT_RUN, problem="This check failed, so nobody has looked.")
        return
    rows = evidence.score.rows
    if not findings:
        yield said(guardrail, Verdict.PASSED, rows=rows)
    for found in findings:
        yield said(guardrail, Verdict.FLAGGED, rows=rows, found=found)
