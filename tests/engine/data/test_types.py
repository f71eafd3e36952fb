"""What values are taken for: decided over all of them, and codes stay codes."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from engine.data.read import Read, read_file
from engine.domain.dataset import ColumnType

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType


@pytest.fixture
def column(tmp_path: Path):
    """Read a file whose column ``x`` holds the values; ``y`` counts them."""

    def read(*values: str, delimiter: str = ";", **more: tuple[str, ...]) -> Read:
        columns = {"x": values, **more, "y": [f"n{i}" for i, _ in enumerate(values)]}
        lines = [delimiter.join(columns)] + [
            delimiter.join(f'"{v}"' for v in row) for row in zip(*columns.values(), strict=True)
        ]
        path = tmp_path / "table.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_file(path)

    return read


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (("1", "-2", "+3"), INTEGER, [1, -2, 3]),
        (("1.0", "2.0"), INTEGER, [1, 2]),
        (("1.50", "2.00"), NUMBER, [1.5, 2]),
        (("1e5", ".5", "3."), NUMBER, [1e5, 0.5, 3]),
        (("1e+05", "1.00E+05", "250"), INTEGER, [100000, 100000, 250]),
        (("00123", "00456"), CATEGORY, ["00123", "00456"]),
        (("0", "5", "007"), CATEGORY, ["0", "5", "007"]),
        (("0", "0.5"), NUMBER, [0, 0.5]),
        (("+4915112345678", "+4915187654321"), CATEGORY, ["+4915112345678", "+4915187654321"]),
        (("90071992547409931", "90071992547409932"), CATEGORY, ["90071992547409931", "90071992547409932"]),
        (("true", "false"), CATEGORY, ["true", "false"]),
        (("yes", "no"), CATEGORY, ["yes", "no"]),
        ((" yes", "yes\u00a0", "no"), CATEGORY, ["yes", "yes", "no"]),
        ((" 1", "\u00a02 "), INTEGER, [1, 2]),
        (("1_000", "2_000"), CATEGORY, ["1_000", "2_000"]),
        (("0x10", "0x20"), CATEGORY, ["0x10", "0x20"]),
    ],
)
def test_numbers_and_codes_are_told_apart(column, values, kind, read):
    found = column(*values)
    assert found.types["x"] is kind
    assert found.frame["x"].tolist() == read


@pytest.mark.parametrize("token", ["", "NA", "N/A", "NaN", "null", "None", "?", "#N/A", "#DIV/0!", "inf"])
def test_a_missing_token_is_missing_beside_numbers_and_dates(column, token):
    found = column("1", token, "3", d=("2024-01-01", token, "2024-01-03"))
    assert found.types["x"] is INTEGER
    assert found.types["d"] is DATETIME
    assert found.frame[["x", "d"]].isna().sum().tolist() == [1, 1]
    assert any("'x'" in note for note in found.notes) == bool(token)


def test_a_missing_token_is_a_word_beside_words(column):
    found = column("NA", "EU", "?", "")
    assert found.frame["x"].tolist() == ["NA", "EU", "?", None]


def test_types_are_decided_over_all_values(column):
    found = column(*[str(i) for i in range(30_000)], "unknown")
    assert found.types["x"] is CATEGORY
    assert found.frame["x"].iloc[-1] == "unknown"


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (("1,5", "22,75"), NUMBER, [1.5, 22.75]),
        (("1.234,5", "12"), NUMBER, [1234.5, 12]),
        (("1.234.567", "12"), INTEGER, [1234567, 12]),
        (("1,234,567", "12"), INTEGER, [1234567, 12]),
        (("1,234.50", "999.00"), NUMBER, [1234.5, 999]),
        (("0,125", "0,250"), NUMBER, [0.125, 0.25]),
        (("1,2,3", "4,5"), CATEGORY, ["1,2,3", "4,5"]),
    ],
)
def test_the_countrys_spelling_of_numbers_is_read(column, values, kind, read):
    found = column(*values, delimiter="\t")
    assert found.types["x"] is kind
    assert found.frame["x"].tolist() == read


@pytest.mark.parametrize(
    ("delimiter", "kind", "read"),
    [(";", NUMBER, [1.234, 12]), (",", INTEGER, [1234, 12]), ("\t", CATEGORY, ["1,234", "12"])],
)
def test_an_ambiguous_comma_goes_with_the_delimiter_or_stays(column, delimiter, kind, read):
    found = column("1,234", "12", delimiter=delimiter)
    assert found.types["x"] is kind
    assert found.frame["x"].tolist() == read
    assert any("comma" in note for note in found.notes)


def test_a_file_that_writes_decimal_commas_writes_thousands_with_a_point(column):
    found = column("1.234", "12", z=("0,5", "1,25"))
    assert found.frame["x"].tolist() == [1234, 12]
    assert found.frame["z"].tolist() == [0.5, 1.25]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (("2024-01-31", "2024-02-01"), datetime(2024, 1, 31)),
        (("2024-01-31 13:05", "2024-02-01 00:00"), datetime(2024, 1, 31, 13, 5)),
        (("2024-01-31T13:05:06.123456789", "2024-02-01"), datetime(2024, 1, 31, 13, 5, 6, 123456)),
        (("2024/1/31", "2024/2/1"), datetime(2024, 1, 31)),
        (("31.1.2024", "1.2.2024"), datetime(2024, 1, 31)),
        (("1.2.2024", "2.2.2024"), datetime(2024, 2, 1)),
        (("1/31/2024", "2/1/2024"), datetime(2024, 1, 31)),
        (("31/01/2024 13:05:06", "01/02/2024 00:00:00"), datetime(2024, 1, 31, 13, 5, 6)),
        (("1/31/2024 1:05 PM", "2/1/2024 11:05AM"), datetime(2024, 1, 31, 13, 5)),
        (("31 Jan 2024", "1 Feb 2024"), datetime(2024, 1, 31)),
        (("January 31, 2024", "March 1, 2024"), datetime(2024, 1, 31)),
        (("31-Jan-2024", "01-May-2024"), datetime(2024, 1, 31)),
        (("2024-01-31T13:05:06Z", "2024-01-31T13:05:06+02:00"), datetime(2024, 1, 31, 13, 5, 6)),
        # Only read with the day first are they in order.
        (("1/3/2024", "2/3/2024", "1/4/2024"), datetime(2024, 3, 1)),
    ],
)
def test_dates_are_read(column, values, first):
    found = column(*values)
    assert found.types["x"] is DATETIME
    assert found.frame["x"].dtype == "datetime64[ns]"
    assert found.frame["x"].iloc[0].to_pydatetime(warn=False) == first
    assert found.frame["x"].notna().all()


def test_a_zone_is_turned_into_utc_and_said(column):
    found = column("2024-01-31T13:05:06+02:00", "2024-01-31T13:05:06Z")
    assert found.frame["x"].iloc[0] == pd.Timestamp("2024-01-31 11:05:06")
    assert any("UTC" in note for note in found.notes)


@pytest.mark.parametrize(
    "values",
    [
        ("2024-02-30", "2024-01-01"),
        ("31.06.2024", "01.07.2024"),
        ("13/13/2024", "1/1/2024"),
        ("2024", "x"),
        ("1/2", "3/4"),
    ],
)
def test_what_is_no_date_stays_as_written(column, values):
    found = column(*values)
    assert found.types["x"] is CATEGORY
    assert found.frame["x"].tolist() == list(values)


def test_a_date_that_could_be_either_stays_as_written_and_is_said(column):
    found = column("1/2/2024", "2/1/2024", "3/3/2024", "1/2/2024")
    assert found.types["x"] is CATEGORY
    assert any("day or the month" in note for note in found.notes)


def test_a_column_that_leaves_no_doubt_speaks_for_the_others(column):
    found = column("1/2/2024", "2/1/2024", "1/2/2024", d=("31/1/2024", "1/1/2024", "1/2/2024"))
    assert found.types["x"] is DATETIME
    assert found.frame["x"].iloc[0] == pd.Timestamp(2024, 2, 1)


def test_dates_beyond_what_can_be_held_are_missing_and_said(column):
    found = column("2024-01-01", "9999-12-31")
    assert found.frame["x"].isna().tolist() == [False, True]
    assert any("2261" in note for note in found.notes)


def test_text_is_many_long_values_and_codes_are_not(column):
    sentences = [f"the customer number {i} wrote us a letter" for i in range(40)]
    codes = tuple(f"{i:032x}" for i in range(1, 41))
    found = column(*sentences, c=codes)
    assert found.types["x"] is TEXT
    assert found.types["c"] is CATEGORY


def test_bikes_dates_have_the_month_first(shared_data):
    read = read_file(shared_data / "bike.csv")
    assert read.types["dteday"] is DATETIME
    assert read.frame["dteday"].iloc[[0, -1]].tolist() == [pd.Timestamp(2011, 1, 1), pd.Timestamp(2012, 12, 31)]


@pytest.mark.parametrize(
    ("name", "shape", "types"),
    [
        ("bank", (45211, 17), {"age": INTEGER, "job": CATEGORY, "pdays": INTEGER, "deposit": CATEGORY}),
        ("income", (32561, 14), {"age": INTEGER, "workclass": CATEGORY, "income >50K": INTEGER}),
        ("credit", (24000, 24), {"SEX": INTEGER, "BILL_AMT1": INTEGER, "default": INTEGER}),
        ("titanic", (891, 12), {"Name": TEXT, "Age": NUMBER, "Ticket": CATEGORY, "Cabin": CATEGORY, "Fare": NUMBER}),
        ("wine", (6497, 13), {"density": NUMBER, "quality": INTEGER, "type": CATEGORY}),
    ],
)
def test_the_real_tables_are_understood(shared_data, name, shape, types):
    read = read_file(shared_data / f"{name}.csv")
    assert read.frame.shape == shape
    assert {column: read.types[column] for column in types} == types
    assert read.rejected == ()


def test_numbers_too_large_to_be_counted_with_are_missing_and_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1.5,1e308\n-1e300,2\n1e37,3\n")
    read = read_file(path)
    assert read.frame["x"].isna().tolist() == [False, True, False]
    assert read.frame["y"].isna().tolist() == [True, False, False]
    assert "In 'x', 1 number beyond 1e38 or infinite: counted as missing." in read.notes


def test_infinite_numbers_in_parquet_are_missing_and_said(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"x": [float("inf"), -float("inf"), 1.0], "y": [1.0, 2.0, 3.0]}).to_parquet(path)
    read = read_file(path)
    assert read.frame["x"].isna().tolist() == [True, True, False]
    assert read.notes == ("In 'x', 2 numbers beyond 1e38 or infinite: counted as missing.",)
