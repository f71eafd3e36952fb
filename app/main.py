"""Streamlit entry: the navigation and the one error boundary. Every page is registered on every run."""

import streamlit as st

from app.components import frame
from app.components.boundary import boundary

st.set_page_config(layout="wide", page_icon=":material/timeline:")
st.html(frame.ASSETS / "frame.css")
page = frame.navigation()
with boundary():
    frame.say_what_happened()
    page.run()
