"""EV: whether the score can be believed, and is worth having."""

from collections.abc import Iterator

from engine.domain.evidence import Baseline, Evidence
from engine.domain.outcome import Gate, Severity
from engine.evidence.calibration import OFF
from engine.guardrails.base import Finding, NotApplicable
from engine.problem.metric import METRICS
from engine.problem.words import alike, between, ends, percent

_FEW_ROWS = 100
_LOST, _MUCH_LOST = 0.35, 0.6  # of the way from guessing to knowing that training shows
_FAR_OFF = 0.07
_GUESSES = ("majority", "mean")


def _guess(evidence: Evidence) -> Baseline:
    for baseline in evidence.baselines:
        if baseline.name in _GUESSES:
            return baseline
    raise NotApplicable("There is no guess to compare with.")


def _skill(evidence: Evidence, value: float) -> float:
    """Return the way from guessing (0) to knowing (1) that a score goes."""
    best = 1.0 if METRICS[evidence.score.metric].greater_is_better else 0.0
    guess = _guess(evidence).value
    return (value - guess) / (best - guess) if best != guess else 0.0


class Worthwhile:
    """EV001: no better than today's rule or a simple baseline."""

    code, title = "EV001", "Better than a simple way"
    gate: Gate | None = Gate.APPROVAL

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag the best of the ways that need no learning, or hardly any, which the model does not surely beat.

        A linear model learns too: being no better than it is worth a look, and closes nothing.
        """
        beaten = [b for b in evidence.baselines if b.difference is not None and b.difference[0] <= 0]
        sign = 1.0 if METRICS[evidence.score.metric].greater_is_better else -1.0
        simple = [b for b in beaten if b.name != "linear"]
        for baseline in sorted(simple or beaten, key=lambda b: -sign * b.value)[:1]:
            yield self._finding(evidence, baseline)

    def _finding(self, evidence: Evidence, baseline: Baseline) -> Finding:
        ours, theirs = alike(evidence.score.value, beside=[baseline.value])
        label = METRICS[evidence.score.metric].label
        low, high = baseline.difference or (0.0, 0.0)
        least, most = ends(low, high, 2)
        learned = baseline.name == "linear"
        rule = f" ({baseline.rule})" if baseline.rule else ""
        return Finding(
            severity=Severity.WARNING if learned else Severity.BLOCKER,
            problem=f"The model is not surely better than {baseline.label}: {label} {ours} against {theirs}"
            f" (the difference lies between {least} and {most}, above 0 for the model).",
            fix="A weighted sum of the columns does as well and is easier to explain: prefer it where you can."
            if learned
            else f"You do not need machine learning for this: use {baseline.label}{rule}, or bring more rows or other"
            " columns.",
            evidence={"model": evidence.score.value, "simple": baseline.value, "low": low, "high": high},
        )


class Memory:
    """EV002: training far better than test."""

    code, title = "EV002", "As good on new rows as on old ones"
    gate: Gate | None = None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag a model that loses much of its way from guessing to knowing on rows it has not learned from."""
        if evidence.learn_score is None:
            raise NotApplicable("The score on the rows it learned from has no meaning.")
        before, after = _skill(evidence, evidence.learn_score), _skill(evidence, evidence.score.value)
        lost = 1 - after / before if before > 0 else 0.0
        if lost < _LOST:
            return
        learned, tested = alike(evidence.learn_score, beside=[evidence.score.value])
        yield Finding(
            severity=Severity.WARNING if lost >= _MUCH_LOST else Severity.NOTE,
            problem=f"On rows it learned from the model scores {learned}, on new ones {tested}:"
            f" {percent(lost)} of what it seems to know is memory.",
            fix="Count on the test score only. More rows, or fewer columns, make a model remember less.",
            evidence={"learned": evidence.learn_score, "tested": evidence.score.value, "lost": lost},
        )


class Steady:
    """EV003: the score changes too much from sample to sample, or the test is too small."""

    code, title = "EV003", "Enough rows to be sure of the score"
    gate: Gate | None = None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag a score whose interval is as wide as what the model gains over guessing, and a very small test."""
        score = evidence.score
        gain = abs(score.value - _guess(evidence).value)
        width = score.interval[1] - score.interval[0]
        if score.rows >= _FEW_ROWS and width <= gain:
            return
        yield Finding(
            severity=Severity.WARNING,
            problem=f"The score rests on {score.rows:,} rows and may lie anywhere from {between(*score.interval)}.",
            fix="Bring more rows before you rely on it.",
            evidence={"rows": score.rows, "low": score.interval[0], "high": score.interval[1], "gain": gain},
        )


class Calibrated:
    """EV004: probabilities that cannot be taken at their word."""

    code, title = "EV004", "Chances that come true as often as they say"
    gate: Gate | None = None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag a calibration error (ECE) that is surely above three points."""
        error = next((e for e in evidence.others if e.metric == "ece"), None)
        if error is None:
            raise NotApplicable("A number has no chances to compare with what came true.")
        if error.interval[0] < OFF:
            return
        yield Finding(
            severity=Severity.WARNING if error.interval[0] >= _FAR_OFF else Severity.NOTE,
            problem=f"The chances it gives are off by {percent(error.value)} on average"
            f" ({percent(error.interval[0])} to {percent(error.interval[1])}).",
            fix="Use the order of the cases, or the threshold, which holds; do not reckon with the chances themselves.",
            evidence={"ece": error.value, "low": error.interval[0], "high": error.interval[1]},
        )


class WeakSlices:
    """EV005: a slice of the data where the model fails."""

    code, title = "EV005", "Parts of the data where it fails"
    gate: Gate | None = None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Flag every part that was found on the choose rows and confirmed on the test rows."""
        for part in evidence.slices:
            yield Finding(
                severity=Severity.WARNING,
                columns=part.columns,
                problem=part.sentence,
                fix="Leave these cases to a person, bring more such rows, or a column that tells them apart.",
                evidence={part.metric: part.value, "elsewhere": part.elsewhere, "share": part.share},
                rows=part.rows,
            )


class Honest:
    """EV006: a random split scores far better than the honest one."""

    code, title = "EV006", "What a random split would promise"
    gate: Gate | None = None

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Say how far a promise on rows drawn at random lies from what the honest test shows.

        It is a note where the model was judged honestly, and a warning where a leak was found and kept.
        """
        found = evidence.honesty
        if found is None:
            raise NotApplicable("The test rows were drawn at random, and no leak was found.")
        if not found.far:
            return
        standing = ", ".join(found.standing)
        fix = (
            f"Fix what {standing} found and train again; until then count on the lower figure."
            if found.standing
            else "Nothing needs to be done: the model was judged the honest way. Tell it to whoever expects more."
        )
        yield Finding(
            severity=Severity.WARNING if found.standing else Severity.NOTE,
            columns=found.columns,
            problem=found.sentence,
            fix=fix,
            evidence={"promised": found.promised, "honest": found.honest, "rows": found.rows},
            rows=found.rows,
        )
