"""In a browser: a version is returned, answered for, the next one compared, approved, made live, taken back.

That a release is built and proven is the wizard's journey; here it is written down.
"""

from pathlib import Path

import pytest

from app.workflow import registry
from engine.domain.service import Verification
from store import db, models, releases
from tests.app.prepared import again, prepare
from tests.journeys.browsing import Analyst, in_front, running

pytestmark = pytest.mark.browser


def test_a_version_is_returned_answered_compared_approved_made_live_and_taken_back(
    chromium: str, home: Path, free_port: int
) -> None:
    opened, project_id = prepare(home, "released")
    assert again(opened, project_id, "decided") == "leaving:2"
    (home / "logs").rmdir()
    with running(home, free_port) as address, in_front(chromium, address) as reviewer:
        reviewer.tab.goto(f"{address}/review?project={project_id}")
        _returned_and_answered(reviewer)
        assert registry.show(opened, "leaving:2").stage == "in review"

        assert again(opened, project_id, "decided") == "leaving:3"
        reviewer.reloads("What changed since leaving:1")
        reviewer.tab.goto(f"{address}/model?model=leaving:3&show=Against+another")
        reviewer.sees("Compare with")
        reviewer.tab.goto(f"{address}/review?project={project_id}")
        reviewer.accepts_each("Known, and discussed.")
        reviewer.writes("Your note", "Better where it matters.")
        reviewer.presses("Approve")
        reviewer.sees("Put it to use")

        _release(opened, "leaving:3")
        reviewer.tab.goto(f"{address}/model?model=leaving:3")
        reviewer.sees("leaving:1 is live")
        _confirms(reviewer, "Make it live", "Make it live")
        reviewer.sees("leaving:3 is live.")
        assert not _why(reviewer).count()  # what goes back stands in the same place, and is not open
        assert registry.show(opened, "leaving").reference == "leaving:3"
        _confirms(reviewer, "Go back to leaving:1", "Go back")
        reviewer.sees("leaving:1 is live.")
    assert registry.show(opened, "leaving").reference == "leaving:1"
    said = [entry.decision for entry in registry.show(opened, "leaving:2").reviews]
    assert said == ["returned", "answered"]


def _returned_and_answered(reviewer: Analyst) -> None:
    reviewer.sees("Would somebody else sign this?")
    assert reviewer.tab.get_by_role("button", name="Return with a question").is_disabled()
    reviewer.writes("Your note", "Who checked the *old* contracts?")
    reviewer.presses("Return with a question")
    reviewer.sees("Returned")
    reviewer.sees("Who checked the *old* contracts?")
    reviewer.reloads("Write an answer first")
    reviewer.writes("Your answer", "The desk did, all 40.")
    reviewer.presses("Answer and hand it in again")
    reviewer.sees("The desk did, all 40.")
    reviewer.sees("Who checked the *old* contracts?")


def _release(home, reference: str) -> None:
    proof = Verification(rows=100, largest_difference=0.0, passed=True)
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        releases.add(session=session, release_id="r3", version=version, verification=proof, digest="x")


def _why(reviewer: Analyst):
    return reviewer.tab.get_by_role("textbox", name="Why (it stands in the record)", exact=True)


def _confirms(reviewer: Analyst, opens: str, does: str) -> None:
    """Open what asks for the reason, give one, and do it."""
    from playwright.sync_api import TimeoutError

    why = _why(reviewer)
    reviewer.presses(opens)
    try:
        why.wait_for(timeout=10_000)
    except TimeoutError:  # the page was drawn anew in that moment, and what had opened was closed
        reviewer.presses(opens)
    reviewer.writes("Why (it stands in the record)", "Tried on last month's calls.")
    reviewer.tab.get_by_role("button", name=does, exact=True).last.click()
