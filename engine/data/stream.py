"""A large table, piece by piece: what is in memory does not grow with the file."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from engine.data import confined, csv, encoding, names
from engine.data.limits import CELLS
from engine.data.scratch import Scratch, scratch
from engine.domain.dataset import Reader, Reading

PIECE = 100_000  # rows
_BLOCK = 1 << 22  # bytes; a few of them are read ahead
MOST = 1 << 40  # bytes: as far as the disk goes


class Uneven(Exception):
    """The lines of a text table are not alike: only who sees all of them at once can read it."""


@dataclass
class Stream:
    """An opened table.

    Attributes
    ----------
    names : tuple of str
        Its columns.
    reader : Reader
        How it is read.
    size : int
        Its rows; of a text about how many, guessed by its first piece.
    rejected : int
        How many lines were left out so far.
    """

    names: tuple[str, ...]
    reader: Reader
    size: int
    batches: Iterator[pa.RecordBatch]
    rejected: int = 0

    def pieces(self) -> Iterator[pa.Table]:
        """Yield the cells, up to ``PIECE`` rows at a time: text of a text table, else values of their own types.

        Raises
        ------
        Uneven
            If the text is no even table to its end.
        """
        held: list[pa.RecordBatch] = []
        try:
            for batch in self.batches:
                held.append(batch)
                if sum(len(each) for each in held) >= PIECE:
                    yield from self._cut(held, PIECE)
        except pa.ArrowInvalid as error:
            raise Uneven(str(error)) from error
        yield from self._cut(held, 1)

    def _cut(self, held: list[pa.RecordBatch], least: int) -> Iterator[pa.Table]:
        if not held:
            return
        table = pa.Table.from_batches(held)
        while len(table) >= least:
            yield table.slice(0, PIECE).rename_columns(list(self.names))
            table = table.slice(PIECE)
        held[:] = table.combine_chunks().to_batches() if len(table) else []


@contextmanager
def parquet(path: Path) -> Iterator[Stream]:
    """Open a Parquet file, which a confined process alone decodes.

    Raises
    ------
    UnreadableFile
        As ``engine.data.parquet.load``.
    """
    with tempfile.TemporaryDirectory(prefix="handrail-") as folder:
        answer = confined.decode("parquet", path, Path(folder), {"limit_bytes": MOST})
        columns, _ = names.repair(answer["names"])
        with pa.OSFile(str(Path(folder) / CELLS)) as file:
            cells = pa.ipc.open_file(file)
            rows = sum(len(cells.get_batch(i)) for i in range(cells.num_record_batches))
            batches = (cells.get_batch(i) for i in range(cells.num_record_batches))
            yield Stream(columns, Reader(kind="parquet"), rows, batches)


@contextmanager
def text(path: Path, reading: Reading | None = None) -> Iterator[Stream]:
    """Open a text table; lines with too many or too few fields are left out and counted.

    Raises
    ------
    UnreadableFile, EmptyTable, UnusableOption
        As ``engine.data.csv.load``.
    """
    said = reading or Reading()
    found = encoding.named(path, said.encoding) if said.encoding else encoding.detect(path)
    with scratch() as place:
        source, _ = encoding.as_utf8(path, found.name, place.folder / "table.csv")
        dialect = csv.dialect_of(source, path.name, said, lambda: place.delimiter(source))
        head = dialect.heading
        reader = Reader(
            kind="csv",
            encoding=found.name,
            delimiter=dialect.delimiter,
            quote=dialect.quote,
            header=head.lines > 0,
            first_row=head.first_row,
            header_rows=head.lines,
        )
        stream = Stream((), reader, 0, iter(()))

        def left_out(row: Any) -> str:
            stream.rejected += 1
            return "skip"

        doubled = dialect.escape == dialect.quote
        columns = [f"c{i}" for i, _ in enumerate(head.fields)]
        try:
            opened = pcsv.open_csv(
                source,
                pcsv.ReadOptions(
                    column_names=columns, skip_rows=head.skip + (head.lines > 0), block_size=_BLOCK, use_threads=True
                ),
                pcsv.ParseOptions(
                    delimiter=dialect.delimiter or "\x1f",
                    quote_char=dialect.quote or False,
                    double_quote=doubled,
                    escape_char=False if doubled else dialect.escape,
                    newlines_in_values=bool(dialect.quote),
                    invalid_row_handler=left_out,
                ),
                pcsv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
                ),
            )
            first = opened.read_next_batch()
        except (pa.ArrowInvalid, StopIteration) as error:
            raise Uneven(str(error)) from error
        keep(place, pa.Table.from_batches([first]))
        stream.names, _ = csv.names_of(dialect, place)
        width = len(stream.names)  # a delimiter at the end of every line makes no column
        stream.batches = (_filled(each.select(columns[:width])) for each in _chained(first, opened))
        stream.size = max(1, round(len(first) * source.stat().st_size / max(1, min(_BLOCK, source.stat().st_size))))
        yield stream


def keep(place: Scratch, table: pa.Table) -> None:
    """Make a piece the table ``raw``, its columns ``c0``, ``c1``, ..."""
    place.keep(table.rename_columns([f"c{i}" for i in range(table.num_columns)]))


def _chained(first: pa.RecordBatch, opened: Any) -> Iterator[pa.RecordBatch]:
    yield first
    yield from opened


def _filled(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Leave out rows in which no cell holds anything; in a single column they may be missing values."""
    if batch.num_columns < 2:
        return batch
    blank = pc.is_null(batch.column(0))
    for column in batch.columns[1:]:
        if not pc.any(blank).as_py():
            return batch
        blank = pc.and_(blank, pc.is_null(column))
    return batch.filter(pc.invert(blank))
