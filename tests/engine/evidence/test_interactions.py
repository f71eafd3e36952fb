"""Columns that work together: found where they do, not where each acts alone, and drawn as they are."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Background, Importance
from engine.evidence.background import cell
from engine.evidence.interactions import interactions

RANKED = tuple(Importance(column=name, value=1.0, share=0.2) for name in ("a", "b", "kind", "since"))


@pytest.fixture
def rows() -> pd.DataFrame:
    """Sixty rows with a gap here and there."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    frame["kind"] = rng.choice(["x", "y", "z"], 60).astype(object)
    frame["since"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 60), unit="D")).astype("M8[ns]")
    frame.loc[:2, "a"] = np.nan
    frame.loc[5:7, "kind"] = None
    return frame


@pytest.fixture
def typical(rows) -> Background:
    made = [{name: cell(rows[name].iloc[i]) for name in rows.columns} for i in range(20, 30)]
    return Background(rows=tuple(made), weights=tuple(range(1, 11)), described="")


def alone(frame: pd.DataFrame) -> np.ndarray:
    days = (frame["since"] - pd.Timestamp("2024-01-01")).dt.days.to_numpy() / 700
    return np.asarray(frame["a"].fillna(0) + frame["b"] ** 2 + 2 * (frame["kind"] == "x") + days, dtype=float)


def together(frame: pd.DataFrame) -> np.ndarray:
    return np.asarray(alone(frame) + 2 * frame["b"] * (frame["kind"] == "y"), dtype=float)


def chances(score: np.ndarray) -> np.ndarray:
    yes = 1 / (1 + np.exp(-score))
    return np.column_stack([1 - yes, yes])


def test_columns_that_act_alone_do_not_work_together(rows, typical):
    assert interactions(alone, rows, typical, RANKED, of="amount") == ()


def test_what_chances_lose_near_their_ends_is_no_working_together(rows, typical):
    model = lambda frame: chances(2 * alone(frame))  # noqa: E731
    assert interactions(model, rows, typical, RANKED, of="yes", classes=("no", "yes")) == ()


@pytest.mark.parametrize("classes", [(), ("no", "yes")], ids=["amount", "yes or no"])
def test_the_planted_pair_is_found_and_drawn_along_its_number(rows, typical, classes):
    model = (lambda frame: chances(together(frame))) if classes else together
    (found,) = interactions(model, rows, typical, RANKED, of="yes", classes=classes)
    assert found.columns == ("b", "kind")
    assert 0.3 < found.strength <= 1
    lines = {kind: [p for p in found.points if p.beside == kind] for kind in ("x", "y", "z")}
    assert [p.at for p in lines["y"]] == sorted(p.at for p in lines["x"])
    steeper = {kind: line[-1].answer - line[0].answer for kind, line in lines.items()}
    assert steeper["y"] > 0.3 + max(steeper["x"], steeper["z"])
    if classes:
        assert all(0 <= p.answer <= 1 for p in found.points)


def test_a_weak_column_is_not_looked_at(rows, typical):
    few = (RANKED[0], RANKED[1].model_copy(update={"share": 0.01}), RANKED[2])
    assert interactions(together, rows, typical, few, of="amount") == ()


def test_a_model_that_says_one_thing_only_is_no_trouble(rows, typical):
    same = lambda frame: np.full(len(frame), 3.0)  # noqa: E731
    assert interactions(same, rows, typical, RANKED, of="amount") == ()


def test_dates_and_missing_values_are_drawn_as_they_are(rows, typical):
    def late(frame: pd.DataFrame) -> np.ndarray:
        days = (frame["since"] - pd.Timestamp("2024-12-01")).dt.days.to_numpy() / 100
        return np.asarray(days * frame["a"].fillna(3.0), dtype=float)

    (found,) = interactions(late, rows, typical, RANKED, of="amount")
    assert set(found.columns) == {"a", "since"}
    moments = {p.at if found.columns[0] == "since" else p.beside for p in found.points}
    assert all(isinstance(moment, str) and moment.endswith("T00:00:00") for moment in moments)
