"""In a browser: a capacity is set, and the threshold that follows from it is seen and kept."""

import re
from pathlib import Path

import pytest

from app.workflow import registry
from engine.domain.policy import PolicyKind
from tests.app.prepared import prepare
from tests.journeys.browsing import in_front, running

pytestmark = pytest.mark.browser


def test_a_capacity_sets_the_threshold(chromium: str, home: Path, free_port: int) -> None:
    opened, project_id = prepare(home, "decided")
    (home / "logs").rmdir()
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        analyst.tab.goto(f"{address}/decide?project={project_id}")
        analyst.sees("When to act")
        analyst.tab.get_by_text("how many we can handle").click()
        analyst.counts("We can act on", 40)
        analyst.counts("out of every", 100)
        # Forty of a hundred have a chance of 50 % or more.
        analyst.sees(re.compile("act from a chance of 50 % on"))
        analyst.counts("We can act on", 12)
        analyst.sees(re.compile("act from a chance of 90 % on"))
        # By mistake more than come in: it is said, and all are acted on.
        analyst.counts("We can act on", 500)
        analyst.sees("there is room for 500")
        analyst.counts("We can act on", 12)
        analyst.sees(re.compile("act from a chance of 90 % on"))
        analyst.presses("Keep this and go to the review")
        analyst.tab.wait_for_url("**/review**")
    policy = registry.show(opened, "leaving:1").policy
    assert (policy.kind, policy.capacity, policy.threshold) == (PolicyKind.CAPACITY, 12, 0.9)
