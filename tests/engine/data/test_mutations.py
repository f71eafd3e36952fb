"""Damaged files: no crash, no hang, and no row that changes, moves or goes without a word."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.data import csv
from engine.data.scratch import scratch
from engine.data.types import understand
from engine.errors import HandrailError
from tests.engine.data.mutations import Written, written

FILES = 3000 if os.environ.get("HANDRAIL_SOAK") == "full" else 300
BATCH = 100
PATIENCE = 20.0  # seconds for a file of some kilobytes, on a busy machine
QUOTE = "quotation mark"


def complaint(made: Written, path: Path) -> str | None:
    """Read the file and say what is wrong with how it was read, if anything."""
    path.write_bytes(made.content)
    began = time.perf_counter()
    try:
        with scratch() as place:
            loaded = csv.load(path, place)
            understand(place, loaded.names, delimiter=loaded.reader.delimiter)
            cells = ", ".join(f"coalesce(c{i}, '')" for i, _ in enumerate(loaded.names))
            rows = [list(row) for row in place.select(cells)]
    except HandrailError as refusal:
        return None if made.damage == "cut_off" else f"refused: {refusal}"
    if time.perf_counter() - began > PATIENCE:
        return "took too long"
    return _names(made, loaded.names) or _unaccounted(made, rows, loaded)


def _names(made: Written, names: tuple[str, ...]) -> str | None:
    return None if list(names) == made.names else f"other names: {names}"


def _unaccounted(made: Written, rows: list[list[str]], loaded: csv.Loaded) -> str | None:
    told = {rejection.line for rejection in loaded.rejected}
    quotes = [rejection.line for rejection in loaded.rejected if QUOTE in rejection.reason]
    flat = any("Line ends within values" in note for note in loaded.notes)
    left = Counter(tuple(row) for row in rows)
    line, missing = 1, []
    for at, (text, own) in enumerate(zip(made.lines, made.own, strict=True)):
        if own is not None and at not in made.touched:
            key = tuple(cell.replace("\r\n", "\n") for cell in own) if flat else tuple(own)
            if left[key]:
                left[key] -= 1
            elif line not in told and not _swallowed(line, quotes):
                missing.append((line, own))
        line += text.count("\n") + text.count("\r") - text.count("\r\n")
    if missing:
        return f"gone without a word: {missing[:2]}"
    surplus = sum(left.values()) - len(made.touched)
    return f"{surplus} rows too many: {list(+left)[:3]}" if surplus > 0 else None


def _swallowed(line: int, quotes: list[int]) -> bool:
    """Whether a line goes with one that is rejected for its quotation marks, and may have opened before it."""
    return any(0 < line - quote <= 1 for quote in quotes)


@pytest.mark.soak
@pytest.mark.parametrize("first", range(0, FILES, BATCH))
def test_no_row_changes_or_goes_without_a_word(tmp_path, first):
    found = {}
    for seed in range(first, first + BATCH):
        made = written(seed)
        wrong = complaint(made, tmp_path / "table.csv")
        if wrong:
            found[f"{seed} {made.damage}"] = wrong
    assert found == {}
