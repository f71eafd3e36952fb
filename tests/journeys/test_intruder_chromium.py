"""In a browser: whatever people write into a field is shown as it is; nothing of it runs or is fetched."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.workflow import checks, registry, reviewing
from app.workflow.home import Home
from engine.domain.card import Done
from engine.domain.dataset import Rejection
from engine.domain.outcome import Override
from tests.app.prepared import DATASET, EVIDENCE, NASTY, USE, again, prepare
from tests.journeys.browsing import in_front, running

pytestmark = pytest.mark.browser

# Each word that a mark could change, with what stands before it where the mark is shown and not obeyed.
LITERAL = {
    "fatb": "<b>", "fats": "**", "fatc": ":red[", "fatk": "`", "fatm": "$", "fatl": "[", "fati": "![", "fatn": ":",
    "fath": "<h1>", "fatd": "~~",
}  # fmt: skip
SHORT = "<b>fatb</b> **fats** `fatk` :red[fatc] $fatm^2$ ~~fatd~~"
LONG = (
    '<img src=x onerror="hit()"><script>hit()</script><h1>fath</h1> ![fati](http://127.0.0.1:9/pixel.png)'
    " [fatl](javascript:hit()) | <iframe src=http://127.0.0.1:9/frame></iframe> :fatn: " + SHORT
)
PAGES = ("data", "question", "checks", "train", "understand", "decide", "review", "release")
# What people said, by what it becomes: the columns, values, answers and words of the prepared project.
SAID = {
    NASTY: LONG,
    **{word: f"{word} {LONG}" for word in ("customer", "the year ends", "call", "customers", "builder")},
    **{word: f"{word} {SHORT}" for word in ("f", "m", "left", "calls", "since", "<i>a</i>", "b")},
    **{str(value): f"{value} {LONG}" for value in USE.model_dump().values() if type(value) is str},
}
# Bold, a link, code, a formula, a picture, a colour: where the words show up without their marks.
LOOK = """literal => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest('script, style')) continue;
    const text = parent.textContent.replaceAll('\u2060', '');  // what keeps Markdown from seeing its marks
    for (const [word, mark] of Object.entries(literal))
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
        if (!text.slice(0, at).endsWith(mark)) found.push(parent.outerHTML.slice(0, 300));
  }
  for (const one of document.querySelectorAll('img[src="x"], img[src*=pixel], iframe[src*=frame], a[href^=javascript]'))
    found.push(one.outerHTML.slice(0, 200));
  // Streamlit's own download of a table would write cells that start a formula; ours does not.
  for (const one of document.querySelectorAll('button[aria-label^="Download as CSV"]'))
    if (getComputedStyle(one).display !== 'none') found.push(one.outerHTML.slice(0, 200));
  return [found, document.body.textContent.split('fat').length - 1, window.wasHit === true];
}"""


def said(value: Any) -> Any:
    """Return JSON with the words that people said changed."""
    if isinstance(value, dict):
        return {said(name): said(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [said(inner) for inner in value]
    if isinstance(value, str):
        return SAID.get(value, value.replace(NASTY, LONG))
    return value


def rewrite(database: Path) -> None:
    """Put the words into every field of every table but the record."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in set(tables) - {"event", "alembic_version"}:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for number, *values in list(connection.execute(f"SELECT rowid, * FROM {table}")):  # noqa: S608
                for column, value in zip(columns, values, strict=True):
                    if not isinstance(value, str) or column in {"stage", "state", "kind", "id", "model"}:
                        continue
                    told = json.dumps(said(json.loads(value))) if value[:1] in {"{", "["} else said(value)
                    if told != value:
                        setting = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
                        connection.execute(setting, (told, number))
        connection.commit()


@pytest.fixture
def written(home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, str]:
    """A project with such words wherever somebody may write some, and two versions, one live, one waiting."""
    monkeypatch.setenv("HANDRAIL_USER", f"reviewer {SHORT}")
    dataset = DATASET.model_copy(update={"rejected": (Rejection(line=17, reason=f"7 values: {LONG}"),)})
    explained = EVIDENCE.model_copy(update={"headline": f"Of 100 it finds 54. {LONG}"})
    opened, project_id = prepare(home, "released", dataset=dataset, evidence=explained)
    (home / "logs").rmdir()
    again(opened, project_id, "decided")
    checks.override(
        opened, registry.show(opened, "leaving:2").run.problem_id, Override(code="LK007", reason=f"because {LONG}")
    )
    reviewing.answer(opened, "leaving:2", "model_2", Done.BY_HAND)
    reviewing.submit(opened, "leaving:2")
    reviewing.send_back(opened, "leaving:2", note=f"why {LONG}?")
    reviewing.submit(opened, "leaving:2", note=f"so that {LONG}")
    opened.engine.dispose()
    rewrite(home / "handrail.db")
    return opened, project_id


def test_nothing_that_people_write_runs_or_is_fetched_or_changes_how_a_page_looks(
    chromium: str, home: Path, free_port: int, written: tuple[Home, str]
) -> None:
    opened, project_id = written
    documents = {form: registry.render(registry.card(opened, "leaving:2"), form) for form in ("html", "json")}
    seen: dict[str, int] = {}
    wrong: list[str] = []
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        tab, outside = analyst.tab, []
        tab.set_default_timeout(180_000)
        analyst.context.add_init_script("window.hit = () => { window.wasHit = true }")
        tab.on("dialog", lambda dialog: (wrong.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda r: None if _ours(r.url, address) else outside.append(r.url))

        def look(where: str) -> None:
            tab.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach(s => s.click())")
            tab.wait_for_timeout(200)
            loose, count, hit = tab.evaluate(LOOK, LITERAL)
            seen[where] = count
            wrong.extend(f"{where}: {text}" for text in dict.fromkeys(loose))
            wrong.extend(f"{where}: a script ran" for _ in range(hit))

        models = {f"model {n}": f"model?model=leaving:{n}" for n in (1, 2)}
        shown = {name: name for name in ("", "datasets", "models", "reviews", "cases", "you")}
        for where, place in {**{p: f"{p}?project={project_id}" for p in PAGES}, **shown, **models}.items():
            tab.goto(f"{address}/{place}")
            tab.wait_for_selector("[data-testid=stHeading], h1, h2", timeout=60_000)
            _still(tab)
            look(where)
        tab.set_content(documents["html"])
        look("the card")
    assert wrong == [], "\n".join(wrong)
    assert outside == []
    # Where nothing is shown, nothing was looked at.
    assert [
        where for where in (*PAGES, "", "datasets", "reviews", "model 1", "model 2", "the card") if not seen[where]
    ] == []
    assert SHORT in json.dumps(json.loads(documents["json"]), ensure_ascii=False)


def _ours(url: str, address: str) -> bool:
    return url.startswith((address, address.replace("http", "ws"), "data:", "blob:", "about:"))


def _still(tab: Any) -> None:
    tab.wait_for_function(
        "document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'"
    )
    tab.wait_for_timeout(250)
    assert not re.search("Traceback|Something in Handrail failed", tab.inner_text("body"))
