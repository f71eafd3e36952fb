"""What somebody takes along as CSV starts no formula, whatever a table, a caller or a colleague wrote."""

import csv
import io
import re
from pathlib import Path

import pytest

from app import main
from app.tabular import as_csv

RISKY = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1"]


@pytest.mark.parametrize("text", RISKY)
def test_no_cell_and_no_name_starts_a_formula(text: str) -> None:
    names, cells = csv.reader(io.StringIO(as_csv([{text: text}]), newline=""))
    assert names == cells == [f"'{text}"]


def test_numbers_and_words_stay_as_they_are() -> None:
    rows = [{"n": -3, "x": -0.5, "word": "-7.5%", "none": None}, {"n": 4, "more": "a,b"}]
    assert as_csv(rows) == 'n,x,word,none,more\r\n-3,-0.5,-7.5%,,\r\n4,,,,"a,b"\r\n'
    assert as_csv(rows, ("more", "n")) == 'more,n\r\n,-3\r\n"a,b",4\r\n'


def test_tables_have_no_download_but_ours() -> None:
    """Streamlit's own writes cells as they are; whether it is hidden is seen in Chromium (tests/journeys)."""
    css = (Path(main.__file__).parent / "assets" / "frame.css").read_text()
    assert re.search(r'button\[aria-label\^="Download as CSV"\] \{ display: none; \}', css)
