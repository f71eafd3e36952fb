"""Parquet files to the canonical frame: the types stand in the file, which a confined process alone opens."""

import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from engine.data import confined, names
from engine.data.limits import CELLS
from engine.data.loaded import Loaded
from engine.data.types import Understood, beyond, finish
from engine.domain.dataset import AROUND, ColumnType, Reader

_EXACT = 1 << 53  # beyond it a float no longer holds every whole number
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_HELD = (-9_214_560_000, 9_214_646_400)  # from 1678 to 2261, in seconds from 1970
_Column = tuple[pd.Series, ColumnType, str | None]


def load(path: Path, *, limit_bytes: int) -> tuple[Loaded, Understood]:
    """Read a Parquet file.

    Raises
    ------
    UnreadableFile
        If the file is damaged, columns of it hold lists or structures, or it would unpack to more than ``limit_bytes``
        or to far more than a table of its size.
    """
    with tempfile.TemporaryDirectory(prefix="handrail-") as folder:
        answer = confined.decode("parquet", path, Path(folder), {"limit_bytes": limit_bytes})
        with pa.memory_map(str(Path(folder) / CELLS)) as file:
            table = pa.ipc.open_file(file).read_all()
            return understood(answer["names"], table)


def understood(raw: list[str], table: pa.Table) -> tuple[Loaded, Understood]:
    """Return what the cells of a Parquet file, its columns called ``raw``, come to."""
    columns, repairs = names.repair(raw)
    frame: dict[str, pd.Series] = {}
    types: dict[str, ColumnType] = {}
    notes = list(repairs)
    for name, values in zip(columns, table.columns, strict=True):
        frame[name], types[name], note = _column(name, values)
        notes += [note] if note else []
    loaded = Loaded(names=columns, reader=Reader(kind="parquet"))
    return loaded, Understood(pd.DataFrame(frame, index=pd.RangeIndex(table.num_rows)), types, tuple(notes))


def _column(name: str, values: pa.ChunkedArray) -> _Column:
    kind = values.type
    if pa.types.is_boolean(kind):
        return (*finish(values.to_pandas().map({True: "true", False: "false"}), None), None)
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= 0):
        return _whole(name, values)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        floats = values.cast(pa.float64()).to_pandas()
        return (*finish(floats, ColumnType.NUMBER), next(iter(beyond(name, floats)), None))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _moment(name, values)
    if pa.types.is_duration(kind):
        seconds = values.to_pandas(timestamp_as_object=False).dt.total_seconds().astype("float64")
        return (*finish(seconds, ColumnType.NUMBER), f"Durations in {name!r} are read in seconds.")
    return _words(name, values)


def _whole(name: str, values: pa.ChunkedArray) -> _Column:
    ends = [end for end in pc.min_max(values).as_py().values() if end is not None]
    if any(abs(end) > _EXACT for end in ends):
        words = values.cast(pa.string()).to_pandas()
        return (*finish(words, None), f"{name!r} holds very long numbers: kept as written.")
    return (*finish(values.cast(pa.float64()).to_pandas(), ColumnType.INTEGER), None)


def _moment(name: str, values: pa.ChunkedArray) -> _Column:
    stamps = values if pa.types.is_timestamp(values.type) else values.cast(pa.timestamp("ms"))
    since = stamps.cast(pa.int64())  # 1970 in UTC, whatever the zone
    earliest, latest = (bound * _PER_SECOND[stamps.type.unit] for bound in _HELD)
    held = pc.and_(pc.greater_equal(since, earliest), pc.less(since, latest))
    moments = pc.if_else(held, since, None).cast(pa.timestamp(stamps.type.unit)).cast(pa.timestamp("ns"))
    lost = moments.null_count - values.null_count
    dates = "1 date" if lost == 1 else f"{lost:,} dates"
    note = f"In {name!r}, {dates} before 1678 or after 2261 count as missing." if lost else None
    if stamps.type.tz:
        note = note or f"The times in {name!r} name their time zone; they are turned into UTC."
    return (*finish(moments.to_pandas(), ColumnType.DATETIME), note)


def _words(name: str, values: pa.ChunkedArray) -> _Column:
    note = None
    try:  # older programs write words as bytes
        words = values.cast(pa.large_string()).to_pandas().str.strip(AROUND).replace("", None)
    except pa.ArrowInvalid:
        words = pd.Series([None if value is None else value.hex() for value in values.to_pylist()], dtype=object)
        note = f"{name!r} holds bytes that are no text; they are kept as hexadecimal digits."
    if pa.types.is_time(values.type):
        words = words.str.replace(r"\.0+$", "", regex=True)
    return (*finish(words, None), note)
