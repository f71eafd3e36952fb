"""Columns of plain numbers are told from their bytes as a pattern would tell them value by value."""

import re
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.data.plainly import SIMPLE, Plainly, plainly
from engine.data.scratch import Scratch, scratch

WRITTEN = st.from_regex(re.compile(r"-?\d{0,17}\.?\d{0,3}[ e+.\-x²]?", re.ASCII), fullmatch=True).filter(bool)


@pytest.fixture(scope="module")
def place() -> Iterator[Scratch]:
    """A scratch database for all tests here: each makes a table of its own in it."""
    with scratch() as opened:
        yield opened


def told(place: Scratch, cells: list[str | None]) -> Plainly | None:
    """What is found in a column that holds ``cells``, after a thousand plain numbers."""
    place.keep(pa.table({"c0": pa.array(["7"] * 1000 + cells, pa.string())}))
    return plainly(place, 1).get(0)


@given(st.lists(st.none() | WRITTEN, max_size=4))
@example(["-0.0", "10.0", None, "0"])
@example(["1.2.3"])
@example(["1-2"])
@example(["5."])
@example([".5"])
@example(["-"])
@example(["007"])
@example(["1234567890123456"])
def test_a_column_is_plain_where_every_value_is(place: Scratch, cells: list[str | None]) -> None:
    there = [cell for cell in cells if cell is not None]
    found = told(place, cells)
    if not all(re.fullmatch(SIMPLE, cell) for cell in there):
        assert found is None
        return
    assert found is not None
    assert found.values == 1000 + len(there)
    assert found.points == sum("." in cell for cell in there)
    assert found.whole == sum(cell.endswith(".0") for cell in there)
    assert found.numbers.to_pylist()[1000:] == [None if cell is None else float(cell) for cell in cells]


@pytest.mark.parametrize("cells", [["", "7"], [" 7"], ["½"]], ids=["empty text", "a space", "a fraction"])
def test_what_is_not_written_by_a_program_is_left_to_others(place: Scratch, cells: list[str | None]) -> None:
    assert told(place, cells) is None


def test_the_first_value_is_told_also_behind_gaps(place: Scratch) -> None:
    place.keep(pa.table({"c0": pa.array([None, "8.5", "9"], pa.string()), "c1": ["a", "b", "c"]}))
    found = plainly(place, 2)
    assert list(found) == [0]
    assert found[0].first == "8.5"
