"""FA004, FA005: whether groups are picked, or suffer mistakes, at different rates."""

from collections.abc import Iterator

from engine.domain.evidence import Evidence
from engine.domain.fair import Apart, Fairness
from engine.domain.outcome import Gate, Severity
from engine.evidence.comparison import FOUR_FIFTHS
from engine.guardrails.base import Finding, NotApplicable
from engine.problem.words import quoted

_GAP, _LARGE_GAP = 0.05, 0.1
_SELECTION = ("demographic_parity_difference",)
_MISTAKES = ("equalized_odds_difference", "error_rate_difference")
_IF_CHOSEN = ("equal_opportunity_difference", "false_positive_rate_difference", "predictive_parity_difference")
_OFF = ("mean_absolute_error_difference", "calibration_difference")  # of a number, in its own unit
_MORE = 0.25  # the highest is then below four fifths of the lowest, turned round


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
            apart = _apart(found)
            small = apart.ratio >= FOUR_FIFTHS and apart.difference < _GAP
            if found.at_least <= 0 or small or told & set(found.columns):
                continue
            told.add(found.column)
            yield Finding(
                severity=Severity.BLOCKER if apart.ratio < FOUR_FIFTHS else Severity.WARNING,
                columns=found.columns or (found.column,),
                problem=found.sentence,
                fix=f"Make sure that picking by {quoted(found.column)} like this is justified: a reviewer has to accept"
                " it with a reason, or the decision has to change.",
                evidence={**_figures(found), "ratio": apart.ratio},
            )


class Errors:
    """FA005: groups suffer different errors."""

    code, title = "FA005", "Groups that suffer different mistakes"
    gate: Gate | None = Gate.APPROVAL

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag differences in error rates that are surely there; a blocker where they surely pass ten points.

        Errors of a number have no points: there it is a quarter more than in the group that fares best. The difference
        that a person found to matter is said first, then the one that is worst.
        """
        told: set[str] = set()
        number = any(f.measure == _OFF[0] for f in evidence.fairness)
        found = _of(evidence, _OFF if number else _MISTAKES)
        for column in dict.fromkeys(f.column for f in found):
            first = next(f for f in evidence.fairness if f.column == column)
            looked_at = [first] * (first.measure in _IF_CHOSEN) + [f for f in found if f.column == column]
            flagged = [(f, level) for f in looked_at if (level := _level(f, number=number))]
            if not flagged or told & set(flagged[0][0].columns):
                continue
            told.add(column)
            worst = max(flagged, key=lambda one: (one[1] is Severity.BLOCKER, one[0].at_least))
            said = dict.fromkeys((looked_at[0].sentence, worst[0].sentence))
            yield Finding(
                severity=worst[1],
                columns=worst[0].columns or (column,),
                problem=" ".join(said),
                fix="Bring more rows of the group that fares worse, or change the decision: a reviewer has to accept it"
                " with a reason as it is.",
                evidence=_figures(worst[0]),
            )


def _level(found: Fairness, *, number: bool) -> Severity | None:
    """Say how bad a difference in mistakes is; None where it is small, or not surely there."""
    if found.at_least <= 0:
        return None
    # What is counted in points is compared as it is, what has a unit with the error of the group that fares best.
    unit, least, large = (_best(found), _MORE, _MORE) if number else (1.0, _GAP, _LARGE_GAP)
    if _apart(found).difference < least * unit:
        return None
    return Severity.BLOCKER if found.at_least >= large * unit else Severity.WARNING


def _best(found: Fairness) -> float:
    return min((g.error_rate for g in found.groups if not g.too_few and g.error_rate is not None), default=0.0)


def _apart(found: Fairness) -> Apart:
    """Return the two groups of which it is told; evidence that is older than their names has those furthest apart."""
    between = found.interval or (found.value, found.value)
    ratio = 1.0 if found.ratio is None else found.ratio
    return found.surely or Apart(lower="", higher="", difference=found.value, interval=between, ratio=ratio)


def _figures(found: Fairness) -> dict[str, float]:
    apart = _apart(found)
    low, high = apart.interval
    return {"difference": apart.difference, "low": low, "high": high, "at_least": found.at_least}
