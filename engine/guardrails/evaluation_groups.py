"""FA004, FA005: whether groups are picked, or suffer mistakes, at different rates."""

from collections.abc import Iterator

from engine.domain.evidence import Evidence, Fairness
from engine.domain.outcome import Gate, Severity
from engine.evidence.comparison import FOUR_FIFTHS
from engine.guardrails.base import Finding, NotApplicable
from engine.problem.words import quoted

_GAP, _LARGE_GAP = 0.05, 0.1
_SELECTION = ("demographic_parity_difference",)
_MISTAKES = ("equalized_odds_difference", "error_rate_difference")


def _of(evidence: Evidence, measures: tuple[str, ...]) -> list[Fairness]:
    found = [f for f in evidence.fairness if f.measure in measures and f.interval is not None]
    if not found:
        raise NotApplicable("No groups were named that could be compared by this.")
    return found


class Selection:
    """FA004: groups are selected at different rates."""

    code, title = "FA004", "Groups picked at different rates"
    gate: Gate | None = Gate.APPROVAL

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag gaps that are surely there; a blocker where a group is picked less than four fifths as often.

        Two columns crossed are told of where neither alone is.
        """
        told: set[str] = set()
        for found in _of(evidence, _SELECTION):
            rates = [g.selection_rate for g in found.groups if not g.too_few and g.selection_rate is not None]
            ratio = min(rates) / max(rates) if rates and max(rates) > 0 else 1.0
            if found.at_least <= 0 or (ratio >= FOUR_FIFTHS and found.value < _GAP) or told & set(found.columns):
                continue
            told.add(found.column)
            yield Finding(
                severity=Severity.BLOCKER if ratio < FOUR_FIFTHS else Severity.WARNING,
                columns=found.columns or (found.column,),
                problem=found.sentence,
                fix=f"Make sure that picking by {quoted(found.column)} like this is justified: a reviewer has to accept"
                " it with a reason, or the decision has to change.",
                evidence={"difference": found.value, "ratio": ratio, **_interval(found)},
            )


class Errors:
    """FA005: groups suffer different errors."""

    code, title = "FA005", "Groups that suffer different mistakes"
    gate: Gate | None = Gate.APPROVAL

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag differences in error rates that are surely there; a blocker where they surely pass ten points."""
        told: set[str] = set()
        for found in _of(evidence, _MISTAKES):
            if found.value < _GAP or found.at_least <= 0 or told & set(found.columns):
                continue
            told.add(found.column)
            yield Finding(
                severity=Severity.BLOCKER if found.at_least >= _LARGE_GAP else Severity.WARNING,
                columns=found.columns or (found.column,),
                problem=found.sentence,
                fix="Bring more rows of the group that fares worse, or change the decision: a reviewer has to accept it"
                " with a reason as it is.",
                evidence={"difference": found.value, **_interval(found)},
            )


def _interval(found: Fairness) -> dict[str, float]:
    low, high = found.interval or (found.value, found.value)
    return {"low": low, "high": high, "at_least": found.at_least}
