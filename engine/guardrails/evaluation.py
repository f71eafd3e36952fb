"""What the evidence of a model lets guardrails say, once there is one."""

from collections.abc import Iterator
from typing import Protocol

from engine.domain.evidence import Evidence
from engine.domain.outcome import Gate, Outcome, Verdict
from engine.guardrails.base import Finding, NotApplicable


class Evaluation(Protocol):
    """A guardrail that looks at evidence instead of at a table."""

    @property
    def code(self) -> str:
        """Family and number, such as ``EV001``."""

    @property
    def title(self) -> str:
        """What it looks at, in a few plain words."""

    @property
    def gate(self) -> Gate | None:
        """What an open blocker closes."""

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
    plain = Outcome(
        code=guardrail.code,
        title=guardrail.title,
        verdict=Verdict.PASSED,
        gate=guardrail.gate,
        rows_examined=evidence.score.rows,
    )
    try:
        findings = list(guardrail.check(evidence))
    except NotApplicable as reason:
        yield plain.model_copy(update={"verdict": Verdict.NOT_APPLICABLE, "rows_examined": 0, "problem": str(reason)})
        return
    if not findings:
        yield plain
    for found in findings:
        yield plain.model_copy(
            update={
                "verdict": Verdict.FLAGGED,
                "severity": found.severity,
                "columns": found.columns,
                "evidence": {name: float(value) for name, value in found.evidence.items()},
                "problem": found.problem,
                "fix": found.fix,
                "rows_examined": evidence.score.rows if found.rows is None else found.rows,
            }
        )
