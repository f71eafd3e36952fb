"""In a browser: the service leaves cases to a person, who works them off; the answers are labels."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from app.workflow import cases, collecting
from app.workflow.home import Home
from engine.domain.policy import Abstention
from engine.serving.desk import Desk
from engine.serving.log import DecisionLog
from engine.serving.scorer import Scorer
from tests.app.prepared import CONTRACT, prepare
from tests.app.workflow.left import ASKED, ROW
from tests.engine.serving.served import make_served
from tests.journeys.browsing import Analyst, in_front, running

pytestmark = pytest.mark.browser


class Unsure:
    """Says yes with a tenth of the calls."""

    def predict(self, frame):
        yes = frame["calls"].to_numpy() / 10
        return np.stack([1 - yes, yes], axis=1)


@pytest.fixture
def asked(home: Path) -> Home:
    """A home whose service was asked for four rows, and was sure of one."""
    opened, _ = prepare(home, "released")
    served = make_served(model="leaving:1", target="left", contract=CONTRACT.only(ASKED))
    unsure = Abstention(coverage=0.9, limits=(0.7, 0.7))
    policy = served.policy.model_copy(update={"abstention": unsure})
    log = DecisionLog(collecting.service_file(opened))
    scorer = Scorer(served.model_copy(update={"policy": policy, "limits": unsure}), Unsure())
    body = {"rows": [{**ROW, "calls": calls} for calls in (5, 4, 6, 9)], "keys": ["Ann", "Bob", "Cy", "Di"]}
    status, answer = Desk(scorer, log, None).answer("predict", json.dumps(body).encode())
    log.close()
    assert status == 200
    assert [told["trust"] for told in json.loads(answer)["predictions"]] == ["abstain"] * 3 + ["ok"]
    return opened


def test_abstained_cases_are_worked_off_and_become_labels(
    chromium: str, home: Path, free_port: int, asked: Home, tmp_path: Path
) -> None:
    (home / "logs" / "service.db").rename(tmp_path / "service.db")
    (home / "logs").rmdir()
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        (tmp_path / "service.db").rename(home / "logs" / "service.db")
        analyst.tab.goto(f"{address}/cases")
        analyst.presses("Look for new ones")
        analyst.sees("3 cases to go.")
        analyst.tab.get_by_role("link", name="Cases (3)").wait_for()
        analyst.presses("Work off the first")
        analyst.sees("Why the model did not answer")
        analyst.sees(re.compile("both stay possible"))
        analyst.tab.get_by_role("textbox", name="A note, if there is something to say").fill("asked her on the phone")
        _answers_under_the_eyes_of_a_second(analyst)
        analyst.presses("Cannot be known")
        analyst.sees("Kept: it cannot be known")
        analyst.reloads("Why the model did not answer")
        analyst.presses("no")
        analyst.sees("No case waits.")
        analyst.unfolds("Worked off lately")
        with analyst.tab.expect_download() as download:
            analyst.presses("CSV")
        labels = Path(download.value.path()).read_text().splitlines()
    done = {one.key: one for one in cases.worked_off(asked)}
    assert sorted(one.answer or "" for one in done.values()) == ["", "no", "yes"]
    (first,) = [one for one in done.values() if one.answer == "yes"]
    assert first.note == "asked her on the phone"
    assert [line.rpartition(",")[2] for line in labels[1:]] in (['"yes"', '"no"'], ['"no"', '"yes"'])


def _answers_under_the_eyes_of_a_second(analyst: Analyst) -> None:
    """Answer a case that a second person has on the screen too, who is told and changes nothing."""
    url = analyst.tab.url
    second = Analyst(analyst.context, url)
    second.sees("Why the model did not answer")
    analyst.presses("yes")
    analyst.sees("Kept: yes")
    second.presses("no")
    second.sees(re.compile("answered yes"))
    second.tab.close()
    assert analyst.tab.url != url
