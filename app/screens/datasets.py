"""Screen: every table of this home, where it is from, what is in it, who uses it."""

import streamlit as st

from app import resources, state
from app.components import dataset_view
from app.components.frame import DATASETS
from app.workflow import catalogue

entries = catalogue.every(resources.home())
named = state.dataset_id()
shown = next((entry for entry in entries if entry.known.dataset.id == named), None)

if shown is not None:
    dataset_view.show(shown, entries)
else:
    st.title("Data", anchor=False)
    if named is not None:
        st.warning("The table that the address names is no longer here.", icon=":material/info:")
    if entries:
        st.markdown("Every table that was brought or combined. A table never changes; corrections are kept beside it.")
        dataset_view.every(entries, leads_to=DATASETS)
    else:
        st.info("No table was brought yet. Begin a project, or try the sample.", icon=":material/table:")
