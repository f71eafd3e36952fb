"""Screen: who one is, as reviews record it, and where everything is kept."""

import streamlit as st

from app import resources
from app.wording import plain

home = resources.home()
st.title("You", anchor=False)
st.markdown(
    f"Reviews and models record you as **{plain(home.settings.user)}**. "
    "On this computer that is the name you are logged in with; the setting `HANDRAIL_USER` changes it."
)
st.space("small")
st.subheader("Where everything is kept", anchor=False)
st.markdown("Tables, models and reviews stay on this computer, in one folder. Nothing is sent anywhere.")
st.code(str(home.path), language=None)
