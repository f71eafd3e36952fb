"""In a browser: a messy table is corrected and trained, a leak is proved and fixed, what is kept reaches the card."""

import random
import re
import socket
from collections.abc import Iterator
from math import exp
from pathlib import Path

import pytest

from app import settings
from app.workflow import projects, question, registry
from app.workflow.data import dataset
from app.workflow.home import Home, open_home
from engine.data.sample import TRUTH
from engine.domain.dataset import ColumnType
from tests.journeys.browsing import Analyst, in_front, running

pytestmark = [pytest.mark.browser, pytest.mark.training]

LATE = TRUTH["known_after"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A home with the app at work in it, for all of these."""
    folder = tmp_path_factory.mktemp("house") / "home"
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with running(folder, port) as address:
        yield folder, address


@pytest.fixture
def page(chromium: str, house: tuple[Path, str]) -> Iterator[Analyst]:
    with in_front(chromium, house[1]) as analyst:
        yield analyst


@pytest.fixture
def opened(house: tuple[Path, str]) -> Home:
    return open_home(settings.load(house[0]))


@pytest.fixture
def deliveries(tmp_path: Path) -> Path:
    """Six hundred deliveries as a German office saves them.

    Three lines stand above the names, and a fourth that looks like names; letters are cp1252, amounts have a comma;
    line 306 is short, and the last line holds totals.
    """
    chance = random.Random(4)  # noqa: S311 - nothing secret hangs on it
    rows = []
    for number in range(600):
        days, weight = chance.randint(1, 60), f"{chance.uniform(0.4, 9):.3f}".replace(".", ",")
        late = chance.random() < 1 / (1 + exp((30 - days) / 8))
        town = chance.choice(["Köln", "Düsseldorf", "Nürnberg"])
        rows.append(f"A{number:05};{town};{weight};{days};{chance.randint(10, 400)},50;{'ja' if late else 'nein'}")
    above = ["Auslieferungen 2026;;;;;", "Erstellt für die Geschäftsführung;;;;;", ";;;;;"]
    looks_like_names = "Stand;Lager;kg;Tage;EUR;Antwort"
    names = "Auftrag;Lager;Gewicht;Tage;Wert;Verspätet"
    lines = [*above, looks_like_names, names, *rows[:300], "A99999;Köln;1,5", *rows[300:], "Summe;;18.000;;123.456,00;"]
    path = tmp_path / "Auslieferungen.csv"
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


def test_a_messy_table_is_corrected_and_trained(page: Analyst, opened: Home, deliveries: Path) -> None:
    page.presses("New project")
    page.sees("What is in your table?")
    page.tab.locator("input[type=file]").set_input_files(deliveries)
    page.sees("This is what we understood", seconds=120)
    page.unfolds("How the file was read")
    page.counts("The table begins in line", 5)
    page.presses("Read it again like this")
    page.sees(re.compile("names in line 5"), seconds=60)
    page.sees("It holds totals")
    page.unfolds(re.compile("2 lines could not be read"))
    page.sees("Download the list")
    with page.tab.expect_download() as download:
        page.presses("Download the list")
    listed = Path(download.value.path()).read_text(encoding="utf-8")
    assert "306,3 fields found where 6 are expected" in listed

    project_id = page.project_id()
    known = dataset(opened, str(projects.project(opened, project_id).dataset_id))
    assert (known.dataset.rows, known.dataset.reader.first_row) == (600, 5)
    assert known.contract.column("Gewicht").type is ColumnType.NUMBER
    assert known.profile.column("Gewicht").maximum == pytest.approx(9, abs=0.2)
    assert {level.value for level in known.profile.column("Lager").levels} == {"Köln", "Düsseldorf", "Nürnberg"}

    page.presses("Looks right: ask the question")
    page.sees("A yes/no question")
    page.presses("Check my data")
    page.sees(re.compile("fine\\.$"), seconds=120)
    page.fixes_until_open()
    page.presses("Go on: Train")
    page.trains_quickly(minutes=0.2)
    page.presses("See how good it is")
    page.sees("How groups fare")
    shown = registry.show(opened, str(projects.project(opened, project_id).version))
    assert {"Gewicht", "Tage", "Wert"} <= set(shown.problem.problem.features(shown.problem.contract))
    assert shown.run.evidence is not None
    assert shown.run.evidence.score.value > 0.8


def test_a_leak_is_proved_and_fixed(page: Analyst, opened: Home) -> None:
    _check_the_sample(page)
    page.sees("Known only after the decision")
    card = page.tab.locator("[data-testid=stVerticalBlock]").filter(has_text="LK007").last
    page.sees(f"With ‘{LATE}’")
    page.sees("what you would meet in use")
    with_it, without = (float(card.locator("[data-testid=stMetricValue]").nth(i).inner_text()) for i in (0, 1))
    assert with_it > without + 0.02
    page.sees(re.compile(f"of the rows where ‘{LATE}’ is"))
    card.locator(".js-plotly-plot").first.wait_for()
    page.presses(re.compile(f"Leave out {LATE}"))
    page.sees(re.compile(f"Fixed so far: .*Leave out {LATE}"), seconds=120)
    page.fixes_until_open()
    asked = question.problem_view(opened, str(projects.project(opened, page.project_id()).problem_id))
    assert LATE in asked.problem.dropped()
    assert not asked.blockers


def test_what_is_kept_with_a_reason_reaches_the_card(page: Analyst, opened: Home) -> None:
    reason = "The call centre writes this down the day before; we checked with them."
    _check_the_sample(page)
    card = page.tab.locator("[data-testid=stVerticalBlock]").filter(has_text="LK007").last
    card.get_by_text("Keep it anyway, because …").click()
    page.writes("Your reason, for the reviewer", reason)
    page.tab.get_by_role("button", name="Keep it", exact=True).click()
    page.sees("1 kept with a reason")
    page.fixes_until_open()
    page.presses("Go on: Train")
    page.trains_quickly(minutes=0.2)
    project = projects.project(opened, page.project_id())
    page.tab.goto(f"{page.address}/review?project={project.id}")
    page.sees("Would somebody else sign this?")
    page.tab.frame_locator("iframe").get_by_text(reason).first.wait_for(state="attached")
    shown = registry.show(opened, str(project.version))
    assert LATE in shown.problem.problem.features(shown.problem.contract)
    (kept,) = registry.card(opened, str(project.version)).overrides
    assert (kept.code, kept.column, kept.reason) == ("LK007", LATE, reason)


def _check_the_sample(page: Analyst) -> None:
    page.presses("New project")
    page.sees("What is in your table?")
    page.presses(re.compile("Use the sample table"))
    page.sees("This is what we understood", seconds=120)
    page.presses("Looks right: ask the question")
    page.sees("1 column looks late and stands first")
    page.sees("A yes/no question")
    page.presses("Check my data")
    page.sees(re.compile("must be fixed"), seconds=120)
