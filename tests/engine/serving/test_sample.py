"""The row that a first call sends is made up, fits the contract, and is an ordinary one."""

import json

import pytest

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.evidence import Background
from engine.serving.requests import RowReader
from engine.serving.sample import sample_row
from tests.engine.serving.served import CONTRACT

NOON = "2024-03-01T12:00:00"


def typical(*rows: dict[str, str | float | None]) -> Background:
    return Background(rows=rows, weights=(1.0,) * len(rows), described="made up")


def test_without_typical_rows_it_is_the_middle_of_what_is_allowed() -> None:
    sample = sample_row(CONTRACT)
    assert sample == {"age": 54, "balance": 4250.0, "job": "clerk", "since": "2022-07-02", "note": "text"}
    RowReader(CONTRACT).read([json.loads(json.dumps(sample))])


def test_it_is_the_fullest_of_the_typical_rows() -> None:
    empty = {"age": 30.0, "balance": None, "job": None, "since": "2021-01-01", "note": None}
    full = {"age": 41.7, "balance": 12.34567, "job": "nurse", "since": "2023-02-01", "note": None}
    told = sample_row(CONTRACT, typical(empty, full))
    assert told == {"age": 42, "balance": 12.35, "job": "nurse", "since": "2023-02-01", "note": "text"}
    RowReader(CONTRACT).read([json.loads(json.dumps(told))])


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        (ColumnContract(name="x", type=ColumnType.INTEGER, minimum=0, maximum=9, missing_rate=0.8), None, None),
        (ColumnContract(name="x", type=ColumnType.INTEGER, minimum=0, maximum=9, missing_rate=0.2), None, None),
        (ColumnContract(name="x", type=ColumnType.CATEGORY, levels=("a", "b"), missing_rate=0.009), None, "a"),
        (ColumnContract(name="x", type=ColumnType.NUMBER, minimum=0, maximum=9), 9.5, 9.0),
        (ColumnContract(name="x", type=ColumnType.NUMBER, minimum=0, maximum=99_999), 99_999, 99_999.0),
        (ColumnContract(name="x", type=ColumnType.NUMBER, minimum=0, maximum=99_999), 12_345.6, 12_350.0),
        (ColumnContract(name="x", type=ColumnType.DATETIME, first=NOON, last="2024-04-01"), "2024-03-01", NOON),
        (ColumnContract(name="y", type=ColumnType.DATETIME, first=NOON, last=NOON), None, NOON),
        (ColumnContract(name="x", type=ColumnType.CATEGORY, levels=("a", "b")), "c", "a"),
        (ColumnContract(name="y", type=ColumnType.CATEGORY, levels=("a", "b")), "b", "a"),
    ],
    ids=[
        *(
            "mostly missing",
            "seldom missing",
            "hardly ever missing",
            "beyond",
            "at the end",
            "long",
            "a day that begins too early",
            "a moment",
        ),
        *("no level", "another column"),
    ],
)
def test_what_a_typical_row_leaves_empty_stays_so_and_what_it_does_not_say_is_made_up(column, value, told) -> None:
    assert sample_row(DataContract(columns=(column,)), typical({"x": value})) == {column.name: told}
