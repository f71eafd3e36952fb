"""What is filled in, and asked, is kept whoever else is at it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.workflow import asking, drafts
from app.workflow.asking import Wanted
from tests.app.prepared import prepare


@pytest.mark.parametrize("what", ["a draft", "a question"])
def test_of_what_two_tabs_write_at_once_nothing_is_lost(tmp_path, what):
    home, project_id = prepare(tmp_path, "empty")

    def write(number):
        if what == "a draft":
            drafts.keep(home, project_id, "data", {"a": number})
        else:
            asking.write(tmp_path / "warm" / "wanted.json", Wanted(reference=f"a:{number}", stamp=""))

    with ThreadPoolExecutor(4) as tabs:
        list(tabs.map(write, range(200)))


@pytest.mark.parametrize(("step", "shared"), [("review", False), ("decide", True)])
def test_what_is_written_in_a_review_is_its_writers_own(tmp_path, step, shared):
    home, project_id = prepare(tmp_path, "empty")
    other = replace(home, settings=home.settings.model_copy(update={"user": "Rita/../Ray"}))
    drafts.keep(home, project_id, step, {"note": "fine by me"})
    assert bool(drafts.draft(other, project_id, step)) is shared
    drafts.drop(other, project_id, step)
    assert bool(drafts.draft(home, project_id, step)) is not shared
