"""No file lives for ever without its row; none is taken from under somebody's hands."""

import os
import time

from sqlalchemy import update
from sqlmodel import col

from app.workflow import jobs, orders, registry, stages
from app.workflow.sweeping import OLD, _old, catch_up, sweep
from engine.domain.run import JobState
from engine.files import HALF
from store import db, projects
from store import jobs as store_jobs
from store.tables import Run
from tests.app.prepared import EVIDENCE, prepare

HALVES = (".", "admitted", "drafts", "originals", "warm", "withdrawn")  # where files are written whole


def ended(home, project_id, name, state):
    """A job that had an upload of its own, and a file that it scored."""
    source = str(home.uploads() / name)
    order = orders.Score(reference="leaving:1", source=source, name=name, form="csv", explain=False)
    job = jobs.add(home, order, project_id)
    with db.writing(home.engine) as session:
        store_jobs.finish(session=session, job_id=job, state=state)
    return job


def test_what_never_got_its_row_is_removed_and_nothing_else(tmp_path):
    home, project_id = prepare(tmp_path, "released")
    run = registry.show(home, "leaving:1").run.id
    with db.writing(home.engine) as session:  # judged twice: the first time another model was chosen
        known = EVIDENCE.model_copy(update={"judged": "b" * 64}).model_dump(mode="json")
        session.execute(update(Run).where(col(Run.id) == run).values(evidence=known))
    alive = jobs.add(home, orders.Train(), project_id)
    done, failed = (ended(home, project_id, s.value, s) for s in (JobState.DONE, JobState.FAILED))
    folders = [home.run(run), home.judged(run, "b" * 64), home.release("r0"), home.dataset("d0"), home.run(alive),
               home.work(alive), home.scored(done)]  # fmt: skip
    files = ["originals/" + "0" * 64 + ".zst", "uploads/failed", f"drafts/{project_id}-data.json",
             "cards/leaving-1.html", f"withdrawn/{run}", "logs/worker.log", f"logs/{run}.log"]  # fmt: skip
    lost = [home.run("lost"), home.judged(run, "a" * 64), home.release("lost"), home.dataset("lost"),
            home.work("lost"), home.scored(failed)]  # fmt: skip
    gone = ["originals/ff.zst", "uploads/done", "uploads/lost", f"drafts/{alive}-data.json", "cards/leaving-2.html",
            f"withdrawn/{alive}", "work/half", *(f"{name}/{HALF}x.json" for name in HALVES)]  # fmt: skip
    young = home.release("young")
    past = time.time() - OLD - 60
    for folder in (*folders, *lost, young):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    for path in (tmp_path / name for name in (*files, *gone)):
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (past, past))
    for folder in (*folders, *lost):
        os.utime(folder, (past, past))
    assert set(sweep(home)) == {*lost, *(tmp_path / name for name in gone)}
    assert all(folder.is_dir() for folder in (*folders, young))
    assert all((tmp_path / name).is_file() for name in files)
    assert not any(path.exists() for path in (*lost, *(tmp_path / name for name in gone)))


def test_the_services_of_a_version_hear_of_its_end_also_where_whoever_ended_it_was_lost(tmp_path):
    home, _ = prepare(tmp_path, "released")
    stages.retire(home, "leaving:1")
    notice = home.withdrawn(registry.show(home, "leaving:1").run.id)
    said = notice.read_text()
    notice.unlink()
    catch_up(home)
    assert notice.read_text() == said


def test_what_goes_while_it_is_looked_at_is_passed_over(tmp_path):
    for name in "abc":
        (tmp_path / name).touch()
    found = _old(tmp_path, -1.0)
    first = next(found)
    for path in set(tmp_path.iterdir()) - {first}:
        path.unlink()
    assert list(found) == []


def test_only_copies_that_may_hold_what_was_erased_go(tmp_path):
    home, project_id = prepare(tmp_path, "trained")
    copies = [tmp_path / f"handrail.before-000{i}.db" for i in (1, 2)]
    for copy in copies:
        copy.touch()
    catch_up(home)
    assert all(copy.exists() for copy in copies)  # nothing was erased
    with db.writing(home.engine) as session:
        projects.erase(session=session, project=projects.get(session=session, project_id=project_id), by="")
    later = time.time() + 60
    os.utime(copies[1], (later, later))
    catch_up(home)
    assert [copy.exists() for copy in copies] == [False, True]
