"""The sealed copy of a table."""

import numpy as np
import pandas as pd
import pytest

from engine.data import snapshot


@pytest.fixture
def frame() -> pd.DataFrame:
    """A canonical frame with every dtype, a gap in each, and a column of nothing."""
    return pd.DataFrame(
        {
            "n": [1.0, np.nan, 2.5],
            "w": pd.Series(["é", None, "<b>"], dtype=object),
            "t": pd.to_datetime(["2024-01-31 12:00:00.000000001", None, "2024-01-01"], format="ISO8601"),
            "none": pd.Series([None] * 3, dtype=object),
        }
    )


def test_what_is_written_is_read(frame, tmp_path):
    snapshot.write(frame, tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(snapshot.read(tmp_path / "a.parquet"), frame)
    assert list(snapshot.read(tmp_path / "a.parquet", columns=["t", "n"])) == ["t", "n"]


def test_equal_frames_give_equal_bytes(frame, tmp_path):
    snapshot.write(frame, tmp_path / "a.parquet")
    other = frame.copy()
    other.attrs["note"] = "not part of the table"
    other.index = pd.Index([5, 6, 7])
    snapshot.write(other, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_preview_shows_values_as_a_person_writes_them(frame):
    assert snapshot.preview(frame, rows=2) == [
        {"n": "1", "w": "é", "t": "2024-01-31 12:00:00.000000001", "none": ""},
        {"n": "", "w": "", "t": "", "none": ""},
    ]
    assert snapshot.preview(frame)[2]["t"] == "2024-01-01"


def test_a_sample_is_the_same_rows_every_time_in_table_order(tmp_path) -> None:
    frame = pd.DataFrame({"n": [float(n) for n in range(1000)], "word": [f"w{n}" for n in range(1000)]})
    snapshot.write(frame, tmp_path / "t.parquet")
    few = snapshot.sample(tmp_path / "t.parquet", 100)
    assert len(few) == 100
    assert few["n"].is_monotonic_increasing
    assert (few["word"] == [f"w{n:.0f}" for n in few["n"]]).all()
    assert few["n"].max() > 900
    pd.testing.assert_frame_equal(few, snapshot.sample(tmp_path / "t.parquet", 100))
    pd.testing.assert_frame_equal(snapshot.sample(tmp_path / "t.parquet", 1000), frame)
