"""Wizard step: the service is built, proves itself, and is put to use."""

import streamlit as st

from app import resources, state
from app.components import boundary, frame, job, release_view, score_view
from app.wizard import Step
from app.workflow import jobs, registry, releasing
from engine.domain.run import JobState

project, main, _ = frame.open_step(
    Step.RELEASE,
    "Put it to use",
    "What runs later must answer exactly as what you saw here. So the service is loaded in a clean place and asked 100 "
    "rows; only if every answer is the same does it count as released.\n\nIt carries none of your rows.",
)
home = resources.home()
shown = registry.show(home, str(project.version))
building = jobs.latest(home, project.id, jobs.RELEASE)
alive = building is not None and building.alive

with main:
    if building is not None and alive:
        job.watch(building, release_view.steps)
    elif shown.release_id is None:
        if building is not None and building.state is JobState.FAILED and building.failure:
            boundary.failed(building.failure)
        release_view.ways()
    else:
        release_view.proved(shown)
        release_view.use(home, shown)
        score_view.show(home, shown)

if shown.release_id is None or alive:
    if frame.action(
        "Build and prove the service", closed="It is being built." if alive else "", note="About a minute."
    ):
        releasing.start(home, shown.reference)
        st.rerun()
elif frame.action("See all about this model"):
    st.switch_page(frame.MODEL, query_params=state.address(model=shown.reference))
