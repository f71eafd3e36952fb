"""The steps of the wizard: which are open, what closes them, what changed since."""

from dataclasses import replace

import pytest

from app.wizard import Standing, Step, furthest, places, stale
from app.workflow.views import ProjectView
from engine.domain.run import JobState
from engine.domain.version import Stage

EMPTY = ProjectView(id="p", name="p", dataset_id=None, problem_id=None, run_id=None, version=None, stage=None)
DATA = replace(EMPTY, dataset_id="d")
ASKED = replace(DATA, problem_id="q")
CHECKED = replace(ASKED, checked=True)
TRAINED = replace(CHECKED, run_id="r", run_state=JobState.DONE, run_problem_id="q", version="m:1", stage=Stage.DRAFT)
DECIDED = replace(TRAINED, decided=True)
APPROVED = replace(DECIDED, stage=Stage.APPROVED, reviewed=True)
RELEASED = replace(APPROVED, stage=Stage.LIVE, released=True)


@pytest.mark.parametrize(
    ("project", "step"),
    [
        (EMPTY, Step.DATA),
        (DATA, Step.QUESTION),
        (ASKED, Step.CHECKS),
        (replace(CHECKED, open_blockers=1), Step.CHECKS),
        (CHECKED, Step.TRAIN),
        (TRAINED, Step.UNDERSTAND),
        (DECIDED, Step.REVIEW),
        (APPROVED, Step.RELEASE),
        (RELEASED, Step.RELEASE),
    ],
    ids=["nothing", "data", "question", "blocked", "checked", "trained", "decided", "approved", "released"],
)
def test_a_project_opens_where_it_stands(project, step) -> None:
    made = places(project)
    assert furthest(made) is step
    assert made[step].standing is not Standing.CLOSED
    assert [s for s, place in made.items() if place.standing is Standing.CLOSED and not place.why] == []


def test_every_step_after_the_furthest_of_a_new_project_is_closed_and_says_why() -> None:
    made = places(EMPTY)
    assert {step for step, place in made.items() if place.standing is Standing.CLOSED} == set(Step) - {Step.DATA}
    assert "Bring a table" in made[Step.QUESTION].why


def test_an_open_blocker_closes_training_and_says_how_many() -> None:
    assert "2 findings" in places(replace(CHECKED, open_blockers=2))[Step.TRAIN].why
    assert places(replace(CHECKED, open_blockers=2))[Step.TRAIN].standing is Standing.CLOSED


def test_a_question_asked_anew_marks_all_that_rests_on_the_old_one() -> None:
    made = places(replace(RELEASED, problem_id="q2"))
    changed = {step for step, place in made.items() if place.standing is Standing.CHANGED}
    assert changed == {Step.TRAIN, Step.UNDERSTAND, Step.DECIDE, Step.REVIEW, Step.RELEASE}
    assert stale(replace(RELEASED, problem_id="q2"))
    assert not stale(RELEASED)


def test_a_new_table_leaves_the_old_model_open_and_marked() -> None:
    made = places(replace(RELEASED, dataset_id="d2", problem_id=None, checked=False))
    assert furthest(made) is Step.QUESTION
    assert made[Step.CHECKS].standing is Standing.CLOSED
    assert made[Step.UNDERSTAND].standing is Standing.CHANGED


def test_a_corrected_column_asks_for_the_question_again() -> None:
    assert places(CHECKED, contract_changed=True)[Step.QUESTION].standing is Standing.CHANGED


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_while_it_trains_the_step_is_open_and_the_next_ones_say_so(state) -> None:
    made = places(replace(CHECKED, run_id="r", run_state=state, run_problem_id="q"))
    assert made[Step.TRAIN].standing is Standing.OPEN
    assert "under way" in made[Step.UNDERSTAND].why


def test_a_failed_training_may_be_tried_again() -> None:
    made = places(replace(CHECKED, run_id="r", run_state=JobState.FAILED, run_problem_id="q"))
    assert made[Step.TRAIN].standing is Standing.OPEN
    assert made[Step.UNDERSTAND].standing is Standing.CLOSED


def test_a_returned_model_is_marked_and_not_released() -> None:
    made = places(replace(DECIDED, stage=Stage.RETURNED, reviewed=True))
    assert made[Step.REVIEW].standing is Standing.CHANGED
    assert made[Step.RELEASE].standing is Standing.CLOSED
