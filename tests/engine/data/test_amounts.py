"""Amounts, percentages and dates in the spellings of several countries; what is no quantity stays as written."""

from datetime import datetime
from pathlib import Path

import pytest

from engine.data.read import Read, read_file
from engine.domain.dataset import ColumnType, Reading

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType


@pytest.fixture
def column(tmp_path: Path):
    """Read a file whose column ``name`` holds the values; ``y`` counts them."""

    def read(*values: str, name: str = "x", delimiter: str = ";", said: Reading | None = None, **more: tuple) -> Read:
        columns = {name: values, **more, "y": [f"n{i}" for i, _ in enumerate(values)]}
        lines = [delimiter.join(columns)]
        lines += [delimiter.join(f'"{v}"' for v in row) for row in zip(*columns.values(), strict=True)]
        path = tmp_path / "table.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_file(path, reading=said)

    return read


@pytest.mark.parametrize(
    ("values", "read", "unit"),
    [
        (("1.234,50 €", "12,00 €", "-3,5 €"), [1234.5, 12, -3.5], "EUR"),
        (("€ 1,234.50", "€12.00", "(€ 3.50)"), [1234.5, 12, -3.5], "EUR"),
        (("$1,200.00", "$15.5"), [1200, 15.5], "$"),
        (("1.500 €", "2.000 €"), [1500, 2000], "EUR"),
        (("CHF 1'234.50", "CHF 12.00"), [1234.5, 12], "CHF"),
        (("1 234,50 zł", "12,5 zł"), [1234.5, 12.5], "PLN"),
        (("1\u202f234,50", "12,5"), [1234.5, 12.5], None),
        (("1'234.50", "12.00"), [1234.5, 12], None),
        (("12,5 %", "3 %", "0"), [12.5, 3, 0], "%"),
        (("1.234,56-", "12,00"), [-1234.56, 12], None),
        (("(5)", "6"), [-5, 6], None),
        (("\u22125,5", "6,25"), [-5.5, 6.25], None),
        (("12 kg", "3 kg"), [12, 3], "kg"),
    ],
)
def test_amounts_are_numbers_and_keep_their_unit(column, values, read, unit):
    found = column(*values)
    assert found.types["x"] in {INTEGER, NUMBER}
    assert found.frame["x"].tolist() == read
    assert found.units == ({"x": unit} if unit else {})
    assert any("'x'" in note and (unit or "") in note for note in found.notes)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("EUR 5", "USD 6"), "mixes EUR and USD"),
        (("12%", "5%", "7"), "only some values have the unit %"),
        (("612 345 678", "612 345 679"), "numbers of one length in groups"),
        (("2-", "1", "3+"), None),
        (("2-", "1", "3"), None),
        (("4+", "1", "2"), None),
        (("5-10", "10-15"), None),
        (("089 123456", "030 654321"), None),
        (("10.0.0.1", "10.0.0.2"), None),
        (("2024-W05", "2024-W06"), None),
        (("2024-Q1", "2024-Q2"), None),
        (("10:30", "11:45"), None),
        (("1.2.3", "1.2.4"), None),
        (("yes", "NO"), None),
    ],
)
def test_what_is_no_amount_stays_as_written(column, values, words):
    found = column(*values)
    assert found.types["x"] is CATEGORY
    assert found.frame["x"].tolist() == list(values)
    assert any(words in note for note in found.notes) if words else found.notes == ()


@pytest.mark.parametrize("name", ["PLZ", "Zip Code", "postal_code", "codePostal"])
def test_postal_codes_stay_as_written_and_it_is_said(column, name):
    found = column("12345", "54321", name=name)
    assert found.frame[name].tolist() == ["12345", "54321"]
    assert any("no quantities" in note for note in found.notes)
    assert column("12345", "7", name=name).types[name] is INTEGER


def test_telephone_numbers_stay_as_written(column):
    assert column("5551234567", "5551234568", name="phone").types["phone"] is CATEGORY


@pytest.mark.parametrize(
    ("said", "read"), [(Reading(decimal=","), [1.234, 12]), (Reading(decimal="."), [1234, 12]), (None, ["1,234", "12"])]
)
def test_the_person_says_what_a_comma_is(column, said, read):
    found = column("1,234", "12", delimiter="\t", said=said)
    assert found.frame["x"].tolist() == read


def test_the_sign_before_decimals_is_told(column):
    assert column("1,5", "2,5").reader.decimal == ","
    assert column("1.5", "2.5").reader.decimal == "."
    assert column("1", "2").reader.decimal is None
    assert column("1,5", "2,5").reader.decimals == {"x": ","}
    assert column("€ 1.50", "2.00").reader.decimals == {"x": "."}
    assert column("1", "2").reader.decimals == {}


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (("31. Januar 2024", "1. März 2024", "3. Mai 2024"), datetime(2024, 1, 31)),
        (("1 févr. 2024", "15 août 2023"), datetime(2024, 2, 1)),
        (("14 juillet 2024", "3 juin 2024"), datetime(2024, 7, 14)),
        (("3 de marzo de 2024", "15 de enero de 2023"), datetime(2024, 3, 3)),
        (("Mo, 31 Jan 2024 08:30", "Di, 1 Feb 2024 09:00"), datetime(2024, 1, 31, 8, 30)),
        (("Wednesday, January 31, 2024", "Friday, March 1, 2024"), datetime(2024, 1, 31)),
        (("31st January 2024", "1st Feb 2024"), datetime(2024, 1, 31)),
        (("31-JAN-24", "01-FEB-99"), datetime(2024, 1, 31)),
        (("Jan 31 2024 1:05PM", "Feb 1 2024 12:00AM"), datetime(2024, 1, 31, 13, 5)),
        (("31.01.24", "01.02.99"), datetime(2024, 1, 31)),
        (("01/31/24 13:05", "02/01/24 14:00"), datetime(2024, 1, 31, 13, 5)),
    ],
)
def test_dates_in_words_and_with_short_years_are_read(column, values, first):
    found = column(*values)
    assert found.types["x"] is DATETIME
    assert found.frame["x"].iloc[0].to_pydatetime() == first
    assert found.frame["x"].notna().all()


def test_short_years_are_said(column):
    found = column("31.01.24", "01.02.99")
    assert found.frame["x"].dt.year.tolist() == [2024, 1999]
    assert any("1950 to 2049" in note for note in found.notes)


@pytest.mark.parametrize(
    ("values", "name", "kind"),
    [
        (("20240131", "20240201"), "Datum", DATETIME),
        (("20240131", "20240201"), "code", INTEGER),
        (("20240231", "20240201"), "Datum", INTEGER),
        (tuple(str(20240101 + i) for i in range(28)), "x", DATETIME),
        (("1706700000", "1706700001"), "timestamp", DATETIME),
        (("1706700000123", "1706700001000"), "event_ts", DATETIME),
        (("1706700000", "1706700001"), "account", INTEGER),
    ],
)
def test_numbers_are_dates_where_name_or_number_of_them_leave_no_doubt(column, values, name, kind):
    found = column(*values, name=name)
    assert found.types[name] is kind
    assert bool(found.notes) == (kind is DATETIME)


@pytest.mark.parametrize(("said", "month"), [(True, 2), (False, 1)])
def test_the_person_says_what_stands_first_in_a_date(column, said, month):
    found = column("1/2/2024", "2/1/2024", "1/2/2024", said=Reading(day_first=said))
    assert found.frame["x"].dt.month.iloc[0] == month


def test_proof_goes_before_what_a_person_says_of_dates(column):
    found = column("1/31/2024", "2/1/2024", said=Reading(day_first=True))
    assert found.frame["x"].dt.month.tolist() == [1, 2]


def test_decimal_commas_speak_for_the_day_and_it_is_said(column):
    found = column("1/2/2024", "2/1/2024", "1/2/2024", z=("1,5", "2,5", "3,5"))
    assert found.frame["x"].dt.month.tolist() == [2, 1, 2]
    assert any("the day is taken to stand first" in note for note in found.notes)
