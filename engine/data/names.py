"""Column names that are unique and printable, whatever stood in the file."""

import unicodedata
from collections.abc import Sequence

LONGEST = 120


def repair(raw: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return unique names and a sentence for every repair.

    Control characters and outer spaces go; blank names become ``column 3``; repeated ones ``name (2)``; names beyond
    120 characters are cut. Everything else is data and stays as it is, markup included.
    """
    notes: list[str] = []
    taken: set[str] = set()
    names = []
    for position, given in enumerate(raw, start=1):
        clean = _printable(given)
        if not clean:
            clean = f"column {position}"
            notes.append(f"Column {position} has no name; it is called {clean!r}.")
        elif len(clean) > LONGEST:
            notes.append(f"The name of column {position} has {len(clean)} characters; it is cut to {LONGEST}.")
            clean = clean[:LONGEST].rstrip()
        name = _unique(clean, taken)
        if name != clean:
            notes.append(f"The name {clean!r} stands over more than one column; column {position} is called {name!r}.")
        taken.add(name)
        names.append(name)
    return tuple(names), tuple(notes)


def _printable(name: str) -> str:
    spaced = "".join(" " if c in "\r\n\t" else c for c in name)
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs"} and c != "\ufeff").strip()


def _unique(name: str, taken: set[str]) -> str:
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        suffix = f" ({count})"
        candidate = name[: LONGEST - len(suffix)] + suffix
    return candidate
