"""Screen: all there is to know about one version of a model, and its use on a file."""

from typing import NoReturn

import streamlit as st

from app import resources, state
from app.components import (
    boundary,
    card_view,
    compare_view,
    evidence_view,
    frame,
    groups_view,
    keys_view,
    life_view,
    reasons_view,
    release_view,
    review_view,
    score_view,
    stage_view,
    value_view,
    what_if,
)
from app.wizard import Step
from app.wording import STAGES
from app.workflow import registry
from engine.errors import NotFound

PARTS = ("Use it", "How good it is", "Its card", frame.LIFE, "Against another")


def _to_the_models() -> NoReturn:
    st.page_link(frame.MODELS, label="To the models", icon=":material/arrow_back:")
    st.stop()


named = state.model()
if named is None:
    boundary.refused("This page is about a model, and the address names none.", "Choose one from the list of models.")
    _to_the_models()
home = resources.home()
try:
    shown = registry.show(home, str(named))
except NotFound as error:
    boundary.refused(error.problem, "Choose one from the list of models.")
    _to_the_models()
problem, evidence = shown.problem.problem, shown.run.evidence

review_view.badge(shown)
stage_view.show(home, shown)
if evidence is not None:
    evidence_view.headline(evidence, problem)
with st.container(horizontal=True, gap="small"):
    for step in (Step.TRAIN, Step.UNDERSTAND, Step.REVIEW, Step.RELEASE):
        st.page_link(
            frame.path(step),
            label=f"{step.value.title()} in its project",
            icon=":material/arrow_forward:",
            query_params=frame.address(step, shown.run.project_id, shown.reference),
        )
part = st.segmented_control(
    "Show", PARTS, default=PARTS[0], required=True, key=state.SHOWN, bind="query-params", label_visibility="collapsed"
)
if part == PARTS[1] and evidence is not None:
    evidence_view.how_good(evidence, problem)
    value_view.show(evidence, problem, shown.policy, shown.run.tables.get("test"), key=shown.id)
    evidence_view.where_it_fails(evidence, problem)
    reasons_view.show(evidence, problem, shown.dataset.profile)
    groups_view.show(evidence, problem)
elif part == PARTS[2]:
    card_view.downloads(shown)
    card_view.show(shown)
elif part == PARTS[3]:
    life_view.timeline(shown)
    life_view.origin(shown)
elif part == PARTS[4]:
    compare_view.choose(shown)
else:
    if not shown.stage.was_approved:
        stage = STAGES[shown.stage].lower()
        st.warning(f"It is not approved ({stage}): every answer will say so.", icon=":material/gpp_maybe:")
    score_view.show(home, shown)
    what_if.show(shown)
    if shown.release_id is not None:
        frame.section("Another program asks it")
        calls = st.container()
        keys_view.show(home, shown)  # first, so that a key that was just given stands in the calls above
        with calls:
            release_view.use(home, shown)
