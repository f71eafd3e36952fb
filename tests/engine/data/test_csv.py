"""Reading text tables: what stands in the file is what is read, and what is not read is said."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data.read import Read, read_file, read_text
from engine.errors import EmptyTable, UnreadableFile


@pytest.fixture
def written(tmp_path: Path):
    """Write a file and read it."""

    def write(content: str | bytes, **options: object) -> Read:
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_file(path, **options)

    return write


def _columns(read: Read) -> dict[str, list[object]]:
    return {name: read.frame[name].tolist() for name in read.frame}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_content(written, delimiter):
    read = written(f"a{delimiter}b\nx{delimiter}1\ny{delimiter}2\n")
    assert read.reader.delimiter == delimiter
    assert _columns(read) == {"a": ["x", "y"], "b": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_the_encoding_is_found_by_content(written, encoding, said):
    read = written("name;größe\nJürgen;1\nFrançois;2\n".encode(encoding))
    assert read.reader.encoding == said
    assert _columns(read) == {"name": ["Jürgen", "François"], "größe": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Москва столица России и крупнейший по населению город страны"),
        ("cp1250", "Zażółć gęślą jaźń, pchnąć w tę łódź jeża lub ośm skrzyń fig"),
        ("shift_jis", "東京都は日本の首都であり、世界最大の都市の一つである"),
        ("gb18030", "北京是中华人民共和国的首都和直辖市，是全国的政治中心"),
    ],
)
def test_other_scripts_are_found_where_there_is_enough_text(written, encoding, text):
    read = written(("a;b\n" + f"{text};1\n" * 5).encode(encoding))
    assert read.frame["a"].tolist() == [text] * 5


def test_a_few_damaged_bytes_cost_their_lines_only(written):
    content = "a,b\n" + "é,1\n" * 30
    read = written(content.encode() + b"\xff\xfe,2\n")
    assert read.reader.encoding == "utf-8"
    assert len(read.frame) == 30
    assert [(r.line, r.reason) for r in read.rejected] == [(32, "It holds bytes that are not UTF-8 text.")]


def test_rejected_lines_come_with_their_number_and_reason(written):
    read = written('a,b,c\n1,"x\ny",3\n4,5\n6,7,8,9\n\n10,11,12\n')
    assert [(r.line, r.reason) for r in read.rejected] == [
        (4, "2 fields found where 3 are expected."),
        (5, "4 fields found where 3 are expected."),
    ]
    assert read.reader.rejected_rows == 2
    assert read.frame["a"].tolist() == [1.0, 10.0]


def test_line_numbers_hold_for_carriage_returns_and_utf16(written):
    assert [r.line for r in written("a,b\r\n1,2\r\n3\r\n4,5\r\n").rejected] == [3]
    assert [r.line for r in written("a,b\r1,2\r3\r4,5\r").rejected] == [3]
    assert [r.line for r in written("a,b\r\n1,2\r\n3\r\n4,5\r\n".encode("utf-16")).rejected] == [3]


def test_a_short_line_between_carriage_returns_is_called_short(written):
    lines = ["Title;;", "a;b;c", *["1;x;2"] * 30, "3;x", *["1;x;2"] * 30]
    assert [(r.line, r.reason) for r in written("\r\n".join(lines)).rejected] == [
        (33, "2 fields found where 3 are expected.")
    ]


def test_at_most_a_hundred_rejections_are_told_and_all_are_counted(written):
    read = written("a,b\n" + "1,2\n" * 300 + "3\n" * 250)
    assert len(read.rejected) == 100
    assert read.rejected[0].line == 302
    assert read.reader.rejected_rows == 250


@pytest.mark.parametrize(
    "stray", ['5,"oops,5\n', '5,"oops"x,5\n', '"5,oops,5\n'], ids=["never closed", "junk behind", "first field"]
)
def test_a_stray_quotation_mark_costs_its_own_line_only(written, stray):
    lines = [f'{i},"quoted {i}",{i}\n' for i in range(2000)]
    lines[700] = stray
    read = written("a,b,c\n" + "".join(lines))
    assert [(r.line, r.reason) for r in read.rejected] == [(702, "A quotation mark is opened and not properly closed.")]
    assert len(read.frame) == 1999


def test_a_stray_quotation_mark_in_a_large_file_costs_its_own_line_only(written):
    lines = ["some words to fill the line,1\n"] * 100_000
    lines[3] = '"some words,1\n'
    read = written("a,b\n" + "".join(lines))
    assert [r.line for r in read.rejected] == [5]
    assert len(read.frame) == 99_999


def test_mixed_line_endings_are_read(written):
    read = written('a,b\n1,"x\r\ny"\r\n2,z\n3,w\r\n')
    assert _columns(read) == {"a": [1.0, 2.0, 3.0], "b": ["x\r\ny", "z", "w"]}


def test_lines_above_the_header_are_left_out_and_said(written):
    read = written("Report of May\n\nname;amount\nx;1\ny;2\nz;3\n")
    assert _columns(read) == {"name": ["x", "y", "z"], "amount": [1.0, 2.0, 3.0]}
    assert read.notes == ("The first 2 lines above the column names were left out.",)


def test_blank_lines_do_not_count_as_rows(written):
    read = written("\n,\na,b\n1,2\n,\n3,4\n,\n")
    assert _columns(read) == {"a": [1.0, 3.0], "b": [2.0, 4.0]}
    assert read.notes == ("2 rows without any value left out.",)


def test_excels_separator_line_is_obeyed(written):
    read = written("sep=;\nname;amount\nx,y;1\ny,z;2\n")
    assert _columns(read) == {"name": ["x,y", "y,z"], "amount": [1.0, 2.0]}


def test_a_file_without_header_gets_one(written):
    read = written("5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,2.9,virginica\n")
    assert list(read.frame) == ["column 1", "column 2", "column 3"]
    assert not read.reader.header
    assert len(read.frame) == 3


@pytest.mark.parametrize("start", [0, 1])
def test_numbered_columns_are_a_header(written, start):
    read = written(f"{start},{start + 1}\n0.5,1.5\n2.5,3.5\n")
    assert list(read.frame) == [str(start), str(start + 1)]


def test_many_columns_are_read_each_as_it_is(written):
    names = [f"c{i}" for i in range(35)]
    read = written(
        ",".join(names) + "\n" + "\n".join(",".join(f"{row}{'x' * (i % 2)}" for i in range(35)) for row in (1, 2))
    )
    assert [read.frame[name].tolist() for name in names] == [["1x", "2x"] if i % 2 else [1, 2] for i in range(35)]


def test_a_line_with_more_fields_than_names_gets_blank_names(written):
    read = written("a,b\n1,2,3\n1,2,4\n")
    assert list(read.frame) == ["a", "b", "column 3"]


def test_years_over_numbers_are_a_header(written):
    read = written("country,2019,2020\nDE,1,2\nFR,3,4\n")
    assert list(read.frame) == ["country", "2019", "2020"]


def test_row_names_of_r_get_a_column(written):
    read = written('"a","b"\n"1",2,"x"\n"2",4,"y"\n"3",5,"z"\n')
    assert list(read.frame) == ["column 1", "a", "b"]
    assert read.frame["b"].tolist() == ["x", "y", "z"]


def test_quotes_escaped_with_a_backslash_are_read(written):
    read = written('a,b\n1,"say \\"hi\\", he said"\n2,"no"\n3,"yes"\n')
    assert read.frame["b"].tolist() == ['say "hi", he said', "no", "yes"]


def test_single_quotes_are_read(written):
    read = written("a,b\n1,'x,y'\n2,'z'\n")
    assert read.reader.quote == "'"
    assert read.frame["b"].tolist() == ["x,y", "z"]


@pytest.mark.parametrize(
    ("header", "names", "note"),
    [
        (
            "a,a,a",
            ["a", "a (2)", "a (3)"],
            "The name 'a' stands over more than one column; column 2 is called 'a (2)'.",
        ),
        ("a,,c", ["a", "column 2", "c"], "Column 2 has no name; it is called 'column 2'."),
        (f"a,{'x' * 300},{'x' * 300}", ["a", "x" * 120, "x" * 116 + " (2)"], "The name of column 2 has 300 characters"),
        ("a,b\x07c,d", ["a", "bc", "d"], ""),
        ("a,<b>**x**</b>,[l](u)", ["a", "<b>**x**</b>", "[l](u)"], ""),
    ],
    ids=["repeated", "blank", "long", "control", "markup"],
)
def test_column_names_are_repaired_and_it_is_said(written, header, names, note):
    read = written(f"{header}\nx,y,z\n")
    assert list(read.frame) == names
    assert any(note in said for said in read.notes) if note else read.notes == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a\n1\n2\n", "only one column"),
        (b"a,b,c,d\n1,2\n3,4\n5,6\n", None),
    ],
    ids=["empty", "blank", "bom only", "header only", "one column", "fewer fields than names"],
)
def test_a_table_with_nothing_to_learn_from_is_refused(written, content, problem):
    with pytest.raises((EmptyTable, UnreadableFile), match=problem):
        written(content)


def test_one_column_can_still_be_looked_at(written):
    read = written("text\nHello, world\nfoo\n", strict=False)
    assert read.frame["text"].tolist() == ["Hello, world", "foo"]
    assert read.reader.delimiter is None


SPECTRUM = (
    "comma_in_quotes empty empty_crlf escaped_quotes json newlines newlines_crlf quotes_and_newlines simple"
    " simple_crlf utf8"
)


@pytest.mark.parametrize("name", SPECTRUM.split())
def test_csv_spectrum_reads_exactly(shared_data, name):
    folder = shared_data / "csv-spectrum"
    names, rows = read_text(folder / "csvs" / f"{name}.csv")
    assert [dict(zip(names, row, strict=True)) for row in rows] == json.loads(
        (folder / "json" / f"{name}.json").read_text()
    )


def test_csv_spectrums_twelfth_reads_as_it_stands(shared_data):
    """Its JSON says another telephone number than stands in its CSV; all other cells are as the JSON has them.

    That JSON is one object where the other eleven are lists. The replacement characters stand in both files.
    """
    folder = shared_data / "csv-spectrum"
    names, (row,) = read_text(folder / "csvs" / "location_coordinates.csv")
    read = dict(zip(names, row, strict=True))
    said = json.loads((folder / "json" / "location_coordinates.json").read_text())
    assert {name: (read[name], said[name]) for name in said if read[name] != said[name]} == {
        "Contact Phone Number": ("2095257564", "1234567890")
    }
    assert set(read) == set(said)
    assert b"2095257564" in (folder / "csvs" / "location_coordinates.csv").read_bytes()


CELL = st.text(
    st.one_of(st.sampled_from(list("\"',;|\t\n\r #\\x1é€日🙂")), st.characters(codec="utf-8", exclude_characters="\0")),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)),
    ending=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_whatever_a_csv_writer_writes_is_read_back(tmp_path, rows, ending, delimiter):
    header = [f"name {i}" for i, _ in enumerate(rows[0])]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    path = tmp_path / "table.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    assert read_text(path) == (tuple(header), [row for row in rows if any(row)])
