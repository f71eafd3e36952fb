import numpy as np
import pandas as pd
import pytest

from engine.problem.moments import moments, together


@pytest.mark.parametrize(
    "written",
    [
        ["2023-11", "2024-03", "2024-12"],
        ["2023/1", "2023/2", "2023/11"],
        ["202311", "202403", "202412"],
        ["2023Q4", "2024Q1", "2024-Q3"],
        ["2023-W07", "2023W8", "2024 w51"],
        ["Jan 2024", "Feb-2024", "Dec.2024"],
        ["Januar 2024", "März 2024", "Dezember 2024"],
        ["janvier 2024", "févr. 2024", "juin 2024", "juillet 2024", "août 2024"],
        ["enero 2024", "abril 2024", "agosto 2024", "diciembre 2024"],
    ],
    ids=lambda written: written[0],
)
def test_periods_rise_with_time(written):
    found = moments(pd.Series(written, dtype=object))
    assert not np.isnan(found).any()
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("text", ["north", "may", "13-2024", "2024-13", "12", "20240", "Foo 2024"])
def test_other_words_are_no_time(text):
    assert np.isnan(moments(pd.Series([text], dtype=object))).all()


def test_dates_and_numbers_are_numbers_and_missing_stays_missing():
    dates = moments(pd.Series(pd.to_datetime(["2024-01-02", None, "2024-01-01"])))
    assert dates[0] > dates[2]
    assert np.isnan(dates[1])
    assert moments(pd.Series([3.0, np.nan])).tolist()[0] == 3.0
    assert np.isnan(moments(pd.Series([None, "2024-01"], dtype=object))[0])


def test_a_later_month_of_an_earlier_year_is_earlier():
    frame = pd.DataFrame({"year": [2023.0, 2024.0, 2023.0, 2024.0, np.nan], "month": [12.0, 1.0, 2.0, 2.0, 5.0]})
    found = together(frame, ["year", "month"])
    assert np.argsort(found[:4]).tolist() == [2, 0, 1, 3]
    assert np.isnan(found[4])
