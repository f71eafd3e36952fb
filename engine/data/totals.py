"""The words by which a row at the end of a table calls itself a total."""

import re

_TOTAL = re.compile(
    r"(?:grand |sub-?)?totals?|sums?|summe|gesamt(?:summe|ergebnis|betrag)?|insgesamt|endsumme|zusammen|zwischensumme"
    r"|total(?: g[eé]n[eé]ral| general| geral| generale)?|totaux|somme|suma(?: total)?|totale|totaal|somma"
    r"|average|mittelwert|итого|всего|合計|总计|合计",
    re.IGNORECASE,
)
_SHOWN = 40  # characters


def is_total(label: str) -> bool:
    """Return whether a label says total, in one of the languages that are known."""
    return bool(_TOTAL.fullmatch(label.strip(" :.")))


def holds_totals(label: str) -> str:
    """Return why a row of totals is left out."""
    return f"It holds totals ({_short(label)!r})."


def holds_remark(words: str) -> str:
    """Return why a row that holds a remark is left out."""
    return f"It holds a remark ({_short(words)!r})."


def _short(words: str) -> str:
    return words if len(words) <= _SHOWN else words[: _SHOWN - 3] + "..."
