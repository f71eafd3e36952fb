"""Which columns say when a row happened, as against dates and years that are a property of what it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.domain.dataset import ColumnContract, ColumnType
from engine.guardrails.association import Floats
from engine.guardrails.base import Case
from engine.problem import moments
from engine.problem.words import tokens, vocabulary

# The date of an event that the row is.
_ROW = vocabulary(
    "date day time timestamp datetime ts dt dteday created recorded observed measured ordered order transaction invoice"
    " event visit call booking purchase snapshot period month week quarter year yr season epoch asof reported sampled"
    " datum tag zeit zeitpunkt zeitstempel monat woche quartal jahr stichtag bestelldatum rechnungsdatum messung"
    " jour mois semaine trimestre année annee horodatage fecha hora mes semana año ano día dia momento"
)
# The date of something that was before, or will be: it belongs to whom the row is about.
_PROPERTY = vocabulary(
    "birth born dob birthday birthdate hired hire joined join signup signed registered registration since start started"
    " begin opened open opening founded founding built build made manufacture manufactured manufacturing model issued"
    " issue expiry expires expiration until valid due end ended ending deadline last first previous prev next renewal"
    " tenure contract policy member customer employment remodel renovated installed warranty maturity death"
    " geburt geburtsdatum geburtstag geboren geburtsjahr eintritt eintrittsdatum einstellung beginn seit vertragsbeginn"
    " vertragsstart gültig gueltig ablauf ende baujahr letzte letzter erste"
    " naissance embauche début debut depuis fin échéance echeance dernier dernière premier construction"
    " nacimiento contratación contratacion inicio desde alta vencimiento último ultimo primera construcción"
)
_CLOCK = vocabulary("time timestamp hour minute ts uhrzeit zeit heure hora")
_FEWEST = 4  # different moments
_IN_ORDER, _BACKWARD = 0.95, 0.01
_EVEN_STEPS, _EVEN_COUNTS, _EVEN_MOMENTS = 0.9, 0.5, 20
_LONG = 40.0  # years: what spreads over so many is a birth, a building, a foundation
_READABLE, _GLANCE = 0.98, 20
_YEAR = 365.25 * 24 * 3600


@dataclass(frozen=True, eq=False)
class Clock:
    """Columns that may say when a row happened: what says most first."""

    columns: tuple[str, ...]
    when: Floats  # rises with time; NaN where it is not known
    years: float  # from the first to the last moment; NaN where they are not known

    @cached_property
    def moments(self) -> int:
        """How many there are."""
        return len(np.unique(self.when[~np.isnan(self.when)]))

    @cached_property
    def order(self) -> float:
        """How closely the moments follow the order of the rows: the rank correlation, 0 to 1."""
        known = ~np.isnan(self.when)
        ranks = pd.Series(self.when[known]).rank().to_numpy()
        return abs(float(np.corrcoef(ranks, np.flatnonzero(known))[0, 1]))

    @cached_property
    def sorted(self) -> bool:
        """Whether the rows stand in order of it, forward or backward, but for a few."""
        steps = np.diff(self.when[~np.isnan(self.when)])
        moved = max(1, int((steps != 0).sum()))
        return self.order >= _IN_ORDER or min((steps < 0).sum(), (steps > 0).sum()) <= _BACKWARD * moved

    @cached_property
    def even(self) -> bool:
        """Whether moments follow each other at one pace with as many rows each: a record of what happened, and when.

        Dates that are properties fall as they may: their numbers of rows scatter at least as chance would have it.
        """
        found, counts = np.unique(self.when[~np.isnan(self.when)], return_counts=True)
        if len(found) < _EVEN_MOMENTS or len(self.columns) > 1:
            return False
        steps = np.diff(found)
        paced = float((np.abs(steps - np.median(steps)) <= 0.15 * np.median(steps)).mean()) >= _EVEN_STEPS
        return paced and float(counts.var()) <= _EVEN_COUNTS * float(counts.mean())

    @cached_property
    def named(self) -> bool:
        """Whether its name says when the row happened."""
        words = {word for name in self.columns for word in tokens(name)}
        return bool(words & _ROW) and not self.property

    @cached_property
    def property(self) -> bool:
        """Whether its name, or its span, says that it belongs to whom the row is about: a birth, a contract's start."""
        words = {word for name in self.columns for word in tokens(name)}
        return self.years > _LONG or (bool(words & _PROPERTY) and not words & _CLOCK)


def clocks(case: Case) -> list[Clock]:
    """Return the columns that may say when a row happened, the most likely and the finest first."""
    columns = [c for c in case.contract.columns if c.name in case.frame.columns and c.name not in _aside(case)]
    found = [clock for column in columns for clock in _single(case, column) if clock.moments >= _FEWEST]
    found += [clock for clock in _calendar(case, columns) if clock.moments >= _FEWEST]
    # Sorted by a property only because customers are numbered as they come: a column that says more goes first.
    return sorted(found, key=lambda c: (c.property, not c.sorted, not c.even, not c.named, len(c.columns), -c.moments))


def follows(case: Case, clock: Clock) -> tuple[str, ...]:
    """Return the features that rise with a clock: what stands for the time as the clock does."""
    known = ~np.isnan(clock.when)
    ranks = pd.Series(clock.when[known]).rank()
    found = []
    for name in case.problem.features(case.contract):
        if name in clock.columns or case.frame[name].dtype == object:
            continue
        values = moments.moments(case.frame[name])[known]
        if np.isnan(values).any() or values.min(initial=0) == values.max(initial=0):
            continue
        if abs(float(np.corrcoef(pd.Series(values).rank(), ranks)[0, 1])) > _IN_ORDER:
            found.append(name)
    return tuple(found)


def counter(case: Case, clock: Clock) -> str | None:
    """Return a column that numbers the rows in the order of a clock: finer than years and months are."""
    for column in case.contract.columns:
        values = case.frame[column.name] if column.name in case.frame.columns else None
        if column.type is not ColumnType.INTEGER or values is None or not values.is_unique or values.isna().any():
            continue
        steps = np.diff(clock.when[np.argsort(values.to_numpy(dtype=np.float64))])
        if min((steps < 0).sum(), (steps > 0).sum()) <= _BACKWARD * max(1, (steps != 0).sum()):
            return column.name
    return None


def _aside(case: Case) -> set[str]:
    return {case.problem.target, *case.left_out, *case.problem.split.columns}


def _single(case: Case, column: ColumnContract) -> Iterator[Clock]:
    values = case.frame[column.name]
    if values.dtype == object and np.isnan(moments.moments(values.dropna().head(_GLANCE))).any():
        return
    when = moments.moments(values)
    known = when[~np.isnan(when)]
    if not len(known):
        return
    if column.type is ColumnType.DATETIME:
        yield Clock((column.name,), when, float(np.ptp(known)) / 1e9 / _YEAR)
    elif not pd.api.types.is_numeric_dtype(values):
        if len(known) >= _READABLE * int(values.notna().sum()):
            yield Clock((column.name,), when, float(np.ptp(known)))
    elif column.type is ColumnType.INTEGER and (years := _span(known, column.name)) is not None:
        yield Clock((column.name,), when, years)


def _span(values: Floats, name: str) -> float | None:
    """Return the years that whole numbers span where they are dates such as 20240131, months, years or epochs."""
    low, high = float(values.min()), float(values.max())
    if low >= 19_000_101 and high <= 21_001_231 and _dates(values // 10_000, values // 100 % 100, values % 100):
        return (high // 10_000 - low // 10_000) + (high // 100 % 100 - low // 100 % 100) / 12
    if low >= 190_001 and high <= 210_012 and _dates(values // 100, values % 100, np.ones(1)):
        return (high // 100 - low // 100) + (high % 100 - low % 100) / 12
    if low >= 1_900 and high <= 2_100:
        return high - low
    for unit in (1.0, 1e3):
        # Any large number may be an amount: seconds since 1970 rise row by row, or say what they are.
        if low >= 4e8 * unit and high <= 2.6e9 * unit:
            clock = Clock((name,), values, (high - low) / unit / _YEAR)
            return clock.years if clock.sorted or clock.named or clock.even else None
    return None


def _dates(year: Floats, month: Floats, day: Floats) -> bool:
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return bool(good.all()) and len(np.unique(month)) + len(np.unique(year)) > 2


def _calendar(case: Case, columns: list[ColumnContract]) -> Iterator[Clock]:
    """Yield years with their months, days and hours, where they stand in columns of their own."""
    whole = {c.name: case.frame[c.name].to_numpy(dtype=np.float64) for c in columns if c.type is ColumnType.INTEGER}
    whole = {name: values for name, values in whole.items() if not np.isnan(values).any() and len(values)}
    for year, years in whole.items():
        written = years.min() >= 1_900 and years.max() <= 2_100
        if not (written or (_says(year, "year yr jahr année annee año ano") and np.ptp(years) < 100)):
            continue
        found: tuple[str, ...] = (year,)
        for low, high, named in (
            (1, 12, "month mnth mon monat mois mes"),
            (1, 31, "day tag jour día dia"),
            (0, 23, ""),
        ):
            part = next(
                (n for n in whole if n not in found and _counts(case, found, n, whole[n], low, high, named)), None
            )
            if part is None:
                break
            found = (*found, part)
        if len(found) > 1:
            yield Clock(found, moments.together(case.frame, found), float(np.ptp(years)) + 1)


def _counts(case: Case, coarser: tuple[str, ...], name: str, values: Floats, low: int, high: int, named: str) -> bool:
    """Whether a column counts months (days, hours) within coarser ones: by its name, or in the order of the rows."""
    if values.min() < low or values.max() > high or len(np.unique(values)) < (high - low + 1) / 2:
        return False
    return _says(name, named) or Clock((*coarser, name), moments.together(case.frame, (*coarser, name)), 1.0).sorted


def _says(name: str, words: str) -> bool:
    return bool(vocabulary(words).intersection(tokens(name)))
