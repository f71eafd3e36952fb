"""Screen: what waits for a reviewer."""

import streamlit as st

from app import resources
from app.components import frame
from app.wizard import Step
from app.wording import plain, since
from app.workflow import reviewing

home = resources.home()
st.title("Reviews", anchor=False)
waiting = reviewing.waiting(home)
if not waiting:
    st.info("Nothing waits for a review.", icon=":material/rate_review:")
else:
    st.markdown("A reviewer reads the card, asks what it leaves open, and approves or returns the model with a note.")
for row in waiting:
    with st.container(border=True):
        name, about, when = st.columns([2, 3, 1.2], vertical_alignment="center")
        name.page_link(
            frame.path(Step.REVIEW),
            label=f"**{plain(row.reference)}**",
            icon=":material/rate_review:",
            query_params=frame.address(Step.REVIEW, row.project_id, row.reference),
        )
        about.markdown(f"predicts {plain(row.target)}")
        when.caption(since(row.created_at))
