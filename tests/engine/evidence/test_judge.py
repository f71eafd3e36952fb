"""The whole judgement of a model on the test rows."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Baseline, Estimate, Evidence
from engine.domain.problem import Problem, Split, SplitKind, Task
from engine.errors import UnusableTarget
from engine.evidence.headline import headline
from engine.evidence.judge import judge
from engine.problem.rows import encode
from engine.problem.today import Says
from engine.training.baselines import fit_baselines

THRESHOLD = 0.35


class Complains:
    """Today's rule: more than one complaint."""

    says, in_words = Says.CLASS, "complaints > 1"

    def apply(self, frame: pd.DataFrame) -> np.ndarray:
        return (frame["complaints"] > 1).to_numpy(dtype=float)


def judged(case, **changes) -> Evidence:
    baselines = fit_baselines(
        case.learn, encode(case.learn, case.problem), problem=case.problem, features=case.features,
        contract=case.contract, rule=Complains() if case.problem.task is Task.BINARY else None,
    )  # fmt: skip
    arguments = {"baselines": baselines, "seed": 1, "explain_seconds": 1.0, "threshold": THRESHOLD}
    arguments |= case.arguments() | changes
    model = arguments.pop("model", case.model)
    return judge(model, answers=model(arguments["test"]), **arguments)


@pytest.fixture(scope="module")
def evidence(churn) -> Evidence:
    return judged(churn)


def test_the_score_stands_beside_interval_rows_and_every_baseline(evidence):
    assert evidence.score.metric == "roc_auc"
    assert evidence.score.interval[0] < evidence.score.value < evidence.score.interval[1]
    assert evidence.score.rows == 1000
    assert [b.name for b in evidence.baselines] == ["majority", "one_rule", "linear", "today"]
    assert all(b.difference[0] > 0 for b in evidence.baselines if b.name != "linear")
    assert {e.metric for e in evidence.others} == {"average_precision", "accuracy", "log_loss", "brier", "ece"}
    assert evidence.learn_score == pytest.approx(evidence.score.value, abs=0.05)


def test_the_pictures_are_there_and_in_range(evidence):
    curves = {c.name: c for c in evidence.curves}
    assert set(curves) == {"roc", "precision_recall", "gains", "calibration"}
    for curve in curves.values():
        assert len(curve.x) == len(curve.y) <= 200
        assert 0 <= min(curve.x + curve.y) <= max(curve.x + curve.y) <= 1
        assert curve.x_label
        assert curve.y_label
    assert np.trapezoid(curves["roc"].y, curves["roc"].x) == pytest.approx(evidence.score.value, abs=0.005)
    assert sum(map(sum, evidence.confusion.counts)) == 1000


def test_the_threshold_says_who_is_selected(churn, evidence):
    picked = sum(row[1] for row in evidence.confusion.counts)
    assert picked == (churn.model(churn.test)[:, 1] >= THRESHOLD).sum()
    nobody = judged(churn, threshold=1.0)
    assert sum(row[1] for row in nobody.confusion.counts) == 0
    assert nobody.fairness[0].value == 0


def test_groups_and_reasons_are_judged(evidence):
    assert [(f.column, f.measure) for f in evidence.fairness][:2] == [
        ("sex", "demographic_parity_difference"),
        ("sex", "equalized_odds_difference"),
    ]
    assert evidence.fairness[0].value > 0.1
    assert sum(i.share for i in evidence.importance) == pytest.approx(1)
    assert len(evidence.explained) >= 5
    assert evidence.background.rows


def test_it_survives_being_written_and_read(evidence):
    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence


def test_the_same_seed_judges_the_same(churn, evidence):
    fixed = {"seconds": {}, "explained": (), "importance": (), "effects": (), "explanation_method": ""}
    again = judged(churn)
    assert again.model_copy(update=fixed) == evidence.model_copy(update=fixed)


def test_classes(moods):
    evidence = judged(moods)
    assert evidence.headline.startswith("It names the right ‘mood’ for 77 of 100 customers")
    assert evidence.confusion.classes == ("bad", "fair", "good")
    assert {row.explanation.of for row in evidence.explained} == {"bad", "good"}
    first = [f.measure for f in evidence.fairness][:2]
    assert first == ["demographic_parity_difference", "error_rate_difference"]


def test_numbers(spent):
    evidence = judged(spent)
    assert evidence.headline.startswith("On average it is off by 15.9 in ‘spent’; guessing the average is off by ")
    assert [c.name for c in evidence.curves] == ["predicted_vs_actual", "residuals", "within"]
    assert sum(evidence.curves[1].y) == 750
    assert evidence.confusion is None
    assert {row.explanation.of for row in evidence.explained} == {"spent"}


def test_rows_of_one_entity_are_resampled_together(churn, evidence):
    parts = {"learn": churn.learn, "test": churn.test}
    owned = {name: frame.assign(customer=np.arange(len(frame)) // 50) for name, frame in parts.items()}
    split = Split(kind=SplitKind.GROUP, columns=("customer",))
    grouped = judged(churn, problem=churn.problem.model_copy(update={"split": split}), **owned)
    assert grouped.score.value == evidence.score.value
    assert grouped.score.interval != evidence.score.interval


def test_a_model_that_beats_nothing_says_so_first(churn):
    rng = np.random.default_rng(0)

    def noise(frame: pd.DataFrame) -> np.ndarray:
        p = rng.random(len(frame))
        return np.column_stack([1 - p, p])

    evidence = judged(churn, model=noise)
    assert evidence.headline.startswith("This model is worse than a simple linear model: ROC AUC 0.")


def test_a_tie_is_said_as_not_shown_to_be_better(churn):
    score = Estimate(metric="roc_auc", value=0.7512, interval=(0.7, 0.8), rows=1000)
    rival = Baseline(name="linear", label="a simple linear model", value=0.7509, difference=(-0.01, 0.02))
    y = encode(churn.test, churn.problem)
    said = headline(y, churn.model(churn.test), y, churn.problem, score=score, baselines=(rival,))
    assert said.startswith(
        "This model is not shown to be better than a simple linear model: ROC AUC 0.7512 against 0.7509 on 1,000 rows."
    )


def test_a_good_model_says_what_people_get():
    problem = Problem(task=Task.BINARY, target="deposit", classes=("no", "yes"), positive="yes", metric="roc_auc")
    problem = problem.model_copy(update={"question": problem.question.model_copy(update={"who": "customer"})})
    y = np.r_[np.ones(120), np.zeros(880)]
    p = np.r_[np.full(65, 0.9), np.full(55, 0.2), np.full(55, 0.8), np.full(825, 0.1)]
    score = Estimate(metric="roc_auc", value=0.9, interval=(0.8, 0.95), rows=1000)
    said = headline(y, np.column_stack([1 - p, p]), y, problem, score=score, baselines=())
    assert said == (
        "Of the 120 of 1,000 customers with the highest chance, 54 of 100 have ‘deposit’ = ‘yes’; picking at random "
        "finds 12."
    )


def test_a_test_with_one_answer_is_refused(churn):
    one = churn.test[churn.test["left"] == "no"]
    with pytest.raises(UnusableTarget, match="same answer in 'left'"):
        judged(churn, test=one)
