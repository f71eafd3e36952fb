"""Wizard step: how the model will be used; what that needs is built, proves itself, and is put to use."""

from functools import partial

import streamlit as st

from app import resources, snippets, state
from app.components import boundary, frame, job, release_view, score_view
from app.wizard import Step
from app.workflow import registry, releasing
from engine.domain.run import JobState

project, main, _ = frame.open_step(
    Step.RELEASE,
    "Put it to use",
    "What runs later must answer exactly as what you saw here. So what is built is loaded in a clean place and asked "
    "100 rows; only if every answer is the same does it count as released.\n\nIt carries none of your rows.",
)
home = resources.home()
shown = registry.show(home, str(project.version))

with main:
    way = release_view.asked_way()
    form = release_view.FORMS.get(way)
    building = releasing.building(home, shown.reference, form) if form else None
    embedded = releasing.embedded(home, shown) if way == release_view.EMBED else None
    ready = bool(shown.release_id) if way == release_view.SERVE else embedded is not None or form is None
    alive = building is not None and building.alive
    if building is not None and form and alive:
        job.watch(building, partial(release_view.steps, form=form))
    elif not ready and building is not None and building.state is JobState.FAILED and building.failure:
        boundary.failed(building.failure)
    elif embedded is not None:
        release_view.proved(shown.reference, embedded.verification, embedded.released_at)
        release_view.embed(home, shown, embedded)
    elif ready and way == release_view.SERVE:
        release_view.proved(shown.reference, shown.verification, shown.released_at)
        release_view.use(home, shown)
    if way == release_view.FILE:
        score_view.show(home, shown)
        st.caption("Or without the app, as large as a file may be:")
        st.code(snippets.files(shown.reference), language="shell")

if form and (not ready or alive):
    called = releasing.CALLED[form]
    closed = "It is being built." if alive else ""
    if frame.action(f"Build and prove the {called}", closed=closed, note="About a minute."):
        releasing.start(home, shown.reference, form)
        st.rerun()
elif frame.action("See all about this model"):
    st.switch_page(frame.MODEL, query_params=state.address(model=shown.reference))
