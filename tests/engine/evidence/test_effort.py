"""How closely many rows are explained."""

import pytest

from engine.domain.evidence import Background
from engine.evidence.effort import affordable, answers_in_time

BACKGROUND = Background(
    rows=tuple({"age": float(i)} for i in range(10)),
    weights=(0.05, 0.2, 0.05, 0.15, 0.1, 0.05, 0.1, 0.1, 0.1, 0.1),
    described="ten made-up rows",
)


@pytest.mark.parametrize(
    ("rows", "columns", "typical", "pairs", "exact"),
    [
        (1, 10, 10, 2, True),
        (145, 10, 10, 2, True),
        (150, 10, 10, 2, False),
        (6_000, 10, 10, 1, False),
        (30_000, 10, 2, 1, False),
        (10_000_000, 10, 1, 1, False),
        (1, 40, 10, 2, False),
        (10_000, 11, 6, 1, False),
    ],
)
def test_more_rows_are_explained_less_closely(rows, columns, typical, pairs, exact) -> None:
    found = affordable(rows, columns, BACKGROUND, most=1_500_000)
    assert (len(found.background.rows), found.permutations, found.exact_up_to >= columns) == (typical, pairs, exact)
    asked = 2**columns if exact else 2 * pairs * (columns + 1)
    assert typical == 1 or rows * typical * asked <= 1_500_000
    assert sum(found.background.weights) == pytest.approx(1)


def test_fewer_typical_rows_still_come_from_low_to_high() -> None:
    kept = affordable(100_000, 12, BACKGROUND, most=8_000_000)
    assert [row["age"] for row in kept.background.rows] == [1, 5, 8]
    assert "1 pair of permutations" in kept.described
    assert "3 typical rows" in kept.described


def test_nothing_is_said_where_nothing_was_saved() -> None:
    assert affordable(5, 30, BACKGROUND, most=1_500_000).described == ""


def test_a_slow_model_gets_fewer_answers_in_the_same_time() -> None:
    assert answers_in_time(0.04) == answers_in_time(None) == 1_500_000
    assert answers_in_time(0.4) == 150_000
    assert answers_in_time(0.0) > 10_000_000
