"""What each column looks like."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_only_the_hundred_most_frequent_levels_are_kept():
    values = pd.Series([f"v{i:03d}" for i in range(150) for _ in range(1 + i // 2)], dtype=object)
    column = describe(pd.DataFrame({"x": values}), {"x": CATEGORY}).column("x")
    assert column.levels[:2] == (Level(value="v148", rows=75), Level(value="v149", rows=75))
    assert [level.value for level in column.levels] == sorted(
        (f"v{i:03d}" for i in range(50, 150)), key=lambda v: (-(int(v[1:]) // 2), v)
    )
    assert column.distinct == 150


def test_where_no_value_repeats_none_is_frequent():
    values = pd.Series([f"v{i}" for i in range(101)], dtype=object)
    column = describe(
        pd.DataFrame({"x": values, "y": values.where(values != "v3", "v4")}), {"x": CATEGORY, "y": CATEGORY}
    )
    assert column.column("x").levels == ()
    assert len(column.column("y").levels) == 100
    assert column.column("y").levels[0] == Level(value="v4", rows=2)


def test_quantiles_are_those_of_numpy_and_words_have_lengths(visits):
    profile = describe(visits, TYPES)
    price = profile.column("price")
    assert price.quantiles == pytest.approx(np.quantile(visits["price"].dropna(), np.linspace(0, 1, 21)))
    assert price.quartiles == (price.quantiles[5], price.quantiles[10], price.quantiles[15])
    assert profile.column("town").lengths == (3, 4, 4)
    assert price.lengths is None


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.integers(-5, 5).map(float), st.just(np.nan)), min_size=1))
def test_what_is_said_of_numbers_is_what_pandas_says(numbers):
    values = pd.Series(numbers, dtype="float64")
    column = describe(pd.DataFrame({"x": values}), {"x": NUMBER}).column("x")
    assert (column.missing, column.distinct) == (values.isna().sum(), values.nunique())
    if column.distinct:
        assert column.quantiles == pytest.approx(values.quantile(np.linspace(0, 1, 21)).to_list())
        assert column.histogram.counts == tuple(np.histogram(values.dropna(), bins=column.histogram.edges)[0])
        counts = values.value_counts()
        assert {float(level.value): level.rows for level in column.levels} == (
            counts.to_dict() if len(counts) <= 100 else {}
        )


@pytest.mark.parametrize(("first", "last"), [(0, 23), (1, 40), (1, 60), (-12, 11), (0, 1999), (1900, 2019)])
def test_whole_numbers_that_occur_alike_are_drawn_alike(first, last):
    values = pd.Series(np.repeat(np.arange(first, last + 1.0), 7))
    counts = describe(pd.DataFrame({"x": values}), {"x": ColumnType.INTEGER}).column("x").histogram.counts
    assert len(set(counts)) == 1
    assert 10 <= len(counts) <= 20


def test_of_a_prime_number_of_whole_numbers_only_the_last_bar_is_shorter():
    values = pd.Series(np.repeat(np.arange(31.0), 7))
    *others, last = describe(pd.DataFrame({"x": values}), {"x": ColumnType.INTEGER}).column("x").histogram.counts
    assert len(set(others)) == 1
    assert last < others[0]


def test_very_large_equal_numbers_have_a_histogram():
    frame = pd.DataFrame({"x": [1e18, 1e18]})
    assert describe(frame, {"x": NUMBER}).column("x").histogram.counts == (2,)


def test_a_table_without_rows_is_refused():
    with pytest.raises(EmptyTable, match="no rows"):
        describe(pd.DataFrame({"x": []}), {"x": NUMBER})
