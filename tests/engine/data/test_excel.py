"""Workbooks as people keep them: which sheet, where the table stands on it, and what its cells mean."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from engine.data.read import Read, read_file
from engine.domain.dataset import ColumnType, Reading, Rejection
from engine.errors import EmptyTable, UnreadableFile, UnusableOption
from tests.engine.data import binaries, hostile

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType
PEOPLE = [["name", "age", "city"], ["Ann", 31, "Rome"], ["Bo", 45, "Bern"], ["Cy", 28, "Lyon"], ["Di", 60, "Graz"]]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Write a workbook: sheets of rows by name, then whatever ``finish`` does to it."""

    def write(finish: Callable[[Any], None] | None = None, **sheets: list[list[Any]]) -> Path:
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as workbook:
            for name, rows in sheets.items():
                sheet = workbook.add_worksheet(name)
                for i, row in enumerate(rows):
                    sheet.write_row(i, 0, row)
            if finish:
                finish(workbook)
        return path

    return write


def said(read: Read, words: str) -> bool:
    return any(words in note for note in read.notes)


def test_the_sheet_that_is_a_table_is_read_and_the_others_are_named(book):
    def hide(workbook):
        workbook.get_worksheet_by_name("Old").hide()
        workbook.add_chartsheet("Chart")

    many = PEOPLE + [["Ed", 20 + i, "Oslo"] for i in range(40)]
    path = book(hide, Cover=[["Report"], ["of May"]], People=many, Old=PEOPLE, Empty=[])
    read = read_file(path)
    assert read.reader.sheet == "People"
    assert read.reader.sheets == ("Cover", "People", "Old", "Empty")
    assert len(read.frame) == 44
    assert said(read, "2 other sheets were not read: 'Cover', 'Old' (hidden)")


def test_the_first_of_several_tables_of_like_size_is_read(book):
    assert read_file(book(May=PEOPLE, June=PEOPLE[:4])).reader.sheet == "May"


def test_a_person_chooses_the_sheet(book):
    path = book(May=PEOPLE, June=PEOPLE[:3])
    read = read_file(path, reading=Reading(sheet="June"))
    assert (read.reader.sheet, len(read.frame)) == ("June", 2)
    with pytest.raises(UnusableOption, match="no sheet 'July'") as refusal:
        read_file(path, reading=Reading(sheet="July"))
    assert refusal.value.fix == "Choose one of 'May', 'June'."


def test_titles_above_the_names_are_left_out_and_said(book):
    rows = [["Customers"], ["printed", dt.date(2024, 1, 5)], [], *PEOPLE]
    read = read_file(book(A=rows))
    assert read.frame.columns.tolist() == ["name", "age", "city"]
    assert read.reader.first_row == 4
    assert said(read, "What stands above row 4 of the sheet was left out.")


def test_names_that_are_merged_over_columns_become_one_line(book):
    def merge(workbook):
        sheet = workbook.get_worksheet_by_name("A")
        sheet.merge_range(0, 0, 1, 0, "shop")
        sheet.merge_range(0, 1, 0, 2, "sales")
        sheet.merge_range(0, 3, 0, 4, "costs")

    rows = [[], ["", "Q1", "Q2", "Q1", "Q2"], ["Rome", 1, 2, 3, 4], ["Bern", 5, 6, 7, 8], ["Lyon", 9, 10, 11, 12]]
    read = read_file(book(merge, A=rows))
    assert read.frame.columns.tolist() == ["shop", "sales Q1", "sales Q2", "costs Q1", "costs Q2"]
    assert (read.reader.header_rows, len(read.frame)) == (2, 3)
    assert said(read, "2 lines of names are read as one")


def test_units_below_the_names_join_them(book):
    rows = [["item", "weight", "price"], ["", "kg", "EUR"], *[[f"i{i}", i, i / 2] for i in range(5)]]
    read = read_file(book(A=rows))
    assert read.frame.columns.tolist() == ["item", "weight kg", "price EUR"]
    assert read.types["weight kg"] is INTEGER


def test_a_first_row_that_is_only_not_known_is_no_line_of_units(book):
    rows = [["item", "weight", "price"], ["a", "n/a", "NA"], *[[f"i{i}", i, i / 2] for i in range(5)]]
    assert len(read_file(book(A=rows)).frame) == 6


@pytest.mark.parametrize(
    ("first", "header"),
    [(["shop", 2019, 2020, 2021], 1), (["Rome", 5, 6, 7], 0), (["shop", "sales", 12, 7], 1)],
    ids=["years", "values", "a number among names"],
)
def test_numbers_in_the_first_row_are_names_or_values(book, first, header):
    read = read_file(book(A=[first, ["Bern", 1, 2, 3], ["Lyon", 3, 4, 5], ["Graz", 3, 4, 5]]))
    assert read.reader.header_rows == header
    assert len(read.frame) == 4 - header


def test_a_person_says_where_the_names_stand(book):
    rows = [["x", "y", "z"], ["name", "age", "city"], ["(text)", "years", "(text)"], *PEOPLE[1:]]
    read = read_file(book(A=rows), reading=Reading(first_row=2, header_rows=2))
    assert read.frame.columns.tolist() == ["name (text)", "age years", "city (text)"]
    read = read_file(book(A=PEOPLE), reading=Reading(first_row=3, header_rows=0))
    assert read.frame["column 1"].tolist() == ["Bo", "Cy", "Di"]
    with pytest.raises(UnusableOption, match="Nothing stands in row 900"):
        read_file(book(A=PEOPLE), reading=Reading(first_row=900))


def test_totals_and_remarks_below_the_table_are_rejected_with_their_rows(book):
    rows = [
        ["shop", "sales", "costs"],
        ["Rome", 1, 2],
        ["Bern", 3, 4],
        ["Lyon", 5, 6],
        ["Total", 9, 12],
        [],
        ["Source: ERP"],
    ]
    read = read_file(book(A=rows))
    assert read.frame["sales"].tolist() == [1.0, 3.0, 5.0]
    assert read.rejected == (
        Rejection(line=5, reason="It holds totals ('Total')."),
        Rejection(line=7, reason="It holds a remark ('Source: ERP')."),
    )
    assert read.reader.rejected_rows == 2


def test_a_shop_called_total_is_a_row(book):
    rows = [["shop", "sales"], ["Total", 1], ["Shell", 3], ["Esso", 5], ["Total", 9]]
    assert len(read_file(book(A=rows)).frame) == 4


def test_a_merged_value_stands_in_each_of_its_rows(book):
    def merge(workbook):
        sheet = workbook.get_worksheet_by_name("A")
        sheet.merge_range(1, 0, 3, 0, "north")
        sheet.merge_range(4, 0, 5, 0, "south")

    rows = [["region", "shop", "sales"], *[["", f"s{i}", i] for i in range(1, 6)]]
    read = read_file(book(merge, A=rows))
    assert read.frame["region"].tolist() == ["north"] * 3 + ["south"] * 2
    assert said(read, "In 'region', 3 merged cells took the value")


def test_dates_times_durations_and_percentages(book):
    def write(workbook):
        sheet = workbook.get_worksheet_by_name("A")
        formats = [workbook.add_format({"num_format": f}) for f in ("hh:mm", "[h]:mm", "0.0%", "yyyy-mm-dd hh:mm")]
        for i in range(1, 4):
            for column, value in enumerate([0.25 + i / 24, 1.5, 0.07, 45292.5], start=1):
                sheet.write_number(i, column, value, formats[column - 1])
            sheet.write_boolean(i, 5, i == 1)

    rows = [["day", "time", "spent", "share", "moment", "member"], *[[dt.date(2024, 1, i)] for i in range(1, 4)]]
    read = read_file(book(write, A=rows))
    assert list(read.types.values()) == [DATETIME, CATEGORY, INTEGER, NUMBER, DATETIME, CATEGORY]
    first = read.frame.iloc[0].tolist()
    assert first == [pd.Timestamp("2024-01-01"), "07:00:00", 129_600.0, 0.07, pd.Timestamp("2024-01-01 12:00"), "true"]
    assert said(read, "Durations are read in seconds: 'spent'")


@pytest.mark.parametrize("since_1904", [False, True])
def test_numbers_among_dates_or_under_a_name_that_says_date_are_days(tmp_path, since_1904):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": since_1904, "default_date_format": "yyyy-mm-dd"}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["joined", "Birth date", "updates"])
        serial = 45292 - 1462 * since_1904  # 2024-01-01
        for i in range(1, 6):
            sheet.write(i, 0, serial if i == 3 else dt.date(2024, 1, 1))
            sheet.write_row(i, 1, [serial, 40_000])
    read = read_file(path)
    assert set(read.frame["joined"]) == set(read.frame["Birth date"]) == {pd.Timestamp("2024-01-01")}
    assert read.types["updates"] is INTEGER
    assert said(read, "In 'joined', numbers are read as the days")


def test_failed_and_never_calculated_formulas_are_missing_and_named(tmp_path):
    failed = '<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    rows = hostile.ROWS.replace(hostile.number("B3", 3), failed).replace(
        hostile.number("B4", 4), '<c r="B4"><f>A4*2</f><v/></c>'
    )
    path = tmp_path / "book.xlsx"
    hostile.workbook(path, hostile.sheet(rows))
    read = read_file(path)
    assert read.frame["b"].isna().tolist() == [False, True, True, False]
    assert said(read, "1 cell (B3) holds a failed formula")
    assert said(read, "1 cell (B4) holds a formula that was never calculated")


def test_formulas_that_their_writer_left_to_be_calculated_are_told(book):
    rows = [["a", "b"], *[[i, f"=A{i + 1}*2"] for i in range(1, 6)]]
    assert said(read_file(book(A=rows)), "All 5 formulas show 0")


def test_hidden_rows_and_columns_are_read_and_said(book):
    def hide(workbook):
        sheet = workbook.get_worksheet_by_name("A")
        sheet.set_row(2, options={"hidden": True})
        sheet.set_column(1, 1, options={"hidden": True})

    read = read_file(book(hide, A=PEOPLE))
    assert read.frame.shape == (4, 3)
    assert said(read, "1 row is hidden on the sheet, by a filter or by hand")
    assert said(read, "1 column is hidden on the sheet")


def test_numbers_kept_as_text_and_long_ones(book):
    rows = [["n", "code", "iban"], *[[str(i), f"00{i}", "12345678901234567890"] for i in range(1, 5)]]
    read = read_file(book(A=rows))
    assert list(read.types.values()) == [INTEGER, CATEGORY, CATEGORY]
    assert read.frame["iban"].iloc[0] == "12345678901234567890"


def test_a_comma_in_words_does_not_change_numbers(book):
    rows = [["words", "number"], *[[f"{i},5", 1.234 + i] for i in range(1, 9)]]
    assert read_file(book(A=rows)).frame["number"].tolist() == [1.234 + i for i in range(1, 9)]


def test_cells_that_are_formatted_only_are_nothing(book):
    def paint(workbook):
        sheet = workbook.get_worksheet_by_name("A")
        bold = workbook.add_format({"bold": True})
        for row in (6, 1_048_575):
            sheet.write_blank(row, 12, None, bold)

    read = read_file(book(paint, A=PEOPLE))
    assert read.frame.shape == (4, 3)
    assert read.notes == ()


def test_blank_rows_between_are_counted(book):
    read = read_file(book(A=[*PEOPLE[:2], [], [], *PEOPLE[2:]]))
    assert len(read.frame) == 4
    assert said(read, "2 rows without any value left out.")


def test_an_empty_sheet_that_was_asked_for_is_refused(book):
    with pytest.raises(EmptyTable, match="The sheet 'B' is empty"):
        read_file(book(A=PEOPLE, B=[]), reading=Reading(sheet="B"))


def _ods_cell(value: object) -> str:
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    if isinstance(value, dt.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def test_an_opendocument_sheet_is_a_workbook(tmp_path):
    rows = [["name", "day", "n"], ["Ann", dt.date(2024, 1, 31), 1.5], ["Bo", dt.date(2024, 2, 1), 2]]
    lines = ["".join(map(_ods_cell, row)) for row in rows]
    table = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines[:-1])
    table += f'<table:table-row table:number-rows-repeated="2" table:visibility="filter">{lines[-1]}</table:table-row>'
    table += '<table:table-row><table:table-cell/><table:table-cell table:formula="of:=1"/></table:table-row>'
    table += '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    path = tmp_path / "book.ods"
    hostile.ods(path, table)
    read = read_file(path)
    assert read.types == {"name": CATEGORY, "day": DATETIME, "n": NUMBER}
    assert read.frame["n"].tolist() == [1.5, 2.0, 2.0]
    assert said(read, "2 rows are hidden on the sheet")
    assert said(read, "1 cell holds a formula that was never calculated")


def test_a_protected_opendocument_sheet_is_refused(tmp_path):
    path = tmp_path / "book.ods"
    hostile.ods(path, "", manifest=hostile.MANIFEST.replace("/>", "><m:encryption-data/></m:manifest>"))
    with pytest.raises(UnreadableFile, match=r"book\.ods is protected with a password"):
        read_file(path)


@pytest.mark.parametrize("write", [binaries.xls, binaries.xlsb], ids=["xls", "xlsb"])
def test_excels_binary_forms_are_read(tmp_path, write):
    rows = [["Kunde", "Betrag", "bleibt"], *([f"K{i:03}ü", i * 1.5, "ja" if i % 3 else "nein"] for i in range(40))]
    read = read_file(write(tmp_path / "table.bin", rows))
    assert (read.reader.sheet, read.reader.sheets) == ("Sales", ("Sales",))
    assert [list(row) for row in read.frame.itertuples(index=False)] == rows[1:]
    assert read.types == {"Kunde": CATEGORY, "Betrag": NUMBER, "bleibt": CATEGORY}
    assert not read.rejected
