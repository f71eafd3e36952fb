"""FA002 and FA003: what stands in for a sensitive attribute, and groups too small to judge."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.roles import sensitive
from engine.domain.outcome import Action, Bar, Picture, PictureKind, Proof, Remedy, Severity
from engine.domain.problem import Problem, Split, Task
from engine.evidence.fairness import FEWEST_ROWS, FEWEST_YESES
from engine.evidence.groups import MISSING, groups
from engine.guardrails.association import Answers, Coded, folds, gini
from engine.guardrails.base import Case, Finding, NotApplicable
from engine.guardrails.proof import beside, divided
from engine.guardrails.quick import quick_score
from engine.problem.rows import encode, texts
from engine.problem.words import counted, listed, percent, quoted

_HEAD = 20_000
_MOST_ATTRIBUTES, _MOST_ROWS = 6, 8_000
_NOTABLE, _STRONG = 0.70, 0.85  # ROC AUC of telling a group by the other columns
_ALONE = 0.5  # normalised Gini of one column that could as well be the attribute itself
_FEWEST = 50  # rows of a group, so that something can be learned about it
_SHOWN = 3
Few = dict[str, tuple[int, int | None]]  # groups with their test rows and, of yes/no, those with a yes
_NONE = "There is no sensitive column to judge by."


def attributes(case: Case) -> dict[str, str | None]:
    """Return the sensitive columns of a case, named by the analyst or found, with what they hold.

    Raises
    ------
    NotApplicable
        If there are none.
    """
    said, target = case.problem.sensitive, case.problem.target
    head = case.frame.head(_HEAD)
    names = [n for n in case.contract.names if n != target and n in head.columns and n not in case.problem.ignored]
    kinds = {name: sensitive(name, head[name]) for name in names}
    found = {name: kind for name, kind in kinds.items() if kind or name in said}
    if not found:
        raise NotApplicable(_NONE)
    return found


class StandsIn:
    """FA002: other columns stand in for a sensitive attribute."""

    code, title, gate, needs_target = "FA002", "Stand-ins for sensitive attributes", None, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag attributes that the model's other columns tell, and name the columns that do."""
        known = attributes(case)
        allowed = case.problem.use_sensitive
        # What is flagged or withheld itself is no stand-in, and what is used on purpose needs none.
        features = [n for n in case.features if n in case.frame.columns and (n not in known or n in allowed)]
        wanted = [name for name in known if name not in allowed][:_MOST_ATTRIBUTES]
        for name in wanted if features else ():
            told = _told(case, name, [f for f in features if f != name])
            if told is not None and told.auc >= _NOTABLE:
                yield self._finding(case, name, known[name], told, features)

    def _finding(self, case: Case, name: str, kind: str | None, told: "_Told", features: list[str]) -> Finding:
        strongest, alone = next(iter(told.shares)), told.alone
        replaces = told.auc >= _STRONG and alone >= _ALONE
        which = listed(told.shares)
        what = f"{quoted(name)} ({kind})" if kind and kind != name.casefold() else quoted(name)
        remedy = Remedy(action=Action.WITHHOLD, columns=(strongest,)) if replaces else None
        fix = (
            f"Withhold {quoted(strongest)}, which says nearly the same, and see what it costs."
            if replaces
            else f"Compare how the groups of {quoted(name)} fare before the model is used."
        )
        return Finding(
            severity=Severity.WARNING if told.auc >= _STRONG else Severity.NOTE,
            columns=(name,),
            problem=f"Without {what}, the other columns still tell {quoted(told.group)} from the rest in"
            f" {percent(told.auc)} of all pairs (50 % is guessing), most of all {which}: a model can treat people"
            " differently by it although it never sees it.",
            fix=fix,
            evidence={"roc_auc": told.auc, "strongest_share": told.shares[strongest], "strongest_gini": alone},
            remedy=remedy,
            proof=_cost(case, features, strongest) if remedy else None,
            picture=_picture(name, told.shares),
            rows=told.rows,
        )


def _picture(name: str, shares: dict[str, float]) -> Picture:
    bars = tuple(Bar(label=column, value=share) for column, share in shares.items())
    return Picture(kind=PictureKind.STRENGTH, about=quoted(name), bars=bars)


@dataclass(frozen=True)
class _Told:
    group: str
    auc: float
    shares: dict[str, float]  # of the strongest columns, strongest first
    alone: float
    rows: int


def _told(case: Case, name: str, features: list[str]) -> _Told | None:
    """Return how well other columns tell an attribute's largest group (older ones, of numbers) from the rest."""
    belongs, group, known = _halves(case.frame[name])
    known &= np.isin(np.arange(len(known)), np.concatenate([case.cut.learn, case.cut.test]))
    if min((belongs & known).sum(), (~belongs & known).sum()) < _FEWEST:
        return None
    frame = case.frame[features].assign(**{name: np.where(belongs, "yes", "no").astype(object)})
    problem = Problem(
        task=Task.BINARY,
        target=name,
        classes=("no", "yes"),
        positive="yes",
        metric="roc_auc",
        split=Split(),
        seed=case.problem.seed,
    )
    learn = case.cut.learn[known[case.cut.learn]]
    test = case.cut.test[known[case.cut.test]]
    score = quick_score(frame, problem, features, learn=learn, test=test, most_rows=_MOST_ROWS)
    if score is None:
        return None
    rows = np.flatnonzero(known)
    values = belongs[rows].astype(np.float64)
    answers = Answers(values, 2, folds(np.arange(len(rows)), values, 2, case.problem.seed))
    alone = {f: max(0.0, gini(_part(case, f, rows), answers).value) for f in features}
    ranked = sorted(alone, key=lambda f: -alone[f])
    total = sum(alone.values()) or 1.0
    return _Told(group, score.value, {f: alone[f] / total for f in ranked[:_SHOWN]}, alone[ranked[0]], score.rows)


def _part(case: Case, name: str, rows: NDArray[np.intp]) -> Coded:
    coded = case.coded(name)
    return replace(coded, codes=coded.codes[rows])


def _halves(values: "pd.Series[Any]") -> tuple[NDArray[np.bool_], str, NDArray[np.bool_]]:
    """Return which rows are of the largest group (the upper half of numbers and dates), its name, and which say."""
    known = values.notna().to_numpy()
    ordered = pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values)
    if ordered and values.nunique() > 2:
        middle = values.median()
        said = f"{middle:%Y-%m-%d}" if pd.api.types.is_datetime64_any_dtype(values) else f"{middle:g}"
        return (values > middle).to_numpy(), f"more than {said}", known
    written = texts(values)
    counts = written.value_counts()
    group = str(counts.index[0]) if len(counts) else ""
    return (written == group).to_numpy(), group, known


def _cost(case: Case, features: list[str], without: str) -> Proof | None:
    """Return what a quick model scores with and without a column."""
    fewer = [name for name in features if name != without]
    return beside(divided(case.frame, case.problem, features), divided(case.frame, case.problem, fewer))


class SmallGroups:
    """FA003: a group too small to judge."""

    code, title, gate, needs_target = "FA003", "Groups too small to judge", None, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag groups, and pairs of groups, with too few test rows (or too few with a yes) to compare them."""
        known = attributes(case)
        test = case.frame.iloc[case.cut.test]
        yes = encode(test, case.problem) == 1 if case.problem.task is Task.BINARY else None
        member = {name: groups(test[name]) for name in known}
        small = {name: _small(values, yes) for name, values in member.items()}
        for name, few in small.items():
            if few:
                yield self._finding(name, few, said=name in case.problem.sensitive, rows=len(test))
        # Of a group that is too small alone, nothing more needs to be said.
        enough = {
            name: values.mask(values.isin([*small[name], MISSING])).rename(name) for name, values in member.items()
        }
        crossed = {pair: _small(_crossed(enough[pair[0]], enough[pair[1]]), yes) for pair in combinations(known, 2)}
        pairs = {pair: few for pair, few in crossed.items() if few}
        if pairs:
            yield self._of_pairs(pairs, len(test))

    def _finding(self, name: str, few: Few, *, said: bool, rows: int) -> Finding:
        have, fare, them = ("has", "it fares", "it") if len(few) == 1 else ("have", "they fare", "them")
        what, wanted = _lacks(few)
        return Finding(
            severity=Severity.WARNING if said else Severity.NOTE,
            columns=(name,),
            problem=f"{listed(few)} in {quoted(name)} {have} too few {what} to say how {fare}:"
            f" a model could be wrong about {them} and nobody would see.",
            fix=f"Bring more such rows (at least {wanted} in the test), or look at these cases by hand.",
            evidence={"groups": len(few), "smallest": min(n for n, _ in few.values()), "rows_wanted": FEWEST_ROWS},
            examples=tuple(_line(group, *counts) for group, counts in list(few.items())[:5]),
            rows=rows,
        )

    def _of_pairs(self, pairs: dict[tuple[str, str], Few], rows: int) -> Finding:
        number = sum(map(len, pairs.values()))
        every = [(group, *counts) for few in pairs.values() for group, counts in few.items()]
        what, _ = _lacks({group: (rows, yeses) for group, rows, yeses in every})
        every.sort(key=lambda one: one[1])
        columns = tuple(dict.fromkeys(name for pair in pairs for name in pair))
        return Finding(
            severity=Severity.NOTE,
            columns=columns,
            problem=f"Taken two at a time, {counted(number, 'group')} of {listed(columns)}"
            f" {'has' if number == 1 else 'have'} too few {what} to judge, although each group alone has enough.",
            fix="Say on the card that nobody has looked at them, or bring more such rows.",
            evidence={"groups": number, "smallest": every[0][1], "rows_wanted": FEWEST_ROWS},
            examples=tuple(_line(*one) for one in every[:5]),
            rows=rows,
        )


def _small(values: "pd.Series[str]", yes: NDArray[np.bool_] | None) -> Few:
    """Return the groups too small to judge, smallest first, with their rows and, of yes/no, the rows with a yes."""
    rows = values.value_counts()
    yeses = values[yes].value_counts() if yes is not None else None
    found = {}
    for group in reversed(rows.index):
        n = int(rows[group])
        with_yes = None if yeses is None else int(yeses.get(group, 0))
        if group != MISSING and (n < FEWEST_ROWS or (with_yes is not None and with_yes < FEWEST_YESES)):
            found[str(group)] = (n, with_yes)
    return found


def _crossed(one: "pd.Series[Any]", other: "pd.Series[Any]") -> "pd.Series[Any]":
    return (f"{one.name} " + one + f", {other.name} " + other).where(one.notna() & other.notna(), MISSING)


def _lacks(few: Few) -> tuple[str, str]:
    """Return what the groups have too few of, and how many are wanted."""
    short = [rows < FEWEST_ROWS for rows, _ in few.values()]
    if all(short):
        return "test rows", f"{FEWEST_ROWS}"
    if any(short):
        return "test rows, or too few with a yes,", f"{FEWEST_ROWS}, and {FEWEST_YESES} with a yes,"
    return "test rows with a yes", f"{FEWEST_YESES} with a yes"


def _line(group: str, rows: int, yeses: int | None) -> str:
    return f"{quoted(group)}: {counted(rows, 'test row')}" + ("" if yeses is None else f", {yeses:,} with a yes")
