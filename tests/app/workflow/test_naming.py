"""What a model is called: after its project, which keeps it to itself."""

from types import SimpleNamespace

import pytest

from app import child
from app.workflow import erasing, projects, training
from app.workflow.home import Home
from engine.domain.policy import Policy, PolicyKind, UseContract
from engine.domain.run import JobState, Plan
from engine.domain.version import Stage
from store import db, jobs, models, problems, runs
from store import projects as store_projects
from tests.app.prepared import CONTRACT, EVIDENCE, FITTED, OUTCOMES, PROBLEM, TABLE, prepare

ANOTHER = Policy(kind=PolicyKind.VALUE)


@pytest.fixture
def opened(home) -> Home:
    """A home with a table and no version."""
    return prepare(home, "data")[0]


def question(home, name):
    """Begin a project with a question that may be trained; returns their ids."""
    project_id = projects.create(home, name).id
    with db.writing(home.engine) as session:
        asked = problems.add(
            session=session, project_id=project_id, dataset_id="d0", problem=PROBLEM, contract=CONTRACT
        )
        problems.report(session=session, problem_id=asked.id, outcomes=OUTCOMES, seconds={})
        return project_id, asked.id


def version(home, problem_id, name=None):
    """Add what a training of a question leaves; returns the version."""
    run_id = training.start(home, problem_id, Plan(), name=name)
    with db.writing(home.engine) as session:
        project = store_projects.get(session=session, project_id=runs.get(session=session, run_id=run_id).project_id)
        called = name or projects.model_of(session, project)
        jobs.finish(session=session, job_id=run_id, state=JobState.DONE, result={})
        made = models.add(session=session, name=called, run_id=run_id, policy=ANOTHER, use=UseContract())
        return f"{made.name}:{made.number}"


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (("Пассажиры", "Вино", "数据"), ["model:1", "model-2:1", "model-3:1"]),
        (("Bank!", "bank?", "bank 2"), ["bank:1", "bank-2:1", "bank-2-2:1"]),
    ],
    ids=["no Latin letter", "alike but for marks"],
)
def test_projects_share_no_model_and_each_keeps_its_own(opened, names, called):
    asked = [question(opened, name)[1] for name in names]
    assert [version(opened, one) for one in asked] == called
    again = [version(opened, one) for one in asked]
    assert again == [name.replace(":1", ":2") for name in called]


def test_the_model_of_one_is_not_taken_out_by_anothers(opened):
    for name in ("Пассажиры", "Вино"):
        reference = version(opened, question(opened, name)[1])
        with db.writing(opened.engine) as session:
            made = models.find(session=session, reference=reference)
            models.stage(session=session, version=made, stage=Stage.APPROVED)
            assert models.stage(session=session, version=made, stage=Stage.LIVE) is None


def test_a_project_that_is_renamed_goes_on_with_its_model(opened):
    project_id, asked = question(opened, "bank")
    assert version(opened, asked) == "bank:1"
    projects.rename(opened, project_id, "credit")
    assert version(opened, asked) == "bank:2"
    assert version(opened, question(opened, "bank")[1]) == "bank-2:1"


def test_of_projects_that_shared_a_model_the_first_one_keeps_it(opened):
    (_, first), (_, second) = question(opened, "数据"), question(opened, "データ")
    assert [version(opened, one, name="model") for one in (first, second)] == ["model:1", "model:2"]
    assert [version(opened, one) for one in (second, first, second)] == ["model-2:1", "model:3", "model-2:2"]


def test_a_name_whose_project_was_erased_is_free_again(opened):
    project_id, asked = question(opened, "bank!")
    version(opened, asked)
    erasing.erase(opened, project_id)
    assert version(opened, question(opened, "bank?")[1]) == "bank:2"  # a number is not given twice


def test_a_training_takes_the_name(opened, monkeypatch):
    version(opened, question(opened, "bank!")[1])
    material = SimpleNamespace(problem=PROBLEM, contract=CONTRACT)
    trained = training.Trained(FITTED, EVIDENCE, {"choose": TABLE, "test": TABLE}, material, None)
    monkeypatch.setattr(training, "train", lambda *_: trained)
    run_id = training.start(opened, question(opened, "bank?")[1], Plan())
    assert child.main(str(opened.path), run_id) == 0
    with db.reading(opened.engine) as session:
        assert jobs.get(session=session, job_id=run_id).result == {"model": "bank-2:1"}
