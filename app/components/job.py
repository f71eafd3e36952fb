"""A job at work: what it does now, how long it has taken, and that one may leave."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from app import resources, state
from app.components.boundary import boundary
from app.wording import KINDS, lasting, plain
from app.workflow import jobs, orders
from app.workflow.views import JobView

EVERY = 1.0  # seconds
MOST = 0.98  # of a bar, as long as the end is guessed
COUNTED = frozenset({orders.TRAIN, orders.CHECK, orders.SCORE})  # their progress says how far they are


def watch(job: JobView, shown: Callable[[JobView], None] | None = None) -> None:
    """Show a job until it is final, then run the page again. Only the fragment polls, and only while it lives."""

    @st.fragment(run_every=EVERY)
    def live() -> None:
        with boundary():
            now = jobs.job(resources.home(), job.id)
            if not now.alive:
                st.rerun()
            (shown or simple)(now)

    live()


def simple(job: JobView) -> None:
    """Show a job in a few lines."""
    bar(job)
    st.caption(no_worker(job) or "You can close this page; it goes on.")
    if st.button("Cancel", key=f"cancel:{job.id}", disabled=job.request is not None):
        jobs.cancel(resources.home(), job.id)


def bar(job: JobView) -> None:
    """Show how far a job is; the bar never goes back, whatever is guessed anew."""
    key = f"share:{job.id}"
    state.remember(key, max(share(job), state.recall(key, 0.0)))
    st.progress(state.recall(key), text=headline(job))


def headline(job: JobView) -> str:
    """Return what a job does now, as Markdown."""
    if job.request == "cancel":
        return "Cancelling…"
    if job.started_at is None:
        before = f", {job.ahead} before it" if job.ahead else ""
        return f"{KINDS[job.kind]}: in the queue{before}"
    stage = plain(job.progress.stage) or KINDS[job.kind]
    return f"{stage}… ({lasting(elapsed(job))} so far)"


def no_worker(job: JobView) -> str:
    """Return what to do where nobody is there to do the job."""
    if job.worker_alive or elapsed(job) < 5:
        return ""
    return ":material/warning: No worker is running, so this waits. Start Handrail again to get one."


def elapsed(job: JobView) -> float:
    """Return the seconds since the job began, or since it was put into the queue."""
    began = (job.started_at or job.created_at).replace(tzinfo=UTC)
    return max(0.0, (datetime.now(UTC) - began).total_seconds())


def share(job: JobView) -> float:
    """Return about how much of a job is done, 0 to 1."""
    now, spent = job.progress, elapsed(job)
    if job.ahead or job.started_at is None:
        return 0.0
    if now.done is not None:
        return min(1.0, max(0.0, now.done))
    if now.seconds_left is not None:
        return min(MOST, spent / max(1e-9, spent + now.seconds_left))
    if job.kind in COUNTED and not now.seconds:
        return 0.0  # it prepares; how far it is will be known
    # Nobody knows how long reading a file takes: the bar nears its end and never reaches it.
    return min(MOST, spent / (spent + 4))
