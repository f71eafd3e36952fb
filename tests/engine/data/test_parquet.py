"""Parquet: every type of value becomes canonical or is refused by name; what a file says of itself is not believed."""

import datetime as dt
import decimal
import struct
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.data.parquet import load
from engine.data.types import Understood
from engine.domain.dataset import ColumnType
from engine.errors import UnreadableFile

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType
LIMIT = 2_000_000_000


@pytest.fixture
def put(tmp_path: Path):
    """Write columns as a Parquet file of two groups of rows."""

    def put(columns: dict[str, pa.Array], **options: object) -> Path:
        path = tmp_path / "table.parquet"
        table = pa.table(columns)
        pq.write_table(table, path, **{"row_group_size": max(1, table.num_rows // 2), **options})
        return path

    return put


VALUES = [
    (pa.array([1, None, 3], pa.int8()), INTEGER, [1.0, None, 3.0]),
    (pa.array([2**60, None, 1]), CATEGORY, [str(2**60), None, "1"]),
    (pa.array([2**64 - 1, None, 1], pa.uint64()), CATEGORY, [str(2**64 - 1), None, "1"]),
    (pa.array([0.5, float("inf"), None], pa.float32()), NUMBER, [0.5, None, None]),
    (pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")]), NUMBER, [1.5, None, -2.25]),
    (pa.array([decimal.Decimal(10**20), None], pa.decimal128(30, 0)), CATEGORY, ["1" + "0" * 20, None]),
    (pa.array([decimal.Decimal("1.5"), None], pa.decimal256(50, 2)), NUMBER, [1.5, None]),
    (pa.array([dt.date(2024, 1, 31), None, dt.date(9999, 1, 1)]), DATETIME, ["2024-01-31", None, None]),
    (pa.array([dt.date(2024, 1, 31), None], pa.date64()), DATETIME, ["2024-01-31", None]),
    (pa.array([0, None], pa.timestamp("us", "Europe/Berlin")), DATETIME, ["1970-01-01", None]),
    (pa.array([90, 10**12], pa.timestamp("s")), DATETIME, ["1970-01-01 00:01:30", None]),
    (pa.array([1, None], pa.timestamp("ns")), DATETIME, ["1970-01-01 00:00:00.000000001", None]),
    (pa.array([dt.time(8, 30), None]), CATEGORY, ["08:30:00", None]),
    (pa.array([1500, None], pa.duration("ms")), NUMBER, [1.5, None]),
    (pa.array([True, None, False]), CATEGORY, ["true", None, "false"]),
    (pa.nulls(2), CATEGORY, [None, None]),
    (pa.array([" a", "", None]), CATEGORY, ["a", None, None]),
    (pa.array(["a", None], pa.string_view()), CATEGORY, ["a", None]),
    (pa.array(["x", None, "x"]).dictionary_encode(), CATEGORY, ["x", None, "x"]),
    (pa.array([7, None, 7]).dictionary_encode(), INTEGER, [7.0, None, 7.0]),
    (pa.array([b"abc", None]), CATEGORY, ["abc", None]),
    (pa.array([b"\xff\x00", None]), CATEGORY, ["ff00", None]),
    (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\xff" * 16], pa.binary(16))), CATEGORY, ["ff" * 16]),
]


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> Understood:
    """One table with a column of each type, called by its position; short columns end with missing values."""
    path = tmp_path_factory.mktemp("types") / "table.parquet"
    columns = [pa.concat_arrays([values, pa.nulls(3 - len(values), values.type)]) for values, *_ in VALUES]
    pq.write_table(pa.table(columns, names=[str(i) for i, _ in enumerate(columns)]), path, row_group_size=2)
    loaded, understood = load(path, limit_bytes=LIMIT)
    assert loaded.names == tuple(str(i) for i, _ in enumerate(columns))
    return understood


@pytest.mark.parametrize("at", range(len(VALUES)), ids=[str(values.type) for values, *_ in VALUES])
def test_every_type_of_value_becomes_canonical(understood, at):
    _, kind, expected = VALUES[at]
    column = understood.frame[str(at)]
    assert understood.types[str(at)] == kind
    wanted = [pd.Timestamp(value) for value in expected] if kind is DATETIME else expected
    found = [None if pd.isna(value) else value for value in column[: len(expected)]]
    assert found == [None if pd.isna(value) else value for value in wanted]
    assert str(column.dtype) in {"float64", "object", "datetime64[ns]"}


def test_what_is_not_obvious_is_said(understood):
    assert len(understood.notes) == 10
    assert {note.rpartition("; they are ")[2] for note in understood.notes} >= {
        "turned into UTC.",
        "kept as hexadecimal digits.",
    }


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1, 2], None]),
        pa.array([{"a": 1}, None]),
        pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
    ],
    ids=["list", "structure", "map"],
)
def test_columns_whose_cells_hold_several_values_are_refused_by_name(put, values):
    with pytest.raises(UnreadableFile, match="'parts' .* hold several values") as refusal:
        load(put({"n": pa.array([1, 2]), "parts": values}), limit_bytes=LIMIT)
    assert "column of its own" in refusal.value.fix


def test_repeated_and_blank_names_are_repaired(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", ""]), path)
    loaded, understood = load(path, limit_bytes=LIMIT)
    assert loaded.names == ("a", "a (2)", "column 3")
    assert understood.frame.iloc[0].tolist() == [1.0, 2.0, 3.0]
    assert len(understood.notes) == 2


def test_a_table_without_rows_has_its_columns(put):
    _, understood = load(put({"a": pa.array([], pa.int64()), "d": pa.array([], pa.date32())}), limit_bytes=LIMIT)
    assert understood.types == {"a": INTEGER, "d": DATETIME}
    assert understood.frame.shape == (0, 2)


def _values(count: int) -> dict[str, pa.Array]:
    return {"n": pa.array(range(count)), "s": pa.array([f"value {i % 97}" for i in range(count)])}


@pytest.mark.parametrize("compression", ["snappy", "zstd", "none"])
def test_pages_that_were_changed_are_noticed(put, compression):
    path = put(_values(5000), compression=compression, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"table\.parquet cannot be read: it is damaged"):
        load(path, limit_bytes=LIMIT)


@pytest.mark.parametrize("kept", [4, 12, 0.5, -1])
def test_a_truncated_file_is_refused(put, kept):
    path = put(_values(5000))
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if kept == 0.5 else kept])
    with pytest.raises(UnreadableFile, match="damaged"):
        load(path, limit_bytes=LIMIT)


def test_a_footer_that_lies_about_its_length_is_refused(put):
    path = put(_values(10))
    path.write_bytes(path.read_bytes()[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1")
    with pytest.raises(UnreadableFile, match="damaged"):
        load(path, limit_bytes=LIMIT)


def test_a_file_over_the_limit_is_refused(put):
    with pytest.raises(UnreadableFile, match="unpacks to more than 0 MB"):
        load(put(_values(5000)), limit_bytes=20_000)
