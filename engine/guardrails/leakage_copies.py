"""LK001: the answer can be computed from one column, or from two or three together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.domain.problem import Task
from engine.guardrails.base import Case, Finding
from engine.guardrails.copies import exact, numbers_of, often_the_same, recoded
from engine.guardrails.formulas import Formula, Numbers, answer_numbers, formulas
from engine.guardrails.means import keys, means
from engine.guardrails.neighbours import next_row, so_far
from engine.guardrails.rules import Rule, rules
from engine.guardrails.sums import sums
from engine.guardrails.within import within, within_one
from engine.problem.words import listed, percent, quoted

# A column of few values that tells one of several answers.
_FEW_VALUES, _COMMON, _FEWEST_OF_ANSWER = 20, 0.05, 10


class Copies:
    """LK001: the target can be computed from one or more columns (a copy, a recoding, a sum or difference)."""

    code, title, gate, needs_target = "LK001", "Copies of the answer", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag features that determine the answer, then sums, products, thresholds and rules of two or three."""
        rest = []
        for name in case.features:
            how = exact(case, name)
            if how:
                says = f"{quoted(name)} is {quoted(case.problem.target)} in other words: {how.sentence}."
                yield _finding((name,), says, how.share, how.rows)
            else:
                rest.append(name)
        together = _formulas(case, rest)
        yield from (_finding(f.columns, _computed(case, f), f.share, f.rows) for f in together)
        taken = {name for formula in together for name in formula.columns}
        for search in (rules, sums, within, within_one):
            for rule in search(case, [name for name in rest if name not in taken]):
                taken |= set(rule.columns)
                yield _finding(rule.columns, _ruled(case, rule), rule.share, rule.rows)
        for of_many_rows in (means, next_row, _so_far):
            for rule in of_many_rows(case, [name for name in rest if name not in taken]):
                taken |= set(rule.columns)
                found = _finding(rule.columns, f"{rule.sentence}.", rule.share, rule.rows)
                yield replace(found, fix="Leave the column out, or compute it anew from rows that were known before.")
        for name in (name for name in rest if name not in taken):
            yield from _one_answer(case, name)
            yield from _often_the_same(case, name)


def _so_far(case: Case, names: Sequence[str]) -> Iterator[Rule]:
    # Who comes back seldom is looked at first: it is a customer rather than a kind.
    return so_far(case, names, sorted(keys(case), key=lambda name: -len(case.levels(name)[1])))


def _formulas(case: Case, names: list[str]) -> list[Formula]:
    columns = {name: numbers_of(case, name) for name in names}
    numbers = {name: x for name, x in columns.items() if x is not None}
    if len(numbers) < 2:
        return []
    y = answer_numbers(case.answers.values, case.problem)
    return formulas(Numbers(np.column_stack(list(numbers.values())), tuple(numbers), y), case.problem.seed)


def _one_answer(case: Case, name: str) -> Iterator[Finding]:
    """Yield that a column tells one of several answers from all others."""
    values, answers, classes = case.frame[name], case.answers.values, case.problem.classes
    present = values.notna().to_numpy()
    if len(classes) < 3 or not present.all() or len(case.levels(name)[1]) > _FEW_VALUES:
        return
    codes = case.levels(name)[0]
    for number, answer in enumerate(classes):
        hit = (answers == number).astype(np.float64)
        how = recoded(codes, hit, regression=False) if hit.sum() >= _FEWEST_OF_ANSWER else None
        # Of a rare answer a few rows wrong would be many.
        if how and (hit.mean() >= _COMMON or how.share == 1):
            says = f"{quoted(name)} tells {quoted(answer)} from every other answer: {how.sentence}."
            found = _finding((name,), says, how.share, how.rows)
            yield replace(found, severity=Severity.WARNING)
            return


def _often_the_same(case: Case, name: str) -> Iterator[Finding]:
    """Yield that a number is the answer itself in many rows, and another number in the others."""
    x = numbers_of(case, name) if case.problem.task is Task.REGRESSION else None
    share = often_the_same(x, case.answers.values) if x is not None else 0.0
    if share:
        says = f"{quoted(name)} is {quoted(case.problem.target)} itself, but for a fixed amount or factor,"
        says += f" in {percent(share)} of the rows, and another number in the others."
        found = _finding((name,), says, share, len(case.frame))
        yield replace(found, severity=Severity.WARNING)


def _computed(case: Case, formula: Formula) -> str:
    wrong = round(formula.rows * (1 - formula.share))
    where = "in every row" if not wrong else f"in all but {wrong:,} of {formula.rows:,} rows"
    where = where if formula.exact else f"almost exactly in all {formula.rows:,} rows"
    return f"{quoted(case.problem.target)} can be computed: it is {formula.text} {where}."


def _ruled(case: Case, rule: Rule) -> str:
    where = "in every row" if rule.share == 1 else f"in {percent(rule.share)} of the rows"
    return f"{quoted(case.problem.target)} can be computed: {rule.sentence} {where}."


def _finding(columns: tuple[str, ...], says: str, share: float, rows: int) -> Finding:
    if len(columns) == 1:
        fix = "Leave the column out: it will not be there before the answer is."
    else:
        fix = (
            f"Leave out {listed(columns)}: where all of them are known, so is the answer. If some are known before the"
            " decision, leave out only the others."
        )
    return Finding(
        severity=Severity.BLOCKER,
        columns=columns,
        problem=says,
        fix=fix,
        evidence={"rows_explained": share, "rows": rows, "columns": len(columns)},
        remedy=Remedy(action=Action.DROP_COLUMNS, columns=columns),
    )
