import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Problem, Split, SplitKind, Task
from engine.problem.remedies import apply_remedy, structure
from engine.problem.split import MOST_ROWS, connected, counted, cut, gathered, identical, together


def visits(n: int = 2_000, entities: int = 300, seed: int = 0) -> pd.DataFrame:
    """Visits of patients over two years; one in ten has the rare answer; every third row is there twice."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "patient": random.integers(0, entities, n).astype(float),
            "day": pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 730, n), unit="D"),
            "x": random.normal(size=n),
            "y": np.where(random.random(n) < 0.1, "yes", "no").astype(object),
        }
    )
    return pd.concat([frame, frame.iloc[::3]], ignore_index=True)


def asked(**changes: object) -> Problem:
    problem = Problem(task=Task.BINARY, target="y", classes=("no", "yes"), positive="yes", metric="roc_auc")
    return problem.model_copy(update=changes)


def sides(frame: pd.DataFrame, problem: Problem) -> pd.Series:
    """The side of every row; rows that are on none are missing."""
    found = cut(frame, problem)
    side = pd.Series(index=frame.index, dtype=object)
    for name in ("learn", "choose", "test"):
        positions = getattr(found, name)
        assert side.iloc[positions].isna().all(), "a row stands on two sides"
        side.iloc[positions] = name
    return side


def test_every_row_is_spent_once_in_the_promised_shares():
    frame = visits()
    shares = sides(frame, asked()).value_counts(normalize=True, dropna=False)
    assert shares["test"] == pytest.approx(0.20, abs=0.005)
    assert shares["choose"] == pytest.approx(0.12, abs=0.005)
    assert shares.sum() == pytest.approx(1)
    assert shares["learn"] == pytest.approx(0.68, abs=0.005)


def test_the_rare_answer_is_as_common_on_every_side():
    frame = visits()
    rates = (frame["y"] == "yes").groupby(sides(frame, asked())).mean()
    assert rates.max() - rates.min() < 0.01


def test_the_seed_makes_the_cut_and_another_seed_another():
    frame = visits()
    assert sides(frame, asked()).equals(sides(frame, asked()))
    assert not sides(frame, asked()).equals(sides(frame, asked(seed=1)))


def test_an_entity_stays_on_one_side():
    frame = visits()
    side = sides(frame, asked(split=structure(None, ("patient",))))
    assert side.notna().all()
    assert (side.groupby(frame["patient"]).nunique() == 1).all()
    assert (side == "test").mean() == pytest.approx(0.20, abs=0.02)


def test_a_row_without_an_entity_is_its_own():
    frame = visits()
    frame.loc[frame.index % 2 == 0, "patient"] = np.nan
    side = sides(frame, asked(split=structure(None, ("patient",))))
    assert side[frame["patient"].isna()].nunique() == 3


def test_two_kinds_of_entity_stay_together_through_each_other():
    a, b = np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3])
    groups = connected([a, b])
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 3


def test_identical_rows_stay_on_one_side():
    frame = visits()
    problem = apply_remedy(asked(), Remedy(action=Action.KEEP_TOGETHER, columns=("x", "y")))
    assert (sides(frame, problem).groupby(frame["x"]).nunique() == 1).all()
    assert (sides(frame, asked()).groupby(frame["x"]).nunique() > 1).any()


def test_a_column_that_was_dropped_later_no_longer_tells_rows_apart():
    frame = visits()
    frame["note"] = [str(i) for i in range(len(frame))]
    problem = apply_remedy(asked(), Remedy(action=Action.KEEP_TOGETHER))
    assert len(set(together(frame, problem))) == len(frame)
    problem = apply_remedy(problem, Remedy(action=Action.DROP_COLUMNS, columns=("note",)))
    assert len(set(together(frame, problem))) == frame.drop(columns="note").drop_duplicates().shape[0]


def test_in_time_the_test_lies_after_everything_else():
    frame = visits()
    frame.loc[5, "day"] = pd.NaT
    side = sides(frame, asked(split=structure("day", ())))
    day = frame["day"]
    assert day[side == "learn"].max() < day[side == "choose"].min()
    assert day[side == "choose"].max() < day[side == "test"].min()
    assert side[5] == "learn"


def test_entities_in_time_are_tested_later_and_never_learned():
    frame = visits(entities=1_500)
    side = sides(frame, asked(split=structure("day", ("patient",))))
    day = frame["day"]
    assert day[side == "learn"].max() < day[side == "test"].min()
    assert not set(frame["patient"][side == "learn"]) & set(frame["patient"][side == "test"])
    assert min(side.value_counts()) > 50


def test_entities_that_live_all_the_time_are_divided():
    frame = visits(entities=20)
    side = sides(frame, asked(split=structure("day", ("patient",))))
    assert not set(frame["patient"][side == "learn"]) & set(frame["patient"][side == "test"])
    assert min(side.value_counts()) > 20


def test_no_side_but_learn_is_larger_than_the_cap():
    n = 160_000
    frame = pd.DataFrame({"x": np.arange(n, dtype=float), "y": np.where(np.arange(n) % 2, "yes", "no")})
    rows = counted(frame, asked()).split.rows
    assert rows.test == rows.choose == MOST_ROWS
    assert rows.learn == n - 2 * MOST_ROWS


@pytest.mark.parametrize("n", [12, 20, 50])
def test_a_tiny_table_has_every_answer_on_the_sides_that_matter(n):
    frame = pd.DataFrame({"x": np.arange(n, dtype=float), "y": ["yes" if i % 3 == 0 else "no" for i in range(n)]})
    side = sides(frame, asked())
    assert frame["y"][side == "learn"].nunique() == 2
    assert frame["y"][side == "test"].nunique() == 2


@given(st.integers(1, 40), st.sampled_from(["random", "group", "time", "both"]), st.integers(0, 3))
def test_whatever_the_table_no_row_is_spent_twice(n, kind, seed):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "patient": random.integers(0, 5, n).astype(float),
            "day": random.integers(0, 4, n).astype(float),
            "y": random.choice(["yes", "no"], n).astype(object),
        }
    )
    split = {
        "random": structure(None, ()),
        "group": structure(None, ("patient",)),
        "time": structure("day", ()),
        "both": structure("day", ("patient",)),
    }[kind]
    side = sides(frame, asked(split=split, seed=seed))
    if kind in {"random", "group", "time"}:
        assert side.notna().all()


def test_rows_are_identical_with_missing_values_too():
    frame = pd.DataFrame({"a": [1.0, 1.0, np.nan, np.nan], "b": ["x", "x", None, "x"]})
    numbers = identical(frame)
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 3


def test_rows_kept_together_are_those_that_describe_the_same_whatever_the_answer():
    """Two columns, one of them withheld: 40 pairs alike in both but with opposite answers, never divided."""
    rows = np.arange(400) % 200
    frame = pd.DataFrame({"seen": rows * 1.0, "withheld": (rows // 2) * 1.0, "y": ["a", "b"] * 200})
    frame.loc[200:239, "y"] = frame.loc[200:239, "y"].map({"a": "b", "b": "a"})
    problem = Problem(
        task=Task.BINARY,
        target="y",
        classes=("a", "b"),
        positive="b",
        metric="roc_auc",
        split=Split(keep_together=True),
        remedies=(
            Remedy(action=Action.WITHHOLD, columns=("withheld",)),
            Remedy(action=Action.KEEP_TOGETHER, columns=("seen", "withheld", "y")),
        ),
    )
    parts = cut(frame, problem)
    for pair in range(200):
        sides = {
            name for name in ("learn", "choose", "test") for at in (pair, pair + 200) if at in getattr(parts, name)
        }
        assert len(sides) == 1


def test_what_is_set_aside_is_counted_and_said():
    frame = visits(entities=1_500)
    problem = counted(frame, asked(split=structure("day", ("patient",))))
    rows = problem.split.rows
    assert rows.unused > 0
    assert rows.learn + rows.choose + rows.test + rows.unused == len(frame)
    (said,) = [reason for reason in problem.reasons if "set aside" in reason]
    assert said.startswith(f"{rows.unused:,} rows are set aside because their ‘patient’ stands on both sides")
    assert counted(frame, problem).reasons == problem.reasons
    without = counted(frame, problem.model_copy(update={"split": structure("day", ())}))
    assert without.split.rows.unused == 0
    assert not [reason for reason in without.reasons if "set aside" in reason]


@given(
    st.integers(30, 200),
    st.integers(2, 60),
    st.sampled_from([("day",), ("year", "month")]),
    st.booleans(),
    st.integers(0, 5),
)
def test_in_time_with_entities_nothing_straddles_and_the_test_lies_after(n, entities, when, twins, seed):
    random = np.random.default_rng(seed)
    day = random.integers(0, 700, n)
    frame = pd.DataFrame(
        {
            "day": day.astype(float),
            "year": 2020.0 + day // 365,
            "month": 1.0 + day % 365 // 31,
            "patient": random.integers(0, entities, n).astype(float),
            "x": random.integers(0, 30, n).astype(float),
            "y": random.choice(["yes", "no"], n).astype(object),
        }
    )
    problem = asked(split=structure(when[0], ("patient",), finer=when[1:]), seed=seed)
    if twins:
        problem = apply_remedy(problem, Remedy(action=Action.KEEP_TOGETHER, columns=("x",)))
    parts = cut(frame, problem)
    spent = np.concatenate([parts.learn, parts.choose, parts.test, parts.unused])
    assert sorted(spent) == list(range(n))
    groups = together(frame, problem)
    for earlier, later in ((parts.learn, parts.choose), (parts.learn, parts.test), (parts.choose, parts.test)):
        assert not set(groups[earlier]) & set(groups[later])
        if len(earlier) and len(later):
            moments = frame[list(when)].apply(tuple, axis=1)
            assert moments.iloc[earlier].max() < moments.iloc[later].min()


def test_year_and_month_say_together_when():
    frame = visits()
    frame["year"], frame["month"] = frame["day"].dt.year * 1.0, frame["day"].dt.month * 1.0
    problem = apply_remedy(asked(), Remedy(action=Action.TIME_SPLIT, columns=("year", "month")))
    assert (problem.split.kind, problem.split.moments, problem.time) == (SplitKind.TIME, 2, "year")
    problem = apply_remedy(problem, Remedy(action=Action.GROUP_SPLIT, columns=("patient",)))
    assert problem.split.columns == ("year", "month", "patient")
    problem = apply_remedy(problem, Remedy(action=Action.KEEP_TOGETHER))
    assert problem.split.moments == 2
    again = apply_remedy(problem, Remedy(action=Action.TIME_SPLIT, columns=("day",)))
    assert again.split.columns == ("day", "patient")


def test_whole_groups_are_gathered():
    groups = np.repeat(np.arange(100), 5)
    rows = gathered(groups, 60, seed=1)
    assert len(rows) == 60
    assert (np.bincount(groups[rows], minlength=100) % 5 == 0).all()
    assert (gathered(groups, 600, seed=1) == np.arange(500)).all()
