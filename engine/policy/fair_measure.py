"""Four questions that lead to the difference between groups that matters for a decision.

The way of asking is that of the fairness tree of Aequitas (Saleiro et al. 2018), with one question before it: where the
record itself treats groups differently, being right by it proves nothing.
"""

from collections.abc import Sequence

from engine.domain.fair import Fairness, FairnessAnswers, FairnessChoice, Harm
from engine.domain.problem import Task

# What each difference between groups is a difference in.
WORDS = {
    "demographic_parity_difference": "how often groups are picked",
    "equal_opportunity_difference": "how many of the real cases are found",
    "false_positive_rate_difference": "how often people are picked wrongly",
    "equalized_odds_difference": "the mistakes made",
    "predictive_parity_difference": "how often a pick is wrong",
    "error_rate_difference": "how often the answer is wrong",
    "mean_prediction_difference": "what is predicted on average",
    "mean_absolute_error_difference": "how far off the answer typically is",
    "calibration_difference": "how far predictions lie above what came true",
    "score_difference": "how good the model is",
}
_PARITY = {
    Task.BINARY: "demographic_parity_difference",
    Task.MULTICLASS: "demographic_parity_difference",
    Task.REGRESSION: "mean_prediction_difference",
}
_RECORD = "The record itself may treat groups differently, so being right by it proves nothing: look at {what} first."
_WHAT = {
    Task.BINARY: "how often groups are picked",
    Task.MULTICLASS: "how often each group gets which answer",
    Task.REGRESSION: "what is predicted for each group on average",
}


def recommended(answers: FairnessAnswers, task: Task) -> FairnessChoice:
    """Return the difference to look at first, and why in a sentence."""
    if not answers.record_is_fair:
        return FairnessChoice(answers=answers, measure=_PARITY[task], why=_RECORD.format(what=_WHAT[task]))
    measure, why = {Task.BINARY: _binary, Task.MULTICLASS: _multiclass, Task.REGRESSION: _regression}[task](answers)
    return FairnessChoice(answers=answers, measure=measure, why=why)


def _binary(answers: FairnessAnswers) -> tuple[str, str]:
    if answers.harm is Harm.BOTH:
        return "equalized_odds_difference", "Both mistakes hurt, so both should be as frequent in every group."
    if answers.harm is Harm.MISSED:
        why = "Being missed hurts, so of the real cases as many should be found in every group"
        return "equal_opportunity_difference", f"{why}{', few though they are' if answers.scarce else ''}."
    if answers.scarce:
        return "predictive_parity_difference", (
            "Being picked wrongly hurts and few are picked, so picks should be right as often in every group."
        )
    return "false_positive_rate_difference", (
        "Being picked wrongly hurts, so those who are no case should be picked as seldom in every group."
    )


def _multiclass(answers: FairnessAnswers) -> tuple[str, str]:
    if answers.harm is Harm.BOTH:
        return "error_rate_difference", "Any wrong answer hurts, so it should be as frequent in every group."
    return "equalized_odds_difference", (
        "It matters which answer is wrong, so each answer should be given as rightly in every group."
    )


def _regression(answers: FairnessAnswers) -> tuple[str, str]:
    if answers.harm is Harm.BOTH:
        return "mean_absolute_error_difference", (
            "Too high and too low both hurt, so the average error should be the same in every group."
        )
    way = "high" if answers.harm is Harm.PICKED else "low"
    return "calibration_difference", f"Being predicted too {way} hurts, so no group should be on the whole."


def leading(compared: Sequence[Fairness], measure: str | None) -> tuple[Fairness, ...]:
    """Return the comparisons, of each column the one by ``measure`` first; without one, in the order they are made."""
    columns = list(dict.fromkeys(found.column for found in compared))
    return tuple(sorted(compared, key=lambda found: (columns.index(found.column), found.measure != measure)))
