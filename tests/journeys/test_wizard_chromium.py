"""The whole way in a browser, as an analyst goes it: from a real table to an answer from the running service."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from itertools import islice
from pathlib import Path

import pytest

from app import processes, settings
from app.workflow import jobs, projects, registry, releasing
from app.workflow.home import open_home
from engine.data.sample import churn
from engine.serving import bento

pytestmark = [pytest.mark.browser, pytest.mark.training, pytest.mark.service]

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "bank.csv"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, str, str]:
    """A real table where it is at hand, else the sample: its file, its target, a column known only afterwards."""
    if SHARED.exists():
        return SHARED, "deposit", "duration"
    path = tmp_path / "churn.csv"
    churn().to_csv(path, index=False)
    return path, "churned", "retention_call_minutes"


@pytest.fixture
def address(home: Path, free_port: int) -> Iterator[str]:
    """The app and a worker, started as Handrail starts them."""
    (home / "logs").mkdir()
    programs = (processes.web(home, "127.0.0.1", free_port), processes.worker(home))
    started = [_start(program) for program in programs]
    try:
        _until(lambda: _answers(free_port), 60)
        yield f"http://127.0.0.1:{free_port}"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


@pytest.fixture
def page(chromium: str, address: str) -> Iterator["Analyst"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            yield Analyst(browser.new_context(viewport={"width": 1280, "height": 720}), address)
        finally:
            browser.close()


class Analyst:
    """Somebody in front of the screen."""

    def __init__(self, context, address: str) -> None:
        self.context, self.address = context, address
        self.tab = context.new_page()
        self.tab.set_default_timeout(60_000)
        self.tab.goto(address)

    def sees(self, text: str, *, seconds: float = 60) -> None:
        """Wait until the page says something and stands still."""
        self.tab.get_by_text(text).first.wait_for(timeout=seconds * 1000)
        self.tab.wait_for_timeout(300)
        self.tab.wait_for_function(
            "document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'"
        )
        assert "Traceback" not in self.tab.inner_text("body")
        assert self.tab.evaluate("document.documentElement.scrollWidth") <= 1280

    def presses(self, label: str | re.Pattern[str]) -> None:
        """Press a button once it is open."""
        self.tab.get_by_role("button", name=label, disabled=False).first.click()

    def writes(self, label: str, text: str) -> None:
        """Fill in a field and leave it."""
        field = self.tab.get_by_role("textbox", name=label, exact=True)
        field.fill(text)
        field.press("Tab")
        self.tab.wait_for_timeout(600)


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
    _survives_a_reload(page, "What do you want to know")

    page.presses("Check my data")
    page.sees("Can this data be trusted?")
    page.sees("fine.", seconds=120)
    _fix_until_open(page)
    project_id = _project_id(page)
    page.presses("Go on: Train")

    page.sees("How thoroughly shall we search?")
    page.tab.get_by_text("Quick", exact=True).click()
    page.sees("a first look")
    minutes = page.tab.get_by_role("spinbutton", name="Minutes to spend at most")
    minutes.fill("0.3")
    minutes.press("Tab")
    page.presses(re.compile(r"Train for up to 0\.3"))
    page.sees("You can close this page", seconds=60)
    _survives_a_reload(page, "Find a good model")
    page.tab.get_by_role("button", name="See how good it is", disabled=False).wait_for(timeout=240_000)

    page.presses("See how good it is")
    page.sees("How groups fare")
    page.presses("Decide what to do")
    page.sees("What happens with its answers?")
    page.writes("It must not be used for", "setting prices")
    page.writes("Who owns it", "the service team")
    page.presses("Keep this and go to the review")
    page.sees("Would somebody else sign this?")
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
    page.sees("urlopen(request)")
    snippet = page.tab.locator("[data-testid=stCode]").nth(1).inner_text()
    _the_snippet_works(releasing.released(opened, reference), snippet, tmp_path)
    _a_file_comes_back_scored(page, opened, project_id, file, tmp_path)
    _a_link_shows_the_same_in_another_tab(page, project_id, reference)


def _survives_a_reload(page: Analyst, text: str) -> None:
    page.tab.reload()
    page.sees(text)


def _fix_until_open(page: Analyst) -> None:
    from playwright.sync_api import TimeoutError as NotThere

    go_on = page.tab.get_by_role("button", name="Go on: Train", disabled=False)
    fix = page.tab.get_by_role("button", name=re.compile("^(?:build )?(Fix all|Leave out|Split by|Keep )"))
    for _ in range(8):
        # While the checks run again there is neither, and what was there a moment ago may be gone.
        go_on.or_(fix).first.wait_for(timeout=120_000)
        page.tab.wait_for_timeout(1000)
        if go_on.count():
            return
        with suppress(NotThere):
            fix.first.click(timeout=5_000)
            page.tab.wait_for_timeout(1500)
    pytest.fail("the fixes did not open the training")


def _project_id(page: Analyst) -> str:
    return page.tab.url.split("project=")[1].split("&")[0]


def _the_snippet_works(folder: Path, snippet: str, tmp_path: Path) -> None:
    """Serve the Bento and run the page's own Python against it."""
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
        _until(lambda: _answers(port, "/readyz"), 90)
        code = snippet.replace("127.0.0.1:3000", f"127.0.0.1:{port}").replace("\u00a0", " ")
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert told.returncode == 0, told.stderr
        assert re.match(r"(yes|no) (do not )?call back (ok|caution)", told.stdout), told.stdout
    finally:
        service.terminate()
        service.wait(timeout=30)
        log.close()


def _a_file_comes_back_scored(page: Analyst, opened, project_id: str, file: Path, tmp_path: Path) -> None:
    few = tmp_path / "next week.csv"
    with file.open(encoding="utf-8") as lines:
        few.write_text("".join(islice(lines, 51)), encoding="utf-8")
    page.tab.locator("input[type=file]").last.set_input_files(few)
    page.sees("50 rows ·", seconds=120)
    with page.tab.expect_download() as download:
        page.tab.get_by_role("button", name="Download", exact=True).click()
    assert download.value.suggested_filename.startswith("next-week-scored")
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    job = jobs.latest(opened, project_id, jobs.SCORE)
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


def _start(program: processes.Program) -> "subprocess.Popen[bytes]":
    with program.log.open("ab") as log:
        return subprocess.Popen(
            program.command, env={**os.environ, **program.environment}, stdout=log, stderr=log, start_new_session=True
        )


def _answers(port: int, path: str = "/") -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _until(true, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)
