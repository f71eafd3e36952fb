"""How sentences for an analyst quote names and say numbers: plain text, never Markdown."""

import re
from collections.abc import Iterable

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


def tokens(name: str) -> tuple[str, ...]:
    """Split a column name into lower-case words: ``closedDate_2`` becomes ``closed``, ``date``, ``2``."""
    return tuple(part.lower() for part in _JOINTS.split(name) if part)


def vocabulary(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())
