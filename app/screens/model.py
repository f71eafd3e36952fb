"""Screen: all there is to know about one version of a model, and its use on a file."""

import streamlit as st

from app import resources, state
from app.components import (
    boundary,
    card_view,
    evidence_view,
    frame,
    reasons_view,
    release_view,
    review_view,
    score_view,
)
from app.components import groups_view as groups
from app.wizard import Step
from app.wording import STAGES, plain
from app.workflow import registry

named = state.model()
if named is None:
    boundary.refused("This page is about a model, and the address names none.", "Choose one from the list of models.")
    st.page_link(frame.MODELS, label="To the models", icon=":material/arrow_back:")
    st.stop()
home = resources.home()
shown = registry.show(home, str(named))
problem, evidence = shown.problem.problem, shown.run.evidence

st.title(plain(shown.reference), anchor=False)
review_view.badge(shown)
if evidence is not None:
    st.markdown(plain(evidence.headline))
with st.container(horizontal=True, gap="small"):
    for step in (Step.TRAIN, Step.UNDERSTAND, Step.REVIEW, Step.RELEASE):
        st.page_link(
            frame.path(step),
            label=f"{step.value.title()} in its project",
            icon=":material/arrow_forward:",
            query_params=state.address(project=shown.run.project_id),
        )
use, good, card, life = st.tabs(["Use it on a file", "How good it is", "Its card", "Its life"])
with use:
    if shown.stage in {"draft", "in_review", "returned"}:
        st.warning(
            f"It is not approved ({STAGES[shown.stage].lower()}): every answer will say so.",
            icon=":material/gpp_maybe:",
        )
    score_view.show(home, shown)
    if shown.release_id is not None:
        release_view.use(home, shown)
with good:
    if evidence is not None:
        evidence_view.how_good(evidence, problem)
        evidence_view.where_it_fails(evidence, problem)
        reasons_view.show(evidence, problem)
        groups.show(evidence, problem)
with card:
    card_view.downloads(shown)
    card_view.show(shown)
with life:
    review_view.timeline(shown)
    review_view.lineage(shown)
