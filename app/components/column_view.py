"""One column looked at closely: how often each value occurs, what is missing, and how the answer goes with it."""

import streamlit as st

from app import resources
from app.components import finding_picture
from app.components.boundary import boundary
from app.wording import plain
from app.workflow.views import DatasetView
from engine.domain.problem import Problem
from engine.problem.words import counted, percent


def show(project_id: str, known: DatasetView, problem: Problem, names: list[str]) -> None:
    """Offer to look at one of some columns of a dataset against the answer that a problem predicts."""
    with st.expander("Look at a column, and how the answer goes with it", icon=":material/bar_chart:"):
        name = st.selectbox(
            "Column",
            names,
            index=None,
            placeholder="Choose a column",
            key=f"look:{project_id}:{known.dataset.id}:{problem.target}",
            width=360,
        )
        if name is None:
            return
        with boundary():
            _pictures(known, problem, name)


def _pictures(known: DatasetView, problem: Problem, name: str) -> None:
    column = known.profile.column(name)
    none = f"{counted(column.missing, 'row has', 'rows have')} no value ({percent(column.missing_rate)})"
    st.markdown(
        f"**{plain(name)}**: {counted(column.distinct, 'value')}; {none if column.missing else 'none missing'}."
    )
    found = resources.pictured(resources.home(), known, problem, name)
    for place, picture in zip(st.columns(2, gap="medium"), found, strict=False):
        with place:
            finding_picture.show(picture, f"look:{known.dataset.id}:{name}:{picture.kind}")
    if len(found) == 1:
        st.caption("There is too little in it to set it against the answer.")
