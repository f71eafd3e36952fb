"""Tables that go to the edge: their cards say sentences in every form, and nothing is blank, endless or "nan"."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from app.workflow import registry
from engine.domain.outcome import Verdict
from engine.domain.problem import Mistake, Question, Task
from engine.errors import UnusableTarget
from tests.app.workflow.judged import Made, card_of, chances, rows_of

ROWS = 600
TASKS = (Task.BINARY, Task.MULTICLASS, Task.REGRESSION)


def table(task: Task, group: object, rows: int = ROWS) -> pd.DataFrame:
    """People with an amount that says much, and a group that is what a test makes of it."""
    random = np.random.default_rng(0)
    amount = random.random(rows)
    noise = random.random(rows)
    answer = {
        Task.BINARY: np.where(noise < amount, "yes", "no").astype(object),
        Task.MULTICLASS: np.where(noise < amount, np.where(random.random(rows) < 0.7, "b", "c"), "a").astype(object),
        Task.REGRESSION: 100 * amount + 10 * noise,
    }[task]
    frame = pd.DataFrame({"amount": amount, "other": random.normal(size=rows), "group": group, "answer": answer})
    frame["group"] = frame["group"].astype(object)
    return frame


def knows(task: Task):
    return lambda frame: chances(task, frame["amount"].fillna(0.5).to_numpy())


def all_equal(task: Task):
    return lambda frame: chances(task, np.full(len(frame), 0.5))


def judge(
    task: Task, group: object, model=None, *, few: int | None = None, without: str | None = None, **asked: object
) -> Made:
    """Judge a model; ``few`` test rows are left, those with the answer ``without`` are not."""
    frame = table(task, group)
    asked = {"target": "answer", "sensitive": ("group",), "task": task, **asked}
    rows = rows_of(frame, **asked)
    test = rows.test if without is None else rows.test[rows.test["answer"] != without]
    object.__setattr__(rows, "test", test if few is None else test.iloc[:few])
    return card_of(rows, (model or knows)(task))


def missing(share: float) -> np.ndarray:
    group = np.where(np.arange(ROWS) % 2 == 0, "f", "m").astype(object)
    group[np.random.default_rng(1).random(ROWS) < share] = None
    return group


GROUPS = {
    "one level": "same",
    "each its own": [f"level {i}" for i in range(ROWS)],
    "half missing": missing(0.5),
    "all but few missing": missing(0.99),
    "hostile names": np.where(np.arange(ROWS) % 2 == 0, "<b>|x|</b>", "=1+1\n# a").astype(object),
}
UNSAID = re.compile(r"\bnan\b|\binf\b|\bNone\b(?! of)|\bunknown\b|Traceback")


def require_readable(made: Made) -> None:
    """The card is a document in each form; no figure is left unsaid, no picture without a length."""
    for form in registry.FORMATS:
        text = registry.render(made.card, form)
        assert not UNSAID.findall(re.sub(r'"handrail:check:[^}]*', "", text)), UNSAID.search(text)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(registry.render(made.card, "json")) is None
    page = registry.render(made.card, "html")
    assert all(0 <= float(width) <= 300 for width in re.findall(r'<rect[^>]* width="([^"]*)"', page))
    metrics = json.loads(registry.render(made.card, "json"))["components"][0]["modelCard"]["quantitativeAnalysis"]
    assert all(np.isfinite(float(m["value"])) for m in metrics["performanceMetrics"])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_group_column_of_any_kind_is_told_of_in_sentences(task, group):
    made = judge(task, GROUPS[group])
    require_readable(made)
    assert all(f.sentence for f in made.card.evidence.fairness)
    assert made.card.evidence.score.rows == len(made.rows.test)


def test_ten_thousand_levels():
    rows = 12_000
    frame = table(Task.BINARY, [f"level {i % 10_000}" for i in range(rows)], rows)
    made = card_of(rows_of(frame, target="answer", sensitive=("group",), task=Task.BINARY), knows(Task.BINARY))
    require_readable(made)
    assert len(registry.render(made.card, "html")) < 200_000


@pytest.mark.parametrize("task", TASKS)
def test_an_answer_that_is_always_the_same_is_no_better_than_a_guess(task):
    made = judge(task, missing(0.0), all_equal)
    require_readable(made)
    assert made.card.evidence.no_better_than is not None
    assert "There is nothing to explain" in registry.render(made.card, "html")
    assert "importance:" not in registry.render(made.card, "json")


def test_a_class_without_a_test_row():
    made = judge(Task.MULTICLASS, missing(0.0), without="c")
    require_readable(made)
    assert sum(made.card.evidence.confusion.counts[-1]) == 0


@pytest.mark.parametrize(
    ("model", "changes"),
    [(None, {}), (all_equal, {}), (None, {"few": 2}), (None, {"without": "c"}), (None, {"without": "a"})],
    ids=["usual", "all equal", "two test rows", "a class without a test row", "without the usual one"],
)
def test_what_mistakes_of_classes_cost_is_told_of_in_sentences(model, changes):
    costs = (Mistake(said="*", truth="c", cost=1e12), Mistake(said="a", truth="b", cost=0.0))
    made = judge(Task.MULTICLASS, missing(0.0), model, **changes, question=Question(who="person", costs=costs))
    require_readable(made)
    card, found = made.card, made.card.evidence.expected_cost
    assert found.cost.rows == len(made.rows.test)
    for form in ("html", "md"):
        assert f"Counted on {found.cost.rows:,} row" in registry.render(card, form)
    assert "to say another class where ‘c’ is true costs 1,000,000,000,000" in registry.render(card, "json")
    assert card.policy.costs.amounts == ((0, 0, 1e12), (1, 0, 1e12), (1, 1, 0))


@pytest.mark.parametrize("task", TASKS)
def test_four_test_rows_make_a_card_that_is_unsure(task):
    made = judge(task, missing(0.0), few=4)
    require_readable(made)
    assert any(o.code == "EV003" and o.verdict is Verdict.FLAGGED for o in made.card.outcomes)


@pytest.mark.parametrize("task", TASKS)
def test_one_test_row_is_refused_in_a_sentence(task):
    with pytest.raises(UnusableTarget, match="cannot show how good a model is"):
        judge(task, missing(0.0), few=1)
