"""Every screen at every stage, and a mistake on each: what a person reads and what the buttons do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.workflow import jobs, projects, question, registry, reviewing
from app.workflow.home import Home
from engine.domain.outcome import Override
from engine.domain.policy import PolicyKind
from engine.domain.run import JobState
from store import db
from store import jobs as store_jobs
from tests.app.prepared import EVIDENCE, LATE, NASTY, OUTCOMES, prepare

MAIN = str(Path(__file__).parents[2] / "app" / "main.py")
Opener = Callable[..., AppTest]


@pytest.fixture
def opened(home: Path) -> Opener:
    """Open a page of the app as an address names it, all in one tab."""
    tabs: list[AppTest] = []

    def open_(page: str, **address: str) -> AppTest:
        if not tabs:
            tabs.append(AppTest.from_file(MAIN, default_timeout=60).run())
        at = tabs[0]
        at.switch_page(page)
        at.query_params.clear()
        for name, value in address.items():
            at.query_params[name] = value
        return at.run()

    return open_


def everything(at: AppTest) -> str:
    """All that a person can read on a page, as Markdown."""
    parts = (at.title, at.header, at.subheader, at.markdown, at.caption, at.error, at.warning, at.info, at.success)
    return "\n".join(str(element.value) for found in parts for element in found)


def read(at: AppTest) -> str:
    """The same as it reads once Markdown has taken its backslashes."""
    return everything(at).replace("\\", "").replace("\N{WORD JOINER}", "")


def primary(at: AppTest):
    """The one primary button."""
    (button,) = [b for b in at.button if b.key == "primary"]
    return button


def failed(home: Home, project_id: str, kind: str) -> None:
    with db.writing(home.engine) as session:
        job = store_jobs.add(session=session, kind=kind, arguments={}, project_id=project_id)
        failure = {"code": "x", "problem": "The file is no table.", "fix": "Bring another."}
        store_jobs.finish(session=session, job_id=job.id, state=JobState.FAILED, failure=failure)


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
    assert "gone" in opened("screens/model.py", model="gone:3").error[0].value


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
    assert jobs.latest(_home(home), project.id, jobs.INGEST) is not None
    assert at.query_params["project"] == project.id


def test_a_new_project_leads_to_the_data(home, opened) -> None:
    at = opened("screens/home.py")
    at.button(key="new").click().run()
    assert "What is in your table" in everything(at)
    assert primary(at).disabled
    assert "Bring a table first" in everything(at)


# --- data


def test_an_uploaded_file_is_kept_under_our_own_name_and_names_the_project(home, opened) -> None:
    opened_home, _ = prepare(home, "empty")
    project = projects.create(opened_home, "New project")
    at = opened("steps/data.py", project=project.id)
    at.file_uploader[0].set_value(("../../evil.csv", b"a,b\n1,2\n", "text/csv")).run()
    job = jobs.latest(opened_home, project.id, jobs.INGEST)
    assert job is not None
    (kept,) = list(opened_home.uploads().iterdir())
    assert "evil" not in kept.name
    assert projects.project(opened_home, project.id).name == "evil"


def test_an_empty_file_is_refused_where_it_was_dropped(home, opened) -> None:
    opened_home, project_id = prepare(home, "empty")
    at = opened("steps/data.py", project=project_id)
    at.file_uploader[0].set_value(("nothing.csv", b"", "text/csv")).run()
    assert "is empty" in at.error[0].value
    assert jobs.latest(opened_home, project_id, jobs.INGEST) is None


def test_a_file_that_could_not_be_read_says_why_and_asks_for_another(home, opened) -> None:
    opened_home, project_id = prepare(home, "empty")
    failed(opened_home, project_id, jobs.INGEST)
    at = opened("steps/data.py", project=project_id)
    assert "The file is no table" in at.error[0].value
    assert at.file_uploader


def test_what_was_understood_is_shown_with_what_was_rejected(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/data.py", project=project_id)
    table = at.data_editor[0].value
    assert list(table["Column"])[:2] == ["id", "calls"]
    assert table["It is"][0] == "identifier"
    assert any("1 line could not be read" in e.label for e in at.expander)


# --- question


def test_the_question_is_filled_in_with_reasons_and_checked(home, opened) -> None:
    opened_home, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    assert at.selectbox[0].value == "left"
    assert "A yes/no question" in everything(at)
    primary(at).click().run()
    project = projects.project(opened_home, project_id)
    assert project.problem_id is not None
    asked = question.problem_view(opened_home, project.problem_id).problem
    assert (asked.target, asked.positive, asked.sensitive) == ("left", "yes", ("sex",))
    assert jobs.latest(opened_home, project_id, jobs.CHECK) is not None


def test_what_was_filled_in_survives_a_reload(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    at.text_input[1].set_value("customer").run()
    next(n for n in at.number_input if n.label == "A wrong yes costs").set_value(7.0).run()
    fresh = AppTest.from_file(MAIN, default_timeout=60).run()
    fresh.switch_page("steps/question.py")
    fresh.query_params["project"] = project_id
    fresh.run()
    assert fresh.text_input[1].value == "customer"
    assert next(n for n in fresh.number_input if n.label == "A wrong yes costs").value == 7.0


def test_a_target_that_cannot_be_predicted_closes_the_button_and_says_why(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    at.selectbox[0].set_value("since").run()
    assert "date cannot be predicted" in at.error[0].value
    assert primary(at).disabled


def test_no_target_chosen_closes_the_button(home, opened, monkeypatch) -> None:
    _, project_id = prepare(home, "data")
    monkeypatch.setattr("app.workflow.question.targets", lambda _: ())
    at = opened("steps/question.py", project=project_id)
    assert primary(at).disabled
    assert "Choose what to predict first" in everything(at)


def test_a_rule_that_is_not_understood_is_refused(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    next(t for t in at.text_input if "rule" in t.label).set_value("calls >>> 3").run()
    assert at.error
    assert primary(at).disabled


def test_the_same_question_again_keeps_what_was_fixed(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked")
    before = projects.project(opened_home, project_id).problem_id
    at = opened("steps/question.py", project=project_id)
    assert primary(at).label == "Go on: Checks"
    primary(at).click().run()
    assert projects.project(opened_home, project_id).problem_id == before


# --- checks


def test_findings_stand_in_order_and_a_stop_closes_training(home, opened) -> None:
    _, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    at = opened("steps/checks.py", project=project_id)
    assert "1 thing must be fixed, 1 is worth a look, 1 could not be checked and 1 is fine." in everything(at)
    assert primary(at).disabled
    assert "must be fixed, or kept with a reason" in read(at)


def test_a_fix_makes_a_new_problem_and_checks_it(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    before = projects.project(opened_home, project_id).problem_id
    at = opened("steps/checks.py", project=project_id)
    next(b for b in at.button if b.key == "fix:LK007:0").click().run()
    project = projects.project(opened_home, project_id)
    assert project.problem_id != before
    assert "calls" in question.problem_view(opened_home, str(project.problem_id)).problem.dropped()
    assert jobs.latest(opened_home, project_id, jobs.CHECK) is not None


def test_a_finding_is_kept_only_with_a_reason(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    at = opened("steps/checks.py", project=project_id)
    at.button(key="keep:LK007:0").click().run()
    assert "too short" in at.error[0].value
    at.text_area(key="reason:LK007:0").set_value("The calls are known the day before.")
    at.button(key="keep:LK007:0").click().run()
    assert not primary(at).disabled
    problem_id = str(projects.project(opened_home, project_id).problem_id)
    (kept,) = question.problem_view(opened_home, problem_id).overrides
    assert kept == Override(code="LK007", column="calls", reason="The calls are known the day before.")


# --- train


def test_a_budget_of_zero_closes_the_button(home, opened) -> None:
    _, project_id = prepare(home, "checked")
    at = opened("steps/train.py", project=project_id)
    assert primary(at).label == "Train for up to 5 minutes"
    at.number_input[0].set_value(0.0).run()
    assert primary(at).disabled
    assert "more than 0 minutes" in everything(at)


def test_a_training_is_queued_watched_stopped_and_cancelled(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked")
    at = opened("steps/train.py", project=project_id)
    primary(at).click().run()
    run_id = str(projects.project(opened_home, project_id).run_id)
    assert jobs.job(opened_home, run_id).state is JobState.QUEUED
    assert primary(at).disabled
    next(b for b in at.button if b.label == "Cancel").click().run()
    assert jobs.job(opened_home, run_id).state is JobState.CANCELLED
    assert "was cancelled" in everything(at.run())


def test_a_failed_training_says_why_and_may_be_tried_again(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked")
    at = opened("steps/train.py", project=project_id)
    primary(at).click().run()
    run_id = str(projects.project(opened_home, project_id).run_id)
    with db.writing(opened_home.engine) as session:
        failure = {"code": "out_of_memory", "problem": "It needed more memory.", "fix": "Choose quick."}
        store_jobs.finish(session=session, job_id=run_id, state=JobState.FAILED, failure=failure)
    at.run()
    assert "It needed more memory" in at.error[0].value
    assert not primary(at).disabled


def test_the_models_of_a_training_are_shown_and_another_can_be_taken(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    at = opened("steps/train.py", project=project_id)
    assert list(at.dataframe[0].value["Model"]) == ["LightGBM (extra random)", "CatBoost"]
    next(b for b in at.button if b.label == "Take it").click().run()
    assert jobs.latest(opened_home, project_id, jobs.JUDGE) is not None


# --- understand


def test_a_score_never_stands_alone(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    said = read(opened("steps/understand.py", project=project_id))
    assert "**0.81**" in said
    assert "0.760 to 0.860" in said
    assert "400 rows" in said
    assert "today's rule" in said
    assert "not what causes the outcome" in said


def test_a_model_that_beats_nothing_says_so_first(home, opened) -> None:
    rival = EVIDENCE.baselines[1].model_copy(update={"value": 0.82, "difference": (-0.04, 0.01)})
    _, project_id = prepare(home, "trained", evidence=EVIDENCE.model_copy(update={"baselines": (rival,)}))
    at = opened("steps/understand.py", project=project_id)
    assert at.warning
    assert "is an honest result" in everything(at)


# --- decide, review, release


def test_costs_decide_and_the_use_contract_is_kept(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    next(n for n in at.number_input if n.label == "Missing a case costs").set_value(1.0).run()
    next(t for t in at.text_input if t.label == "Who owns it").set_value("Service").run()
    primary(at).click().run()
    shown = registry.show(opened_home, "leaving:1")
    assert shown.policy.cost_missed_yes == 1.0
    assert shown.use.owner == "Service"
    assert shown.use.purpose.startswith("For each customer")


def test_a_capacity_is_never_exceeded(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    at.segmented_control[0].set_value(PolicyKind.CAPACITY).run()
    next(n for n in at.number_input if n.label == "We can act on").set_value(300).run()
    assert int(at.metric[0].value.replace(",", "")) <= 300


def test_approval_needs_a_note_and_a_builder_is_named(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    assert primary(at).disabled
    at.text_area[0].set_value("Better than our rule.").run()
    primary(at).click().run()
    assert registry.show(opened_home, "leaving:1").stage == "approved"
    assert "Build and prove" in primary(at).label


def test_a_note_and_a_use_contract_survive_a_reload(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    next(t for t in at.text_input if t.label == "Who owns it").set_value("Service").run()
    at = opened("steps/review.py", project=project_id)
    at.text_area[0].set_value("Looks right.").run()
    fresh = AppTest.from_file(MAIN, default_timeout=60).run()
    for step in ("decide", "review"):
        fresh.switch_page(f"steps/{step}.py")
        fresh.query_params["project"] = project_id
        fresh.run()
        found = [t.value for t in (*fresh.text_input, *fresh.text_area)]
        assert ("Service" if step == "decide" else "Looks right.") in found


def test_a_model_is_returned_with_a_question(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    at.text_area[0].set_value("Why was last summer left out?").run()
    next(b for b in at.button if b.label == "Return with a question").click().run()
    assert registry.show(opened_home, "leaving:1").stage == "returned"
    assert "last summer" in everything(at)


def test_a_handed_over_model_waits_among_the_reviews(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    next(b for b in at.button if b.label == "Hand to a reviewer").click().run()
    assert [row.reference for row in reviewing.waiting(opened_home)] == ["leaving:1"]
    at = opened("screens/reviews.py")
    assert "Nothing waits" not in read(at)
    assert "predicts left" in read(at)


def test_a_release_is_queued_and_a_failed_one_says_why(home, opened) -> None:
    opened_home, project_id = prepare(home, "approved")
    at = opened("steps/release.py", project=project_id)
    primary(at).click().run()
    job = jobs.latest(opened_home, project_id, jobs.RELEASE)
    assert job is not None
    assert primary(at).disabled
    with db.writing(opened_home.engine) as session:
        failure = {"code": "not_verified", "problem": "It answers differently.", "fix": "Train again."}
        store_jobs.finish(session=session, job_id=job.id, state=JobState.FAILED, failure=failure)
    assert "answers differently" in at.run().error[0].value


def test_a_released_model_shows_how_to_call_it_and_takes_a_file(home, opened) -> None:
    opened_home, project_id = prepare(home, "released")
    at = opened("steps/release.py", project=project_id)
    assert "handrail serve leaving:1" in at.code[0].value
    assert "/predict" in at.code[1].value
    at.file_uploader[0].set_value(("next.csv", b"a,b\n1,2\n", "text/csv")).run()
    assert jobs.latest(opened_home, project_id, jobs.SCORE) is not None


@pytest.mark.parametrize("part", ["Use it on a file", "How good it is", "Its card", "Its life"])
def test_a_models_page_shows_every_part(home, opened, part) -> None:
    prepare(home, "released")
    at = opened("screens/model.py", model="leaving:1")
    at.segmented_control(key="show").set_value(part).run()
    assert not at.exception
    assert not at.error
    assert NASTY not in everything(at)


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
