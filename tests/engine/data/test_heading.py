"""What stands around a table is told from it, left out, and said."""

from pathlib import Path

import pytest

from engine.data.read import Read, read_file
from engine.domain.dataset import Reading
from engine.errors import UnusableOption


@pytest.fixture
def written(tmp_path: Path):
    """Write a file and read it."""

    def write(content: str, **said: object) -> Read:
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode())
        return read_file(path, strict=False, reading=Reading(**said) if said else None)

    return write


def _says(read: Read, words: str) -> bool:
    return any(words in note for note in read.notes)


@pytest.mark.parametrize(
    ("above", "first_row"),
    [
        ("Report of May\n", 2),
        ("Report of May\n\n", 3),
        ('"A title\nof two lines"\n', 3),
        ("Region,North\nDate,2024-01-01\n\n", 4),
        ("Region,North\n\n", 3),
        ("# exported, by a program\n", 2),
        ("# a\n# b\n", 3),
        ("Report,,\nof May,,\n,,\n", 4),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_above_the_names_are_left_out_and_said(written, above, first_row, end):
    read = written((above + "id,name,amount\n1,Ann,30\n2,Bo,40\n3,Cy,50\n").replace("\n", end))
    assert list(read.frame) == ["id", "name", "amount"]
    assert read.frame["amount"].tolist() == [30, 40, 50]
    assert read.reader.first_row == first_row
    assert _says(read, "above the column names")


def test_names_behind_a_hash_are_names(written):
    read = written("#id,name\n1,Ann\n2,Bo\n")
    assert list(read.frame) == ["#id", "name"]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (
            "name,2023,,2024,\n,Q1,Q2,Q1,Q2\nx,1,2,3,4\ny,5,6,7,8\n",
            ["name", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"],
        ),
        ("a,a,b,b\nlow,high,low,high\n1,2,3,4\n5,6,7,8\n", ["a low", "a high", "b low", "b high"]),
    ],
)
def test_several_lines_of_names_become_one(written, content, names):
    read = written(content)
    assert list(read.frame) == names
    assert read.reader.header_rows == 2
    assert len(read.frame) == 2
    assert _says(read, "2 lines of names are read as one")


def test_a_line_of_units_is_no_row(written):
    read = written("name;weight;price\n;kg;[EUR]\nx;1;2\ny;3;4\n")
    assert read.frame["weight"].tolist() == [1, 3]
    assert read.units == {"weight": "kg", "price": "EUR"}
    assert _says(read, "units, not values: 'weight' in kg")


@pytest.mark.parametrize(
    "content",
    [
        "name,age\nBob,unknown\nAl,30\nCy,31\n",
        "name,,city\nBob,x,Rome\nAl,y,Paris\n",
        "sex,age\nm,30\nf,31\n",
        "a,b\nx,y\nz,w\n",
        "a,a\nx,y\nz,w\n",
    ],
)
def test_a_first_row_of_words_stays_a_row(written, content):
    read = written(content)
    assert len(read.frame) == content.count("\n") - 1
    assert read.reader.header_rows == 1


@pytest.mark.parametrize("content", ["5.1,,setosa\n4.9,3.0,setosa\n", "NA,1\n2.5,2\n3.5,3\n"])
def test_gaps_in_the_first_row_do_not_make_it_names(written, content):
    read = written(content)
    assert not read.reader.header
    assert len(read.frame) == content.count("\n")


@pytest.mark.parametrize("header", ["a,b", "a,b,"])
def test_delimiters_at_the_end_of_every_line_shift_nothing(written, header):
    read = written(f"{header}\n1,2,\n3,4,\n")
    assert read.frame.to_dict("list") == {"a": [1, 3], "b": [2, 4]}
    assert _says(read, "Every line ends with a delimiter")


def test_a_last_column_that_is_filled_late_is_kept(written):
    read = written("a,b\n" + "1,2,\n" * 40_000 + "3,4,5\n")
    assert read.frame.shape == (40_001, 3)


@pytest.mark.parametrize("label", ["Total", "Summe:", "Gesamt", "TOTAL GENERAL", "Итого"])
def test_totals_are_no_row(written, label):
    read = written(f"city;n;amount\nRome;1;2,5\nParis;2;3,5\nOslo;3;1,0\n{label};6;7,0\n")
    assert read.frame["n"].tolist() == [1, 2, 3]
    assert [(r.line, r.reason) for r in read.rejected] == [(5, f"It holds totals ({label!r}).")]
    assert read.reader.rejected_rows == 1
    assert _says(read, "Line 5 is not a row")


def test_a_total_among_others_is_a_value(written):
    read = written("kind,n\nPart,1\nTotal,2\nPart,3\nTotal,4\n")
    assert len(read.frame) == 4


def test_remarks_below_the_table_are_no_rows(written):
    read = written("id;name;n\n1;x;2\n2;y;3\n3;z;4\n;;\nSource: the statistics office;;\n")
    assert read.frame["id"].tolist() == [1, 2, 3]
    assert [r.line for r in read.rejected] == [6]


@pytest.mark.parametrize(
    ("content", "said", "names", "rows"),
    [
        ("x;y\n1;2\n", {"header_rows": 0}, ["column 1", "column 2"], 2),
        ("t;u\nx;y\n1;2\n", {"first_row": 2}, ["x", "y"], 1),
        ("t;u\nx;y\n1;2\n", {"header_rows": 2}, ["t x", "u y"], 1),
        ("a,b;c\n1,2;3\n", {"delimiter": ","}, ["a", "b;c"], 1),
        ("a,'b'\n1,'2,3'\n2,x\n", {"quote": "'"}, ["a", "b"], 2),
        ('a,b\n"1,2\n', {"quote": ""}, ["a", "b"], 1),
        ("a~b\n1~2\n", {"delimiter": "~"}, ["a", "b"], 1),
    ],
)
def test_a_persons_word_goes_before_what_is_found(written, content, said, names, rows):
    read = written(content, **said)
    assert list(read.frame) == names
    assert len(read.frame) == rows
    assert {key: getattr(read.reader, key) for key in said} == said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"delimiter": "||"}, "not one sign"),
        ({"delimiter": "|"}, "No line of this file is divided by"),
        ({"delimiter": '"', "quote": '"'}, "two different signs"),
        ({"first_row": 99}, "cannot begin in line 99"),
        ({"header_rows": 5}, "not 5 lines of names"),
    ],
)
def test_an_impossible_correction_is_refused(written, said, words):
    with pytest.raises(UnusableOption, match=words):
        written("a,b\n1,2\n", **said)


@pytest.mark.parametrize("delimiter", ["^", "~", ":"])
def test_rare_delimiters_are_found_where_nothing_else_divides(written, delimiter):
    read = written("\n".join(delimiter.join(row) for row in ("abc", "x1y", "z2w")) + "\n")
    assert read.reader.delimiter == delimiter


@pytest.mark.parametrize("content", ["at\n12:30\n13:45\n14:00\n", "text\nHello there\nyou two\nall well\n"])
def test_times_and_words_are_not_divided(written, content):
    assert written(content).reader.delimiter is None


def test_nul_characters_are_left_out_and_said(written):
    read = written("a,b\n1,x\0y\n2,z\n")
    assert read.frame["b"].tolist() == ["xy", "z"]
    assert _says(read, "1 NUL character left out")
