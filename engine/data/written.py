"""A canonical table as a file that other programs, and Handrail itself, read as it was meant."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from engine.data import snapshot
from engine.data.formulas import safe
from engine.domain.dataset import NUMERIC, ColumnType
from engine.errors import Unavailable, UnusableOption
from engine.files import require_folder, whole

SUFFIXES = (".csv", ".parquet")
_DAY, _SECOND = 86_400_000_000_000, 1_000_000_000  # nanoseconds


def checked(out: Path) -> str:
    """Return the kind of file ``out`` is to be.

    Raises
    ------
    UnusableOption
        If it is none that can be written, or there is no such folder.
    """
    require_folder(out)
    if out.suffix.lower() not in SUFFIXES:
        raise UnusableOption(
            f"{out.name!r} does not say what kind of file to write.",
            fix=f"Let its name end in {' or '.join(SUFFIXES)}.",
        )
    return out.suffix.lower()


def write(frame: pd.DataFrame, types: Mapping[str, ColumnType], out: Path) -> tuple[str, ...]:
    """Write a canonical table as CSV or Parquet, by the name of ``out``; it appears when it is whole.

    Whole numbers have no point, dates without a time no midnight, and what is missing is blank. In CSV, text that a
    spreadsheet would run as a formula gets an apostrophe; Parquet keeps every value as it is.

    Returns
    -------
    tuple of str
        The columns in which, or before whose names, apostrophes were put: they are read back with them.

    Raises
    ------
    UnusableOption
        If the name says neither.
    Unavailable
        If the folder or the disk does not let it be written.
    """
    import pyarrow.csv

    marked: tuple[str, ...] = ()
    suffix = checked(out)
    try:
        with whole(out) as half:
            if suffix == ".parquet":
                snapshot.write(frame, half)
            else:
                columns = [_plain(frame[name], types[str(name)]) for name in frame.columns]
                pyarrow.csv.write_csv(pa.table(columns, names=[safe(str(name)) for name in frame.columns]), half)
                marked = tuple(str(name) for name in frame.columns if _risky(str(name), frame[name]))
    except OSError as error:
        raise Unavailable(
            f"{str(out)!r} cannot be written: {error.strerror or error}.", fix="Check the folder and the space there."
        ) from error
    return marked


def _risky(name: str, values: pd.Series) -> bool:
    words = [name, *values.dropna().unique()] if values.dtype == object else [name]
    return any(safe(word) != word for word in words)


def _plain(values: pd.Series, kind: ColumnType) -> pa.Array:
    if kind is ColumnType.DATETIME:
        moments = pa.array(values, pa.timestamp("ns"), from_pandas=True)
        since = values.dropna().to_numpy("datetime64[ns]").astype("int64")
        if not (since % _DAY).any():
            return moments.cast(pa.date32())
        return moments if (since % _SECOND).any() else moments.cast(pa.timestamp("s"))
    if kind not in NUMERIC:
        words = {word: safe(word) for word in values.dropna().unique()}
        return pa.array(values.map(words), pa.string(), from_pandas=True)
    array = pa.array(values, from_pandas=True)
    whole = kind is ColumnType.INTEGER and bool((values.dropna() % 1 == 0).all())
    return array.cast(pa.int64()) if whole else array
