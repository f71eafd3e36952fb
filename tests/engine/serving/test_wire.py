"""What the service's description says of a column follows from the contract."""

import re

import pytest

from engine.domain.dataset import ColumnContract, ColumnType
from engine.evidence import card_view
from engine.serving.requests import checked_keys
from engine.serving.values import number

PRICE = ColumnContract(name="price", type=ColumnType.NUMBER, minimum=1, maximum=9, unit="EUR", note="without tax")


# BentoML's own, on import.
@pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The `__get_pydantic_core_schema__` method:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Accessing the 'model_fields' attribute:DeprecationWarning")
@pytest.mark.parametrize(
    ("column", "words"),
    [
        (PRICE, "minimum in training 1, maximum in training 9; in EUR; without tax"),
        (ColumnContract(name="town", type=ColumnType.CATEGORY, levels=("Bonn", "Ulm")), "seen in training: Bonn, Ulm"),
        (ColumnContract(name="day", type=ColumnType.DATETIME, note="of delivery"), "ISO 8601; of delivery"),
    ],
)
def test_ranges_levels_units_and_notes_are_described(column, words):
    from engine.serving import wire

    assert wire._value(column)["description"] == words


@pytest.mark.parametrize("text", ["4", "-4.5", " 4 ", "4e0", "+.5", "5.", "1.5E-3", "9" * 30, "99999999e29"])
def test_text_that_is_read_as_a_number_is_described_as_one(text):
    from engine.serving import wire

    assert re.search(wire._value(PRICE)["pattern"], text)
    assert isinstance(number(text), float)


@pytest.mark.parametrize("text", ["", " ", ".", "e5", "4,5", "1 2", "nan", "1e39", "٤"])
def test_text_that_is_read_as_no_number_is_not_described_as_one(text):
    from engine.serving import wire

    assert not re.search(wire._value(PRICE)["pattern"], text)
    with pytest.raises(ValueError, match="a number"):
        number(text)


def test_a_key_may_be_a_whole_number_as_the_service_takes_it():
    from engine.serving import wire

    assert checked_keys(["a", 5], 2) == ["a", "5"]
    keys, _ = wire.PredictCall.model_json_schema()["properties"]["keys"]["anyOf"]
    assert [one["type"] for one in keys["items"]["anyOf"]] == ["string", "integer"]


def test_the_card_shows_the_unit_beside_the_range():
    assert card_view._column(PRICE).allowed == "1 to 9 EUR"
