"""Columns of plain numbers, told from the bytes of their values: most columns are, and each is looked at once."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.data.scratch import Scratch

SIMPLE = r"-?(0|[1-9]\d{0,14})(\.\d+)?"  # as programs write them, and no code
_SIMPLE = re.compile(SIMPLE, re.ASCII)
_LONGEST = 15  # digits before the point
_GLANCE, _BATCH = 1_000, 10
_DIGIT, _POINT, _MINUS = 1, 2, 3
_KIND = np.zeros(256, dtype=np.uint8)
_KIND[ord("0") : ord("9") + 1] = _DIGIT
_KIND[ord(".")], _KIND[ord("-")] = _POINT, _MINUS


@dataclass(frozen=True, eq=False)
class Plainly:
    """A column whose every value is ``SIMPLE``: how many there are, have a point, end with ``.0``; and the numbers."""

    values: int
    points: int
    whole: int
    first: str
    numbers: pa.ChunkedArray


def plainly(scratch: Scratch, width: int) -> dict[int, Plainly]:
    """Return the columns of ``raw`` that hold nothing but plain numbers and empty cells."""
    head = scratch.ask(f"SELECT {', '.join(f'c{i}' for i in range(width))} FROM raw LIMIT {_GLANCE}")  # noqa: S608
    likely = [i for i, cells in enumerate(zip(*head, strict=True)) if _all_simple([c for c in cells if c])]
    found: dict[int, Plainly] = {}
    with ThreadPoolExecutor() as beside:
        for at in range(0, len(likely), _BATCH):
            run = likely[at : at + _BATCH]
            read = scratch.arrow(", ".join(f"c{i}" for i in run))
            told = beside.map(_told, read.columns)
            found |= {i: one for i, one in zip(run, told, strict=True) if one}
    return found


def _all_simple(cells: Sequence[str]) -> bool:
    return len(cells) > 0 and all(map(_SIMPLE.fullmatch, cells))


def _told(column: pa.ChunkedArray) -> Plainly | None:
    counts = [_counted(chunk) for chunk in column.chunks]
    known = [count for count in counts if count]
    if len(known) < len(counts):
        return None
    values, points, whole = (sum(each) for each in zip(*known, strict=True))
    first = next(value for chunk in column.chunks for value in chunk if value.is_valid).as_py()
    return Plainly(values, points, whole, first, pc.cast(column, pa.float64()))


def _counted(words: pa.Array) -> tuple[int, int, int] | None:
    """Return how many values there are, have a point, and end with ``.0``; None where one is not simple."""
    if words.type != pa.string():
        return None
    _, ends, letters = words.buffers()
    if ends is None or letters is None:
        return (0, 0, 0) if words.null_count == len(words) else None
    edges = np.frombuffer(ends, dtype=np.int32)[words.offset : words.offset + len(words) + 1]
    text = np.frombuffer(letters, dtype=np.uint8)[edges[0] : edges[-1]]
    edges = edges - edges[0]
    there = edges[1:] > edges[:-1]
    if len(words) - int(there.sum()) != words.null_count:
        return None  # an empty word is no missing one
    return _of_bytes(text, edges[:-1][there], edges[1:][there]) if len(text) else (0, 0, 0)


def _of_bytes(text: NDArray[np.uint8], begin: NDArray[np.int32], end: NDArray[np.int32]) -> tuple[int, int, int] | None:
    kind = _KIND[text]
    minus = kind[begin] == _MINUS
    at = begin + minus  # the first digit
    if not kind.all() or np.count_nonzero(kind == _MINUS) != np.count_nonzero(minus) or (at >= end).any():
        return None
    points = np.flatnonzero(kind == _POINT)
    rows = np.searchsorted(begin, points, side="right") - 1
    if (rows[1:] == rows[:-1]).any() or (kind[at] == _POINT).any() or (points == end[rows] - 1).any():
        return None
    stop = end.astype(np.int64)
    stop[rows] = points
    digits = stop - at
    if digits.max(initial=1) > _LONGEST or ((text[at] == ord("0")) & (digits > 1)).any():
        return None
    whole = np.count_nonzero((points == end[rows] - 2) & (text[end[rows] - 1] == ord("0")))
    return len(begin), len(points), int(whole)
