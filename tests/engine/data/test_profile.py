"""What each column looks like."""

import numpy as np
import pandas as pd
import pytest

from engine.data.profile import describe
from engine.domain.dataset import ColumnType, Level
from engine.errors import EmptyTable

INTEGER, NUMBER, CATEGORY, TEXT, DATETIME = ColumnType


@pytest.fixture
def visits() -> pd.DataFrame:
    """Six visits; ``day`` has a gap, ``rating`` is whole, ``same`` never changes."""
    return pd.DataFrame(
        {
            "rating": [1.0, 2.0, 2.0, 3.0, np.nan, 5.0],
            "price": [0.5, 1.5, 2.5, 3.5, 4.5, 9.25],
            "town": pd.Series(["Bonn", "Ulm", "Bonn", None, "Bonn", "Kiel"], dtype=object),
            "note": pd.Series(["a", "b", "c", "d", "e", "f"], dtype=object),
            "day": pd.to_datetime(
                ["2024-01-01", "2024-01-02", None, "2024-01-04", "2024-01-05", "2024-01-06 12:00"], format="ISO8601"
            ),
            "same": [7.0] * 6,
            "nothing": [np.nan] * 6,
        }
    )


TYPES = dict(
    zip(
        ["rating", "price", "town", "note", "day", "same", "nothing"],
        [INTEGER, NUMBER, CATEGORY, TEXT, DATETIME, NUMBER, NUMBER],
        strict=True,
    )
)


def test_numbers_are_summarised(visits):
    rating = describe(visits, TYPES).column("rating")
    assert (rating.rows, rating.missing, rating.distinct) == (6, 1, 4)
    assert rating.missing_rate == pytest.approx(1 / 6)
    assert rating.examples == ("1", "2", "3", "5")
    assert (rating.minimum, rating.maximum, rating.mean) == (1, 5, 2.6)
    assert rating.deviation == pytest.approx(visits["rating"].std())
    assert rating.quartiles == (2, 2, 3)
    assert rating.levels[0] == Level(value="2", rows=2)
    assert rating.histogram.edges == (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)
    assert rating.histogram.counts == (1, 2, 1, 0, 1)


def test_histograms_count_every_value(visits):
    profile = describe(visits, TYPES)
    for name in ("price", "same", "day"):
        histogram = profile.column(name).histogram
        assert sum(histogram.counts) == visits[name].notna().sum()
        assert len(histogram.edges) == len(histogram.counts) + 1
        assert len(histogram.counts) <= 20
        assert list(histogram.edges) == sorted(set(histogram.edges))


def test_words_are_counted_and_text_is_not(visits):
    profile = describe(visits, TYPES)
    assert profile.column("town").levels == (
        Level(value="Bonn", rows=3),
        Level(value="Kiel", rows=1),
        Level(value="Ulm", rows=1),
    )
    assert profile.column("town").histogram is None
    assert profile.column("note").levels == ()
    assert len(profile.column("note").examples) == 5


def test_dates_have_a_first_and_a_last(visits):
    day = describe(visits, TYPES).column("day")
    assert (day.first, day.last) == ("2024-01-01T00:00:00", "2024-01-06T12:00:00")
    assert day.examples[0] == "2024-01-01"
    assert day.minimum is None


def test_a_column_without_values_has_no_figures(visits):
    nothing = describe(visits, TYPES).column("nothing")
    assert (nothing.missing, nothing.distinct, nothing.minimum, nothing.histogram) == (6, 0, None, None)


def test_only_the_thirty_most_frequent_levels_are_kept():
    values = pd.Series([f"v{i:02d}" for i in range(40) for _ in range(i + 1)], dtype=object)
    column = describe(pd.DataFrame({"x": values}), {"x": CATEGORY}).column("x")
    assert len(column.levels) == 30
    assert column.levels[0] == Level(value="v39", rows=40)
    assert column.distinct == 40


def test_very_large_equal_numbers_have_a_histogram():
    frame = pd.DataFrame({"x": [1e18, 1e18]})
    assert describe(frame, {"x": NUMBER}).column("x").histogram.counts == (2,)


def test_a_table_without_rows_is_refused():
    with pytest.raises(EmptyTable, match="no rows"):
        describe(pd.DataFrame({"x": []}), {"x": NUMBER})
