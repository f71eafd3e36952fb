"""Streamlit entry: the navigation and the one error boundary. Every page is registered on every run."""

import streamlit as st

from app import state
from app.components import frame
from app.components.boundary import boundary

# A file of our own: the browser would fetch a Material icon for its tab from somewhere else.
st.set_page_config(layout="wide", page_icon=frame.ASSETS / "icon.svg")
st.html(frame.ASSETS / "frame.css")
page = frame.navigation()
state.turned_to(page.url_path)
with boundary():
    frame.say_what_happened()
    page.run()
