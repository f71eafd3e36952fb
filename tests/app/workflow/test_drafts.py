"""What is filled in, and asked, is kept whoever else is at it."""

from concurrent.futures import ThreadPoolExecutor

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
