"""Rows that are equal in every column get the same number, in order of their first appearance."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.problem.split import identical

words = st.sampled_from(["a", "b", None])
numbers = st.sampled_from([0.0, -0.0, 1.0, np.nan])


@given(st.lists(st.tuples(words, numbers, words), max_size=30))
def test_rows_share_a_number_if_and_only_if_they_are_equal(rows):
    frame = pd.DataFrame(rows, columns=["x", "y", "z"], dtype=object).astype({"y": "float64"})
    seen: dict[object, int] = {}
    wanted = [
        seen.setdefault(repr([None if pd.isna(v) else v for v in row]).replace("-0.0", "0.0"), len(seen))
        for row in rows
    ]
    assert identical(frame).tolist() == wanted


def test_a_key_ends_the_comparison_and_nothing_changes():
    frame = pd.DataFrame({"key": np.arange(1000.0), "town": ["Bonn"] * 1000})
    assert identical(frame).tolist() == list(range(1000))
    assert identical(frame[["town"]]).tolist() == [0] * 1000
    assert identical(frame[[]]).tolist() == [0] * 1000
