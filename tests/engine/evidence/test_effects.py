"""How much each column counts and how surely, which columns say the same, and how a value goes with its part."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Explanation
from engine.evidence.effects import effects, importance, related
from engine.evidence.reasons import explain_all


def explained(**parts) -> list[Explanation]:
    rows = len(next(iter(parts.values())))
    return [
        Explanation(of="yes", base=0.0, value=0.0, contributions={n: float(p[i]) for n, p in parts.items()})
        for i in range(rows)
    ]


@pytest.fixture
def table() -> pd.DataFrame:
    """``cents`` is ``price`` again, ``zip`` tells ``town``, ``size`` goes with the town; the others do not."""
    rng = np.random.default_rng(0)
    price, town = rng.gamma(2, 10, 900), rng.integers(0, 4, 900)
    return pd.DataFrame(
        {
            "price": price,
            "cents": price * 100 + rng.normal(0, 1, 900),
            "town": np.array(["a", "b", "c", "d"], dtype=object)[town],
            "zip": np.array(["1", "2", "3", "4"], dtype=object)[np.where(rng.random(900) < 0.97, town, 0)],
            "size": town * 10 + rng.normal(0, 1, 900),
            "alone": rng.normal(size=900),
            "word": rng.choice(list("xyz"), 900).astype(object),
        }
    )


def test_columns_that_say_the_same_are_grouped_and_others_are_not(table):
    found = {r.columns: r.strength for r in related(table, list(table))}
    assert set(found) == {("price", "cents"), ("town", "zip", "size")}
    assert all(0.8 <= strength <= 1 for strength in found.values())


@pytest.mark.parametrize("missing", [0.3, 1.0], ids=["some missing", "all missing"])
def test_missing_values_and_a_key_make_no_relation(table, missing):
    table["alone"] = table["alone"].mask(np.random.default_rng(1).random(900) < missing)
    table["key"] = [f"k{i}" for i in range(900)]
    table["same"] = "constant"
    assert {r.columns for r in related(table, ["key", "alone", "same", "word", "town"])} == set()


def test_the_share_stands_in_an_interval_that_narrows_with_rows():
    rng = np.random.default_rng(2)
    few, many = (
        importance(explained(a=rng.exponential(2, n), b=rng.exponential(1, n)), ["a", "b"], 0) for n in (20, 500)
    )
    for found in (few, many):
        assert [i.column for i in found] == ["a", "b"]
        assert sum(i.share for i in found) == pytest.approx(1)
        assert all(i.interval[0] <= i.share <= i.interval[1] for i in found)
    width = [found[0].interval[1] - found[0].interval[0] for found in (few, many)]
    assert width[1] < width[0] / 3
    assert many[0].interval[0] < 2 / 3 < many[0].interval[1]


def test_a_column_that_moves_nothing_has_a_share_all_the_same():
    found = importance(explained(a=np.zeros(5), b=np.zeros(5)), ["a", "b"], 0)
    assert [i.share for i in found] == [0.5, 0.5]


def test_an_effect_rises_with_its_value_and_missing_stands_apart(table):
    found = explained(price=table["price"] - 20, town=(table["town"] == "a") * 4.0, word=np.zeros(900))
    rows = table.assign(price=table["price"].mask(table.index < 50))
    price, town = effects(found, rows, importance(found, ["price", "town", "word"], 0))
    values = [p.at for p in price.points]
    assert values[-1] is None
    assert values[:-1] == sorted(values[:-1])
    assert [p.mean for p in price.points[:-1]] == sorted(p.mean for p in price.points[:-1])
    assert all(p.low <= p.mean <= p.high for p in price.points[:-1])
    assert sum(p.rows for p in price.points) == 900
    assert {p.at: p.mean for p in town.points} == {"a": 4.0, "b": 0.0, "c": 0.0, "d": 0.0}


def test_a_planted_effect_is_found_in_the_evidence(churn, moods):
    said = churn.arguments() | {"p": churn.model(churn.test), "seed": 1, "seconds": 1.0}
    why = explain_all(churn.model, **said)
    complaints = next(e for e in why.effects if e.column == "complaints")
    assert complaints.of == "yes"
    assert complaints.points[0].mean < 0 < complaints.points[-1].mean
    assert {e.column for e in why.effects} <= {"complaints", "fee", "plan"}
    assert why.related == ()


def test_each_class_has_its_effects_the_most_frequent_first(moods):
    said = moods.arguments() | {"p": moods.model(moods.test), "seed": 1, "seconds": 60.0}
    found = explain_all(moods.model, **said).effects
    assert list(dict.fromkeys(e.of for e in found)) == ["good", "bad"], "nothing moves the third"
    good, bad = (next(e for e in found if (e.of, e.column) == (of, "complaints")).points for of in ("good", "bad"))
    assert good[0].mean > 0 > good[-1].mean
    assert bad[0].mean < 0 < bad[-1].mean
    for one, other in zip(good, bad, strict=True):
        assert (one.at, one.mean) == (other.at, pytest.approx(-other.mean)), "what one gains the other loses"


def parts_of(value: list[float], part: list[float], **rest: list[float]) -> dict[str, tuple]:
    """The points of each column as (at, mean, rows), where the first one's values have such contributions."""
    rows = pd.DataFrame({"value": value} | rest)
    found = explained(value=part, **{name: np.ones(len(rows)) for name in rest})
    return {
        e.column: tuple((p.at, round(p.mean, 6), p.rows) for p in e.points)
        for e in effects(found, rows, importance(found, list(rows), 0))
    }


def test_a_value_that_most_rows_have_does_not_hide_the_others():
    """Nine in ten have no gain; the gains, each of another size, raise the answer."""
    gain = [0.0] * 270 + [1000.0 + i for i in range(30)]
    (none, *some) = parts_of(gain, [-5.0] * 270 + [30.0] * 30)["value"]
    assert none == (0.0, -5.0, 270)
    assert len(some) > 2
    assert {mean for _, mean, _ in some} == {30.0}
    assert sum(rows for *_, rows in some) == 30
    assert [at for at, *_ in some] == sorted(at for at, *_ in some)
    assert all(low < high for (low, *_), (high, *_) in zip(some, some[1:], strict=False))


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([0] * 40 + [1, 1, 2, 2, 7, 9], [(0, 40), (2, 6)]),
        ([0] * 40 + [1500 + i for i in range(6)], [(0, 40), (1501, 3), (1504, 3)]),
        ([-7, -5] + [0] * 40 + [3] * 40 + [8], [(-5, 3), (0, 40), (3, 40)]),
        ([0] * 40 + [1, 2], [(0, 40)]),
        ([4] * 40, [(4, 40)]),
    ],
    ids=["few rare values", "all rare", "rare on both sides", "too rare to say", "one value"],
)
def test_rare_values_are_gathered(values, points):
    found = parts_of([float(v) for v in values], [float(v) for v in values])["value"]
    assert [(at, rows) for at, _, rows in found] == points


def test_rare_levels_are_gathered():
    level = ["none"] * 40 + [f"rare {i}" for i in range(5)]
    found = parts_of(level, [1.0] * 40 + [9.0] * 5)["value"]
    assert found == (("none", 1.0, 40), ("all others", 9.0, 5))
