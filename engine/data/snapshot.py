"""The sealed copy of a table: Parquet, byte for byte the same for equal frames."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a canonical frame as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [pa.field(str(name), _arrow_type(frame[name])) for name in frame.columns]
    table = pa.Table.from_pandas(frame, schema=pa.schema(fields), preserve_index=False)
    # Without pandas' own notes the bytes depend on the values alone.
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd", version="2.6")


def read(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the canonical frame, or some of its columns in the order asked for."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(columns) if columns is not None else None)
    frame: pd.DataFrame = table.to_pandas()
    return frame if columns is None else frame[list(columns)]


def sample(path: Path, rows: int) -> pd.DataFrame:
    """Return so many rows of the canonical frame, taken at random and always the same ones, in table order."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        total = file.metadata.num_rows
        if total <= rows:
            return read(path)
        chosen = np.sort(np.random.default_rng(0).choice(total, rows, replace=False))
        parts, begin = [], 0
        for batch in file.iter_batches():
            wanted = chosen[(chosen >= begin) & (chosen < begin + len(batch))] - begin
            parts.append(batch.take(pa.array(wanted)))
            begin += len(batch)
    frame: pd.DataFrame = pa.Table.from_batches(parts).to_pandas()
    return frame


def preview(frame: pd.DataFrame, rows: int = 20) -> list[dict[str, str]]:
    """Return the first rows as text, as a person would write the values; missing ones are empty."""
    head = frame.head(rows)
    columns = {str(name): as_text(head[name]) for name in head.columns}
    return [{name: values[i] or "" for name, values in columns.items()} for i in range(len(head))]


def as_text(values: pd.Series) -> list[str | None]:
    """Return the values of a canonical column as text: whole numbers without ``.0``, dates as ISO 8601."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(v) else v.isoformat(sep=" ").removesuffix(" 00:00:00") for v in values]
    if pd.api.types.is_float_dtype(values):
        return [None if pd.isna(v) else _number(v) for v in values.tolist()]
    return [None if pd.isna(v) else str(v) for v in values]


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _arrow_type(values: pd.Series) -> object:
    import pyarrow as pa

    if pd.api.types.is_datetime64_any_dtype(values):
        return pa.timestamp("ns")
    return pa.float64() if pd.api.types.is_float_dtype(values) else pa.string()
