"""A large file of rows to score, piece by piece: canonical columns as the contract asks, and the cells as they came."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from engine.data import parquet, stream
from engine.data.read import Read
from engine.data.scratch import scratch
from engine.data.stream import Stream, Uneven
from engine.data.types import Understood, understand
from engine.domain.dataset import AROUND, LARGEST, NUMERIC, ColumnType, DataContract, Reader, Reading
from engine.errors import EmptyTable
from engine.serving.intake import Columns, canonical, require_columns, require_like

_TYPED = frozenset({*NUMERIC, ColumnType.DATETIME})


@dataclass(frozen=True)
class Piece:
    """Some rows of the file; ``numbers`` are its columns of text in which every cell is a number or a date."""

    cells: pa.Table
    columns: Columns
    numbers: frozenset[str]


@dataclass(frozen=True)
class PieceReader:
    """How the cells of a file are read, as its first piece has shown; so they are read to the end.

    Attributes
    ----------
    types : dict
        Of a text table: the columns that are plainly numbers or dates.
    """

    contract: DataContract
    reader: Reader
    said: Reading
    types: dict[str, ColumnType] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        """Whether cells are text as it stood in the file."""
        return self.reader.kind == "csv"

    def learned(self, cells: pa.Table) -> "PieceReader":
        """Return a reader that knows the columns in which reading cells one by one gives what seeing all gives."""
        whole, types = self._understood(cells), {}
        for name, kind in whole.types.items():
            values = _quick(cells.column(name), kind) if kind in _TYPED else None
            if values is not None and values.equals(whole.frame[name]):
                types[name] = kind
        said = self.said.model_copy(update={"decimal": whole.decimal or self.said.decimal})
        return replace(self, said=said, types=types)

    def read(self, cells: pa.Table) -> Piece:
        """Read some rows.

        Raises
        ------
        Uneven
            If the file can only be read as a whole.
        """
        quick = {
            name: values
            for name, kind in self.types.items()
            if (values := _quick(cells.column(name), kind)) is not None
        }
        frame: dict[str, pd.Series] = {}
        slow: list[str] = []
        types = dict(self.types)
        for column in self.contract.columns:
            name = column.name
            if name not in cells.column_names:
                continue
            if column.type not in _TYPED and pa.types.is_string(cells.column(name).type):
                frame[name], types[name] = _words(cells.column(name)), column.type
            elif name in quick:
                frame[name] = quick[name]
            else:
                slow.append(name)
        if slow:
            self._require_plain_dates(cells, slow)
            found = self._understood(cells.select(slow))
            frame |= {name: found.frame[name] for name in slow}
            types |= found.types
        table = pd.DataFrame(frame, index=pd.RangeIndex(len(cells)), copy=False)
        read = Read(frame=table, types=types, reader=self.reader, rejected=(), sha256="")
        return Piece(cells, canonical(read, cells, self.contract), frozenset(quick))

    def _require_plain_dates(self, cells: pa.Table, slow: list[str]) -> None:
        """Whether the day or the month stands first is seen in a whole column only, not in some rows of it."""
        dated = {column.name for column in self.contract.columns if column.type is ColumnType.DATETIME}
        if self.is_text and any(cells.column(n).null_count < len(cells) for n in slow if n in dated):
            raise Uneven("dates that are no plain ones")

    def _understood(self, cells: pa.Table) -> Understood:
        if not self.is_text:
            return parquet.understood(cells.column_names, cells)[1]
        with scratch() as place:
            stream.keep(place, cells)
            return understand(place, cells.column_names, delimiter=self.reader.delimiter, reading=self.said)


@dataclass(frozen=True)
class Flow:
    """An opened file: how its cells are read, and the cells, up to ``engine.data.stream.PIECE`` rows at a time."""

    opened: Stream
    reader: PieceReader
    pieces: Iterator[pa.Table]

    @property
    def names(self) -> tuple[str, ...]:
        """The file's columns."""
        return self.opened.names

    @property
    def size(self) -> int:
        """Its rows; of a text about how many."""
        return self.opened.size

    @property
    def rejected(self) -> int:
        """How many lines were left out so far."""
        return self.opened.rejected


@contextmanager
def opened(source: Path, kind: str, contract: DataContract, reading: Reading | None) -> Iterator[Flow]:
    """Open a file of rows to score; ``kind`` is csv or parquet.

    Raises
    ------
    EmptyTable
        If it has no rows.
    UnusableInput
        If columns that the model needs are absent, or hold other values.
    Uneven
        If the file can only be read as a whole.
    """
    with stream.text(source, reading) if kind == "csv" else stream.parquet(source) as found:
        require_columns(found.names, contract)
        pieces = found.pieces()
        first = next(pieces, None)
        if first is None:
            raise EmptyTable("The table has column names but no rows.", fix="Bring a file with at least one row.")
        reader = PieceReader(contract, found.reader, reading or Reading())
        if reader.is_text:
            reader = reader.learned(first)
        require_like(reader.read(first).columns)
        pieces = chain([first], pieces)
        del first  # gone when it is answered, as the others are
        yield Flow(found, reader, pieces)


def _quick(cells: pa.ChunkedArray, kind: ColumnType) -> pd.Series | None:
    """Return the values of a column of text if every cell is plainly a number, or a date; None if one is not."""
    try:
        if kind is ColumnType.DATETIME:
            return pd.Series(pc.cast(cells, pa.timestamp("ns")).to_numpy())
        numbers = np.array(pc.cast(cells, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid:
        return None
    with np.errstate(invalid="ignore"):
        numbers[np.abs(numbers) > LARGEST] = np.nan
    return pd.Series(numbers)


def _words(cells: pa.ChunkedArray) -> pd.Series:
    """Return words without spaces around them, None where nothing is left; each word is looked at once."""
    coded = cells.combine_chunks().dictionary_encode()
    bare = [word.strip(AROUND) or None for word in coded.dictionary.to_pylist()]
    known = np.array([*bare, None], dtype=object)
    return pd.Series(known[pc.fill_null(coded.indices, len(bare)).to_numpy()], dtype=object)
