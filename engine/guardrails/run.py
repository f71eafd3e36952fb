"""All guardrails as one report."""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from engine.domain.outcome import Outcome, Severity, Verdict
from engine.domain.problem import Problem
from engine.guardrails.base import Case, Finding, Guardrail, NotApplicable, Table, said
from engine.guardrails.limit import TimeUp, within
from engine.guardrails.suite import GUARDRAILS

SECONDS = 60.0  # for one guardrail
# What counts rows, or compares each with all others, looks at every one.
EVERY_ROW = frozenset({"DA001", "DA002", "DA003", "DA005", "DA006", "LK005", "LK008"})

_log = logging.getLogger(__name__)


def run(
    table: Table,
    problem: Problem | None,
    *,
    only: Collection[str] | None = None,
    gaps: tuple[str, ...] | None = None,
    purpose: str = "",
    seconds: float = SECONDS,
    on_check: Callable[[Guardrail, int, int], None] | None = None,
) -> tuple[Outcome, ...]:
    """Run the guardrails that need no model; return their outcomes in order of their codes.

    Parameters
    ----------
    table : Table
        The whole canonical table; the problem's remedies are applied here.
    problem : Problem, optional
        Without one, only the guardrails that need no target are run.
    only : codes, optional
        Run these and no others.
    gaps : names, optional
        What ``UseContract.gaps`` said, where there is a use contract already.
    purpose : str
        What the use contract says that the model is for, where there is one already.
    seconds : float, default 60
        How long each may take; see ``limit.within``.
    on_check : callable, optional
        Told of each guardrail before it is run, with how many were run and how many there are.

    Returns
    -------
    tuple of Outcome
        One per code and set of columns; a guardrail that crashed or ran out of time is among them as
        ``could_not_run``. Of a large table a part is looked at, and what stops somebody is confirmed on all rows.
    """
    wanted = [g for g in GUARDRAILS if (only is None or g.code in only) and (problem or not g.needs_target)]
    case = Case(table, problem, gaps, purpose=purpose)
    outcomes: list[Outcome] = []
    for number, guardrail in enumerate(sorted(wanted, key=lambda g: g.code)):
        if on_check:
            on_check(guardrail, number, len(wanted))
        outcomes.extend(_run(guardrail, case.entire if guardrail.code in EVERY_ROW else case, seconds))
    return tuple(outcomes)


def _run(guardrail: Guardrail, case: Case, seconds: float) -> Iterator[Outcome]:
    try:
        findings = _looked(guardrail, case, seconds)
        rows = len(case.frame)
    except NotApplicable as reason:
        yield said(guardrail, Verdict.NOT_APPLICABLE, problem=str(reason))
    except TimeUp:
        sentence = f"This check ran out of its {seconds:g} seconds, so nobody has looked."
        yield said(guardrail, Verdict.COULD_NOT_RUN, problem=sentence)
    except Exception:
        # Whatever it is: a guardrail that crashes must be seen, not skipped.
        _log.exception("%s could not run", guardrail.code)
        yield said(guardrail, Verdict.COULD_NOT_RUN, problem="This check failed, so nobody has looked.")
    else:
        if not findings:
            yield said(guardrail, Verdict.PASSED, rows=rows)
        for found in findings:
            yield said(guardrail, Verdict.FLAGGED, rows=rows, found=found)


def _looked(guardrail: Guardrail, case: Case, seconds: float) -> list[Finding]:
    findings: list[Finding] | None = None
    try:
        with within(seconds):
            findings = list(guardrail.check(case))
            return _confirmed(guardrail, case, findings) if case.sampled else findings
    except TimeUp:
        if findings is None:
            raise
        return findings  # there was no time to look at all rows; what was found stands for those that were


def _confirmed(guardrail: Guardrail, case: Case, findings: list[Finding]) -> list[Finding]:
    """Return the findings with those that stop somebody as all rows have them, where they do."""
    if all(f.severity is not Severity.BLOCKER for f in findings):
        return findings
    suspects = {name for f in findings if f.severity is Severity.BLOCKER for name in f.columns}
    rows = len(case.whole)
    again = guardrail.check(case.entire.about(suspects))
    kept = [replace(f, rows=f.rows or rows) for f in again if suspects.issuperset(f.columns)]
    return kept + [f for f in findings if not suspects.issuperset(f.columns)]
