"""A file of rows to score: its columns as they came, and the canonical columns the contract asks for."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from engine.data import csv, excel
from engine.data.read import Read, read_file
from engine.data.scratch import scratch
from engine.data.seen import MISSING
from engine.domain.dataset import AROUND, LARGEST, NUMERIC, ColumnContract, ColumnType, DataContract, Reading
from engine.errors import EmptyTable, UnreadableFile, UnusableInput, UnusableOption
from engine.problem.rewriting import replaced

_LIMIT = 2_000_000_000
_MOSTLY = 0.5  # a column of which more than this share cannot be read is another column


@dataclass(frozen=True)
class Intake:
    """A file that can be scored.

    Attributes
    ----------
    read : Read
        The table as it was understood: canonical, with types.
    cells : pyarrow.Table or None
        Every cell as text, as it stands in a CSV or Excel file; for Parquet the columns with their own types.
    columns : Columns
        The contract's columns.
    """

    read: Read
    cells: pa.Table
    columns: "Columns"

    @property
    def is_text(self) -> bool:
        """Whether ``cells`` are text as they stood in the file."""
        return self.read.reader.kind != "parquet"


@dataclass(frozen=True)
class Columns:
    """The contract's columns of some rows.

    Attributes
    ----------
    features : DataFrame
        Canonical.
    unreadable, filled, examples : dict
        Columns with cells that could not be read as their type: how many, of how many that hold something, and one of
        them. They count as missing.
    marked : array of bool
        The rows that have such a cell.
    """

    features: pd.DataFrame
    unreadable: dict[str, int]
    filled: dict[str, int]
    examples: dict[str, str]
    marked: np.ndarray[tuple[int], np.dtype[np.bool_]]


def take(source: Path, contract: DataContract, reading: Reading | None = None) -> Intake:
    """Read a file of rows to score; as ``reading`` says, where the file can be read so, else as it is found to be.

    Raises
    ------
    UnreadableFile
        If it cannot be read as a table.
    EmptyTable
        If it has no rows.
    UnusableInput
        If columns that the model needs are absent, or hold something else; all of them are named.
    """
    read, reading = _read(source, reading)
    require_columns(tuple(map(str, read.frame.columns)), contract)
    if not len(read.frame):
        raise EmptyTable("The table has column names but no rows.", fix="Bring a file with at least one row.")
    cells = _cells(source, read, reading)
    columns = canonical(read, cells, contract)
    require_like(columns)
    return Intake(read, cells, columns)


def canonical(read: Read, cells: pa.Table, contract: DataContract) -> Columns:
    """Return the contract's columns of a table that was read, or of a piece of it."""
    columns: dict[str, pd.Series] = {}
    unreadable: dict[str, int] = {}
    filled: dict[str, int] = {}
    examples: dict[str, str] = {}
    marked = np.zeros(len(read.frame), dtype=bool)
    for column in contract.columns:
        name = column.name
        columns[name], bad = _canonical(column, read, cells)
        if bad.any():
            unreadable[name] = int(bad.sum())
            filled[name] = int(read.frame[name].notna().sum())
            examples[name] = str(read.frame[name][np.argmax(bad)])
            marked |= bad
    return Columns(pd.DataFrame(columns), unreadable, filled, examples, marked)


def _read(source: Path, reading: Reading | None) -> tuple[Read, Reading | None]:
    if reading is not None:
        with suppress(UnusableOption, UnreadableFile):
            return read_file(source, limit_bytes=_LIMIT, strict=False, reading=reading), reading
        reading = Reading(decimals=reading.decimals)
    return read_file(source, limit_bytes=_LIMIT, strict=False, reading=reading), reading


def require_columns(names: Sequence[str], contract: DataContract) -> None:
    """Refuse a table that lacks what the model needs.

    Raises
    ------
    UnusableInput
        Naming every absent column.
    """
    present = frozenset(names)
    absent = [c.name for c in contract.columns if c.required and c.name not in present]
    if not absent:
        return
    listed = ", ".join(repr(name) for name in absent)
    folded = {name.strip().casefold(): name for name in names}
    like = {name: folded[name.strip().casefold()] for name in absent if name.strip().casefold() in folded}
    hint = "".join(f" Is {found!r} meant to be {name!r}? Then rename it." for name, found in like.items())
    raise UnusableInput(
        f"The file has no column {listed}, which the model needs.",
        fix=f"Add the missing column{'s' if len(absent) > 1 else ''}; leave cells empty where nothing is known.{hint}",
    )


def require_like(columns: Columns) -> None:
    """Refuse a table with a column of which most cells cannot be read as what the model learned from.

    Raises
    ------
    UnusableInput
        Naming the column and a value.
    """
    for name, count in columns.unreadable.items():
        if count > _MOSTLY * columns.filled[name]:
            raise UnusableInput(
                f"The column {name!r} holds other values than the model learned from, such as "
                f"{columns.examples[name][:60]!r}.",
                fix="Check that the right column has this name, and how numbers and dates are written.",
            )


def _cells(source: Path, read: Read, reading: Reading | None) -> pa.Table:
    names = [str(name) for name in read.frame.columns]
    if read.reader.kind == "parquet":
        import pyarrow.parquet as pq

        return pq.read_table(source).rename_columns(names)
    with scratch() as place:
        if read.reader.kind == "csv":
            csv.load(source, place, reading)
        else:
            excel.load(source, place, limit_bytes=_LIMIT, reading=reading)
        return place.arrow(", ".join(f"c{i}" for i, _ in enumerate(names))).rename_columns(names)


def _canonical(column: ColumnContract, read: Read, cells: pa.Table) -> tuple[pd.Series, np.ndarray]:
    """Return the column as the contract has it, and which cells hold something that could not be read so."""
    rows = len(read.frame)
    if column.name not in read.frame:
        dtype = "float64" if column.type in NUMERIC else object
        empty = pd.Series([None] * rows, dtype=dtype)
        return (pd.to_datetime(empty) if column.type is ColumnType.DATETIME else empty), np.zeros(rows, dtype=bool)
    values, kind = read.frame[column.name], read.types[column.name]
    if column.type in {*NUMERIC, ColumnType.DATETIME}:
        return _measured(column, replaced(values, column.read_as), kind)
    if kind in {*NUMERIC, ColumnType.DATETIME}:
        values = _as_written(column.name, read, cells).astype(object)
    return replaced(values, column.read_as) if column.read_as else values, np.zeros(rows, dtype=bool)


def _measured(column: ColumnContract, values: pd.Series, kind: ColumnType) -> tuple[pd.Series, np.ndarray]:
    """Return numbers or dates, and which cells are none."""
    if kind is column.type or {kind, column.type} <= NUMERIC:
        return values, np.zeros(len(values), dtype=bool)
    present = _present(values)
    found: pd.Series[Any]
    read: pd.Series[Any]
    if column.type is ColumnType.DATETIME:
        moments = pd.to_datetime(present.astype(str), errors="coerce", format="ISO8601", utc=True)
        found = read = moments.dt.tz_localize(None).astype("datetime64[ns]")
    else:
        found = pd.to_numeric(present, errors="coerce").astype("float64")
        read = found.where(found.abs() <= LARGEST)  # as where all are numbers: what cannot be held is missing
    # What a fix takes for missing may be spelt otherwise among words: -1 as -1.0, a day with its midnight.
    return replaced(read, column.read_as), (present.notna() & found.isna()).to_numpy()


def _present(values: pd.Series) -> pd.Series:
    """Return the values without the words that stand for "missing" beside numbers and dates."""
    return values.where(~values.astype(str).str.lower().isin(MISSING))


def _as_written(name: str, read: Read, cells: pa.Table) -> pd.Series:
    """Return labels that look like numbers or dates in this file as they stand there: 3 stays "3", 007 stays "007"."""
    column = cells.column(name)
    if read.reader.kind != "parquet":
        words: pd.Series = column.to_pandas().str.strip(AROUND)
        return words.where(words != "", None)
    values = read.frame[name]
    if read.types[name] is ColumnType.DATETIME:
        return values.map(lambda v: v.isoformat(), na_action="ignore").astype(object)
    return values.map(lambda v: f"{v:.0f}" if float(v).is_integer() else repr(float(v)), na_action="ignore")
