"""The decoder of Parquet files: their pages become an Arrow file, a few thousand rows at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.data.limits import CELLS, MEGABYTE, Damaged, allow
from engine.errors import UnreadableFile

_MEMORY = 220 * MEGABYTE
_MEMORY_PER_BYTE = 6  # of the file: its largest group of rows may be all of it
_SECONDS = 1.2
_BYTES_PER_SECOND = 20 * MEGABYTE
_CELLS_AT_ONCE = 500_000
# Tables pack 5 to 50 to 1. One value repeated without end packs a million to 1.
_MOST_PACKED = 500
_SMALL = 200 * MEGABYTE
_SHOWN = 5


def decode(asked: Mapping[str, Any]) -> dict[str, object]:
    """Write the cells of a Parquet file with their own types.

    Raises
    ------
    UnreadableFile
        If columns hold lists or structures, or the file unpacks to too much.
    Damaged
        If it cannot be read.
    """
    path = Path(asked["path"])
    try:
        with pq.ParquetFile(path, memory_map=True, page_checksum_verification=True) as file:
            _refuse_nested(path, file.schema_arrow)
            size = path.stat().st_size
            most = min(asked["limit_bytes"], max(_SMALL, _MOST_PACKED * size))
            schema = pa.schema([(str(i), _plain(field.type)) for i, field in enumerate(file.schema_arrow)])
            unpacked = file.metadata.num_rows * sum(_width(field.type) for field in schema)
            _refuse_bomb(path, unpacked, most)
            allow(
                _MEMORY + _MEMORY_PER_BYTE * size,
                _SECONDS + (unpacked + size) / _BYTES_PER_SECOND,
                ceiling=asked["ceiling"],
            )
            _copy(path, file, schema, Path(asked["folder"]) / CELLS, most)
            return {"names": file.schema_arrow.names}
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Damaged from error


def _refuse_nested(path: Path, schema: pa.Schema) -> None:
    nested = [f"{field.name!r} ({field.type})" for field in schema if pa.types.is_nested(_plain(field.type))]
    if nested:
        more = f" and {len(nested) - _SHOWN} more" if len(nested) > _SHOWN else ""
        raise UnreadableFile(
            f"In {path.name}, cells of {', '.join(nested[:_SHOWN])}{more} hold several values each.",
            fix="Give each of their parts a column of its own, or leave them out, and write the file again.",
        )


def _refuse_bomb(path: Path, unpacked: int, most: int) -> None:
    if unpacked > most:
        raise UnreadableFile(
            f"{path.name} unpacks to more than {most / 1e6:,.0f} MB, the most that is read of a file its size.",
            fix="Bring fewer rows or columns.",
        )


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values themselves: a dictionary cannot differ from batch to batch."""
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(kind.storage_type)
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _values(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ExtensionArray):
        return _values(column.storage)
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _width(kind: pa.DataType) -> float:
    """Return the least bytes that a value of this type takes in memory."""
    try:
        return float(kind.bit_width) / 8
    except ValueError:
        return 0.0 if pa.types.is_null(kind) else 4.0


def _copy(path: Path, file: Any, schema: pa.Schema, target: Path, most: int) -> None:
    rows = max(500, _CELLS_AT_ONCE // max(1, len(schema)))
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in file.iter_batches(batch_size=rows, use_threads=False):
            writer.write_batch(pa.record_batch([_values(column) for column in batch.columns], schema=schema))
            _refuse_bomb(path, sink.tell(), most)
