"""Screen: every model version, those that need somebody first."""

import streamlit as st

from app import resources
from app.components import model_table
from app.workflow import registry

home = resources.home()
st.title("Models", anchor=False)
rows = registry.every(home)
if rows:
    st.markdown("Each training that ends well makes a version. Choose one to see all there is to know about it.")
    model_table.show(rows)
else:
    st.info("No model has been trained yet. Begin a project, or try the sample.", icon=":material/deployed_code:")
