"""DA005: same inputs, different answers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.outcome import Gate, Severity
from engine.domain.problem import Task
from engine.guardrails.base import Case, Finding
from engine.guardrails.chance import repeated_by_chance
from engine.problem.metric import metric_for
from engine.problem.rows import encode, texts
from engine.problem.split import identical
from engine.problem.words import counted, listed, percent, quoted, rounded

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_FEWEST, _SOME, _MANY = 10, 0.005, 0.05  # rows that contradict, and shares that no model can get right
_SHOWN = 5


class Contradictions:
    """DA005: rows that agree in every column the model may use, and differ in the answer."""

    code, title, gate, needs_target = "DA005", "Same inputs, different answers", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag rows of which no model can get all right, and say what the best possible score is."""
        features = [name for name in case.features if name in case.frame.columns]
        if not features or len(case.frame) < 2:
            return
        frame, profile = case.frame, case.table.profile
        # Columns with the most values first: a row without a double is not looked at again.
        order = sorted(features, key=lambda name: -profile.column(name).distinct)
        at, codes = doubles(frame, order)
        said = encode(frame.iloc[at], case.problem)
        differing = np.zeros(len(frame), dtype=bool)
        differing[at] = _differing(codes, said)
        if differing.sum() < _FEWEST:
            return
        groups = np.arange(len(frame), dtype=np.intp) + len(at)
        groups[at] = codes
        groups = np.asarray(pd.factorize(groups)[0], dtype=np.intp)
        best, lost = self._best(case, groups, encode(frame, case.problem))
        if lost < _SOME:
            return
        few = repeated_by_chance(frame[features], identical(frame, features))
        yield self._finding(case, differing, groups, best, lost, few)

    def _best(self, case: Case, groups: Codes, answers: Floats) -> tuple[float, float]:
        """Return the best score that a model can have on these rows, and the share of the answers that stay wrong.

        For numbers that share is the part of the variance that lies between rows with the same inputs.
        """
        metric = metric_for(case.problem.metric, case.problem.task)
        rows = np.bincount(groups).astype(np.float64)
        if case.problem.task is Task.REGRESSION:
            means = np.bincount(groups, weights=answers) / rows
            spread = float(((answers - answers.mean()) ** 2).sum())
            lost = float(((answers - means[groups]) ** 2).sum()) / spread if spread else 0.0
            return metric.function(answers, means[groups]), lost
        classes = len(case.problem.classes)
        counts = np.bincount(groups * classes + answers.astype(np.intp), minlength=len(rows) * classes)
        shares = counts.reshape(-1, classes) / rows[:, None]
        lost = 1.0 - float((shares.max(axis=1) * rows).sum() / rows.sum())
        return metric.function(answers, shares[groups]), lost

    def _finding(
        self, case: Case, differing: NDArray[np.bool_], groups: Codes, best: float, lost: float, few: bool
    ) -> Finding:
        n, metric = len(groups), metric_for(case.problem.metric, case.problem.task)
        rows, target = int(differing.sum()), quoted(case.problem.target)
        number = "of what makes the answers differ" if case.problem.task is Task.REGRESSION else "of the answers"
        fix = (
            "Add columns that tell these rows apart: what is there leaves too few differences."
            if few
            else "Look at such rows: either something that was known is not in the table, or answers were recorded"
            " wrongly, or a case was entered twice."
        )
        return Finding(
            severity=Severity.WARNING if lost >= _MANY and not few else Severity.NOTE,
            problem=f"{counted(rows, 'row')} ({percent(rows / n)}) say the same as others in every column the model may"
            f" use, but not in {target}. Whatever is learned, {percent(lost)} {number} cannot be told:"
            f" the best possible {metric.label} on these rows is {rounded(best)}.",
            fix=fix,
            evidence={"rows": rows, "share": rows / n, "cannot_be_told": lost, f"best_{metric.name}": best},
            examples=tuple(self._examples(case, differing, groups)),
        )

    def _examples(self, case: Case, differing: NDArray[np.bool_], groups: Codes) -> Iterator[str]:
        """Yield a few groups with the numbers of their rows (the first row of the table is 1) and their answers."""
        at = np.flatnonzero(differing)
        sizes = np.bincount(groups[at])
        # The smallest groups are the easiest to look at.
        for group in np.argsort(np.where(sizes > 0, sizes, len(groups) + 1), kind="stable")[:_SHOWN]:
            rows = at[groups[at] == group][:4]
            if not len(rows):
                return
            said = texts(case.frame[case.problem.target].iloc[rows])
            numbers = " and ".join(f"{int(label) + 1:,}" for label in case.frame.index[rows])
            yield f"rows {numbers} agree, the answers are {listed(said.tolist())}"


def doubles(frame: pd.DataFrame, names: Sequence[str]) -> tuple[Codes, Codes]:
    """Return the positions of rows that another one equals in every column, and a number that equal rows share.

    Rows that say nothing at all are not among them.
    """
    at = np.arange(len(frame))
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        column, levels = pd.factorize(frame[name].iloc[at], use_na_sentinel=False)
        codes = pd.factorize(codes * (len(levels) + 1) + column)[0]
        doubled = np.bincount(codes)[codes] > 1
        at, codes = at[doubled], codes[doubled]
    says = frame.iloc[at][list(names)].notna().any(axis=1).to_numpy()
    return at[says], np.asarray(codes[says], dtype=np.intp)


def _differing(groups: Codes, answers: Floats) -> NDArray[np.bool_]:
    """Return the rows of groups with more than one answer."""
    size = int(groups.max(initial=-1)) + 1
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, groups, answers)
    np.maximum.at(high, groups, answers)
    differing: NDArray[np.bool_] = (low < high)[groups]
    return differing
