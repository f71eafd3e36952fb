"""The projects on the start page: what is said of each, and what erasing one takes with it."""

from app.workflow import stages
from tests.app.prepared import again, prepare
from tests.app.reading import read


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
