"""LK007: columns that are known only after the decision."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.domain.dataset import ColumnType, KnownWhen
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.base import Case, Finding
from engine.guardrails.leakage import way
from engine.problem.smells import happened, perhaps_after, smell, surely_after
from engine.problem.words import percent, quoted

# How strongly the values must support what the name lets one suspect.
_SURE_NAME, _DOUBTFUL_NAME = 0.3, 0.5
_BLANK_SHARE, _BLANK_PURE = 0.10, 0.98
# And a word such as ‘cancelled’: how many rows, nearly all with an answer that is not the usual one.
_MOST_LEVELS, _FEWEST_ROWS, _WORD_PURE, _WORD_SURPRISE = 50, 20, 0.95, 0.3


class KnownAfter:
    """LK007: known only after the decision, because the analyst, or the name and the values, say so."""

    code, title, gate, needs_target = "LK007", "Known only after the decision", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag features the analyst marked ``after``, then those whose name, or words, and values give them away."""
        for name in case.features:
            said = case.problem.known.get(name)
            if said is KnownWhen.AFTER:
                yield self._said(case, name)
                continue
            suspected = self._by_name(case, name) if perhaps_after(name) else self._by_words(case, name)
            if suspected and said is not None:
                yield self._denied(suspected, name, said)
            elif suspected:
                yield suspected

    def _said(self, case: Case, name: str) -> Finding:
        return Finding(
            severity=Severity.BLOCKER,
            columns=(name,),
            problem=f"{quoted(name)} is known only after the decision, as you said:"
            " it will be empty when the model is asked.",
            fix="Leave the column out, or correct when it is known.",
            evidence={"gini": case.gini(name), "said_by_analyst": 1},
            remedy=_leave_out(name),
        )

    def _denied(self, suspected: Finding, name: str, said: KnownWhen) -> Finding:
        """Return the suspicion as a note: whoever knows the business has answered it."""
        when = "before the decision" if said is KnownWhen.BEFORE else "at the moment of the decision"
        return replace(
            suspected,
            severity=Severity.NOTE,
            problem=f"You said that {quoted(name)} is known {when}. Otherwise we would have stopped here: "
            + suspected.problem,
            fix="Nothing, if that is so. The reviewer will see that you said it.",
            remedy=None,
            evidence={**suspected.evidence, "said_by_analyst": 1},
        )

    def _by_name(self, case: Case, name: str) -> Finding | None:
        strength, (blank, pure, answer) = case.gini(name), _blanks(case, name)
        gives_away = blank >= _BLANK_SHARE and pure >= _BLANK_PURE
        wanted = _SURE_NAME if surely_after(name) or gives_away else _DOUBTFUL_NAME
        if strength < wanted:
            return None
        # The duration of a journey may well set its price: with numbers the values alone do not settle it.
        certain = case.problem.task is not Task.REGRESSION or surely_after(name)
        says = f"with it alone, {way(strength)}"
        if gives_away:
            says += f", and where it is empty or 0 the answer is {quoted(answer)} in {percent(pure)} of the rows"
        return Finding(
            severity=Severity.BLOCKER if certain else Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} sounds like something written down after the decision"
            f" ({quoted(smell(name) or name)}), and its values agree: {says}.",
            fix="Leave the column out, unless its value is known when the decision is made.",
            evidence={"gini": strength, "wanted": wanted, "blank_share": blank, "blank_one_answer": pure},
            remedy=_leave_out(name),
        )

    def _by_words(self, case: Case, name: str) -> Finding | None:
        """Return what is suspicious about a column with a value such as ‘cancelled’ that goes with one answer."""
        if case.problem.task is Task.REGRESSION or case.contract.column(name).type is not ColumnType.CATEGORY:
            return None
        values = case.frame[name]
        levels = values.dropna().drop_duplicates()
        if len(levels) > _MOST_LEVELS or case.gini(name) < _SURE_NAME:
            return None
        answers = case.answers.values.astype(np.intp)
        usual = np.bincount(answers, minlength=len(case.problem.classes)) / len(answers)
        for level in levels:
            rows = (values == level).to_numpy()
            if not happened(str(level)) or rows.sum() < _FEWEST_ROWS:
                continue
            counts = np.bincount(answers[rows], minlength=len(usual))
            kind, pure = int(counts.argmax()), float(counts.max() / rows.sum())
            if pure >= _WORD_PURE and pure - usual[kind] >= _WORD_SURPRISE:
                return Finding(
                    severity=Severity.WARNING,
                    columns=(name,),
                    problem=f"{quoted(name)} says {quoted(str(level))}, as if it had happened already: there the answer"
                    f" is {quoted(case.problem.classes[kind])} in {percent(pure)} of the rows,"
                    f" overall in {percent(float(usual[kind]))}.",
                    fix="Leave the column out, unless it says so already when the decision is made.",
                    evidence={"gini": case.gini(name), "wanted": _SURE_NAME, "one_answer": pure},
                    remedy=_leave_out(name),
                )
        return None


def _leave_out(name: str) -> Remedy:
    return Remedy(action=Action.DROP_COLUMNS, columns=(name,))


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
