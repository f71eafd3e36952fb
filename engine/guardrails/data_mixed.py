"""DA007: mixed types, numbers stored as text, one word in several spellings."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pandas as pd

from engine.domain.dataset import Role
from engine.domain.outcome import Action, Gate, Remedy, Severity
from engine.guardrails.base import Case, Finding
from engine.guardrails.standins import word
from engine.problem.rewriting import NO, YES, meanings
from engine.problem.words import counted, listed, percent, quoted

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_CODE = re.compile(r"\s*[+-]?0\d+\s*|\s*\+?\d{12,}\s*")
_DATE = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}[./]\d{1,2}[./](\d{4}|\d{2})( .*)?)\s*")
_UNIT = (
    r"%|‰|€|\$|£|¥|eur|euros?|usd|gbp|chf|[kmµ]?g|lbs?|oz|[kcm]?m|km/h|mph|mi|ft|in|[mc]?l|h|hrs?|hours?|std|min|mins|"
    r"s|secs?|ms|d|days?|tage?|jours?|dias?|weeks?|wochen?|months?|monate?|mois|meses|y|yrs?|years?|jahre?|ans?|años?|"
    r"°c|°f|°|k?wh?|kw|[kmgt]b|m2|m²|sqm|sqft|px|pcs|stk|stück|x"
)
_MEASURED = re.compile(rf"\s*(?P<before>{_UNIT})?\s*[+-]?\d[\d.,' \u00a0]*\s*(?P<after>{_UNIT})?\.?\s*", re.IGNORECASE)
_MOSTLY, _MOSTLY_BUT_FEW, _FEW = 0.8, 0.5, 5  # rows that are numbers; enough with as few different words
_FEWEST_NUMBERS = 3  # different ones
_MOST_VALUES = 100  # that a remedy lists
_MOST_DIFFERENT = 5_000  # that are looked at
_UNITS = 0.95
_KEYS = frozenset({Role.IDENTIFIER, Role.PERSONAL, Role.IGNORED})


class MixedValues:
    """DA007: a column of words that is a column of numbers or dates, or spells the same thing in several ways."""

    code, title, gate, needs_target = "DA007", "Mixed values", Gate.TRAINING, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag columns of words that are really something else, naming what stands in the way."""
        for column in case.contract.columns:
            name = column.name
            if name not in case.frame.columns or name in case.left_out or column.role in _KEYS:
                continue
            if case.frame[name].dtype == object:
                counts = case.frame[name].value_counts().head(_MOST_DIFFERENT)
                counts.index = counts.index.astype(str)
                yield from self._look(case, name, counts)

    def _look(self, case: Case, name: str, counts: "pd.Series[int]") -> Iterator[Finding]:
        if not len(counts):
            return
        target = case.asked is not None and name == case.asked.target
        found = None if target else self._numbers(case, name, counts) or self._measured(name, counts)
        found = found or (None if target else self._dates(name, counts)) or self._spellings(name, counts)
        if found:
            yield found

    def _numbers(self, case: Case, name: str, counts: "pd.Series[int]") -> Finding | None:
        numbers = counts.index.str.fullmatch(_NUMBER)
        others = counts[~numbers]
        share = float(counts[numbers].sum() / counts.sum())
        enough = share >= _MOSTLY or (share >= _MOSTLY_BUT_FEW and len(others) <= _FEW)
        if not enough or not len(others) or numbers.sum() < _FEWEST_NUMBERS:
            return None
        if counts.index[numbers].str.fullmatch(_CODE).any():
            return None
        # The remedy has to name every word, also those of rows that were not looked at.
        every = case.whole[name].dropna().astype(str)
        words = tuple(every[~every.str.fullmatch(_NUMBER)].value_counts().index)
        remedy = (
            Remedy(action=Action.SET_MISSING, columns=(name,), values=words) if len(words) <= _MOST_VALUES else None
        )
        fix = "Treat those words as missing, so that the column is one of numbers."
        return Finding(
            severity=Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} holds numbers in {percent(share)} of its values, and words in the others"
            f" ({_with_counts(others)}): a model sees only words, and no order.",
            fix=fix if remedy else "Set its type to a number on the data step: what is none becomes missing.",
            evidence={"numbers": share, "words": len(words), "rows": int(others.sum())},
            remedy=remedy,
            examples=_examples(others),
        )

    def _measured(self, name: str, counts: "pd.Series[int]") -> Finding | None:
        plain = counts[[word(value) != 2 for value in counts.index]]
        units: Counter[str] = Counter()
        for value, rows in plain.items():
            match = _MEASURED.fullmatch(str(value))
            if match:
                units[(match["before"] or match["after"] or "").casefold()] += int(rows)
        of_units = sum(units.values()) - units[""]
        if sum(units.values()) < _UNITS * plain.sum() or of_units < _MOSTLY_BUT_FEW * plain.sum() or len(plain) < 5:
            return None
        named = [unit for unit, _ in units.most_common() if unit]
        problem = f"{quoted(name)} holds numbers written as words, with {listed(named)}: a model sees no order in them."
        if len(named) > 1:
            problem += " The units differ, so the bare numbers would mislead."
        return Finding(
            severity=Severity.WARNING,
            columns=(name,),
            problem=problem,
            fix="Write bare numbers in one unit in the table, and bring it again.",
            evidence={"rows": of_units, "units": len(named)},
            examples=_examples(plain),
        )

    def _dates(self, name: str, counts: "pd.Series[int]") -> Finding | None:
        dates = counts.index.str.fullmatch(_DATE)
        others, share = counts[~dates], float(counts[dates].sum() / counts.sum())
        if share < _MOSTLY or dates.sum() < 2 * _FEWEST_NUMBERS:
            return None
        instead = f", and something else in the others ({_with_counts(others)})" if len(others) else ", as words"
        return Finding(
            severity=Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} holds dates in {percent(share)} of its values{instead}: a model sees only words.",
            fix="Set its type to a date on the data step: what is none becomes missing.",
            evidence={"dates": share, "rows": int(others.sum())},
            examples=_examples(others if len(others) else counts),
        )

    def _spellings(self, name: str, counts: "pd.Series[int]") -> Finding | None:
        groups = spellings(counts)
        if not groups or sum(map(len, groups)) > _MOST_VALUES:
            return None
        rows = int(sum(counts[list(group)].iloc[1:].sum() for group in groups))
        said = "; ".join(listed(group, last="and") for group in groups[:3])
        more = f" and {counted(len(groups) - 3, 'more')}" if len(groups) > 3 else ""
        return Finding(
            severity=Severity.WARNING,
            columns=(name,),
            problem=f"{quoted(name)} spells the same in several ways ({said}{more}): a model takes each for"
            " something of its own.",
            fix=f"Read each as its most frequent spelling, such as {quoted(groups[0][0])}.",
            evidence={"rows": rows, "spellings": sum(map(len, groups)), "words": len(groups)},
            remedy=Remedy(
                action=Action.MERGE_LEVELS, columns=(name,), values=tuple(value for group in groups for value in group)
            ),
            examples=tuple(_with_counts(counts[list(group)]) for group in groups[:5]),
        )


def spellings(counts: "pd.Series[int]") -> list[tuple[str, ...]]:
    """Return the values that are spellings of one word, the most frequent first."""
    values = [value for value in counts.index if word(value) is None]
    groups: dict[str, list[str]] = defaultdict(list)
    for value, meaning in meanings(values).items():
        groups[meaning].append(value)
    found = [tuple(group) for group in groups.values() if len(group) > 1]
    return [group for group in found if _one_word(group, values)]


def _one_word(group: tuple[str, ...], values: list[str]) -> bool:
    """Whether values that seem to mean the same do: s, o and n may be yes and no, and also south, west and north."""
    bare = {value.casefold().strip() for value in group}
    if len(bare) == 1:
        return any(c.isalpha() for c in next(iter(bare)))
    if all(value.casefold().strip() in YES | NO for value in values):
        return any(len(value) > 1 for value in bare) or bare <= {"y", "1"} or bare <= {"n", "0"}
    return True


def _with_counts(counts: "pd.Series[Any]", most: int = 5) -> str:
    shown = [f"{quoted(str(value))} {rows:,}×" for value, rows in counts.head(most).items()]
    if len(counts) > most:
        shown.append(f"{len(counts) - most:,} more")
    return ", ".join(shown)


def _examples(counts: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(f"{quoted(str(value))} in {counted(int(rows), 'row')}" for value, rows in counts.head(5).items())
