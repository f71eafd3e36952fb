"""What a valid row is."""

import numpy as np
import pandas as pd
import pytest

from engine.data import contract
from engine.data.profile import describe
from engine.data.read import read_file
from engine.domain.dataset import ColumnType, DataContract, KnownWhen, Role
from engine.errors import UnusableOption

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType
TYPES = {"no": INTEGER, "who": CATEGORY, "day": DATETIME, "code": INTEGER, "town": CATEGORY, "shop": CATEGORY}


@pytest.fixture
def orders() -> pd.DataFrame:
    """Sixty orders in order of ``day``; ``town`` has a rare level and gaps, every ``shop`` is rare."""
    return pd.DataFrame(
        {
            "no": np.arange(1.0, 61),
            "who": pd.Series([f"{i}@example.org" for i in range(60)], dtype=object),
            "day": pd.date_range("2024-01-01", periods=60),
            "code": [1.0, 2.0, 3.0] * 20,
            "town": pd.Series(["Bonn"] * 30 + ["Ulm"] * 20 + ["Kiel"] * 4 + [None] * 6, dtype=object),
            "shop": pd.Series([f"shop {i % 20}" for i in range(60)], dtype=object),
        }
    )


@pytest.fixture
def proposed(orders) -> DataContract:
    return contract.propose(orders, describe(orders, TYPES))


def test_roles_come_with_their_reasons(proposed):
    assert {c.name: c.role for c in proposed.columns} == {
        "no": Role.IDENTIFIER,
        "who": Role.PERSONAL,
        "day": Role.TIME,
        "code": Role.FEATURE,
        "town": Role.FEATURE,
        "shop": Role.FEATURE,
    }
    assert proposed.column("who").role_reason.startswith("It holds an e-mail address")
    assert proposed.column("no").role_reason == "It counts the rows, from 1 to 60."


def test_ranges_and_levels_are_written_down_but_nothing_that_identifies_people(proposed):
    assert (proposed.column("code").minimum, proposed.column("code").maximum) == (1, 3)
    assert proposed.column("town").levels == ("Bonn", "Kiel", "Ulm")
    assert proposed.column("town").missing_rate == 0.1
    assert proposed.column("day").last == "2024-02-29T00:00:00"
    assert "example.org" not in proposed.model_dump_json()


def test_what_is_learned_comes_from_the_learn_rows_and_folds_rare_levels(orders, proposed):
    learned = contract.learned(proposed, orders.head(54), ("town", "code", "shop"))
    assert learned.names == ("town", "code", "shop")
    assert learned.column("town").levels == ("Bonn", "Ulm")
    assert learned.column("town").missing_rate == 0
    assert learned.column("shop").levels is None


def test_a_corrected_type_converts_the_table(orders, proposed):
    corrected = contract.correct(proposed, "code", type=CATEGORY)
    assert corrected.column("code").minimum is None
    frame = contract.canonical(orders, corrected)
    assert frame["code"].tolist()[:3] == ["1", "2", "3"]
    assert contract.measure(corrected, frame).column("code").levels == ("1", "2", "3")
    assert contract.measure(corrected, frame).column("day").role is Role.TIME


def test_a_corrected_role_is_the_analysts(proposed):
    column = contract.correct(proposed, "no", role=Role.FEATURE).column("no")
    assert (column.role, column.role_reason) == (Role.FEATURE, "You said so.")
    assert column.minimum == 1


def test_a_unit_a_note_and_when_it_is_known_are_the_analysts(proposed):
    said = contract.correct(proposed, "code", unit="EUR", note="rounded to tens", known=KnownWhen.AFTER)
    again = contract.correct(said, "code", role=Role.FEATURE)
    column = again.column("code")
    assert (column.unit, column.note, column.known) == ("EUR", "rounded to tens", KnownWhen.AFTER)
    assert proposed.column("code").unit == ""


def test_a_canonical_table_is_not_copied(orders, proposed):
    assert contract.canonical(orders, proposed) is orders
    assert list(contract.canonical(orders, proposed.only(("town", "no")))) == ["town", "no"]


def test_tables_of_one_kind_are_compared_and_others_are_not(proposed):
    newer = contract.correct(proposed.only(("no", "who", "day", "town", "shop")), "town", type=NUMBER)
    assert contract.differences(proposed, newer) == (
        "The table before had 'code'; this one has not.",
        "In the table before, 'town' held words; here it holds numbers.",
    )
    assert contract.differences(newer, proposed)[0] == "The table before did not have 'code'."
    assert contract.differences(proposed, proposed) == ()
    assert contract.differences(proposed, proposed.only(("no",))) == ()


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (["1", "x", None], NUMBER, [1, None, None]),
        (["1", "inf", None], INTEGER, [1, None, None]),
        (["2024-01-31", "31 Jan 2024", "x"], DATETIME, [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 1, 31), None]),
        ([20240131.0, None, 5.0], DATETIME, [pd.Timestamp(2024, 1, 31), None, None]),
        ([1.0, 2.5, None], CATEGORY, ["1", "2.5", None]),
        ([pd.Timestamp(2024, 1, 31), None, None], TEXT, ["2024-01-31", None, None]),
    ],
)
def test_values_are_converted_and_what_cannot_be_is_missing(values, kind, read):
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object if isinstance(values[0], str) else None)})
    bare = DataContract(columns=({"name": "x", "type": kind},))
    found = contract.canonical(frame, bare)["x"]
    assert [None if pd.isna(v) else v for v in found] == read


def test_a_type_that_no_value_has_is_refused(orders, proposed):
    with pytest.raises(UnusableOption, match="No value of 'town' can be read as a number"):
        contract.canonical(orders, contract.correct(proposed, "town", type=NUMBER))


def test_a_column_that_is_not_there_is_refused(orders, proposed):
    with pytest.raises(UnusableOption, match="no column called 'wealth'"):
        contract.correct(proposed, "wealth", role=Role.IGNORED)
    with pytest.raises(UnusableOption, match="no column called 'town'"):
        contract.canonical(orders.drop(columns="town"), proposed)


@pytest.mark.parametrize(
    ("table", "roles"),
    [
        ("bank", {}),
        ("bike", {"instant": Role.IDENTIFIER, "dteday": Role.TIME}),
        ("titanic", {"PassengerId": Role.IDENTIFIER, "Name": Role.PERSONAL, "Ticket": Role.IDENTIFIER}),
    ],
)
def test_the_real_tables_get_the_right_roles(shared_data, table, roles):
    read = read_file(shared_data / f"{table}.csv")
    proposed = contract.propose(read.frame, describe(read.frame, read.types))
    assert {c.name: c.role for c in proposed.columns if c.role is not Role.FEATURE} == roles
    pd.testing.assert_frame_equal(contract.canonical(read.frame, proposed), read.frame)
