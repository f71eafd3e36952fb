"""In a browser: each group gets a threshold of its own, the card says so, and the service answers by it."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.workflow import mitigating, registry
from app.workflow.home import Home
from engine.domain.dataset import DataContract
from engine.evidence.judged import Judged
from engine.serving.desk import Desk
from engine.serving.log import DecisionLog
from engine.serving.scorer import Scorer
from store import db, runs
from tests.app.prepared import CONTRACT, EVIDENCE, prepare
from tests.engine.serving.served import make_served
from tests.journeys.browsing import Analyst, in_front, running

pytestmark = pytest.mark.browser


def leavers(seed: int, rows: int = 3000) -> Judged:
    """Men leave more often, and the chances say so truly."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], rows)
    chance = np.clip(rng.random(rows) * 0.4 + 0.3 * (sex == "m"), 0, 1)
    return Judged(pd.DataFrame({"sex": sex}, dtype=object), (rng.random(rows) < chance) * 1.0, chance)


@pytest.fixture
def project(home: Path, tmp_path: Path) -> tuple[Home, str]:
    """A project whose model picks men far more often, with the rows that it was judged by."""
    opened, project_id = prepare(home, "decided")
    (home / "logs").rmdir()
    run_id = registry.show(opened, "leaving:1").run.id
    evidence = mitigating.keep(opened, run_id, EVIDENCE, (leavers(0), leavers(1)), tmp_path)
    with db.writing(opened.engine) as session:
        run = runs.get(session=session, run_id=run_id)
        run.evidence = evidence.model_dump(mode="json")
        session.add(run)
    return opened, project_id


def test_each_group_gets_a_threshold_and_the_service_decides_by_it(
    chromium: str, home: Path, free_port: int, project: tuple[Home, str], tmp_path: Path
) -> None:
    opened, project_id = project
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        analyst.tab.goto(f"{address}/decide?project={project_id}")
        analyst.sees("Treating groups alike")
        _answers_the_questions(analyst)
        analyst.sees("of the real cases as many should be found in every group")
        analyst.tab.get_by_text("A threshold for each group").last.click()
        analyst.sees("ask a lawyer first")
        analyst.presses("Keep this and go to the review")
        analyst.sees("Would somebody else sign this?")
        analyst.unfolds("The card as others will see it")
        card = analyst.tab.frame_locator("iframe").first
        card.get_by_text("Thresholds by ‘sex’").wait_for()
        assert "With a threshold for each group of ‘sex’" in card.locator("body").inner_text()
    shown = registry.show(opened, "leaving:1")
    by = shown.policy.group_thresholds
    assert by is not None
    assert shown.run.evidence is not None
    assert shown.run.evidence.treated is not None
    assert shown.run.evidence.treated.gap < 0.04 < shown.run.evidence.treated.gap_before
    assert shown.run.evidence.test_looks == EVIDENCE.test_looks + 1
    assert shown.run.evidence.fairness[0].measure == "equal_opportunity_difference"
    _the_service_decides_by_the_group(shown.policy, by.thresholds, tmp_path)


def _answers_the_questions(analyst: Analyst) -> None:
    for question, said in (
        ("Is what the table records fair", "Yes"),
        ("Which mistake hurts", "being missed"),
        ("Can only a few be picked", "No, or nobody knows"),
        ("May the group itself be used", "Yes"),
    ):
        group = analyst.tab.get_by_role("radiogroup", name=re.compile(question))
        group.get_by_text(said, exact=True).click()
        analyst.tab.wait_for_timeout(700)


def _the_service_decides_by_the_group(policy, thresholds: dict[str, float], tmp_path: Path) -> None:
    """Ask the service's own code for the same case twice, but for the group."""

    class Between:
        def predict(self, frame):
            yes = np.full(len(frame), sum(thresholds.values()) / 2)
            return np.stack([1 - yes, yes], axis=1)

    contract = DataContract(columns=(CONTRACT.column("calls"),))
    served = make_served(contract=contract, policy=policy, target="left", classes=("no", "yes"))
    log = DecisionLog(tmp_path / "log.db", keep_days=1)
    desk = Desk(Scorer(served, Between()), log, None)
    rows = [{"calls": 3, "sex": sex} for sex in ("f", "m", None)]
    status, body = desk.answer("predict", json.dumps({"rows": rows}).encode())
    log.close()
    told = json.loads(body)["predictions"]
    assert status == 200
    assert [one["decision"] for one in told[:2]] == [policy.yes, policy.no]
    assert [reason["code"] for reason in told[2]["reasons"]] == ["no_group"]
