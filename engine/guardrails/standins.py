"""Values that look as if they stood for "missing": codes far outside, spikes at the edge, words that say so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.roles import plain
from engine.problem.rows import text_of

Floats = NDArray[np.float64]

# 9, 99, 999 ... and the two before it ("don't know", "refused", "no answer"), and what programs put for nothing.
_NINES = frozenset(float(10**k - back) for k in range(1, 10) for back in (1, 2, 3) if k > 1 or back == 1)
_EIGHTS = frozenset(float(str(digit) * k) for digit in (7, 8) for k in range(2, 8))
_LIMITS = frozenset({32767.0, 65535.0, 2147483647.0, 4294967295.0})
HIGH = _NINES | _EIGHTS | _LIMITS
LOW = frozenset(-value for value in HIGH) | {-1.0, -2.0, -3.0, -8.0, -7.0, -32768.0, -2147483648.0}
_MOST_CODES = 3  # different ones at one end
_GAP = 0.3  # of the other values' range, that lies between them and a code
_FAR = 3.0  # ranges away, any value that often repeats is a code
_FEWEST, _SELDOM, _OFTEN = 3, 0.002, 0.01  # rows, and shares of them
_MANY_VALUES, _EVERY_VALUE = 20, 50  # different other values, for what stands beside them or among them
_SPIKE, _SPIKE_AWAY, _NEIGHBOURS = 5.0, 0.3, 10

# Marks and words that say "no value" and nothing else, and words that may also be an answer.
MARKS = frozenset({"", "?", "??", "???", "-", "--", "---", ".", "..", "/", "_", "#"})
_CERTAIN = """
na, n a, nan, null, nil, missing, not available, not applicable, no data, no answer, not given, not specified,
unspecified, not stated, not known, not recorded, blank, empty, undefined, void, tbd, k a, keine angabe,
keine angaben, ohne angabe, nicht angegeben, fehlt, fehlend, leer, nicht bekannt, nicht verfugbar, non renseigne,
non renseignee, non communique, non specifie, non precise, non disponible, manquant, nd, n d, n c, sans reponse,
pas de reponse, sin datos, sin dato, no disponible, no consta, no especificado, no informado, sin respuesta, n s n c,
ns nc, faltante, vacio, n v t, dont know, don t know, refused, weiss nicht
"""
_UNSURE = """
unknown, unk, unknwn, not sure, unbekannt, inconnu, inconnue, desconocido, desconocida, ne sait pas, no sabe
"""
_MAYBE = "none, keine, keiner, aucun, aucune, ninguno, ninguna, nada, nothing, nichts"


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split(","))


CERTAIN, UNSURE, MAYBE = _words(_CERTAIN), _words(_UNSURE), _words(_MAYBE)
_DATES = frozenset(
    pd.Timestamp(date)
    for year in (1700, 1753, 1800, 1900, 1901, 1970, 1980, 2000, 2099, 2100, 2199, 2222, 2261)
    for date in (f"{year}-01-01", f"{year}-12-31", f"{year - 1}-12-30", f"{year - 1}-12-31")
)
_MOST_WORDS = 5_000  # the most frequent: what stands for "missing" is not rare
_CODE_WORD = re.compile(r"-?(9{2,}|8{3,}|1)(\.0)?|-9")


@dataclass(frozen=True)
class StandIn:
    """Values of one column that look like stand-ins, as text, with their rows; how sure, and what else there is.

    ``sure`` is 2 where nothing else makes sense, 1 where it is likely, 0 where another column has to bear it out.
    """

    column: str
    values: tuple[str, ...]
    rows: int
    sure: int
    beside: str


def stand_ins(values: "pd.Series[Any]") -> Iterator[StandIn]:
    """Yield what looks like a stand-in for missing in one canonical column."""
    if pd.api.types.is_datetime64_any_dtype(values):
        yield from _of_dates(values)
    elif pd.api.types.is_numeric_dtype(values):
        yield from _of_numbers(values)
    else:
        yield from _of_words(values)


def _of_words(values: "pd.Series[Any]") -> Iterator[StandIn]:
    counts = values.value_counts().head(_MOST_WORDS)
    if len(counts) < 3:
        return
    names = [str(value) for value in counts.index]
    telling = [(name, sure) for name in names if (sure := word(name)) is not None]
    others = [name for name in names if name not in dict(telling)]
    if sum(any(c.isalnum() for c in name) for name in others) < 2:
        return
    # NA is Namibia and ND North Dakota among codes of two letters.
    codes = sum(len(name) == 2 for name in others) >= 0.5 * len(others)
    telling = [(name, sure) for name, sure in telling if not (codes and len(name) == 2 and name.isalpha())]
    numeric = [name for name in names if _CODE_WORD.fullmatch(name.strip())]
    if len(numeric) == 1 and not any(_number(name) for name in names if name not in numeric):
        telling.append((numeric[0], 1))
    rest = [name for name in names if name not in dict(telling)]
    for sure in (2, 1, 0):
        found = tuple(name for name, how in telling if how == sure)
        if found:
            yield StandIn(str(values.name), found, int(counts[list(found)].sum()), sure, f"such as {rest[0]}")


def word(name: str) -> int | None:
    """Return how surely a word says that there is no value, 0 to 2; None where it does not."""
    bare = name.strip()
    if bare in MARKS:
        return 2
    said = plain(bare) if len(bare) <= 30 else ""
    return next((sure for sure, words in ((2, CERTAIN), (1, UNSURE), (0, MAYBE)) if said in words), None)


def _number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _of_dates(values: "pd.Series[Any]") -> Iterator[StandIn]:
    counts = values.value_counts().sort_index()
    if len(counts) < _MOST_CODES + 2:
        return
    for at, rest in ((0, counts.index[1:]), (-1, counts.index[:-1])):
        moment, rows = counts.index[at], int(counts.iloc[at])
        gap = min(abs((moment - end).total_seconds()) for end in (rest[0], rest[-1]))
        span = (rest[-1] - rest[0]).total_seconds()
        known = moment.normalize() in _DATES and gap > _GAP * span
        far = gap > _FAR * span and rows >= _OFTEN * len(values)
        if rows >= max(_FEWEST, _SELDOM * len(values)) and (known or far):
            beside = f"from {rest[0]:%Y-%m-%d} to {rest[-1]:%Y-%m-%d}"
            text = f"{moment:%Y-%m-%d}" if moment == moment.normalize() else f"{moment:%Y-%m-%dT%H:%M:%S}"
            yield StandIn(str(values.name), (text,), rows, 2, beside)


def _of_numbers(values: "pd.Series[Any]") -> Iterator[StandIn]:
    different, counts = np.unique(values.dropna().to_numpy(dtype=np.float64), return_counts=True)
    if len(different) < 4:
        return
    left = np.ones(len(different), dtype=bool)
    for found, sure in (
        *((ends, 2) for ends in (_low(different, counts), _high(different, counts))),
        (_uneven(different, counts), 2),
        (_among(different, counts), 1),
        (_zero(different, counts), 0),
    ):
        rows = int(counts[found].sum())
        if not found.any() or (found & ~left).any():
            continue
        left &= ~found
        rest = different[left]
        beside = f"from {text_of(float(rest[0]))} to {text_of(float(rest[-1]))}"
        # A value next to the others is sure only where it is frequent; a spike elsewhere bears it out.
        certain = sure if rows >= _OFTEN * counts.sum() or sure != 2 else 1
        yield StandIn(str(values.name), tuple(text_of(float(v)) for v in different[found]), rows, certain, beside)


def _high(different: Floats, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which values at the upper end are codes: 99 beside 0 to 40, 999 as the last of many with a spike."""
    found = np.zeros(len(different), dtype=bool)
    for size in range(_MOST_CODES, 0, -1):
        rest, tail, rows = different[:-size], different[-size:], counts[-size:]
        if len(rest) < 3 or rows.sum() < max(_FEWEST, _SELDOM * counts.sum()):
            continue
        gap, span, step = tail[0] - rest[-1], rest[-1] - rest[0], float(np.median(np.diff(rest)))
        coded = set(tail.tolist()) <= HIGH
        # A lone 9 may be the end of a tail: 0 to 5 and now and then 9.
        thins_out = counts[-size - 1] < 0.2 * counts[:-size].max()
        rare = tail[0] < 10 and thins_out and rows[0] < 5 * _OFTEN * counts.sum()
        apart = coded and not rare and gap > max(_GAP * span, 2 * step) and len(rest) > len(tail)
        far = size == 1 and gap > _FAR * span and rows[0] >= _OFTEN * counts.sum() and len(rest) >= 5
        away = gap >= _SPIKE * step
        needed = _spike(counts[:-size], -1) * (_SPIKE_AWAY if away else 1.0)
        spike = coded and tail[0] >= 99 and len(rest) >= _MANY_VALUES and bool((rows >= needed).all())
        if apart or far or (spike and rows.sum() >= _OFTEN * counts.sum()):
            found[-size:] = True
            break
    return found


def _low(different: Floats, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which values at the lower end are codes: -1 beside 0 and more, -999 beside -20 to 40."""
    found = np.zeros(len(different), dtype=bool)
    for size in range(_MOST_CODES, 0, -1):
        head, rest, rows = different[:size], different[size:], counts[:size]
        if len(rest) < 3 or rows.sum() < max(_FEWEST, _SELDOM * counts.sum()):
            continue
        gap, span, step = rest[0] - head[-1], rest[-1] - rest[0], float(np.median(np.diff(rest)))
        coded = set(head.tolist()) <= LOW
        apart = coded and gap > max(_GAP * span, 2 * step)
        # Months from 1 to 12 and -1: were it one of them, there would be a 0.
        skips = coded and len(rest) >= 4 and rest[0] >= 1 and gap >= 2 * step and bool((rest % 1 == 0).all())
        far = size == 1 and gap > _FAR * span and rows[0] >= _OFTEN * counts.sum() and len(rest) >= 5
        # Degrees from -3 to 30 thin out towards their end, where a code stands up.
        beside = counts[size:][rest != 0][:3].max(initial=0)
        never_negative = coded and rest[0] >= 0 and len(rest) >= _MANY_VALUES and bool((rows >= 2 * beside).all())
        if apart or far or skips or never_negative:
            found[:size] = True
            break
    return found


def _among(different: Floats, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which codes stand among the other values as a spike: 999 in amounts up to 5,000."""
    found = np.zeros(len(different), dtype=bool)
    if len(different) < _EVERY_VALUE:
        return found
    for at in np.flatnonzero(np.isin(different, [v for v in (*HIGH, *LOW) if abs(v) >= 99]))[:20]:
        if 0 < at < len(different) - 1 and counts[at] >= 2 * _OFTEN * counts.sum():
            found[at] = counts[at] >= 2 * _spike(np.delete(counts, at), int(at))
    return found


def _uneven(different: Floats, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which codes are the only values that are no multiple of ten: -1 or 999 among limits of 10,000 and more."""
    found = np.isin(different, [*HIGH, *LOW]) & (different % 10 != 0) & (counts >= _OFTEN / 2 * counts.sum())
    even = different[~found]
    if found.sum() > _MOST_CODES or len(even) < _MANY_VALUES / 2 or (even % 10 != 0).any():
        return np.zeros(len(different), dtype=bool)
    return np.asarray(found, dtype=np.bool_)


def _zero(different: Floats, counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return whether 0 stands alone far below all others, as for a weight or a blood pressure."""
    found: NDArray[np.bool_] = different == 0
    if not found[0] or len(different) <= _MANY_VALUES:
        return np.zeros(len(different), dtype=bool)
    middle = float(np.median(np.repeat(different[1:], counts[1:])))
    found[0] = different[1] > 0.2 * middle and _FEWEST <= counts[0] <= 0.5 * counts.sum()
    return found


def _spike(counts: NDArray[np.intp], at: int) -> float:
    """Return how many rows a value needs to stand out from those around it."""
    around = counts[-_NEIGHBOURS:] if at < 0 else counts[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]
    return _SPIKE * float(around.max(initial=1))
