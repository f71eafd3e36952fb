"""Numbers and addresses that point at one person, and what only looks like them."""

import numpy as np
import pandas as pd
import pytest

from engine.data import identity, roles

# Made up, with check digits that are right.
RIGHT = {
    "identity number": (
        "123-45-6789",
        "12345678Z",
        "X1234567L",
        "1 84 12 76 451 089 46",
        "255081416802538",
        "86095742719",
        "756.9217.0769.85",
        "AB 12 34 56 C",
        "RSSMRA85T10A562S",
        "111.444.777-35",
        "65 170839 J 003",
    ),
    "bank account": (
        "DE89 3704 0044 0532 0130 00",
        "ES9121000418450200051332",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
    ),
    "phone number": (
        *("+49 151 1234567", "0151/23456789", "(030) 123 45 67", "0049 30 1234567", "01 23 45 67 89", "06.12.34.56.78"),
        *("+34 612 345 678", "612 345 678", "912 34 56 78", "(555) 123-4567", "555-123-4567", "1-555-123-4567"),
        *("+1 (555) 123-4567", "07700 900123", "0612345678", "+44 20 7946 0958"),
    ),
    "e-mail address": ("a.b@example.org", "x+y@mail.example.co.uk"),
    "network address": ("192.168.0.1", "2001:db8::1"),
    "address": (
        *(
            "Hauptstraße 12",
            "Lindenweg 3a",
            "Am Markt 5",
            "12 rue de la Paix",
            "5 bis, avenue Foch",
            "Calle Mayor 7, 2º",
        ),
        *("1600 Pennsylvania Ave.", "221B Baker Street", "742 Evergreen Terrace, Springfield"),
    ),
}
WRONG = (
    *("12345678A", "X1234567A", "184127645108947", "86095742710", "756.9217.0769.84", "111.444.777-36", "000-12-3456"),
    *("DE88 3704 0044 0532 0130 00", "4111 1111 1111 1112", "2024-01-31", "31.12.2024", "01/02/2024", "1.234.567,89"),
    *(
        "1234567890",
        "0.1234567",
        "12:30:45",
        "1.2.3",
        "AB-1234",
        "3-2-1",
        "a@b",
        "red wine",
        "Way out",
        "Platz",
        "555 1234",
    ),
)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in RIGHT.items() for value in values])
def test_a_right_one_is_known(kind, value):
    assert [k for k, check in identity.KINDS.items() if check(value)] == [kind]


@pytest.mark.parametrize("value", WRONG)
def test_a_wrong_one_is_not(value):
    assert [k for k, check in identity.KINDS.items() if check(value)] == []


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).integers(1e10, 1e11, 500),
        np.random.default_rng(0).integers(1e14, 9e14, 500),
        np.arange(10_000_000_000, 10_000_000_500),
    ],
    ids=["eleven digits", "fifteen digits", "in a row"],
)
def test_long_numbers_are_nobodys_by_chance(values):
    assert roles.personal("c1", pd.Series(values.astype(float))) is None
    assert roles.personal("c1", pd.Series(values.astype(str), dtype=object)) is None


def test_numbers_with_right_check_digits_are_somebodys():
    values = pd.Series([float(n) for n in range(10_000_000_000, 10_000_040_000) if identity.is_identity(str(n))])
    assert len(values) > 100
    assert roles.personal("c1", values) == "identity number"
