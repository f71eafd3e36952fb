"""The projects on the start page: what is said of each, and what erasing one takes with it."""

from app.workflow import cases, collecting, reviewing, stages
from tests.app.prepared import again, prepare
from tests.app.reading import read
from tests.app.workflow.left import served


def test_of_a_model_whose_newest_version_is_retired_the_live_one_is_named(home, opened) -> None:
    kept, project_id = prepare(home, "released")
    again(kept, project_id, "released")
    assert "leaving:2 is live" in read(opened("screens/home.py"))
    stages.rollback(kept, "leaving")
    stages.retire(kept, "leaving:2")
    assert "leaving:1 is live, leaving:2 is retired" in read(opened("screens/home.py"))
    stages.retire(kept, "leaving:1")
    said = read(opened("screens/home.py"))
    assert "leaving:2 is retired" in said
    assert "is live" not in said


def test_what_a_reviewer_returned_is_said_to_be_so(home, opened) -> None:
    kept, _ = prepare(home, "decided")
    reviewing.send_back(kept, "leaving:1", note="Who owns it?")
    said = read(opened("screens/home.py"))
    assert "The reviewer returned it with a question" in said
    assert "changed" not in said


def test_before_a_project_is_erased_it_is_said_that_peoples_answers_go(home, opened) -> None:
    kept, _ = prepare(home, "released")
    served(kept, ["a", "b", "c"])
    collecting.collect(kept)
    cases.answer(kept, "a", "yes")
    said = read(opened("screens/home.py"))
    assert "what it decided, and the cases left to people with their answers (2 waiting, 1 answered)" in said
