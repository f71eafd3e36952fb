"""Following a job: what ended it is raised as what it was."""

from datetime import datetime

import pytest

from app.follow import require_done
from app.workflow.views import JobView
from engine.domain.run import JobState, Progress
from engine.errors import Failed, GateClosed, HandrailError, OutOfMemory, Refused, TooShort, UnusableTarget


def job(state, failure=None):
    moment = datetime(2026, 1, 1)
    return JobView("j", "train", None, state, Progress(), 0, True, None, failure, None, moment, moment, moment)


def test_a_done_job_raises_nothing():
    require_done(job(JobState.DONE))


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("unusable_target", UnusableTarget, 2),
        ("gate_closed", GateClosed, 1),
        ("out_of_memory", OutOfMemory, 2),
        ("budget_too_short", TooShort, 2),
        ("failed", Failed, 3),
    ],
)
def test_a_failure_is_raised_as_its_kind(code, kind, status):
    with pytest.raises(HandrailError, match="It is so. Do that.") as raised:
        require_done(job(JobState.FAILED, {"code": code, "problem": "It is so.", "fix": "Do that."}))
    assert type(raised.value) is kind
    assert raised.value.exit_status == status


def test_a_cancelled_job_says_so():
    with pytest.raises(Refused, match="cancelled"):
        require_done(job(JobState.CANCELLED))
