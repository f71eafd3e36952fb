"""The rows of a table on a sheet: numbered, merged cells spread, as text into an Arrow file."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from engine.data import ending
from engine.data.layout import WRITE, Cell, Merged, is_blank

_CELLS_AT_ONCE = 400_000
_DATE = re.compile(r"(?<![a-z])(date|datum|fecha)(?![a-z])|(date|datum)$")
_FIRST_DAY = {False: dt.datetime(1899, 12, 30), True: dt.datetime(1904, 1, 1)}
_RECENT = (32_874, 54_789)  # 1990 to 2049; in the count from 1904 four years later

Numbered = tuple[int, list[Cell]]


@dataclass
class Rows:
    """The rows of one sheet from position ``begin`` on, and what was met in them.

    Attributes
    ----------
    blank : int
        Rows between others that hold nothing.
    spread : Counter
        Per column, cells that took the value of the merged cell they belong to.
    rejected : dict
        Number and reason of the last rows that are no rows of the table.
    kinds : list of Counter
        Per column, how many values are of which type.
    filled : Counter
        Per column, how many cells hold something.
    days : frozenset of int
        The columns whose numbers are days.
    """

    sheet: Any
    begin: int
    merged: Sequence[Merged]
    from_1904: bool
    blank: int = 0
    spread: Counter[int] = field(default_factory=Counter)
    rejected: dict[int, str] = field(default_factory=dict)
    kinds: list[Counter[type]] = field(default_factory=list)
    filled: Counter[int] = field(default_factory=Counter)
    days: frozenset[int] = frozenset()
    _whole: dict[int, bool] = field(default_factory=dict)

    def write(self, path: Path, names: Sequence[str]) -> None:
        """Write the rows as text columns ``c0``, ``c1``, ...; needs a second run where numbers turn out to be days."""
        self._write(path, names)
        self.days = frozenset(i for i, name in enumerate(names) if self._are_days(i, name))
        if self.days:
            self._write(path, names)

    def _write(self, path: Path, names: Sequence[str]) -> None:
        self.kinds, self.filled = [Counter() for _ in names], Counter()
        self._whole = {i: True for i, name in enumerate(names) if _DATE.search(name.casefold())}
        schema = pa.schema([(f"c{i}", pa.string()) for i, _ in enumerate(names)])
        at_once = max(100, _CELLS_AT_ONCE // max(1, len(names)))
        rows = self._rows()
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            while batch := [row for _, row in islice(rows, at_once)]:
                columns = [self._column(i, column) for i, column in enumerate(zip(*batch, strict=True))]
                writer.write_batch(pa.record_batch(columns, schema=schema))

    def _column(self, at: int, cells: tuple[Cell, ...]) -> pa.Array:
        self.kinds[at].update(map(type, cells))
        if self._whole.get(at):
            earliest, latest = _RECENT
            numbers = [cell for cell in cells if isinstance(cell, float)]
            self._whole[at] = all(n.is_integer() and earliest <= n <= latest for n in numbers)
        if at in self.days:
            cells = tuple(self._day(cell) if isinstance(cell, float) else cell for cell in cells)
        texts = pa.array([WRITE[type(cell)](cell) for cell in cells], pa.string())
        self.filled[at] += len(texts) - texts.null_count
        return texts

    def _are_days(self, at: int, name: str) -> bool:
        """Return whether the numbers of a column are days: beside dates, or under a name that says date."""
        kinds = self.kinds[at]
        numbers, dates = kinds[float], kinds[dt.date] + kinds[dt.datetime]
        return 0 < numbers < dates or (bool(numbers) and not dates and self._whole.get(at, False))

    def _day(self, cell: float) -> Cell:
        try:
            return _FIRST_DAY[self.from_1904] + dt.timedelta(days=cell)
        except OverflowError:
            return cell

    def _rows(self) -> Iterator[Numbered]:
        """Yield the rows of the table with their numbers on the sheet, from 1."""
        self.blank, self.spread, self.rejected = 0, Counter(), {}
        held: list[Numbered] = []  # the last rows are looked at before they are let go
        gap, apart = 0, []
        for number, row in self._spread(enumerate(islice(self.sheet.iter_rows(), self.begin, None), self.begin + 1)):
            if all(map(is_blank, row)):
                gap += 1
                continue
            if gap and held:
                self.blank += gap
                apart.append(number)
            gap = 0
            held.append((number, row))
            if len(held) > 2 * ending.LOOKED_AT:
                yield from held[: ending.LOOKED_AT]
                del held[: ending.LOOKED_AT]
        self.rejected = ending.rejected(held, frozenset(apart[-ending.LOOKED_AT :]))
        yield from (row for row in held if row[0] not in self.rejected)

    def _spread(self, rows: Iterator[Numbered]) -> Iterator[Numbered]:
        """Let the value of cells merged downwards stand in each of their rows."""
        begins: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in self.merged:
            if bottom > top >= self.begin:
                begins.setdefault(top + 1, []).append((left, bottom + 1))
        reaching: dict[int, tuple[int, Cell]] = {}
        for number, row in rows:
            for left, (last, value) in list(reaching.items()):
                if number > last:
                    del reaching[left]
                else:
                    row[left] = value
                    self.spread[left] += 1
            for left, last in begins.get(number, ()):
                if left < len(row) and not is_blank(row[left]):
                    reaching[left] = last, row[left]
            yield number, row
