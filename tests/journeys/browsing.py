"""The app and a worker as they are started for a person, and somebody in front of the screen."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from app import processes

# The script is done, and what it said is drawn: on a busy machine that comes later.
STANDS_STILL = """() => {
    const text = document.body.innerText, before = window.textBefore;
    window.textBefore = text;
    const state = document.querySelector("[data-testid=stApp]").getAttribute("data-test-script-state");
    return state === "notRunning" && text === before;
}"""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def running(home: Path, port: int) -> Iterator[str]:
    """The app and a worker, started as Handrail starts them; yields the address."""
    (home / "logs").mkdir()
    programs = (processes.web(home, "127.0.0.1", port), processes.worker(home))
    started = [start(program) for program in programs]
    try:
        until(lambda: answers(port), 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


@contextmanager
def in_front(chromium: str, address: str) -> Iterator["Analyst"]:
    """Somebody with a browser of their own."""
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

    def sees(self, text: str | re.Pattern[str], *, seconds: float = 60) -> None:
        """Wait until the page says something and stands still."""
        self.tab.get_by_text(text).first.wait_for(timeout=seconds * 1000)
        self.tab.wait_for_timeout(300)
        self.tab.wait_for_function(STANDS_STILL, polling=100)
        assert "Traceback" not in self.tab.inner_text("body")
        assert self.tab.evaluate("document.documentElement.scrollWidth") <= 1280

    def presses(self, label: str | re.Pattern[str]) -> None:
        """Press a button once it is open."""
        self.tab.get_by_role("button", name=label, disabled=False).first.click()

    def unfolds(self, label: str | re.Pattern[str]) -> None:
        """Open what is folded."""
        self.tab.locator("summary").filter(has_text=label).first.click()

    def writes(self, label: str, text: str) -> None:
        """Fill in a field and leave it."""
        field = self.tab.get_by_role("textbox", name=label, exact=True)
        field.fill(text)
        field.press("Tab")
        self.tab.wait_for_timeout(600)

    def accepts_each(self, reason: str) -> None:
        """Give a reason for every finding that closes the approval."""
        self.sees("The decision")
        fields = self.tab.get_by_role("textbox", name="Accepted, because …", exact=True)
        for number in range(fields.count()):
            fields.nth(number).fill(reason)
            fields.nth(number).press("Tab")
            self.tab.wait_for_timeout(600)

    def counts(self, label: str, number: float) -> None:
        """Fill in a number and leave it."""
        field = self.tab.get_by_role("spinbutton", name=label)
        field.fill(f"{number:g}")
        field.press("Tab")

    def reloads(self, text: str) -> None:
        """Load the page again and find the same."""
        self.tab.reload()
        self.sees(text)

    def project_id(self) -> str:
        """Return the project that the address names."""
        return self.tab.url.split("project=")[1].split("&")[0]

    def fixes_until_open(self) -> None:
        """Press the fixes that are offered until training is open."""
        from playwright.sync_api import TimeoutError as NotThere

        go_on = self.tab.get_by_role("button", name="Go on: Train", disabled=False)
        fix = self.tab.get_by_role("button", name=re.compile("^(?:build )?(Fix all|Leave out|Split by|Keep |Treat )"))
        for _ in range(8):
            # While the checks run again there is neither, and what was there a moment ago may be gone.
            go_on.or_(fix).first.wait_for(timeout=120_000)
            self.tab.wait_for_timeout(1000)
            if go_on.count():
                return
            with suppress(NotThere):
                fix.first.click(timeout=5_000)
                self.tab.wait_for_timeout(1500)
        pytest.fail("the fixes did not open the training")

    def trains_quickly(self, minutes: float) -> None:
        """Choose the quickest search, and wait until a model is there."""
        self.sees("How thoroughly shall we search?")
        self.tab.get_by_text("Quick", exact=True).click()
        self.sees("a first look")
        self.counts("Minutes to spend at most", minutes)
        self.presses(re.compile(rf"Train for up to {minutes:g}".replace(".", r"\.")))
        self.sees("You can close this page", seconds=60)
        self.reloads("Find a good model")
        self.tab.get_by_role("button", name="See how good it is", disabled=False).wait_for(timeout=240_000)


def answers(port: int, path: str = "/") -> bool:
    """Whether something answers there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)


def start(program: processes.Program) -> "subprocess.Popen[bytes]":
    """Start a program as Handrail does."""
    with program.log.open("ab") as log:
        return subprocess.Popen(
            program.command, env={**os.environ, **program.environment}, stdout=log, stderr=log, start_new_session=True
        )
