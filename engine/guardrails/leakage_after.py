"""LK007: columns that are known only after the decision."""

from collections.abc import Iterator

import numpy as np

from engine.domain.dataset import KnownWhen
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.base import Case, Finding
from engine.guardrails.leakage import way
from engine.problem.smells import perhaps_after, surely_after
from engine.problem.words import percent, quoted

# How strongly the values must support what the name lets one suspect.
_SURE_NAME, _DOUBTFUL_NAME = 0.3, 0.5
_BLANK_SHARE, _BLANK_PURE = 0.10, 0.98


class KnownAfter:
    """LK007: known only after the decision, because the analyst, or the name and the values, say so."""

    code, title, gate, needs_target = "LK007", "Known only after the decision", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag features the analyst marked ``after``, then those whose name and values give them away."""
        for name in case.features:
            if case.problem.known.get(name) is KnownWhen.AFTER:
                yield self._said(case, name)
            elif perhaps_after(name):
                yield from self._suspected(case, name)

    def _said(self, case: Case, name: str) -> Finding:
        return Finding(
            severity=Severity.BLOCKER,
            columns=(name,),
            problem=f"{quoted(name)} is known only after the decision, as you said:"
            " it will be empty when the model is asked.",
            fix="Leave the column out, or correct when it is known.",
            evidence={"gini": case.gini(name), "said_by_analyst": 1},
            remedy=Remedy(action=Action.DROP_COLUMNS, columns=(name,)),
        )

    def _suspected(self, case: Case, name: str) -> Iterator[Finding]:
        strength, (blank, pure, answer) = case.gini(name), _blanks(case, name)
        gives_away = blank >= _BLANK_SHARE and pure >= _BLANK_PURE
        wanted = _SURE_NAME if surely_after(name) or gives_away else _DOUBTFUL_NAME
        if strength < wanted:
            return
        # The duration of a journey may well set its price: with numbers the values alone do not settle it.
        certain = case.problem.task is not Task.REGRESSION or surely_after(name)
        says = f"with it alone, {way(strength)}"
        if gives_away:
            says += f", and where it is empty or 0 the answer is {quoted(answer)} in {percent(pure)} of the rows"
        yield Finding(
            severity=Severity.BLOCKER if certain else Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} sounds like something written down after the decision,"
            f" and its values agree: {says}.",
            fix="Leave the column out, unless its value is known when the decision is made.",
            evidence={"gini": strength, "wanted": wanted, "blank_share": blank, "blank_one_answer": pure},
            remedy=Remedy(action=Action.DROP_COLUMNS, columns=(name,)),
        )


def _blanks(case: Case, name: str) -> tuple[float, float, str]:
    """Return the share of rows where the column is empty or 0, and their commonest answer's share and name."""
    if case.problem.task is Task.REGRESSION:
        return 0.0, 0.0, ""
    values = case.frame[name]
    blank = values.isna().to_numpy()
    if values.dtype == np.float64:
        blank = blank | (values.to_numpy() == 0)
    if not blank.any():
        return 0.0, 0.0, ""
    answers = case.answers.values[blank].astype(int)
    counts = np.bincount(answers, minlength=len(case.problem.classes))
    return float(blank.mean()), float(counts.max() / len(answers)), case.problem.classes[int(counts.argmax())]
