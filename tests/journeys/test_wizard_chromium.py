"""The whole way in a browser, as an analyst goes it: from a real table to an answer from the running service."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest

from app import settings
from app.workflow import jobs, orders, projects, registry, releasing
from app.workflow.home import open_home
from engine.data.sample import churn
from engine.domain.fair import GroupKind
from engine.domain.policy import Policy
from engine.serving import bento
from tests.conftest import SHARED, a_fifth
from tests.journeys.browsing import Analyst, answers, in_front, running, until

pytestmark = [pytest.mark.browser, pytest.mark.training, pytest.mark.service]


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, str, str]:
    """A real table where it is at hand, else the sample: its file, its target, a column known only afterwards."""
    if SHARED.is_dir():
        return a_fifth(SHARED / "bank.csv", tmp_path), "deposit", "duration"
    path = tmp_path / "churn.csv"
    churn().to_csv(path, index=False)
    return path, "churned", "retention_call_minutes"


@pytest.fixture
def page(chromium: str, home: Path, free_port: int) -> Iterator[Analyst]:
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        yield analyst


def test_from_a_table_to_an_answer(page: Analyst, home: Path, table: tuple[Path, str, str], tmp_path: Path) -> None:
    file, target, late = table
    page.sees("From a table to a prediction")
    page.presses("New project")
    page.sees("What is in your table?")
    page.tab.locator("input[type=file]").set_input_files(file)
    page.sees("This is what we understood", seconds=120)

    page.presses("Looks right: ask the question")
    page.sees("What do you want to know")
    page.writes("For each", "customer")
    page.writes("when", "the call ends")
    page.writes("so that we can", "call back")
    page.sees("A yes/no question")
    page.reloads("What do you want to know")

    page.presses("Check my data")
    page.sees("Can this data be trusted?")
    page.sees("fine.", seconds=120)
    page.fixes_until_open()
    project_id = page.project_id()
    page.presses("Go on: Train")

    page.trains_quickly(minutes=0.3)
    page.presses("See how good it is")
    page.sees("How groups fare")
    page.presses("Decide what to do")
    page.sees("What happens with its answers?")
    page.tab.get_by_text("A threshold for each group").last.click()
    page.sees("ask a lawyer first")
    page.writes("It must not be used for", "setting prices")
    page.writes("Who owns it", "the service team")
    page.presses("Keep this and go to the review")
    page.sees("Would somebody else sign this?")
    page.accepts_each("Known, and discussed with the people concerned.")
    page.writes("Your note", "Better than guessing by far; groups are compared.")
    page.presses("Approve")
    page.sees("Put it to use")
    page.presses("Build and prove the service")
    page.sees("is released", seconds=240)

    opened = open_home(settings.load(home))
    reference = str(projects.project(opened, project_id).version)
    shown = registry.show(opened, reference)
    assert shown.stage == "live"
    assert shown.verification is not None
    assert shown.verification.passed
    assert late not in shown.problem.problem.features(shown.problem.contract)

    page.tab.get_by_text("Python", exact=True).click()
    page.sees("urlopen(Request(")
    snippet = page.tab.locator("[data-testid=stCode]").nth(1).inner_text()
    _the_service_answers(releasing.released(opened, reference), snippet, shown.policy, tmp_path)
    _a_file_comes_back_scored(page, opened, project_id, file, tmp_path)
    _a_link_shows_the_same_in_another_tab(page, project_id, reference)


def _the_service_answers(folder: Path, snippet: str, policy: Policy, tmp_path: Path) -> None:
    """Serve the Bento, run the page's own Python against it and ask it about somebody of each group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = (tmp_path / "service.log").open("wb")
    service = subprocess.Popen(
        bento.command(folder, host="127.0.0.1", port=port),
        env=bento.environment(tmp_path / "bentos", log=tmp_path / "log.db"),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        until(lambda: answers(port, "/readyz"), 90)
        code = snippet.replace("127.0.0.1:3000", f"127.0.0.1:{port}").replace("\u00a0", " ")
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert told.returncode == 0, told.stderr
        assert re.match(r"(yes|no) (do not )?call back (ok|caution)", told.stdout), told.stdout
        _each_group_has_its_threshold(f"http://127.0.0.1:{port}", policy)
    finally:
        service.terminate()
        service.wait(timeout=30)
        log.close()


def _each_group_has_its_threshold(address: str, policy: Policy) -> None:
    by = policy.group_thresholds
    assert by is not None
    name, rule = by.column.name, by.rule
    members = (rule.cuts[0] - 1, *rule.cuts) if rule.kind is GroupKind.BAND else rule.names
    with httpx.Client(base_url=address, timeout=30) as client:
        sample = client.post("/schema", json={}).json()["sample"]
        rows = [{**sample, name: value} for value in (*members, None)]
        *told, nobody = client.post("/predict", json={"rows": rows}).json()["predictions"]
        card = client.post("/card", json={}).json()
    for group, one in zip(rule.names, told, strict=True):
        at = by.thresholds.get(group, policy.threshold)
        assert one["decision"] == (policy.yes if one["probabilities"]["yes"] >= at else policy.no)
        assert "no_group" not in {reason["code"] for reason in one["reasons"]}
    assert "no_group" in {reason["code"] for reason in nobody["reasons"]}
    assert f"groups:Thresholds by ‘{name}’" in json.dumps(card, ensure_ascii=False)


def _a_file_comes_back_scored(page: Analyst, opened, project_id: str, file: Path, tmp_path: Path) -> None:
    few = tmp_path / "next week.csv"
    with file.open(encoding="utf-8") as lines:
        few.write_text("".join(islice(lines, 51)), encoding="utf-8")
    page.tab.get_by_text("I score a file now and then").click()
    page.sees("You bring a spreadsheet")
    page.tab.locator("input[type=file]").last.set_input_files(few)
    page.sees("50 rows ·", seconds=120)
    with page.tab.expect_download() as download:
        page.tab.get_by_role("button", name="Download", exact=True).click()
    assert download.value.suggested_filename.startswith("next-week-scored")
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    job = jobs.latest(opened, project_id, orders.SCORE)
    assert job is not None
    assert job.result is not None
    assert job.result["rows"] == 50


def _a_link_shows_the_same_in_another_tab(page: Analyst, project_id: str, reference: str) -> None:
    other = page.context.new_page()
    other.goto(f"{page.address}/release?project={project_id}")
    other.get_by_text(f"{reference} is released").wait_for(timeout=30_000)
    other.goto(f"{page.address}/model?model={reference}")
    other.get_by_text("You bring a spreadsheet").wait_for(timeout=30_000)
    other.go_back()
    other.get_by_text("Put it to use").wait_for(timeout=30_000)
    other.close()
