"""What a fix makes of values, in training and in the service alike."""

import json

import numpy as np
import pandas as pd
import pytest

from engine.data.contract import learned
from engine.data.profile import describe
from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.outcome import Action, Remedy
from engine.problem.rewriting import merged, read_as, replaced, rewritten
from engine.problem.rows import text_of
from engine.serving.intake import take
from engine.serving.requests import RowReader
from tests.engine.tables import described


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (("yes", "Yes", " YES "), {"yes": "yes", "Yes": "yes", " YES ": "yes"}),
        (("ja", "yes", "no", "nein", "0"), {"ja": "ja", "yes": "ja", "no": "no", "nein": "no", "0": "no"}),
        (("3", "4"), {"3": "3 or 4", "4": "3 or 4"}),
        (("a", "b", "c", "d"), dict.fromkeys("abcd", "other")),
        (("Köln", "köln", "Bonn"), dict.fromkeys(("Köln", "köln", "Bonn"), "Köln or köln or Bonn")),
    ],
    ids=["spellings", "yes and no", "numbers", "many", "not only spellings"],
)
def test_spellings_of_one_word_keep_its_name_and_all_else_is_united(values, labels):
    assert merged(values) == labels


def test_one_fix_after_the_other():
    fixes = [
        Remedy(action=Action.MERGE_LEVELS, columns=("a",), values=("x", "X")),
        Remedy(action=Action.SET_MISSING, columns=("a", "b"), values=("x", "?")),
        Remedy(action=Action.DROP_COLUMNS, columns=("a",)),
    ]
    assert read_as(fixes, "a") == {"X": None, "x": None, "?": None}
    assert read_as(fixes, "b") == {"x": None, "?": None}
    assert read_as(fixes, "c") == {}


@pytest.mark.parametrize(
    ("left", "dtype"),
    [(["12", "7.5"], "float64"), (["12", "many"], "object"), (["007", "12"], "object"), ([], "object")],
    ids=["numbers", "words", "codes", "nothing"],
)
def test_where_only_numbers_are_left_they_are_numbers(left, dtype):
    values = pd.Series([*left, "?"], dtype=object)
    assert rewritten(values, {"?": None}).dtype == dtype
    assert rewritten(values, {"?": None}).isna().sum() == 1


def test_dates_and_numbers_go_missing():
    dates = pd.Series(pd.to_datetime(["1900-01-01", "2024-05-01"]))
    assert replaced(dates, {"1900-01-01": None}).isna().tolist() == [True, False]
    assert replaced(pd.Series([-1.0, 2.5]), {"-1": None}).isna().tolist() == [True, False]


FIXES = (
    Remedy(action=Action.SET_MISSING, columns=("days",), values=("-1",)),
    Remedy(action=Action.SET_MISSING, columns=("size",), values=("unknown",)),
    Remedy(action=Action.SET_MISSING, columns=("since",), values=("1900-01-01",)),
    Remedy(action=Action.MERGE_LEVELS, columns=("paid",), values=("yes", "Y", "no", "N")),
)


@pytest.fixture
def rows() -> pd.DataFrame:
    """Sixty rows as they came."""
    return pd.DataFrame(
        {
            "days": [-1.0, 3.0, 8.0] * 20,
            "size": ["unknown", "12", "14.5"] * 20,
            "since": pd.to_datetime(["1900-01-01", "2024-05-01", "2024-06-01"] * 20),
            "paid": ["yes", "Y", "N"] * 20,
        }
    )


def test_the_service_reads_rows_as_training_did(rows, tmp_path):
    fixed = pd.DataFrame({name: rewritten(rows[name], read_as(FIXES, name)) for name in rows})
    contract = learned(described(rows)[0], fixed, tuple(rows), FIXES)
    assert contract.column("size").type is ColumnType.NUMBER
    assert contract.column("days").minimum == 3
    assert contract.column("paid").levels == ("no", "yes")
    sent = json.loads(rows.to_json(orient="records", date_format="iso"))
    one_by_one = RowReader(contract).read([{**row, "days": text_of(row["days"])} for row in sent]).frame
    rows.to_csv(tmp_path / "rows.csv", index=False)
    in_a_file = take(tmp_path / "rows.csv", contract)
    for served in (one_by_one, RowReader(contract).read(sent).frame, in_a_file.columns.features):
        pd.testing.assert_frame_equal(served, fixed, check_dtype=False)
    assert not in_a_file.columns.marked.any()


def test_among_words_a_fix_still_finds_what_is_spelt_otherwise(rows, tmp_path):
    fixed = pd.DataFrame({name: rewritten(rows[name], read_as(FIXES, name)) for name in rows})
    contract = learned(described(rows)[0], fixed, tuple(rows), FIXES)
    days = ["-1.0", "3", "abc", "-1", " -1.00 ", "8.0"] * 10
    since = ["1900-01-01T00:00:00", "2024-05-01 12:30:00", "1900-01-01", "1900-01-01 00:00:00Z", "soon", ""] * 10
    sent = pd.DataFrame({**rows, "days": days, "since": since})
    sent.to_csv(tmp_path / "rows.csv", index=False)
    sent.to_parquet(tmp_path / "rows.parquet")
    known = sent.replace({"abc": None, "soon": None, "": None, "1900-01-01 00:00:00Z": "1900-01-01"})
    told = RowReader(contract).read(known.to_dict("records")).frame
    assert told["days"].isna().sum() == 40
    assert told["since"].isna().sum() == 50
    for file in ("rows.csv", "rows.parquet"):
        read = take(tmp_path / file, contract).columns
        pd.testing.assert_frame_equal(read.features, told, check_dtype=False)
        assert read.unreadable == {"days": 10, "since": 10}


@pytest.mark.parametrize("key", ["1900-01-01", "1900-01-01T00:00:00"])
def test_a_day_is_found_with_and_without_its_midnight(key):
    column = ColumnContract(name="since", type=ColumnType.DATETIME, read_as={key: None})
    dates = ["1900-01-01", "1900-01-01T00:00:00", "2024-05-01T12:30:00"]
    read = RowReader(DataContract(columns=(column,))).read([{"since": text} for text in dates]).frame["since"]
    assert read.isna().tolist() == [True, True, False]
    assert replaced(pd.Series(pd.to_datetime(dates, format="ISO8601")), column.read_as).equals(read)


def test_what_a_fix_reads_as_missing_counts_as_missing_in_the_contract(rows):
    fixed = rows.assign(days=rewritten(rows["days"], {"-1": None}))
    contract = learned(described(rows)[0], fixed, ("days",), FIXES)
    assert contract.column("days").missing_rate == pytest.approx(1 / 3)
    read = RowReader(contract).read([{"days": -1}, {"days": 3}])
    assert np.isnan(read.frame["days"].iloc[0])
    assert describe(read.frame, {"days": ColumnType.INTEGER}).columns[0].missing == 1
