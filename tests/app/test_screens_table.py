"""The first steps of the wizard: the table and the question."""

import io
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import settings
from app.workflow import data, jobs, orders, projects, question, wizarding
from app.workflow.home import Home, open_home
from app.workflow.interview import Suspect
from engine.domain.dataset import KnownWhen, Reader, Reading
from engine.domain.failure import Failure
from engine.domain.problem import Task
from engine.domain.run import JobState
from engine.errors import UnreadableFile
from store import datasets, db
from store import jobs as store_jobs
from tests.app.prepared import DATASET, NASTY, prepare
from tests.app.reading import MAIN, everything, failed, primary, read

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(3000)
DOCUMENT = b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + b"word/document.xml"

# --- data


def test_an_uploaded_file_is_kept_under_our_own_name_and_names_the_project(home, opened) -> None:
    opened_home, _ = prepare(home, "empty")
    project = projects.create(opened_home, "New project")
    at = opened("steps/data.py", project=project.id)
    at.file_uploader[0].set_value(("../../evil.csv", b"a,b\n1,2\n", "text/csv")).run()
    job = jobs.latest(opened_home, project.id, orders.INGEST)
    assert job is not None
    (kept,) = list(opened_home.uploads().iterdir())
    assert "evil" not in kept.name
    assert projects.project(opened_home, project.id).name == "New project"
    data.bring(opened_home, kept, "../../evil.csv", project_id=project.id)
    assert projects.project(opened_home, project.id).name == "evil"


def test_a_refused_file_gives_a_project_no_name(home) -> None:
    opened_home, _ = prepare(home, "empty")
    project = projects.create(opened_home, "New project")
    wizarding.bring(opened_home, project.id, io.BytesIO(PICTURE), "photo.csv")
    (kept,) = list(opened_home.uploads().iterdir())
    with pytest.raises(UnreadableFile, match="a picture"):
        data.bring(opened_home, kept, "photo.csv", project_id=project.id)
    assert projects.project(opened_home, project.id).name == "New project"


def test_a_name_that_is_taken_gets_a_number_behind_it(home, opened) -> None:
    opened_home, _ = prepare(home, "data")
    names = []
    for _ in range(2):
        project = projects.create(opened_home, "New project")
        at = opened("steps/data.py", project=project.id)
        at.button(key=f"sample:{project.id}").click().run()
        assert not at.error
        assert jobs.latest(opened_home, project.id, orders.INGEST) is not None
        names.append(projects.project(opened_home, project.id).name)
    assert names == ["Customer churn (sample)", "Customer churn (sample) 2"]
    projects.rename(opened_home, project.id, "Customer churn (sample) 2")
    assert projects.project(opened_home, project.id).name == "Customer churn (sample) 2"
    projects.rename(opened_home, project.id, "Customer churn (sample)")
    assert projects.project(opened_home, project.id).name == "Customer churn (sample) 3"


@pytest.mark.parametrize(("name", "content"), [("nothing.csv", b""), ("photo.csv", PICTURE), ("report.docx", DOCUMENT)])
def test_nobody_is_asked_how_to_read_what_is_no_table(home, opened, name, content) -> None:
    opened_home, project_id = prepare(home, "empty")
    at = opened("steps/data.py", project=project_id)
    at.file_uploader[0].set_value((name, content, "text/csv")).run()
    job = jobs.latest(opened_home, project_id, orders.INGEST)
    assert job is not None
    with db.writing(opened_home.engine) as session:
        failure = Failure(code="unreadable_file", problem="It is no table.", fix="Bring one.")
        store_jobs.finish(session=session, job_id=job.id, state=JobState.FAILED, failure=failure)
    at = opened("steps/data.py", project=project_id)
    assert [e.value for e in at.error] == ["**It is no table\\.**  \nBring one\\."]
    assert not [e for e in at.expander if "how this file is to be read" in e.label]


def test_a_file_that_could_not_be_read_says_why_and_asks_for_another(home, opened) -> None:
    opened_home, project_id = prepare(home, "empty")
    failed(opened_home, project_id, orders.INGEST)
    at = opened("steps/data.py", project=project_id)
    assert "The file is no table" in at.error[0].value
    assert at.file_uploader


def test_a_file_that_could_not_be_read_is_read_as_a_person_says(home, opened) -> None:
    opened_home, project_id = prepare(home, "empty")
    at = opened("steps/data.py", project=project_id)
    at.file_uploader[0].set_value(("odd.csv", b"a,b\n1,2\n", "text/csv")).run()
    first = jobs.latest(opened_home, project_id, orders.INGEST)
    assert first is not None
    with db.writing(opened_home.engine) as session:
        failure = Failure(code="unreadable_file", problem="The file is no table.", fix="Say how it is written.")
        store_jobs.finish(session=session, job_id=first.id, state=JobState.FAILED, failure=failure)
    at = opened("steps/data.py", project=project_id)
    assert "The file is no table" in at.error[0].value
    next(s for s in at.selectbox if s.label == "Between values").set_value(",")
    next(b for b in at.button if "Read it again" in b.label).click().run()
    again = jobs.latest(opened_home, project_id, orders.INGEST)
    assert again is not None
    with db.reading(opened_home.engine) as session:
        before, after = (store_jobs.get(session=session, job_id=job.id).arguments for job in (first, again))
    assert Reading.model_validate(after["reading"]) == Reading(delimiter=",")
    assert (after["source"], after["name"]) == (before["source"], "odd.csv")


def test_what_was_understood_is_shown_with_what_was_rejected(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/data.py", project=project_id)
    table = at.data_editor[0].value
    assert list(table["Column"])[:2] == ["id", "calls"]
    assert table["It is"][0] == "identifier"
    assert any("1 line could not be read" in e.label for e in at.expander)


def test_the_rejected_lines_are_listed_with_their_reasons(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/data.py", project=project_id)
    listed = next(d.value for d in at.dataframe if "Why" in d.value)
    assert listed.to_dict("records") == [{"Line": 17, "Why": "7 values where there are 6 columns"}]
    assert "1 line could not be read (0.5 %)" in {e.label for e in at.expander}


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        (Reader(kind="csv", encoding="cp1252", delimiter=";", decimal=",", first_row=4),
         "Text (CSV) · semicolon between values · decimal comma · letters as cp1252 · names in line 4"),
        (Reader(kind="csv", encoding="utf-8", delimiter="~", header=False, header_rows=0, first_row=2),
         "Text (CSV) · ~ between values · letters as utf-8 · no names, data from line 2"),
        (Reader(kind="excel", sheet="2026", header_rows=2), "Spreadsheet · sheet 2026 · names in lines 1 to 2"),
        (Reader(kind="parquet"), "Parquet"),
    ],
    ids=lambda r: r.kind if isinstance(r, Reader) else "",
)  # fmt: skip
def test_how_a_file_was_read_is_said_in_a_line(home, opened, reader, says) -> None:
    _, project_id = prepare(home, "data", dataset=DATASET.model_copy(update={"reader": reader}))
    at = opened("steps/data.py", project=project_id)
    assert not at.exception
    assert any(says in e.label.replace("\\", "") for e in at.expander)


def queued(home: Home, project_id: str) -> Reading:
    """What the queued job is told about the reading."""
    job = jobs.latest(home, project_id, orders.INGEST)
    assert job is not None
    with db.reading(home.engine) as session:
        arguments = store_jobs.get(session=session, job_id=job.id).arguments
    assert arguments["reread"] == DATASET.id
    return Reading.model_validate(arguments["reading"])


def test_a_reading_is_corrected_in_place(home, opened) -> None:
    opened_home, project_id = prepare(home, "data")
    at = opened("steps/data.py", project=project_id)
    next(s for s in at.selectbox if s.label == "Decimal sign").set_value(",")
    next(n for n in at.number_input if "begins" in n.label).set_value(3)
    next(b for b in at.button if "Read it again" in b.label).click().run()
    said = queued(opened_home, project_id)
    assert said == Reading(encoding="utf-8", delimiter=";", decimal=",", first_row=3, header_rows=1)


def test_letters_that_are_not_certain_are_asked_as_they_would_read(home, opened) -> None:
    reader = Reader(kind="csv", encoding="cp1252", delimiter=";", encoding_certain=False,
                    encoding_alternatives=("cp1251", "ascii"))  # fmt: skip
    known = prepare(home, "data", dataset=DATASET.model_copy(update={"reader": reader}))
    opened_home, project_id = known
    with db.writing(opened_home.engine) as session:
        row = datasets.get(session=session, dataset_id=DATASET.id)
        row.preview = [{"id": "Müller", "calls": "Zürich"}]
        session.add(row)
    at = opened("steps/data.py", project=project_id)
    offered = [b.label.replace("\\", "") for b in at.button if (b.key or "").startswith("letters:")]
    assert offered == ["Müller, Zürich  (cp1252)".replace("  ", " "), "Mьller, Zьrich (cp1251)"]
    at.button(key=f"letters:{DATASET.id}:cp1251").click().run()
    assert queued(opened_home, project_id).encoding == "cp1251"


def test_a_sheet_is_chosen_by_its_name(home, opened) -> None:
    reader = Reader(kind="excel", sheet="Notes", sheets=("Notes", "Customers"))
    opened_home, project_id = prepare(home, "data", dataset=DATASET.model_copy(update={"reader": reader}))
    at = opened("steps/data.py", project=project_id)
    next(s for s in at.selectbox if "2 sheets" in s.label).set_value("Customers").run()
    assert queued(opened_home, project_id) == Reading(sheet="Customers")


# --- question


def test_the_question_is_filled_in_with_reasons_and_checked(home, opened) -> None:
    opened_home, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    assert at.selectbox[0].value == "left"
    assert "A yes/no question" in everything(at)
    assert not at.warning
    at.selectbox[0].set_value("id").run()
    assert "‘id’ looks like an identifier" in at.warning[0].value.replace("\\", "")
    at.selectbox[0].set_value("left").run()
    primary(at).click().run()
    project = projects.project(opened_home, project_id)
    assert project.problem_id is not None
    asked = question.problem_view(opened_home, project.problem_id).problem
    assert (asked.target, asked.positive, asked.sensitive) == ("left", "yes", ("sex",))
    assert jobs.latest(opened_home, project_id, orders.CHECK) is not None


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
    next(t for t in at.text_input if t.label == "Today we do it by").set_value("calls >>> 3").run()
    assert primary(at).disabled
    assert "Change what stands in red first" in everything(at)
    assert at.error


def test_a_refused_question_survives_a_reload(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    next(t for t in at.text_input if t.label == "Today we do it by").set_value("calls >>> 3").run()
    next(t for t in at.text_input if t.label == "so that we can").set_value("call back").run()
    fresh = AppTest.from_file(MAIN, default_timeout=60).run()
    fresh.switch_page("steps/question.py")
    fresh.query_params["project"] = project_id
    fresh.run()
    said = {t.label: t.value for t in fresh.text_input}
    assert (said["Today we do it by"], said["so that we can"]) == ("calls >>> 3", "call back")
    assert fresh.error


def test_costs_of_a_wrong_yes_are_asked_where_there_is_a_yes(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    assert {n.label for n in at.number_input} >= {"A wrong yes costs", "a missed yes costs"}
    at.selectbox[0].set_value("calls").run()
    assert not at.number_input
    assert any(t.label == "Today we do it by" for t in at.text_input)
    assert primary(at).disabled is False


def test_only_measures_that_fit_the_answer_are_offered(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)

    def choice(label):
        return next(s for s in at.selectbox if s.label == label)

    choice("Judged by").set_value("f1").run()
    assert not at.error
    choice("predict").set_value("calls").run()
    assert {said.partition("(")[2] for said in choice("Judged by").options} == {"RMSE)", "MAE)", "R²)"}
    choice("Judged by").set_value("mae").run()
    assert not at.error
    assert primary(at).disabled is False


def test_a_measure_that_fits_no_more_is_let_go(home, opened) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    at.selectbox[0].set_value("calls").run()
    next(s for s in at.selectbox if s.label == "Judged by").set_value("mae").run()
    next(s for s in at.selectbox if s.label == "The answer is").set_value(Task.MULTICLASS).run()
    judged = next(s for s in at.selectbox if s.label == "Judged by")
    assert judged.value is None
    assert not any("MAE" in said for said in judged.options)


def test_the_same_question_again_keeps_what_was_fixed(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked")
    before = projects.project(opened_home, project_id).problem_id
    at = opened("steps/question.py", project=project_id)
    assert primary(at).label == "Go on: Checks"
    primary(at).click().run()
    assert projects.project(opened_home, project_id).problem_id == before


def known_when(at: AppTest):
    return next(e for e in at.data_editor if "Known" in e.value).value.set_index("Column")


@pytest.fixture
def suspicious(monkeypatch):
    """Of the table, ``calls`` looks late and ``since`` might be."""
    found = (
        Suspect("calls", KnownWhen.AFTER, "Sounds like something written afterwards."),
        Suspect("since", KnownWhen.BEFORE, "Predicts very well alone: is it known by then?"),
    )
    monkeypatch.setattr("app.workflow.interview.suspects", lambda *_: found)


def test_what_looks_late_is_asked_first_with_an_answer_and_the_reason(home, opened, suspicious) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    asked = known_when(at)
    assert list(asked.index) == ["calls", "since", "sex", NASTY]  # identifiers are not asked about
    assert list(asked["Known"]) == ["only afterwards", "before", "before", "before"]
    assert asked["Why we ask"]["calls"] == "Sounds like something written afterwards."
    assert "Looks sensitive" in asked["Why we ask"]["sex"]
    assert "2 columns look late and stand first. The other 2 are answered" in read(at)
    primary(at).click().run()
    opened_home = _home(home)
    problem_id = str(projects.project(opened_home, project_id).problem_id)
    said = question.problem_view(opened_home, problem_id).problem.known
    assert said == {"calls": KnownWhen.AFTER, "since": KnownWhen.BEFORE}


def test_many_columns_are_answered_at_once(home, opened, suspicious) -> None:
    _, project_id = prepare(home, "data")
    at = opened("steps/question.py", project=project_id)
    next(b for b in at.button if b.label == "The first ones: only afterwards").click().run()
    assert list(known_when(at)["Known"]) == ["only afterwards", "only afterwards", "before", "before"]
    next(b for b in at.button if b.label == "The rest: before").click().run()
    assert list(known_when(at)["Known"])[:2] == ["only afterwards", "only afterwards"]
    next(b for b in at.button if b.label == "All: before").click().run()
    assert set(known_when(at)["Known"]) == {"before"}
    assert known_when(at)["Sensitive"]["sex"]
    # Leaving the page and coming back keeps what was said.
    opened("steps/data.py", project=project_id)
    assert set(known_when(opened("steps/question.py", project=project_id))["Known"]) == {"before"}


def _home(folder: Path) -> Home:
    return open_home(settings.load(folder))
