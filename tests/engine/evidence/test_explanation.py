"""SHAP values: right by brute force and by the shap library, the same for the same row, summing to the answer."""

import re
import subprocess
import sys
import time
from itertools import permutations
from math import factorial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Background
from engine.evidence import explanation, mixtures
from engine.evidence.explanation import agreement, cost, explain, explain_classes
from engine.evidence.reasons import explain_all


def made_up(frame: pd.DataFrame, weights: list[float] | None = None) -> Background:
    rows = tuple({str(k): v for k, v in row.items()} for row in frame.to_dict("records"))
    return Background(rows=rows, weights=tuple(weights or [1.0] * len(rows)), described="")


def curved(frame: pd.DataFrame) -> np.ndarray:
    """A function of four columns with interactions; one of them is a category."""
    a, b, c = (frame[n].fillna(-3).to_numpy() for n in "abc")
    vip = (frame["kind"] == "vip").to_numpy()
    return np.tanh(a * b) + c * vip + a**2 - 0.5 * b * c


@pytest.fixture
def rows() -> pd.DataFrame:
    """Six rows: with missing values, and one that agrees with a typical row in two columns."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(6, 3)), columns=list("abc"))
    frame["kind"] = ["vip", "new", None, "vip", "old", "new"]
    frame["kind"] = frame["kind"].astype(object)
    frame.loc[2, "a"] = np.nan
    frame.loc[4, ["a", "kind"]] = [0.5, "new"]
    return frame


@pytest.fixture
def typical() -> pd.DataFrame:
    frame = pd.DataFrame({"a": [0.5, -1.0, None], "b": [0.0, 2.0, 1.0], "c": [1.0, 0.3, -1.0]})
    frame["kind"] = pd.Series(["new", "vip", None], dtype=object)
    return frame.astype({"a": float})


def brute(row: pd.Series, typical: pd.DataFrame, weights: np.ndarray) -> dict[str, float]:
    """Shapley's definition: the mean gain of each column over every order of entering."""
    names, found = list(typical.columns), dict.fromkeys(typical.columns, 0.0)
    for order in permutations(names):
        mixed = typical.copy()
        before = curved(mixed) @ weights
        for name in order:
            mixed[name] = pd.Series([row[name]] * len(mixed), dtype=typical[name].dtype)
            after = curved(mixed) @ weights
            found[name] += (after - before) / factorial(len(names))
            before = after
    return found


def test_enumeration_is_shapleys_definition(rows, typical):
    weights = np.array([0.5, 0.3, 0.2])
    found = explain(curved, rows, made_up(typical, [5, 3, 2]), list(rows.columns), of="value")
    for i, one in enumerate(found):
        assert one.contributions == pytest.approx(brute(rows.iloc[i], typical, weights), abs=1e-8)
        assert one.base == pytest.approx(curved(typical) @ weights)


def insisting(frame: pd.DataFrame) -> np.ndarray:
    """Two classes from the curved function, and a date; it insists on whole rows of the right types."""
    assert list(frame.columns) == ["a", "b", "c", "kind", "joined"]
    assert [t.kind for t in frame.dtypes] == ["f", "f", "f", "O", "M"]
    since = (frame["joined"] - pd.Timestamp("2020-01-01")).dt.days.fillna(0).to_numpy() / 500
    p = 1 / (1 + np.exp(-curved(frame) * since - frame["b"].to_numpy()))
    return np.column_stack([1 - p, p])


GAMES = [("a", "b", "c", "kind", "joined"), ("c", "kind"), ("joined", "b", "a", "kind"), ("kind",), ("b", "a")]


def checked(rows: pd.DataFrame, typical: pd.DataFrame) -> float:
    """Compare with the library on rows with missing values, classes, dates and unequal weights."""
    dates = pd.to_datetime(["2021-05-01", None, "2019-02-03"]).astype("datetime64[ns]")
    rows = rows.assign(joined=list(dates) + list(dates))
    background = made_up(typical.assign(joined=["2020-08-01T00:00:00", None, "2022-01-01T00:00:00"]), [5, 3, 2])
    of = ["yes", "no", "yes", "no", "yes"]
    return agreement(insisting, rows.head(5), background, GAMES, of=of, classes=("no", "yes"))


def test_the_shap_library_agrees(rows, typical):
    assert checked(rows, typical) < 1e-12


@pytest.mark.parametrize("wrong", ["coefficients", "weights"])
def test_the_shap_library_notices_a_wrong_value(rows, typical, monkeypatch, wrong):
    if wrong == "coefficients":
        right = mixtures._coefficients
        monkeypatch.setattr(mixtures, "_coefficients", lambda columns: right(columns) * (1 + 1e-4))
    else:
        make = mixtures.Mixer.__init__

        def careless(self, *arguments, **options) -> None:
            make(self, *arguments, **options)
            self.weights = np.full(len(self.weights), 1 / len(self.weights))

        monkeypatch.setattr(mixtures.Mixer, "__init__", careless)
    assert checked(rows, typical) > 1e-6


def test_a_shap_library_that_compiles_nothing_does_not_bring_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)  # as in Python 3.12 and 3.13
    monkeypatch.setitem(sys.modules, "shap", SimpleNamespace(explainers=SimpleNamespace(Exact=max)))
    assert explanation._exact_explainer() is max


def test_explaining_does_not_wait_for_the_shap_library():
    code = "import sys, engine.serving.scorer, engine.evidence.explanation; print({'shap', 'numba'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "set()\n"


def wide(rows: int = 4, columns: int = 13) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(2)
    names = [f"x{i}" for i in range(columns)]
    return pd.DataFrame(rng.normal(size=(rows, columns)), columns=names), pd.DataFrame(
        rng.normal(size=(6, columns)), columns=names
    )


def tangled(frame: pd.DataFrame) -> np.ndarray:
    x = frame.to_numpy()
    p = 1 / (1 + np.exp(-(x[:, 0] * x[:, 1] + x[:, 2] + 0.5 * x[:, 3] * x[:, 4] - x[:, 5] ** 2)))
    return np.column_stack([1 - p, p])


def test_permutations_come_close_to_enumeration_beyond_ten_columns():
    rows, typical = wide()
    names = list(rows.columns)
    arguments = {"of": "yes", "classes": ("no", "yes")}
    exact = explain(tangled, rows, made_up(typical), names, **arguments, exact_up_to=13)
    sampled = explain(tangled, rows, made_up(typical), names, **arguments, permutations=2)
    for e, s in zip(exact, sampled, strict=True):
        largest = max(abs(v) for v in e.contributions.values())
        error = np.sqrt(np.mean([(e.contributions[n] - s.contributions[n]) ** 2 for n in names]))
        assert error < 0.06 * largest
        assert (s.base, s.value) == pytest.approx((e.base, e.value))


@pytest.mark.parametrize("columns", [5, 13], ids=["exact", "sampled"])
def test_base_and_contributions_add_up_to_the_answer(columns):
    rows, typical = wide(20, columns)
    model = lambda f: tangled(f.reindex(columns=[f"x{i}" for i in range(6)], fill_value=0.2))  # noqa: E731
    found = explain(model, rows, made_up(typical), list(rows.columns), of="yes", classes=("no", "yes"))
    for e, answer in zip(found, model(rows)[:, 1], strict=True):
        assert e.value == pytest.approx(answer, abs=1e-12)
        assert e.base + sum(e.contributions.values()) == pytest.approx(e.value, abs=1e-9)


@pytest.mark.parametrize("columns", [6, 13], ids=["exact", "sampled"])
def test_a_row_is_explained_the_same_whatever_stands_beside_it(columns):
    rows, typical = wide(5, columns)
    arguments = {"of": "yes", "classes": ("no", "yes")}
    together = explain(tangled, rows, made_up(typical), list(rows.columns), **arguments)
    alone = [explain(tangled, rows.iloc[[i]], made_up(typical), list(rows.columns), **arguments)[0] for i in range(5)]
    assert together == alone


def test_each_row_can_have_its_own_class():
    rows, typical = wide(2, 6)
    yes_no = explain(tangled, rows, made_up(typical), list(rows.columns), of=["yes", "no"], classes=("no", "yes"))
    answers = tangled(rows)
    assert [e.of for e in yes_no] == ["yes", "no"]
    assert [e.value for e in yes_no] == pytest.approx([answers[0, 1], answers[1, 0]])


@pytest.mark.parametrize("columns", [6, 13], ids=["exact", "sampled"])
def test_every_class_is_explained_as_it_would_be_alone(columns):
    rows, typical = wide(3, columns)
    arguments = {"classes": ("no", "yes")}
    each = explain_classes(tangled, rows, made_up(typical), list(rows.columns), **arguments)
    for number, of in enumerate(("no", "yes")):
        alone = explain(tangled, rows, made_up(typical), list(rows.columns), of=of, **arguments)
        for said, one in zip([said[number] for said in each], alone, strict=True):
            assert (said.of, said.base, said.value) == (of, pytest.approx(one.base), pytest.approx(one.value))
            assert said.contributions == pytest.approx(one.contributions, abs=1e-12)


def test_an_unused_column_gets_nothing(rows, typical):
    more, base = rows.assign(z=1.0), typical.assign(z=7.0)
    for e in explain(curved, more, made_up(base), list(more.columns), of="value"):
        assert e.contributions["z"] == pytest.approx(0, abs=1e-12)


def test_dates_are_mixed_as_dates(churn):
    background = Background(
        rows=({"joined": "2021-05-01T00:00:00"}, {"joined": None}), weights=(0.5, 0.5), described=""
    )

    def days(frame: pd.DataFrame) -> np.ndarray:
        assert frame["joined"].dtype == "datetime64[ns]"
        since = (frame["joined"] - pd.Timestamp("2020-01-01")).dt.days
        return since.fillna(0).to_numpy(dtype=float)

    found = explain(days, churn.test[["joined"]].head(3), background, ["joined"], of="value")
    assert [e.value for e in found] == list(days(churn.test.head(3)))
    assert found[0].base == 243.0


def test_no_row_is_no_explanation(rows, typical):
    assert explain(curved, rows.head(0), made_up(typical), list(rows.columns), of="value") == []


def test_equal_mixtures_are_asked_for_once(rows, typical):
    asked = []
    model = lambda f: (asked.append(len(f)), curved(f))[1]  # noqa: E731
    explain(model, rows.iloc[[4]], made_up(typical), list(rows.columns), of="value")
    # The row agrees with the first typical row in two of four columns.
    assert sum(asked) == 4 + 16 + 16
    assert cost(rows.iloc[[4]], made_up(typical))[0] == 36


def test_a_slow_model_gets_fewer_rows_and_it_is_said(churn):
    spent = []

    def slow(frame: pd.DataFrame) -> np.ndarray:
        spent.append(len(frame))
        until = time.perf_counter() + len(frame) * 2e-5
        while time.perf_counter() < until:
            pass
        return churn.model(frame)

    arguments = {
        "learn": churn.learn, "test": churn.test, "p": churn.model(churn.test), "problem": churn.problem,
        "features": churn.features, "contract": churn.contract, "seed": 0,
    }  # fmt: skip
    found = explain_all(slow, **arguments, seconds=0.5)
    assert "sampled" in found.method
    assert "fewer rows" in found.method
    assert len(found.rows) < 30
    assert sum(spent) < 80_000
    full = explain_all(churn.model, **arguments, seconds=60)
    assert "exact" in full.method
    assert "200 test rows" in full.method
    assert len(full.rows) == 30


def test_importance_finds_what_the_model_uses(churn):
    found = explain_all(
        churn.model, learn=churn.learn, test=churn.test, p=churn.model(churn.test), problem=churn.problem,
        features=churn.features, contract=churn.contract, seed=0,
    )  # fmt: skip
    assert [i.column for i in found.importance][:3] == ["complaints", "plan", "fee"]
    assert sum(i.share for i in found.importance) == pytest.approx(1)
    values = [row.explanation.value for row in found.rows]
    assert values == sorted(values)
    assert {row.actual for row in found.rows} == {"yes", "no"}


def quickly(case, **options) -> str:
    return explain_all(
        case.model, learn=case.learn, test=case.test, p=case.model(case.test), problem=case.problem,
        features=case.features, contract=case.contract, seed=0, **options,
    ).method  # fmt: skip


@pytest.mark.parametrize("case", ["churn", "moods", "spent"])
def test_the_method_says_that_the_shap_library_agrees(case, request):
    said = quickly(request.getfixturevalue(case))
    assert re.search(r"; checked against the shap library on 3 rows \(5 strongest .*\): they agree to 1e-1\d\.", said)


def test_the_method_says_that_the_shap_library_does_not_agree(churn, monkeypatch):
    right = explanation._by_the_library
    monkeypatch.setattr(explanation, "_by_the_library", lambda *arguments: right(*arguments) + 0.012)
    assert "they do not agree but differ by up to 0.012." in quickly(churn)


def test_the_method_says_that_the_shap_library_is_missing(churn, monkeypatch):
    monkeypatch.setitem(sys.modules, "shap", None)
    assert "they could not be checked against the shap library: import of shap halted" in quickly(churn)


def test_a_check_that_breaks_stops_nothing(churn, monkeypatch):
    def broken(*arguments) -> None:
        raise ValueError()

    monkeypatch.setattr(explanation, "_by_the_library", broken)
    assert "could not be checked against the shap library: ValueError." in quickly(churn)
