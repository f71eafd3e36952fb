"""Groups: our rates are Fairlearn's, intervals hold the value, small groups are shown but not judged."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.problem import Problem, Task
from engine.evidence.fairness import fairness
from engine.evidence.groups import groups
from engine.evidence.score import draw
from engine.policy.fair_measure import WORDS

BINARY = Problem(
    task=Task.BINARY, target="hired", classes=("no", "yes"), positive="yes", metric="roc_auc", sensitive=("sex",)
)


@pytest.fixture
def applicants() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Men get higher scores at the same merit; eleven of a third group are too few to judge."""
    rng = np.random.default_rng(0)
    sex = np.repeat(["female", "male", "third"], [600, 600, 11]).astype(object)
    merit = rng.random(len(sex))
    y = (merit > 0.6).astype(float)
    score = np.clip(merit + 0.15 * (sex == "male") + rng.normal(0, 0.1, len(sex)), 0, 1)
    return pd.DataFrame({"sex": sex}), y, np.column_stack([1 - score, score])


def test_differences_are_fairlearns(applicants):
    from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference

    frame, y, p = applicants
    parity, odds, *_ = fairness(frame, y, p, BINARY, threshold=0.6, draws=draw(len(y), seed=0, times=200))
    large = (frame["sex"] != "third").to_numpy()
    said, sex = (p[:, 1] >= 0.6)[large], frame["sex"][large]
    assert parity.measure == "demographic_parity_difference"
    assert parity.value == pytest.approx(demographic_parity_difference(y[large], said, sensitive_features=sex))
    assert odds.measure == "equalized_odds_difference"
    assert odds.value == pytest.approx(equalized_odds_difference(y[large], said, sensitive_features=sex))
    for found in (parity, odds):
        assert found.interval[0] < found.value < found.interval[1]


def test_what_is_counted_quickly_is_the_same(applicants):
    slow, quick = (measured(*applicants, quick=quick) for quick in (False, True))
    for key, found in slow.items():
        assert quick[key].value == pytest.approx(found.value)
        assert quick[key].sentence == found.sentence


def test_a_small_group_is_shown_but_not_judged(applicants):
    frame, y, p = applicants
    parity = fairness(frame, y, p, BINARY, threshold=0.6, draws=draw(len(y), seed=0, times=50))[0]
    third = parity.groups[-1]
    assert (third.group, third.rows, third.too_few) == ("third", 11, True)
    assert third.selection_rate == pytest.approx((p[-11:, 1] >= 0.6).mean())
    assert "Too few rows to judge ‘third’" in parity.sentence
    assert parity.sentence.startswith(
        "By ‘sex’: ‘male’ is picked 12 points more often than ‘female’ (53 % against 41 %"
    )
    assert "below the four fifths" in parity.sentence


def test_where_no_two_groups_can_be_judged_it_is_said(applicants):
    frame, y, p = applicants
    some = np.r_[0:600, 1200:1211]
    draws = draw(len(some), seed=0, times=50)
    parity = fairness(frame.iloc[some], y[some], p[some], BINARY, threshold=0.6, draws=draws)[0]
    assert parity.interval is None
    assert "cannot be compared" in parity.sentence
    assert len(parity.groups) == 2


def test_without_a_threshold_one_half_selects(applicants):
    frame, y, p = applicants
    draws = draw(len(y), seed=0, times=50)
    assert fairness(frame, y, p, BINARY, threshold=None, draws=draws) == fairness(
        frame, y, p, BINARY, threshold=0.5, draws=draws
    )


def test_classes_are_compared_one_by_one():
    problem = Problem(
        task=Task.MULTICLASS, target="level", classes=("a", "b", "c"), metric="log_loss", sensitive=("sex",)
    )
    sex = np.repeat(["f", "m"], 300).astype(object)
    said = np.r_[np.zeros(300), np.zeros(100), np.full(200, 2)].astype(int)
    y = np.r_[np.zeros(300), np.zeros(300)]
    parity, error, *_ = fairness(
        pd.DataFrame({"sex": sex}), y, np.eye(3)[said], problem, threshold=None, draws=draw(600, seed=0, times=50)
    )
    assert parity.value == pytest.approx(2 / 3)
    assert parity.sentence.startswith(
        "By ‘sex’: ‘f’ is predicted ‘a’ 67 points more often than ‘m’ (100 % against 33 %"
    )
    assert (error.measure, error.value) == ("error_rate_difference", pytest.approx(2 / 3))


def test_the_odds_of_each_class_are_fairlearns():
    from fairlearn.metrics import equalized_odds_difference

    problem = Problem(
        task=Task.MULTICLASS, target="level", classes=("a", "b", "c"), metric="log_loss", sensitive=("sex",)
    )
    rng = np.random.default_rng(0)
    sex, y, said = rng.choice(["f", "m"], 900), rng.integers(3, size=900), rng.integers(3, size=900)
    said[(sex == "f") & (y == 1)] = 1
    found = measured(pd.DataFrame({"sex": sex}, dtype=object), y * 1.0, np.eye(3)[said], problem, threshold=None)
    theirs = [equalized_odds_difference(y == c, said == c, sensitive_features=sex) for c in range(3)]
    assert found["sex", "equalized_odds_difference"].value == pytest.approx(max(theirs))
    assert "among those who are ‘b’, ‘f’ is predicted ‘b’" in found["sex", "equalized_odds_difference"].sentence


def test_every_group_has_intervals_of_its_errors_and_score(applicants):
    frame, y, p = applicants
    for group in measured(frame, y, p)["sex", "demographic_parity_difference"].groups[:2]:
        assert group.error_interval[0] < group.error_rate < group.error_interval[1]
        assert group.score_interval[0] < group.score < group.score_interval[1]


def test_numbers_are_compared_by_mean_and_error():
    problem = Problem(task=Task.REGRESSION, target="wage", metric="rmse", sensitive=("sex",))
    sex = np.repeat(["f", "m"], 200).astype(object)
    y = np.full(400, 100.0)
    p = np.r_[np.full(200, 80.0), np.full(200, 101.0)]
    draws = draw(400, seed=0, times=50)
    mean, error, *_ = fairness(pd.DataFrame({"sex": sex}), y, p, problem, threshold=None, draws=draws)
    assert (mean.measure, mean.value) == ("mean_prediction_difference", 21)
    assert (error.measure, error.value) == ("mean_absolute_error_difference", 19)
    assert mean.groups[0].selection_rate == 80
    assert "the average predicted ‘wage’ is 21 higher for ‘m’ than for ‘f’ (101 against 80" in mean.sentence


def test_columns_that_are_not_there_are_passed_over(applicants):
    frame, y, p = applicants
    problem = BINARY.model_copy(update={"sensitive": ("race",)})
    assert fairness(frame, y, p, problem, threshold=0.5, draws=draw(len(y), seed=0, times=5)) == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([18.0, 25, 39, 40, 59, 60, None, *range(20, 30)], name="age"),
         ["under 25", "25 to 39", "25 to 39", "40 to 59", "40 to 59", "60 and over", "not given"]),
        (pd.Series([1.0, 2.0, None], name="grade"), ["1", "2", "not given"]),
        (pd.Series(pd.to_datetime(["1984-02-01", None, "1991-01-01"]), name="born"), ["1980s", "not given", "1990s"]),
        (pd.Series(["x", None], name="sex", dtype=object), ["x", "not given"]),
    ],
    ids=["age", "few numbers", "dates", "text"],
)  # fmt: skip
def test_groups_have_plain_names(values, expected):
    assert groups(values).tolist()[: len(expected)] == expected


def test_many_numbers_become_quarters():
    banded = groups(pd.Series(np.arange(100.0), name="income"))
    assert banded.value_counts().between(24, 26).all()
    assert banded.iloc[0] == "up to 24.75"
    assert banded.iloc[-1] == "above 74.25"


def test_many_texts_leave_the_common_ones():
    values = pd.Series([f"v{i}" for i in range(20) for _ in range(i + 1)], name="origin", dtype=object)
    found = groups(values)
    assert found.nunique() == 12
    assert found.iloc[0] == "all others"
    assert found.iloc[-1] == "v19"


def measured(frame, y, p, problem=BINARY, **asked):
    asked = {"threshold": 0.6, "draws": draw(len(y), seed=0, times=200)} | asked
    return {(f.column, f.measure): f for f in fairness(frame, y, p, problem, **asked)}


def test_ratios_precision_score_and_calibration_are_those_of_others(applicants):
    from fairlearn.metrics import MetricFrame, demographic_parity_ratio, equalized_odds_ratio
    from sklearn.metrics import precision_score, roc_auc_score

    frame, y, p = (part[:1200] for part in applicants)
    found, sex, said = measured(frame, y, p), frame["sex"], p[:, 1] >= 0.6
    parity, odds = found["sex", "demographic_parity_difference"], found["sex", "equalized_odds_difference"]
    assert parity.ratio == pytest.approx(demographic_parity_ratio(y, said, sensitive_features=sex))
    assert odds.ratio == pytest.approx(equalized_odds_ratio(y, said, sensitive_features=sex))
    precision = MetricFrame(metrics=precision_score, y_true=y, y_pred=said, sensitive_features=sex)
    assert found["sex", "predictive_parity_difference"].value == pytest.approx(precision.difference())
    score = MetricFrame(metrics=roc_auc_score, y_true=y, y_pred=p[:, 1], sensitive_features=sex)
    assert [g.score for g in parity.groups] == pytest.approx(score.by_group.tolist())
    assert found["sex", "score_difference"].value == pytest.approx(score.difference())
    for group in parity.groups:
        rows = (sex == group.group).to_numpy()
        assert (group.predicted, group.came_true) == pytest.approx((p[rows, 1].mean(), y[rows].mean()))


def test_what_only_two_columns_together_show_is_found():
    """Who is picked depends on neither column alone: old men and young women are."""
    rng = np.random.default_rng(1)
    sex, old = rng.choice(["f", "m"], 2400), rng.choice(["old", "young"], 2400)
    picked = rng.random(2400) < np.where((sex == "m") == (old == "old"), 0.5, 0.3)
    p = np.where(picked, 0.9, 0.1)
    frame = pd.DataFrame({"sex": sex, "life": old}, dtype=object)
    problem = BINARY.model_copy(update={"sensitive": ("sex", "life")})
    found = measured(frame, (rng.random(2400) < 0.5) * 1.0, np.column_stack([1 - p, p]), problem)
    both = found["sex and life", "demographic_parity_difference"]
    assert both.columns == ("sex", "life")
    assert both.at_least > 0
    assert both.interval[0] < 0.2 < both.interval[1]
    assert found["sex", "demographic_parity_difference"].at_least == 0
    assert found["life", "demographic_parity_difference"].at_least == 0


def test_small_crossed_groups_are_gathered_and_not_judged(applicants):
    frame, y, p = applicants
    frame = frame.assign(town=np.random.default_rng(0).choice(["a", "b"], len(y)))
    problem = BINARY.model_copy(update={"sensitive": ("sex", "town")})
    both = measured(frame, y, p, problem)["sex and town", "demographic_parity_difference"]
    assert [g.group for g in both.groups if g.too_few] == ["smaller groups"]
    assert len(both.groups) == 5


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["one"] * 1211, name="sex"),
        pd.Series([f"p{i}" for i in range(1211)], name="sex"),
        pd.Series([None] * 1211, name="sex", dtype=object),
        pd.Series(np.full(1211, np.nan), name="sex"),
        pd.Series(np.r_[np.zeros(1100), np.arange(111.0)], name="sex"),
        pd.Series([pd.NaT] * 1211, name="sex", dtype="datetime64[ns]"),
    ],
    ids=["one level", "a level a row", "all missing", "no number", "nearly all zero", "no date"],
)
def test_an_odd_column_gets_a_sentence(applicants, values):
    _, y, p = applicants
    for found in measured(values.to_frame(), y, p).values():
        assert found.sentence
        assert np.isfinite(found.value)


def test_an_equal_prediction_for_all_makes_no_difference(applicants):
    frame, y, _ = applicants
    found = measured(frame, y, np.full((len(y), 2), 0.5), threshold=0.6)["sex", "demographic_parity_difference"]
    assert (found.value, found.ratio, found.at_least) == (0, 1, 0)
    assert found.sentence.startswith("By ‘sex’, no difference: 0 % everywhere.")


@pytest.mark.parametrize("task", list(Task))
def test_sentences_name_no_metric_by_its_short_name_and_say_what_may_be_chance(task):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 400)}, dtype=object)
    classes = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c"), Task.REGRESSION: ()}[task]
    metric = {Task.BINARY: "roc_auc", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}[task]
    problem = Problem(task=task, target="t", classes=classes, metric=metric, sensitive=("sex",))
    y = rng.normal(size=400) if task is Task.REGRESSION else rng.integers(len(classes), size=400) * 1.0
    p = rng.normal(size=400) if task is Task.REGRESSION else rng.dirichlet(np.ones(len(classes)), 400)
    for found in measured(frame, y, p, problem, threshold=None).values():
        assert "_" not in found.sentence
        assert ("it may be chance" in found.sentence) == (found.at_least == 0)
        assert found.measure in WORDS


def of_age(seed, sizes, *, wrongly, base=0.3, times=100):
    """Whom a made-up model picks: four in five who are a case, and a share ``wrongly`` of the others, by group."""
    rng = np.random.default_rng(seed)
    of = np.repeat(list(sizes), list(sizes.values())).astype(object)
    y = (rng.random(len(of)) < base) * 1.0
    picked = rng.random(len(of)) < np.where(y == 1, 0.8, pd.Series(of).map(wrongly).to_numpy(dtype=float))
    p = np.where(picked, 0.75, 0.25) + rng.uniform(-0.2, 0.2, len(of))
    problem = BINARY.model_copy(update={"sensitive": ("life",)})
    frame, draws = pd.DataFrame({"life": of}), draw(len(of), seed=seed, times=times)
    found = fairness(frame, y, np.column_stack([1 - p, p]), problem, threshold=0.5, draws=draws, quick=True)
    return {f.measure: f for f in found}


def test_large_groups_are_told_apart_beside_a_tiny_one():
    """Those of the tiny group who are a case are few: what chance makes of them says nothing of the others."""
    wrongly = {"young": 0.11, "middle": 0.34, "old": 0.3, "very old": 0.3}
    found = of_age(201, {"young": 600, "middle": 1100, "old": 1200, "very old": 45}, wrongly=wrongly)
    odds, of_yes = found["equalized_odds_difference"], found["equal_opportunity_difference"]
    assert odds.value == of_yes.value > 0.23
    assert of_yes.at_least == 0
    assert of_yes.surely is None
    assert odds.surely.lower == "young"
    assert odds.surely.difference == pytest.approx(0.23, abs=0.04)
    assert 0.13 < odds.at_least < odds.surely.interval[0]
    assert odds.sentence.startswith("By ‘life’: among those without ‘hired’ = ‘yes’, ‘middle’ is picked 2")
    assert "Further apart, which may be chance: among those with ‘hired’ = ‘yes’, " in odds.sentence
    wrong = found["false_positive_rate_difference"]
    assert odds.sentence.startswith(wrong.sentence.partition(" Further")[0])  # the same figures, said the same way
    assert wrong.at_least == pytest.approx(odds.at_least)


def test_where_groups_do_not_differ_hardly_a_card_says_that_they_surely_do():
    """Whatever is compared, and with a group of which hardly any are a case."""
    wrongly, sure = dict.fromkeys("abcd", 0.1), 0
    for seed in range(40):
        found = of_age(seed, {"a": 500, "b": 250, "c": 150, "d": 35}, wrongly=wrongly, base=0.4)
        sure += any(f.at_least > 0 for f in found.values())
        assert all((f.surely is None) == (f.at_least == 0) for f in found.values())
    assert sure <= 2
