"""Numbers as a person says them."""

from math import floor, isfinite, log10


def significant(value: float, digits: int = 2) -> str:
    """Say ``value`` with so many significant digits: 41.23 is "41", 0.9234 is "0.92", 45211 is "45,000"."""
    if not isfinite(value):
        return "unknown"
    if value == 0:
        return "0"
    decimals = digits - 1 - floor(log10(abs(value)))
    rounded = round(value, decimals)
    text = f"{rounded:,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def apart(first: float, second: float, digits: int = 2) -> tuple[str, str]:
    """Say two numbers with as few digits as keep them apart (at most five)."""
    said = significant(first, digits), significant(second, digits)
    while said[0] == said[1] and first != second and digits < 5:
        digits += 1
        said = significant(first, digits), significant(second, digits)
    return said


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
