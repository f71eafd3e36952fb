"""Jobs: their states, requests and places in the queue."""

import pytest

from engine.domain.run import JobState, Progress
from engine.errors import NotFound
from store import db, jobs


@pytest.fixture
def engine(tmp_path):
    engine = db.connect(f"sqlite:///{tmp_path / 'handrail.db'}")
    db.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with db.writing(engine) as session:
        yield session


def add(session, kind="train"):
    return jobs.add(session=session, kind=kind, arguments={})


def test_a_new_job_waits(session):
    job = add(session)
    assert (job.state, jobs.place(session=session, job=job)) == ("queued", 0)


def test_its_place_counts_those_of_its_kind_before_it(session):
    first, _other, third = add(session), add(session, "check"), add(session)
    ids = sorted([first.id, third.id])
    last = jobs.get(session=session, job_id=ids[1])
    assert jobs.place(session=session, job=last) == 1


def test_a_queued_job_is_cancelled_at_once(session):
    job = add(session)
    jobs.ask(session=session, job_id=job.id, request="cancel")
    session.refresh(job)
    assert job.state == "cancelled"


def test_a_running_job_hears_what_is_asked_of_it(session):
    job = jobs.begin(session=session, job_id=add(session).id)
    jobs.ask(session=session, job_id=job.id, request="stop")
    assert jobs.progress(session=session, job_id=job.id, progress=Progress(stage="x")) == "stop"


def test_a_final_state_is_given_once(session):
    job = jobs.begin(session=session, job_id=add(session).id)
    assert jobs.finish(session=session, job_id=job.id, state=JobState.DONE, result={"a": 1})
    assert not jobs.finish(session=session, job_id=job.id, state=JobState.FAILED)
    session.refresh(job)
    assert (job.state, job.result) == ("done", {"a": 1})
    assert jobs.begin(session=session, job_id=job.id).state == "done"


def test_an_unknown_job_is_said_to_be_unknown(session):
    with pytest.raises(NotFound, match="no job 'x'"):
        jobs.get(session=session, job_id="x")


def test_a_worker_that_beats_is_alive(session):
    assert jobs.workers(session=session) == []
    jobs.beat(session=session, worker_id="w-0", pid=1)
    jobs.beat(session=session, worker_id="w-0", pid=2)
    assert [w.pid for w in jobs.workers(session=session)] == [2]
