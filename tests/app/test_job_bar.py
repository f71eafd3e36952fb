"""How far a job is: what can be counted is counted, what is guessed never ends, and nothing goes back."""

from datetime import UTC, datetime, timedelta

import pytest

from app.components import job as job_view
from app.workflow import orders
from app.workflow.views import JobView
from engine.domain.run import JobState, Progress


def at_work(kind: str, progress: Progress, *, seconds: float | None = 10.0) -> JobView:
    now = datetime.now(UTC).replace(tzinfo=None)
    return JobView(
        id="j",
        kind=kind,
        project_id=None,
        state=JobState.RUNNING,
        progress=progress,
        ahead=0,
        worker_alive=True,
        request=None,
        failure=None,
        result=None,
        created_at=now,
        started_at=None if seconds is None else now - timedelta(seconds=seconds),
        ended_at=None,
    )


@pytest.mark.parametrize(
    ("kind", "progress", "share"),
    [
        (orders.INGEST, Progress(stage="Reading the file"), 10 / 14),
        (orders.CHECK, Progress(stage="Looking for what ruins models"), 0),
        (orders.CHECK, Progress(stage="Check 6 of 24: identical rows", done=5 / 24), 5 / 24),
        (orders.TRAIN, Progress(stage="Trying the simple ways first"), 0),
        (orders.TRAIN, Progress(seconds=2, seconds_left=30), 10 / 40),
        (orders.TRAIN, Progress(seconds=40, seconds_left=0), job_view.MOST),
        (orders.TRAIN, Progress(seconds=40, stage="Judging the model"), 10 / 14),
    ],
    ids=["guessed", "before the first check", "counted", "preparing", "fitting", "time is over", "judging"],
)
def test_how_far_a_job_is(kind, progress, share) -> None:
    assert job_view.share(at_work(kind, progress)) == pytest.approx(share, abs=0.01)


def test_a_job_in_the_queue_has_not_begun() -> None:
    assert job_view.share(at_work(orders.INGEST, Progress(), seconds=None)) == 0


def test_a_bar_never_goes_back(monkeypatch) -> None:
    shown: list[float] = []
    kept: dict[str, float] = {}
    monkeypatch.setattr(job_view.state, "recall", kept.get)
    monkeypatch.setattr(job_view.state, "remember", kept.__setitem__)
    monkeypatch.setattr(job_view.st, "progress", lambda value, text: shown.append(value))
    for progress in (
        Progress(seconds=1, seconds_left=10),
        Progress(seconds=1, seconds_left=90),
        Progress(stage="Sealing the model"),
        Progress(seconds=1, seconds_left=2),
    ):
        job_view.bar(at_work(orders.TRAIN, progress))
    assert shown == sorted(shown)
    assert shown[0] == pytest.approx(0.5, abs=0.01)
