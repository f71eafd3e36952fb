"""What is erased is gone from every file of the home; what is live, or somebody else's, stays."""

import json
import pydoc
import shutil

import pytest
from click.testing import CliRunner

from app import settings
from app.cli import main
from app.workflow import (
    catalogue,
    data,
    erasing,
    jobs,
    keys,
    orders,
    originals,
    projects,
    registry,
    reviewing,
    stages,
    verifying,
)
from app.workflow.home import open_home
from app.workflow.sweeping import catch_up
from engine.domain.problem import Question
from engine.errors import NotFound, Refused, Unavailable
from engine.serving.admitted import Door
from store import db
from store import jobs as store_jobs
from store import keys as keys_
from store import projects as store_projects
from tests.app.prepared import PROBLEM, prepare
from tests.app.reading import everything

PLANTED = "Winnifred-Quackenbush"  # stands in the table, the question, a review and a log


@pytest.fixture
def planted(home):
    """A project with a planted value wherever people's words and rows are kept."""
    question = PROBLEM.question.model_copy(update={"who": PLANTED})
    opened, project_id = prepare(
        home, "decided", problem=PROBLEM.model_copy(update={"question": Question(**question.model_dump())})
    )
    source = opened.uploads() / "people.csv"
    source.write_text("name,calls\n" + "".join(f"{PLANTED}{i},{i}\n" for i in range(80)))
    data.bring(opened, source, "people.csv", project_id=project_id)
    source.unlink()
    reviewing.send_back(opened, "leaving:1", note=f"why {PLANTED}?")
    stages.retire(opened, "leaving:1", why=f"{PLANTED} complained")
    run_id = registry.show(opened, "leaving:1").run.id
    for path in (opened.run(run_id) / "model.txt", opened.log(run_id), opened.scored(run_id) / "out.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PLANTED)
    (opened.path / "handrail.before-0003.db").write_text(PLANTED)
    return opened, project_id


def traces(home):
    home.engine.dispose()
    wanted = (PLANTED.encode(), PLANTED.encode("utf-16-le"))
    return sorted(
        path.name for path in home.path.rglob("*") if path.is_file() and any(w in path.read_bytes() for w in wanted)
    )


def test_what_is_erased_is_gone_from_every_file(planted):
    home, project_id = planted
    assert {"handrail.db", "handrail.before-0003.db", "model.txt", "out.csv"} <= set(traces(home))
    assert erasing.erase(home, project_id) == ("people", "customers")
    assert traces(home) == []
    assert projects.every(home) == registry.every(home) == data.every_dataset(home) == []
    assert [
        p for name in ("runs", "releases", "datasets", "originals", "scored") for p in (home.path / name).glob("*")
    ] == []
    assert "unbroken chain" in next(verifying.verify(home, None))


def test_what_lies_beside_its_model_goes_and_what_is_only_called_alike_stays(planted):
    home, project_id = planted
    run = home.run(registry.show(home, "leaving:1").run.id)
    beside = [run.with_name(f"{run.name}-{end}") for end in ("adopted", "judged", "judged-0123456789abcdef", "other")]
    for path in beside:
        path.mkdir()
    erasing.erase(home, project_id)
    assert [path for path in beside if path.exists()] == beside[-1:]


def test_an_obstacle_keeps_nothing_else(planted, monkeypatch):
    home, project_id = planted
    run = home.run(registry.show(home, "leaving:1").run.id)
    real = shutil.rmtree

    def rmtree(path, **more):
        if path != run:
            real(path, **more)
        elif not more.get("ignore_errors"):
            raise PermissionError(13, "Permission denied")

    def unreachable(*_):
        raise Unavailable("The service's file is locked.", fix="Close it.")

    with monkeypatch.context() as patch:
        patch.setattr("app.workflow.removing.shutil.rmtree", rmtree)
        patch.setattr("app.workflow.collecting.erase", unreachable)
        with pytest.raises(Unavailable, match=r"could not be erased \(Permission denied\). Nor .* file is locked."):
            erasing.erase(home, project_id)
    assert traces(home) == ["model.txt"]
    assert projects.every(home) == data.every_dataset(home) == []
    assert not any(path for name in ("datasets", "originals") for path in (home.path / name).iterdir())


def test_a_table_that_another_project_uses_stays(planted):
    home, project_id = planted
    with db.writing(home.engine) as session:
        other = store_projects.create(session=session, name="other")
        store_projects.point(session=session, project=other, dataset_id="d0")
    assert erasing.erase(home, project_id) == ("people",)
    assert [view.dataset.name for view in data.every_dataset(home)] == ["customers"]


@pytest.mark.parametrize("at", ["catalogue._put_aside", "removing.remove"])
def test_a_table_that_is_brought_again_while_it_is_erased_stays(home, monkeypatch, at):
    opened = open_home(settings.load(home))
    file = opened.uploads() / "people.csv"
    file.write_text("name,calls\n" + "".join(f"p{i},{i}\n" for i in range(80)))
    first = projects.create(opened, "first").id
    data.bring(opened, file, "people.csv", project_id=first)
    real, later = pydoc.locate(f"app.workflow.{at}"), []

    def bring_first(*given):
        if not later:
            later.append(projects.create(opened, "second").id)
            data.bring(opened, file, "people.csv", project_id=later[0])
        real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(f"app.workflow.{at}", bring_first)
        erasing.erase(opened, first)
    (known,) = data.every_dataset(opened)
    assert len(data.load(opened, known.dataset.id)) == 80
    assert originals.verified(opened, known.dataset.sha256)
    assert "unbroken chain" in next(verifying.verify(opened, None))
    erasing.erase(opened, later[0])
    assert [p for name in ("datasets", "originals", "work") for p in (opened.path / name).iterdir()] == []


def test_a_file_that_goes_with_another_table_of_it_is_kept_once_more(home, monkeypatch):
    opened = open_home(settings.load(home))
    file = opened.uploads() / "people.csv"
    file.write_text("name,calls\n" + "".join(f"p{i},{i}\n" for i in range(80)))
    first = data.bring(opened, file, "people.csv").dataset
    real = data.keep

    def erase_first(*given, **more):
        catalogue.delete(opened, first.id)
        return real(*given, **more)

    monkeypatch.setattr(data, "keep", erase_first)
    again = data.bring(opened, file, "people.csv").dataset
    assert again.id == first.id
    assert originals.verified(opened, again.sha256)


def test_a_number_is_not_given_twice(planted):
    home, project_id = planted
    erasing.erase(home, project_id)
    (home.path / "again").mkdir()
    prepare_again = prepare(home.path, "trained")[0]
    assert [row.reference for row in registry.every(prepare_again)] == ["leaving:2"]


def test_a_service_of_what_was_erased_answers_nobody(planted):
    home, project_id = planted
    running = Door(keys.tell(home, "leaving"))
    assert running.admitted(None) == ""
    erasing.erase(home, project_id)
    assert running.admitted(None) is None  # nothing says any more that it is retired
    for file in (home.admitted("leaving"), home.admitted("kept")):  # of one that was killed before it came that far
        file.write_text("open")
    with db.writing(home.engine) as session:
        keys_.add(session=session, model="kept", application="crm", sha256="0" * 64, last_four="0000")
    catch_up(home)
    assert [path.name for path in home.admitted("").iterdir()] == ["kept"]


@pytest.mark.parametrize("deed", [erasing.erase, erasing.archive])
def test_what_is_live_or_at_work_stays(home, deed):
    opened, project_id = prepare(home, "released")
    with pytest.raises(
        Refused, match="leaving:1 of the project .* is live. Retire it first, on its page .handrail retire leaving:1"
    ):
        deed(opened, project_id)
    stages.retire(opened, "leaving:1")
    job = jobs.add(opened, orders.Check(problem_id="p"), project_id)
    with pytest.raises(Refused, match="Something is being done"):
        deed(opened, project_id)
    with db.writing(opened.engine) as session:
        store_jobs.ask(session=session, job_id=job, request="cancel")
    deed(opened, project_id)


def test_as_commands(planted):
    home, project_id = planted
    name = projects.project(home, project_id).name
    assert CliRunner().invoke(main, ["archive", name]).exit_code == 0
    assert projects.project(home, project_id).archived
    assert CliRunner().invoke(main, ["archive", name, "--back"]).exit_code == 0
    assert not projects.project(home, project_id).archived
    unsure = CliRunner().invoke(main, ["delete", name])
    assert (unsure.exit_code, "Say so with --yes." in unsure.stderr) == (2, True)
    told = json.loads(CliRunner().invoke(main, ["delete", name, "--yes", "--json"]).stdout)
    assert told["tables"] == ["people", "customers"]
    gone = CliRunner().invoke(main, ["delete", name, "--yes"])
    assert (gone.exit_code, "no project called" in gone.stderr) == (2, True)
    with pytest.raises(NotFound):
        projects.project(home, project_id)


def test_on_the_start_page(planted, opened):
    home, project_id = planted
    name = projects.project(home, project_id).name
    at = opened("screens/home.py")
    at.button(key=f"archive:{project_id}").click().run()
    assert "1 project put away" in [e.label for e in at.expander]
    assert at.button(key=f"erase:{project_id}").disabled
    at.text_input(key=f"named:{project_id}").set_value("another").run()
    assert at.button(key=f"erase:{project_id}").disabled
    at.text_input(key=f"named:{project_id}").set_value(name).run()
    at.button(key=f"erase:{project_id}").click().run()
    assert not at.exception
    assert projects.every(home) == []
    assert "From a table to a prediction" in everything(at)
