"""What a random split would have promised, beside the rows the model was really judged on."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.evidence import Honesty
from engine.domain.outcome import Action, Outcome, Remedy
from engine.domain.problem import Problem
from engine.evidence.honesty import honesty
from engine.guardrails.run import run
from engine.problem.formulate import formulate
from engine.problem.remedies import apply_remedy
from engine.problem.split import cut
from tests.engine.guardrails.checking import table

N = 900


@pytest.fixture
def visits() -> pd.DataFrame:
    """Three visits each of 300 patients, who are recognised by their height and answer the same each time."""
    random = np.random.default_rng(1)
    who = np.repeat(np.arange(300), 3)
    ill = random.random(300) < 0.4
    return pd.DataFrame(
        {
            "patient_id": who.astype(float),
            "height": random.normal(170, 10, 300).round(2)[who],
            "weight": random.normal(70, 12, 300).round(2)[who],
            "pulse": random.normal(70, 5, N).round() + 4 * ill[who],
            "ward": random.choice(["a", "b"], N).astype(object),
            "ill": np.where(ill[who], "yes", "no").astype(object),
        }
    ).sample(frac=1, random_state=0, ignore_index=True)


def asked(frame: pd.DataFrame, *fixes: Remedy) -> Problem:
    tested = table(frame)
    problem = formulate(tested.contract, tested.profile, target="ill")
    for remedy in fixes:
        problem = apply_remedy(problem, remedy)
    return problem


def compared(frame: pd.DataFrame, problem: Problem, outcomes: tuple[Outcome, ...] = ()) -> Honesty | None:
    parts = cut(frame, problem)
    learn, test = frame.iloc[np.concatenate([parts.learn, parts.choose])], frame.iloc[parts.test]
    return honesty(learn, test, contract=table(frame).contract, problem=problem, outcomes=outcomes)


BY_PATIENT = Remedy(action=Action.GROUP_SPLIT, columns=("patient_id",))


def test_a_random_split_would_promise_what_is_mere_recognition(visits):
    found = compared(visits, asked(visits, BY_PATIENT))
    assert found.far
    assert found.promised > found.honest + 0.1
    assert found.rows == pytest.approx(N * 0.2, abs=10)
    assert found.standing == ()
    assert "rows drawn at random, a quick model would look like" in found.sentence


def test_a_leak_that_was_left_out_is_back_in_for_the_promise(visits):
    frame = visits.assign(letter=np.where(visits["ill"] == "yes", "sent", "none").astype(object))
    fix = Remedy(action=Action.DROP_COLUMNS, columns=("letter",))
    found = compared(frame, asked(frame, fix))
    assert found.columns == ("letter",)
    assert found.promised == 1.0 > found.honest
    assert "‘letter’ left in" in found.sentence


def test_a_leak_that_was_kept_makes_the_models_own_score_a_promise(visits):
    problem = asked(visits)
    outcomes = run(table(visits), problem, only={"LK005"})
    found = compared(visits, problem, outcomes)
    assert found.standing == ("LK005",)
    assert found.far
    assert "A quick model looks like" in found.sentence
    assert "will work like" in found.sentence


def test_identical_rows_are_said_to_stand_on_both_sides_of_the_random_test(visits):
    frame = visits.drop(columns="patient_id")
    again = pd.concat([frame, frame.head(300)], ignore_index=True)
    found = compared(again, asked(again, Remedy(action=Action.KEEP_TOGETHER)))
    assert found.sentence.startswith("With rows drawn at random, identical rows on both sides, ")


def test_where_nothing_differs_there_is_nothing_to_say(visits):
    assert compared(visits, asked(visits)) is None


def test_an_honest_split_that_costs_nothing_is_said_too(visits):
    frame = visits.drop(columns=["height", "weight"]).assign(patient_id=np.arange(N) // 3 * 1.0)
    found = compared(frame, asked(frame, BY_PATIENT))
    assert not found.far
    assert "promise no more" in found.sentence


def test_too_few_rows_have_no_score(visits):
    few = visits.head(25)
    assert compared(few, asked(few, BY_PATIENT)) is None
