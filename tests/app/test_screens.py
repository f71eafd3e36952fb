"""Every screen at every stage, and what is ours when it goes wrong."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.workflow import jobs, orders, projects
from app.workflow.home import Home
from tests.app.prepared import prepare
from tests.app.reading import MAIN, everything, primary, read

STEPS = ("data", "question", "checks", "train", "understand", "decide", "review", "release")
OPEN_AT = {
    "empty": {"data"},
    "data": {"data", "question"},
    "question": {"data", "question", "checks"},
    "checked": {"data", "question", "checks", "train"},
    "trained": set(STEPS) - {"release"},
    "approved": set(STEPS),
    "released": set(STEPS),
}


@pytest.mark.parametrize("stage", OPEN_AT)
def test_every_step_shows_itself_or_says_what_opens_it(home, opened, stage) -> None:
    _, project_id = prepare(home, stage)
    for step in STEPS:
        at = opened(f"steps/{step}.py", project=project_id)
        assert not at.exception, step
        assert not at.error, (step, [e.value for e in at.error])
        closed = "still closed" in everything(at)
        assert closed is (step not in OPEN_AT[stage]), step
        assert len([b for b in at.button if b.key == "primary"]) == 1, step


@pytest.mark.parametrize("page", ["home", "models", "reviews", "you"])
@pytest.mark.parametrize("stage", ["empty", "released"])
def test_the_other_screens_show_themselves(home, opened, page, stage) -> None:
    prepare(home, stage)
    at = opened(f"screens/{page}.py")
    assert not at.exception
    assert not at.error
    assert at.title


@pytest.mark.parametrize("step", STEPS)
def test_an_address_without_a_project_or_with_an_unknown_one_leads_home(home, opened, step) -> None:
    assert "names none" in opened(f"steps/{step}.py").error[0].value
    assert "nobody" in opened(f"steps/{step}.py", project="nobody").error[0].value


def test_an_unknown_model_is_said(home, opened) -> None:
    assert "names none" in opened("screens/model.py").error[0].value
    at = opened("screens/model.py", model="gone:3")
    assert "gone" in at.error[0].value
    assert at.get("page_link")[-1].proto.label == "To the models"


@pytest.mark.parametrize("step", STEPS)
def test_a_name_that_is_markdown_and_html_is_only_ever_text(home, opened, step) -> None:
    _, project_id = prepare(home, "released")
    at = opened(f"steps/{step}.py", project=project_id)
    for raw in ("**bold**", "<b>x</b>", "$x$", ":red[z]", ":material/home:", ":tada:"):
        # Our own icons are such signs too; the one from the name never is.
        assert raw not in everything(at)


# --- start page


def test_an_empty_home_shows_the_way_and_the_sample_begins_a_project(home, opened) -> None:
    at = opened("screens/home.py")
    assert "From a table to a prediction" in at.title[0].value
    at.button(key="sample").click().run()
    (project,) = projects.every(_home(home))
    assert jobs.latest(_home(home), project.id, orders.INGEST) is not None
    assert at.query_params["project"] == project.id


def test_a_new_project_leads_to_the_data(home, opened) -> None:
    at = opened("screens/home.py")
    at.button(key="new").click().run()
    assert "What is in your table" in everything(at)
    assert primary(at).disabled
    assert "Bring a table first" in everything(at)


# --- what is ours


def test_a_failure_of_ours_has_a_reference_and_no_traceback(home, opened, monkeypatch, caplog) -> None:
    prepare(home, "released")
    monkeypatch.setattr("app.workflow.registry.show", lambda *_: 1 / 0)
    at = opened("screens/model.py", model="leaving:1")
    said = at.error[0].value
    assert "it is not your doing" in said
    assert "division" not in said
    assert not at.exception
    reference = next(r for r in caplog.records if "reference" in r.message).args[0]
    assert str(reference) in said


def test_a_home_that_cannot_be_opened_is_said_in_words(home, monkeypatch) -> None:
    monkeypatch.setenv("HANDRAIL_HOME", "/dev/null/home")
    at = AppTest.from_file(MAIN, default_timeout=60).run()
    assert "/dev/null" in read(at)


def _home(folder: Path) -> Home:
    from app import settings
    from app.workflow.home import open_home

    return open_home(settings.load(folder))
