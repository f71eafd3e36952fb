"""Screen: the projects, what is running, what wants attention, and how to begin."""

import streamlit as st

from app import resources, state
from app.components import frame, project_list, queue_view
from app.wizard import Step
from app.workflow import projects, registry, wizarding

home = resources.home()
every = projects.every(home)

if every:
    st.title("Your projects", anchor=False)
    project_list.attention(registry.every(home))
    queue_view.soon(home)
    project_list.running(every)
    project_list.show(every)
    st.page_link(frame.DATASETS, label="All tables and what uses them", icon=":material/table:")
else:
    project_list.welcome()

with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    new = st.button("New project", type="primary", key="new")
    sample = st.button("Try the sample", key="sample", help="Customers of a small telecom: who will leave?")
    project_list.bring()
    st.caption("Bring a table with one row per case and a column that says how each case ended.")

if new:
    begun = wizarding.begin(home)
    st.switch_page(frame.path(Step.DATA), query_params=state.address(project=begun.id))
if sample:
    begun = wizarding.begin_with_sample(home)
    st.switch_page(frame.path(Step.DATA), query_params=state.address(project=begun.id))
