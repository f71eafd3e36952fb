"""Every figure of a card is worked out anew, by other means, from the answers themselves."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from app.workflow import registry
from engine.domain.problem import Question, Task
from engine.evidence.card_view import view
from tests.app.workflow.judged import Made, card_of, chances, rows_of

ROWS = 6000


@pytest.fixture(scope="module")
def made() -> Made:
    """Six thousand customers. The model knows them, but takes those on the old plan the wrong way round."""
    random = np.random.default_rng(5)
    calls, plan = random.random(ROWS), random.choice(["old", "new", "trial"], ROWS, p=[0.15, 0.5, 0.35])
    sex = random.choice(["f", "m"], ROWS)
    knows = 0.1 + 0.65 * calls + 0.2 * (plan == "trial")
    chance = np.where(plan == "old", 0.9 - 0.8 * calls, knows) * np.where(sex == "f", 0.8, 1.0)
    frame = pd.DataFrame(
        {
            "calls": calls,
            "age": random.integers(18, 90, ROWS).astype(float),
            "plan": plan.astype(object),
            "sex": sex.astype(object),
            "left": np.where(random.random(ROWS) < chance, "yes", "no").astype(object),
        }
    )
    asked = Question(who="customer", cost_wrong_yes=1, cost_missed_yes=2, rule="calls > 0.6")
    rows = rows_of(frame, target="left", positive="yes", sensitive=("sex",), question=asked)
    return card_of(rows, straight)


def straight(frame: pd.DataFrame) -> np.ndarray:
    """The model: a straight line in ``calls``, and a step for the trial plan."""
    step = (frame["plan"] == "trial").to_numpy()
    return chances(Task.BINARY, 0.1 + 0.65 * frame["calls"].to_numpy() + 0.2 * step)


@pytest.fixture(scope="module")
def tables(made) -> list[dict[str, list[str]]]:
    """The tables of the card as it is read: cells by the first one of their row."""
    found: list[dict[str, list[str]]] = [{}]
    for line in registry.render(made.card, "md").splitlines():
        if not line.startswith("|"):
            found.append({})
        elif not line.startswith("|---"):
            first, *cells = (cell.strip().replace("\\", "") for cell in line.strip("|").split("|"))
            found[-1][first] = cells
    return [table for table in found if table]


def cells(tables: list[dict[str, list[str]]], heading: str, row: str) -> list[str]:
    """The cells of a row in the one table that has ``heading`` in its first row."""
    (table,) = [t for t in tables if heading in [next(iter(t)), *next(iter(t.values()))] and row in t]
    return table[row]


def rank_area(y: np.ndarray, p: np.ndarray) -> float:
    """The area under the ROC curve by ranks (Mann and Whitney), which is quick."""
    yes = y.sum()
    return (pd.Series(p).rank()[y].sum() - yes * (yes + 1) / 2) / (yes * (len(y) - yes))


def near(text: str, value: float) -> bool:
    """Whether a figure, as it is said, is the value rounded to the digits that are shown."""
    number = text.replace(",", "").removesuffix(" %")
    digits = len(number.partition(".")[2])
    value = 100 * value if text.endswith("%") else value
    return round(value, digits) == pytest.approx(float(number), abs=0.51 * 10.0**-digits)


@pytest.fixture(scope="module")
def truth(made) -> tuple[np.ndarray, np.ndarray]:
    """Whether each test row left, and the chance that the model gave."""
    return (made.rows.test["left"] == "yes").to_numpy(), made.answers[:, 1]


def test_the_score_and_the_other_measures(tables, truth):
    y, p = truth
    assert near(cells(tables, "Answered by", "this model")[0], metrics.roc_auc_score(y, p))
    for name, value in {
        "average precision": metrics.average_precision_score(y, p),
        "accuracy, one half decides": (y == (p >= 0.5)).mean(),
        "log loss": metrics.log_loss(y, p),
        "Brier score": metrics.brier_score_loss(y, p),
    }.items():
        assert near(cells(tables, "Measure", name)[0], value), name


def test_the_interval_is_that_of_resampled_rows(tables, truth):
    y, p = truth
    random = np.random.default_rng(9)
    draws = (random.integers(0, len(y), len(y)) for _ in range(200))
    areas = [rank_area(y[i], p[i]) for i in draws]
    low, high = np.quantile(areas, (0.025, 0.975))
    said = re.findall(r"\d\.\d+", cells(tables, "Answered by", "this model")[1])
    assert [float(end) for end in said] == pytest.approx([low, high], abs=0.008)


def test_the_simple_ways(made, tables, truth):
    y, p = truth
    rule = (made.rows.test["calls"] > 0.6).to_numpy()
    value, ahead = cells(tables, "Answered by", "today's rule")
    assert near(value, metrics.roc_auc_score(y, rule))
    low, high = (float(end) for end in re.findall(r"\d\.\d+", ahead))
    assert low < metrics.roc_auc_score(y, p) - metrics.roc_auc_score(y, rule) < high
    assert cells(tables, "Answered by", "always the most common answer")[0] == "0.500"


def test_answers_and_decision_count_the_same_rows(made, tables, truth):
    y, p = truth
    picked = p >= made.card.policy.threshold
    table = metrics.confusion_matrix(y, picked)
    assert [int(n.replace(",", "")) for n in cells(tables, "In truth", "no")] == [*table[0], table[0].sum()]
    assert [int(n.replace(",", "")) for n in cells(tables, "In truth", "yes")] == [*table[1], table[1].sum()]
    words = re.search(
        r"([\d,]+) of ([\d,]+) picked, ([\d,]+) rightly \((\d+ %)\); (\d+ %)", registry.render(made.card, "html")
    )
    assert words is not None
    counts = [int(n.replace(",", "")) for n in words.groups()[:3]]
    assert counts == [picked.sum(), len(y), (picked & y).sum()]
    assert near(words[4], metrics.precision_score(y, picked))
    assert near(words[5], metrics.recall_score(y, picked))


def test_what_it_brings_is_against_the_cheapest_way_without_it_and_says_its_rows(made, truth):
    y, p = truth
    rule = (made.rows.test["calls"] > 0.6).to_numpy()
    picked = p >= made.card.policy.threshold
    cost = {name: 1000 * ((acts & ~y).sum() + 2 * (~acts & y).sum()) / len(y) for name, acts in
            {"its": picked, "nobody": y & False, "everybody": y | True, "rule": rule}.items()}  # fmt: skip
    said = dict(view(made.card, ()).decision)["Brings"]
    assert f"counted on {len(y):,} rows). Its mistakes cost {cost['its']:,.0f};" in said
    for way, name in (("nobody", "acting on nobody"), ("everybody", "acting on everybody"), ("rule", "today's rule")):
        assert f"{name} {cost[way]:,.0f}" in said
    # It acts on everybody, which is cheaper than today's rule: to do so without a model brings as much.
    assert cost["its"] == min(cost.values()) == cost["everybody"] < cost["rule"]
    assert said.startswith("0.0 per 1,000 customers against acting on everybody (95 % interval ")
    expected = made.card.policy.sentence
    assert f"Counted on {len(made.rows.choose):,} rows to choose by." in expected
    assert "today's rule" in expected


@pytest.mark.parametrize("group", ["f", "m"])
def test_how_each_group_fares(made, tables, truth, group):
    y, p = truth
    at = (made.rows.test["sex"] == group).to_numpy()
    picked = p >= made.card.evidence.threshold
    rows, rate, interval, wrong, predicted, came_true, score = cells(tables, "Group", group)
    assert int(rows.replace(",", "")) == at.sum()
    assert near(rate, picked[at].mean())
    low, high = (float(end) / 100 for end in re.findall(r"\d+", interval))
    assert low - 0.005 <= picked[at].mean() <= high + 0.005
    assert near(wrong, (picked != y)[at].mean())
    assert near(predicted, p[at].mean())
    assert near(came_true, y[at].mean())
    assert near(score, metrics.roc_auc_score(y[at], p[at]))


def test_the_weak_part_is_the_one_that_was_planted(made, tables, truth):
    y, p = truth
    (part,) = [s for s in made.card.evidence.slices if s.columns == ("plan",)]
    at = (made.rows.test["plan"] == "old").to_numpy()
    rows, _, there, elsewhere = cells(tables, "Where", " and ".join(part.conditions))
    assert int(rows.split()[0].replace(",", "")) == at.sum()
    assert part.metric == "roc_auc"
    assert near(there, metrics.roc_auc_score(y[at], p[at]))
    assert near(elsewhere, metrics.roc_auc_score(y[~at], p[~at]))


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_what_is_left_to_a_person(made, tables, coverage):
    y, p = (made.rows.choose["left"] == "yes").to_numpy().astype(int), made.foreseen
    strange = 1 - p[np.arange(len(y)), y]
    limits = []
    for k in (0, 1):
        own = np.sort(strange[y == k])
        limits.append(own[int(np.ceil((len(own) + 1) * coverage)) - 1])
    answered = ((1 - p) <= np.array(limits)).sum(axis=1) == 1
    wrong = p.argmax(axis=1) != y
    said = cells(tables, "Left to a person", f"{100 * coverage:.0f} %")
    told = [float(cell.partition(" %")[0]) / 100 for cell in said]
    # The card's limits are set on other rows than they are tried on, four fifths each: two points of difference.
    expected = [1 - answered.mean(), wrong[answered].mean(), wrong.mean()]
    assert told[:3] == pytest.approx(expected, abs=0.02)
    unseen, y = made.answers, (made.rows.test["left"] == "yes").to_numpy().astype(int)
    answered, wrong = ((1 - unseen) <= np.array(limits)).sum(axis=1) == 1, unseen.argmax(axis=1) != y
    assert near(said[3], 1 - answered.mean())
    assert said[4].startswith(f"{100 * wrong[answered].mean():.0f} % ({wrong[answered].sum()} of {answered.sum():,} ")


def test_what_it_leans_on_is_worked_out_from_the_straight_line(made, tables):
    """A row's reasons are how far its values lie from the typical rows', times the line's slope and step."""
    evidence = made.card.evidence
    weights = evidence.background.weights
    calls = np.average([float(row["calls"]) for row in evidence.background.rows], weights=weights)
    trial = np.average([row["plan"] == "trial" for row in evidence.background.rows], weights=weights)
    for row in evidence.explained:
        side = 1 if row.explanation.of == "yes" else -1
        parts = row.explanation.contributions
        assert parts["calls"] == pytest.approx(side * 0.65 * (float(row.row["calls"]) - calls), abs=1e-8)
        assert parts["plan"] == pytest.approx(side * 0.2 * ((row.row["plan"] == "trial") - trial), abs=1e-8)
        assert parts["age"] == pytest.approx(0.0, abs=1e-8)
    rows = made.rows.test
    sizes = {
        "calls": np.abs(0.65 * (rows["calls"] - calls)).mean(),
        "plan": np.abs(0.2 * ((rows["plan"] == "trial") - trial)).mean(),
    }
    for name, size in sizes.items():
        share, interval, moves = cells(tables, "Share", name)
        low, high = (float(end) for end in re.findall(r"\d+", interval))
        assert low <= 100 * size / sum(sizes.values()) <= high  # a sample of the test rows is explained
        assert low <= float(share.removesuffix(" %")) <= high
        assert float(moves.removesuffix(" points")) == pytest.approx(100 * size, rel=0.15)
