"""How sentences for an analyst quote names and say numbers: plain text, never Markdown."""

import re
from collections.abc import Iterable, Sequence
from math import isclose, isfinite

_LONGEST = 60
_JOINTS = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])|[^0-9A-Za-zÀ-ÿ]+|(?<=[A-Za-zÀ-ÿ])(?=\d)")


def quoted(name: str) -> str:
    """Return a column's name or value in quotation marks, on one line, shortened where it is very long."""
    flat = " ".join(name.split())
    return f"‘{flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + '…'}’"


def listed(names: Iterable[str], *, last: str = "and", most: int = 6) -> str:
    """Return quoted names as a list in words; beyond ``most`` the others are counted."""
    shown = [quoted(name) for name in names]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as people say it: ``12 %``, ``0.3 %``; never 0 or 100 where it is not exactly that."""
    value = 100 * share
    if 0 < value < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100:
        return "over 99.9 %"
    near_an_end = value < 1 or value > 99
    return f"{value:.1f} %" if near_an_end and value not in {0, 100} else f"{value:.0f} %"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: ``1 row``, ``45,211 rows``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def rounded(value: float, digits: int = 3) -> str:
    """Say a number that stands alone: 0.90041 is "0.900", 0.9 is "0.9", 45211.3 is "45,211"; see ``alike``."""
    return alike(value, digits=digits)[0]


def alike(value: float, *ends: float, beside: Sequence[float] = (), digits: int = 3) -> tuple[str, ...]:
    """Say numbers that stand side by side, all rounded to the same decimals.

    Cards, screens and the command line have this one rule, so that nobody finds two figures where there is one. Three
    digits are more than most figures are sure of; with fewer, a model and its baseline look the same. Digits in front
    of the point are never rounded away: 123,000 and 123,457 would be read as two figures too, and a sum would not add
    up. Zeros stay where they were rounded to: 0.900 is not an exact 0.9.

    Parameters
    ----------
    value : float
        It decides about the decimals: so it reads the same wherever it stands.
    ends : float
        Of its interval. Where one is more than ten times as large, the largest decides: next to -0.012 to 0.013
        nobody needs 0.000312.
    beside : sequence of float
        What ``value`` is compared with. If one of these, or an end, is another number and would read the same, all
        have up to two decimals more.
    digits : int
        How many digits the number has that decides.

    Returns
    -------
    tuple of str
        In the order given; never with an exponent, and "unknown" for what is no number.
    """
    return _alike((value, *ends), tuple(beside), digits)


def ends(low: float, high: float, digits: int = 3) -> tuple[str, str]:
    """Say the ends of an interval that stands by itself ``alike``; none reads as 0 that is not."""
    least, most = _alike((low, high), (), digits, beside_zero=True)
    return least, most


def between(low: float, high: float, digits: int = 3) -> str:
    """Say an interval that stands by itself: "0.731 to 0.810"."""
    return " to ".join(ends(low, high, digits))


def points(part: float) -> str:
    """Say a difference between two shares: 0.123 is "12 points"."""
    said = rounded(100 * part, 2)
    return f"{said} point{'' if said == '1' else 's'}"


def _alike(
    values: tuple[float, ...], beside: tuple[float, ...], digits: int, *, beside_zero: bool = False
) -> tuple[str, ...]:
    deciding = [value for value in values if isfinite(value)]
    others = [value for value in beside if isfinite(value)]
    least = _least(deciding or others or [0.0], digits)

    def hidden(decimals: int) -> bool:
        said = [round(value, decimals) for value in (*deciding, *others)]
        same = any(a == said[0] and b != values[0] for a, b in zip(said, (*deciding, *others), strict=True))
        return same or (beside_zero and any(not a and b for a, b in zip(said, deciding, strict=False)))

    decimals = next((d for d in range(least, least + 3) if not hidden(d)), least)
    while decimals and all(isclose(round(v, decimals - 1), v, rel_tol=1e-12) for v in (*deciding, *others)):
        decimals -= 1  # zeros that stand for nothing that was rounded
    return tuple(_written(value, decimals) for value in (*values, *beside))


def _least(values: list[float], digits: int) -> int:
    first, largest = values[0], max(values, key=abs)
    deciding = first if 10 * abs(first) >= abs(largest) else largest
    return max(0, digits - 1 - int(f"{deciding:.{digits - 1}e}".partition("e")[2]))


def _written(value: float, decimals: int) -> str:
    if not isfinite(value):
        return "unknown"
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"  # no -0


def plural(word: str) -> str:
    """Return the English plural of an everyday noun; "rows" where there is none."""
    word = word.strip()
    if not word:
        return "rows"
    if word.lower() == "person":
        return "people"
    if word.endswith(("s", "people", "men")):
        return word
    if word.endswith(("ch", "sh", "x", "z")):
        return word + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def tokens(name: str) -> tuple[str, ...]:
    """Split a column name into lower-case words: ``closedDate_2`` becomes ``closed``, ``date``, ``2``."""
    return tuple(part.lower() for part in _JOINTS.split(name) if part)


def vocabulary(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())
