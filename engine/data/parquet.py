"""Parquet files to the canonical frame: the types stand in the file."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine.data import names
from engine.data.loaded import Loaded
from engine.data.types import Understood, beyond, finish
from engine.domain.dataset import ColumnType, Reader
from engine.errors import UnreadableFile

_EXACT = 1 << 53  # beyond it a float no longer holds every whole number


def load(path: Path, *, limit_bytes: int) -> tuple[Loaded, Understood]:
    """Read a Parquet file.

    Raises
    ------
    UnreadableFile
        If the file is damaged, or would unpack to more than ``limit_bytes``.
    """
    try:
        file = pq.ParquetFile(path)
        unpacked = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        if unpacked > limit_bytes:
            raise UnreadableFile(
                f"{path.name} unpacks to {unpacked / 1e6:,.0f} MB; at most {limit_bytes / 1e6:,.0f} MB are read.",
                fix="Bring fewer rows or columns.",
            )
        table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(
            f"{path.name} looks like a Parquet file but is damaged.", fix="Write it again from its source."
        ) from error
    columns, repairs = names.repair(table.column_names)
    frame: dict[str, pd.Series] = {}
    types: dict[str, ColumnType] = {}
    notes = list(repairs)
    for name, values in zip(columns, table.columns, strict=True):
        frame[name], types[name], note = _column(name, values)
        notes += [note] if note else []
    loaded = Loaded(names=columns, reader=Reader(kind="parquet"))
    return loaded, Understood(pd.DataFrame(frame), types, tuple(notes))


def _column(name: str, values: pa.ChunkedArray) -> tuple[pd.Series, ColumnType, str | None]:
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = pa.chunked_array([chunk.dictionary_decode() for chunk in values.chunks], kind.value_type)
        kind = kind.value_type
    if pa.types.is_boolean(kind):
        words = values.to_pandas().map({True: "true", False: "false"})
        return (*finish(words, None), None)
    if pa.types.is_integer(kind):
        return _whole(name, values)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        floats = values.to_pandas().astype("float64")
        return (*finish(floats, ColumnType.NUMBER), next(iter(beyond(name, floats)), None))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _moment(name, values)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        words = values.to_pandas().str.strip().replace("", None)
        return (*finish(words, None), None)
    written = pd.Series([_written(value) for value in values.to_pylist()], dtype=object)
    return (*finish(written, None), f"{name!r} holds {kind} values; they are kept as text.")


def _whole(name: str, values: pa.ChunkedArray) -> tuple[pd.Series, ColumnType, str | None]:
    numbers = values.to_pandas(integer_object_nulls=True)
    if any(abs(value) > _EXACT for value in (numbers.min(), numbers.max()) if not pd.isna(value)):
        words = pd.Series([None if value is None else str(value) for value in values.to_pylist()], dtype=object)
        return (*finish(words, None), f"{name!r} holds very long numbers: kept as written.")
    return (*finish(numbers.astype("float64"), ColumnType.INTEGER), None)


def _moment(name: str, values: pa.ChunkedArray) -> tuple[pd.Series, ColumnType, str | None]:
    zone = getattr(values.type, "tz", None)
    wide = values.cast(pa.timestamp("us", zone), safe=False).to_pandas(timestamp_as_object=True)
    moments = pd.to_datetime(wide, errors="coerce", utc=bool(zone))
    lost = int(moments.isna().sum()) - values.null_count
    dates = "1 date" if lost == 1 else f"{lost:,} dates"
    note = f"In {name!r}, {dates} before 1678 or after 2261 count as missing." if lost else None
    if zone:
        moments = moments.dt.tz_localize(None)
        note = note or f"The times in {name!r} name their time zone; they are turned into UTC."
    return (*finish(moments, ColumnType.DATETIME), note)


def _written(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
