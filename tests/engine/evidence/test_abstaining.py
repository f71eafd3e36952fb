"""What leaving doubtful cases to a person brings, in words."""

import json

import numpy as np
import pandas as pd
import pytest

from engine.domain.policy import Abstention, Answered, Policy, PolicyKind
from engine.domain.problem import Problem, Task
from engine.evidence.abstaining import asked, cells, in_words, on_test, only_the_width, range_in_words
from engine.evidence.card import to_cyclonedx
from engine.evidence.card_view import view
from tests.engine.evidence.cards import make

KINDS = Problem(task=Task.MULTICLASS, target="y", classes=("a", "b", "c"), metric="log_loss")
AMOUNT = Problem(task=Task.REGRESSION, target="y", metric="rmse")
FEW = Abstention(
    coverage=0.98,
    abstained=0.82,
    error=0.3,
    error_answered=1 / 18,
    rows=100,
    tested=Answered(rows=95, answered=19, error=0.31, error_answered=4 / 19, interval=(0.085, 0.433)),
)


def test_a_share_of_few_rows_stands_with_them_and_with_its_interval() -> None:
    said = in_words(FEW, KINDS)
    assert "if the true one is to stay in 98 % of the cases" in said
    assert "wrong in 6 % (1 of 18 rows), not 30 %" in said
    assert "wrong in 21 % (4 of 19 rows; 95 % interval 8 % to 43 %), not 31 %" in said
    assert "stays among the possible ones" in asked(KINDS)


def test_what_answers_nothing_is_not_said_to_be_wrong_ever() -> None:
    none = Abstention(coverage=0.98, abstained=1.0, error=0.48, error_answered=None, rows=100)
    assert cells(none, KINDS)[1:4] == ["100 %", "—", "48 %"]
    assert "are left: it answers none of them." in in_words(none, KINDS)


@pytest.mark.parametrize("entities", [200, 20], ids=["rows alone", "rows of entities"])
def test_the_test_rows_say_how_wrong_the_answered_are(entities) -> None:
    p = np.tile([[0.9, 0.06, 0.04], [0.4, 0.35, 0.25]], (100, 1))
    frame = pd.DataFrame({"y": ["a", "b"] * 100, "who": np.arange(200) % entities})
    frame.loc[:9, "y"] = "b"  # five of the hundred that are answered
    split = {"kind": "group", "columns": ("who",)} if entities < 200 else {}
    problem = KINDS.model_copy(update={"split": KINDS.split.model_copy(update=split)})
    found = on_test(Abstention(coverage=0.9, limits=(0.5, 0.5, 0.5)), frame, p, problem).tested
    assert found is not None
    assert (found.rows, found.answered, found.error_answered) == (200, 100, 0.05)
    low, high = found.interval or (0, 0)
    assert low < 0.05 < high
    assert high == pytest.approx(0.11 if entities == 200 else 0.36, abs=0.02)


def test_a_number_is_off_on_average_and_nobody_is_answered_where_every_range_is_too_wide() -> None:
    limits = Abstention(coverage=0.9, widths=(10.0,), widest=5.0)
    y = pd.DataFrame({"y": [1.0, 2.0, 4.0]})
    none = on_test(limits, y, np.array([1.0, 1.0, 1.0]), AMOUNT).tested
    all_ = on_test(limits.model_copy(update={"widest": 20.0}), y, np.array([1.0, 1.0, 1.0]), AMOUNT).tested
    assert none is not None
    assert all_ is not None
    assert (none.answered, none.error_answered, none.interval) == (0, None, None)
    assert (all_.answered, all_.error_answered) == (3, pytest.approx(4 / 3))


def test_the_range_beside_a_number_says_how_often_it_holds_and_how_wide_it_is() -> None:
    p = np.linspace(0, 99, 100)
    frame = pd.DataFrame({"y": p + np.where(np.arange(100) < 88, 3.0, 30.0)})
    limits = Abstention(coverage=0.9, edges=(49.5,), widths=(4.0, 8.0))
    card = make(
        problem=AMOUNT,
        policy=Policy(kind=PolicyKind.VALUE),
        evidence=make().evidence.model_copy(update={"limits": (on_test(limits, frame, p, AMOUNT),), "fairness": ()}),
    )
    said = "± 6 on average, to hold the true number 90 % of the time; on the 100 test rows it does so 88 % of the time"
    assert dict(view(card, ()).decision)["The range beside a number"].startswith(f"{said} (95 % interval 80 % to 9")
    assert '"type": "within_range", "value": "0.88"' in json.dumps(to_cyclonedx(card))
    old = limits.model_copy(update={"tested": Answered(rows=100, answered=100, error=6.2)})
    assert range_in_words(old, AMOUNT) == ""


def test_it_is_said_plainly_where_only_the_width_of_the_range_changes() -> None:
    alike = [Abstention(coverage=c, widths=(w,), widest=3 * w, abstained=0.1) for c, w in ((0.8, 5.0), (0.9, 8.0))]
    assert "the same 10 % of the cases are left to a person: it changes only the width" in only_the_width(alike, AMOUNT)
    more = alike[1].model_copy(update={"abstained": 0.2})
    assert only_the_width([alike[0], more], AMOUNT) == ""
    assert only_the_width([FEW], KINDS) == ""
    assert "at most ± 24." in in_words(alike[1], AMOUNT)
    none = alike[0].model_copy(update={"widest": None, "abstained": 0.0})
    assert in_words(none, AMOUNT).startswith("It answers every case")
