"""What a random split would have promised, beside what the honest one shows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.domain.dataset import DataContract, Role
from engine.domain.evidence import Honesty
from engine.domain.outcome import Action, Outcome, Severity, Verdict
from engine.domain.problem import Problem, Split, SplitKind
from engine.guardrails.quick import MOST_ROWS, Score, quick_score, rows_for
from engine.problem.changes import same_side
from engine.problem.metric import METRICS
from engine.problem.remedies import apply_all
from engine.problem.rows import usable
from engine.problem.split import cut, gathered, together
from engine.problem.words import alike, listed

_FAR, _SURE = 0.05, 2.0
_FEATURES = {Role.FEATURE, Role.TIME}


def honesty(
    learn: pd.DataFrame, test: pd.DataFrame, *, contract: DataContract, problem: Problem, outcomes: Sequence[Outcome]
) -> Honesty | None:
    """Compare a random split, with the leaks back in, to the honest one by a quick model.

    Parameters
    ----------
    learn, test : DataFrame
        The rows the model learned from or was chosen by, and those it was judged on; canonical, all columns.
    contract : DataContract
        Of all columns.
    outcomes : sequence of Outcome
        What the guardrails said of the problem as it was trained on; what they still propose against leaks is done for
        the honest side.

    Returns
    -------
    Honesty or None
        None where there is nothing to compare (a random split, no leak left out and none found), or no score.
    """
    found = _standing(outcomes)
    honest, back = apply_all(problem, found), _left_out(problem, contract)
    promised = problem.model_copy(update={"split": Split(), "remedies": _kept(problem)})
    if _same_rows(honest, problem) and _same_rows(promised, problem) and not back and not found:
        return None
    features = problem.features(contract)
    rows = pd.concat([learn, test], ignore_index=True)
    tested = np.arange(len(rows)) >= len(learn)
    groups = together(rows, honest)
    most = rows_for(len(features) + len(back), MOST_ROWS)
    sample = gathered(np.arange(len(rows)) if groups is None else groups, most, problem.seed)
    rows, tested = rows.iloc[sample], tested[sample]
    looks = _score(rows, promised, (*features, *back), None)
    if found:
        works = _score(usable(rows, honest), honest, honest.features(contract), None)
    else:
        works = _score(rows, honest, features, tested)
    if looks is None or works is None:
        return None
    return _said(looks, works, back, found, same_side(problem.remedies))


def _standing(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return the leaks that were found and are not fixed."""
    serious = {Severity.BLOCKER, Severity.WARNING}
    found = (o for o in outcomes if o.verdict is Verdict.FLAGGED and o.severity in serious and o.remedy)
    return tuple(o for o in found if o.code.startswith("LK"))


def _left_out(problem: Problem, contract: DataContract) -> tuple[str, ...]:
    """Return the columns that a fix took out though they would have been features."""
    out = {n for r in problem.remedies if r.action is Action.DROP_COLUMNS for n in r.columns} - {problem.target}
    return tuple(c.name for c in contract.columns if c.name in out and c.role in _FEATURES)


def _kept(problem: Problem) -> tuple[object, ...]:
    gone = {Action.DROP_COLUMNS, Action.KEEP_TOGETHER, Action.GROUP_SPLIT, Action.TIME_SPLIT}
    return tuple(r for r in problem.remedies if r.action not in gone)


def _same_rows(one: Problem, other: Problem) -> bool:
    return _way(one.split) == _way(other.split)


def _way(split: Split) -> tuple[SplitKind, tuple[str, ...], bool]:
    return split.kind, split.columns, split.keep_together


def _score(
    rows: pd.DataFrame,
    problem: Problem,
    features: Sequence[str],
    tested: "np.ndarray[tuple[int], np.dtype[np.bool_]] | None",
) -> Score | None:
    if tested is None:
        parts = cut(rows, problem)
        learn, test = np.concatenate([parts.learn, parts.choose]), parts.test
    else:
        learn, test = np.flatnonzero(~tested), np.flatnonzero(tested)
    return quick_score(rows, problem, features, learn=learn, test=test)


def _said(looks: Score, works: Score, back: tuple[str, ...], found: tuple[Outcome, ...], same: str) -> Honesty:
    far = looks.skill - works.skill > max(_FAR, _SURE / np.sqrt(min(looks.rows, works.rows)))
    return Honesty(
        metric=works.metric,
        greater_is_better=works.greater_is_better,
        promised=looks.value,
        honest=works.value,
        rows=works.rows,
        far=bool(far),
        columns=back,
        standing=tuple(dict.fromkeys(o.code for o in found)),
        sentence=_sentence(looks, works, far=bool(far), standing=bool(found), back=back, same=same),
    )


def _sentence(looks: Score, works: Score, *, far: bool, standing: bool, back: tuple[str, ...], same: str) -> str:
    """Say both figures as a quick model's, ``same`` being the rows that only the honest test keeps on one side."""
    label = METRICS[works.metric].label
    high, low = alike(looks.value, beside=[works.value])
    if far and standing:
        told = f"A quick model looks like {high} and will work like {low} ({label})"
        return f"{told}: your model's score promises too much as well."
    tempting = "rows drawn at random" + (f", {same} on both sides" if same else "")
    tempting += f" and {listed(back, most=3)} left in" if back else ""
    if far:
        return f"With {tempting}, a quick model would look like {high} and work like {low} ({label})."
    return f"With {tempting}, the test of a quick model would promise no more: {high} beside {low} ({label})."
