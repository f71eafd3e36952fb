"""Keys that are proposed: by their names, by what they hold, and never by chance."""

import numpy as np
import pandas as pd
import pytest

from engine.data.keys import comparable, suggest
from engine.domain.dataset import ColumnType
from engine.errors import UnusableOption
from tests.engine.tables import type_of


def proposed(base: pd.DataFrame, other: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    types = [{str(name): type_of(frame[name]) for name in frame} for frame in (base, other)]
    return suggest(base, other, *types)


@pytest.fixture
def customers() -> pd.DataFrame:
    """Ages and orders' amounts are small whole numbers too; ``sex`` stands in both tables."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "customer_id": np.arange(1000.0, 1300.0),
            "age": rng.integers(18, 80, 300).astype(float),
            "sex": rng.choice(["f", "m"], 300).astype(object),
            "signed": pd.date_range("2024-01-01", periods=300),
        }
    )


@pytest.fixture
def orders(customers) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "no": np.arange(900.0),
            "customer": rng.choice(customers["customer_id"], 900),
            "amount": rng.integers(1, 90, 900).astype(float),
            "sex": rng.choice(["f", "m"], 900).astype(object),
            "on": pd.date_range("2023-06-01", periods=900, freq="12h"),
        }
    )


def test_the_same_key_under_another_name_is_found(customers, orders) -> None:
    assert proposed(customers, orders) == (("customer_id", "customer"),)


def test_a_key_is_found_by_its_values_alone(customers, orders) -> None:
    named = orders.rename(columns={"customer": "c7"}), customers.rename(columns={"customer_id": "c1"})
    assert proposed(named[1], named[0]) == (("c1", "c7"),)


def test_text_and_numbers_of_one_name_are_one_key(customers, orders) -> None:
    text = pd.DataFrame({"customer_id": [f"{value:06.0f}" for value in orders["customer"]]}, dtype=object)
    types = {"customer_id": ColumnType.INTEGER}, {"customer_id": ColumnType.CATEGORY}
    assert suggest(customers[["customer_id"]], text, *types) == (("customer_id", "customer_id"),)


def test_what_two_tables_share_by_chance_is_no_key(customers, orders) -> None:
    assert proposed(customers.drop(columns="customer_id"), orders.drop(columns="no")) == ()


def test_two_columns_are_proposed_where_only_both_name_a_row() -> None:
    shops, months = [f"shop {i}" for i in range(30)], [float(m) for m in range(1, 13)]
    other = pd.DataFrame([(s, m, 100 * m) for s in shops for m in months], columns=["shop", "month", "target"])
    base = pd.DataFrame([(s, m, 3.0) for s in shops[:20] for m in months for _ in "ab"], columns=["shop", "month", "n"])
    assert set(proposed(base, other)) == {("shop", "shop"), ("month", "month")}


def test_a_column_of_measured_numbers_is_never_a_key() -> None:
    frame = pd.DataFrame({"price": np.linspace(0.5, 99.9, 400)})
    types = {"price": ColumnType.NUMBER}
    assert suggest(frame, frame, types, types) == ()


def test_empty_columns_make_no_key() -> None:
    empty = pd.DataFrame({"id": pd.Series([None, None], dtype=object)})
    assert proposed(empty, empty) == ()


def test_numbers_and_dates_are_never_one_key(customers) -> None:
    with pytest.raises(UnusableOption, match=r"'age' holds numbers and 'signed' dates"):
        comparable(customers["age"], customers["signed"])
