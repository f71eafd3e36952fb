"""One way in for every kind of file; what is no table is refused in plain words."""

import datetime as dt
import decimal
import hashlib
import io
import os
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.data.read import read_file, read_text, require_table
from engine.domain.dataset import ColumnType
from engine.errors import EmptyTable, UnreadableFile

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType
ROWS = [["name", "amount", "since", "member"], ["Ann", 1.5, dt.datetime(2024, 1, 31), True], ["Bo", 2, None, False]]


def _workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {i}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def put(tmp_path: Path):
    """Put bytes into a file of any name."""

    def put(content: bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return put


@pytest.mark.parametrize("name", ["book.xlsx", "book.csv"])
def test_a_workbook_is_known_by_its_content(put, name):
    path = put(_workbook([], ROWS), name)
    read = read_file(path)
    assert read.reader.kind == "excel"
    assert read.reader.sheet == "Sheet 1"
    assert read.types == {"name": CATEGORY, "amount": NUMBER, "since": DATETIME, "member": CATEGORY}
    assert read.frame["amount"].tolist() == [1.5, 2.0]
    assert read.frame["member"].tolist() == ["true", "false"]
    assert read.frame["since"].tolist() == [pd.Timestamp(2024, 1, 31), pd.NaT]
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_title_above_the_table_and_blank_rows_in_it_are_left_out(put):
    rows = [["Report of May"], [], [None, "a", "b"], [None, 1, "00123"], [None, None, None], [None, 2, "00456"]]
    read = read_file(put(_workbook(rows)))
    assert read.frame.to_dict("list") == {"a": [1.0, 2.0], "b": ["00123", "00456"]}
    assert read.notes[0] == "What stands above row 3 of the sheet was left out."


def test_failed_formulas_are_missing_beside_numbers(put):
    read = read_file(put(_workbook([["a", "b"], [1, "#DIV/0!"], [2, "#N/A"], ["x", 3]])))
    assert read.types == {"a": CATEGORY, "b": INTEGER}
    assert read.frame["b"].isna().tolist() == [True, True, False]


def test_a_workbook_can_be_looked_at_as_it_stands(put):
    names, rows = read_text(put(_workbook(ROWS)), rows=1)
    assert names == ("name", "amount", "since", "member")
    assert rows == [["Ann", "1.5", "2024-01-31", "true"]]


@pytest.mark.parametrize("name", ["table.parquet", "table.csv"])
def test_parquet_is_known_by_its_content(put, name):
    table = pa.table(
        {
            "n": pa.array([1, None], pa.int32()),
            "f": pa.array([0.5, float("inf")]),
            "d": pa.array([dt.date(2024, 1, 31), dt.date(9999, 12, 31)]),
            "t": pa.array([0, 3_600_000_000], pa.timestamp("us", "UTC")),
            "b": pa.array([True, None]),
            "s": pa.array(["x", ""]),
            "c": pa.array(["u", "v"]).dictionary_encode(),
            "m": pa.array([decimal.Decimal("1.50"), decimal.Decimal("2.00")]),
            "big": pa.array([2**60, 2**60 + 1]),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    read = read_file(put(out.getvalue(), name))
    assert read.reader.kind == "parquet"
    kinds = [INTEGER, NUMBER, DATETIME, DATETIME, CATEGORY, CATEGORY, CATEGORY, NUMBER, CATEGORY]
    assert list(read.types.values()) == kinds
    assert read.frame.isna().sum().to_dict() == dict.fromkeys("nfdbs", 1) | {"t": 0, "c": 0, "m": 0, "big": 0}
    assert read.frame["b"].tolist() == ["true", None]
    assert read.frame["big"].tolist() == [str(2**60), str(2**60 + 1)]
    assert read.frame["d"].iloc[0] == pd.Timestamp(2024, 1, 31)
    assert read.frame["t"].iloc[1] == pd.Timestamp(1970, 1, 1, 1)
    assert {str(kind) for kind in read.frame.dtypes} == {"float64", "object", "datetime64[ns]"}
    assert len(read.notes) == 4


def _zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", OLE2 + "EncryptedPackage".encode("utf-16-le"), "a.xlsx is protected with a password"),
        ("a.doc", OLE2, "no Excel workbook"),
        ("a.feather", b"ARROW1\0\0" + bytes(50), "Feather"),
        ("a.feather", b"FEA1" + bytes(50), "Feather"),
        ("a.xlsx", _workbook(ROWS)[:-400], "damaged"),
        ("a.xlsx", _zip(xl__workbook=b"<x/>"), "damaged"),
        ("a.parquet", b"PAR1" + bytes(100), "damaged"),
        ("a.csv", _zip(readme=b"hello"), "compressed"),
        ("a.docx", _zip(word__document=b"hello"), "a Word document"),
        ("a.xlsx", _zip(ppt__presentation=b"hello"), "a presentation"),
        ("a.numbers", _zip(Index__Document=b"hello"), "Apple Numbers"),
        ("a.csv", b"\x1f\x8b" + bytes(100), "compressed"),
        ("a.csv", b"%PDF-1.7\n", "PDF"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.csv", bytes(range(256)) * 4, "not a table of text"),
        ("a.csv", b"a,b\n1," + bytes(20), "not a table of text"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        ("a.csv", b'[{"a": 1}]', "JSON"),
    ],
)
def test_what_is_no_table_is_refused_by_its_kind(put, name, content, words):
    with pytest.raises(UnreadableFile, match=words) as refusal:
        read_file(put(content, name))
    assert refusal.value.fix.endswith(".")


@pytest.mark.parametrize(
    "content",
    [b"", _workbook([]), _workbook([["a", "b"]]), _workbook([["a"], [1], [2]]), b"a,b\n"],
    ids=["empty", "empty workbook", "workbook with names only", "workbook with one column", "names only"],
)
def test_an_empty_table_is_refused(put, content):
    with pytest.raises(EmptyTable):
        read_file(put(content))


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="no file"):
        read_file(tmp_path / "nothing.csv")
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_file(tmp_path)


def test_a_file_that_may_not_be_read_is_refused(put, monkeypatch):
    path = put(b"a,b\n1,2\n")
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything

        def deny(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", deny)
    with pytest.raises(UnreadableFile, match="may not be read"):
        read_file(path)


@pytest.mark.parametrize(
    "content", [b"a,b\n" + b"1,2\n" * 100, _workbook([["a", "b"], *[["x" * 90, i] for i in range(9)]])]
)
def test_a_file_over_the_limit_is_refused(put, content):
    with pytest.raises(UnreadableFile, match="at most 0 MB are read"):
        read_file(put(content), limit_bytes=200)


def test_a_refusal_names_the_file_as_the_person_knows_it(put):
    with pytest.raises(UnreadableFile, match="^sales.csv is a PDF"):
        read_file(put(b"%PDF-1.7\n", "upload-81f3.bin"), name="sales.csv")


def test_a_name_with_a_pattern_in_it_is_one_file(put):
    put(b"a,b\n9,9\n", "data1.csv")
    read = read_file(put(b"a,b\n1,2\n", "data[1]*'.csv"))
    assert read.frame["a"].tolist() == [1.0]


def test_one_column_is_refused_only_where_something_is_to_be_learned(put):
    read = read_file(put(b"a\n1\n2\n"), strict=False)
    assert read.frame["a"].tolist() == [1.0, 2.0]
    with pytest.raises(EmptyTable, match="only one column, 'a'"):
        require_table(read)


def test_nothing_temporary_is_left_behind(put, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    read_file(put("größe;b\n1;2\n".encode("utf-16")))
    assert list(place.iterdir()) == []
