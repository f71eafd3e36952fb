"""What the service's description says of a column follows from the contract."""

import pytest

from engine.domain.dataset import ColumnContract, ColumnType
from engine.evidence import card_view

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


def test_the_card_shows_the_unit_beside_the_range():
    assert card_view._column(PRICE).allowed == "1 to 9 EUR"
