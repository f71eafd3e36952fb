import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.problem.alike import alike


def people(n: int, times: int, jitter: float, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    who = random.permutation(np.repeat(np.arange(n), times))
    frame = pd.DataFrame(
        {
            **{f"x{i}": random.normal(size=n)[who] + random.normal(0, jitter, len(who)) for i in range(6)},
            "job": random.choice([f"job {i}" for i in range(9)], n)[who].astype(object),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 2_000, n)[who], unit="D"),
        }
    )
    return frame, who


@pytest.mark.parametrize("jitter", [0.0, 0.01])
def test_rows_of_one_are_found_together_and_no_others(jitter):
    frame, who = people(400, 3, jitter)
    groups = alike(frame, list(frame))
    together = pd.DataFrame({"who": who, "group": groups})
    assert (together.groupby("group")["who"].nunique() == 1).mean() > 0.99
    assert (together.groupby("who")["group"].nunique() == 1).mean() > 0.97


def test_the_same_table_gives_the_same_groups():
    frame, _ = people(100, 2, 0.01)
    assert (alike(frame, list(frame)) == alike(frame, list(frame))).all()


def test_a_crowd_is_nobody():
    frame = pd.DataFrame({"a": np.zeros(500), "b": np.random.default_rng(0).random(500), "c": ["x"] * 500})
    assert np.bincount(alike(frame, list(frame))).max() <= 50


def test_time_grows_with_the_rows_not_with_their_pairs():
    frame, _ = people(10_000, 2, 0.01)
    began = time.perf_counter()
    alike(frame, list(frame))
    assert time.perf_counter() - began < 10


@given(st.integers(0, 30), st.booleans())
def test_whatever_the_table_each_row_has_a_group(n, gaps):
    random = np.random.default_rng(n)
    frame = pd.DataFrame(
        {"a": random.normal(size=n), "b": random.choice(["x", "y"], n), "c": random.integers(0, 3, n) * 1.0}
    )
    frame["b"] = frame["b"].astype(object)
    if gaps:
        frame.loc[::2, "a"], frame.loc[::3, "b"] = np.nan, None
    groups = alike(frame, list(frame))
    assert groups.shape == (n,)
    assert (groups >= 0).all()
