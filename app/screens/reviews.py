"""Screen: what waits for a reviewer, and what waits for its builder's answer."""

import streamlit as st

from app import resources
from app.components import frame, review_view
from app.workflow import reviewing

home = resources.home()
st.title("Reviews", anchor=False)
waiting, returned = reviewing.waiting(home), reviewing.returned(home)
if not waiting:
    st.info("Nothing waits for a review.", icon=":material/rate_review:")
else:
    st.markdown("A reviewer reads the card, asks what it leaves open, and approves or returns the model with a note.")
review_view.rows(waiting)
if returned:
    frame.section("Returned with a question", "Their builders answer, or train anew.")
    review_view.rows(returned)
