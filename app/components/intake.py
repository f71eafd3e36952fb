"""How a table comes in: a file, a table brought before, the sample."""

import streamlit as st

from app import state
from app.components.boundary import boundary
from app.wording import counted, short
from app.workflow import data, wizarding
from app.workflow.home import Home
from app.workflow.views import ProjectView


def show(home: Home, project: ProjectView) -> None:
    """Offer the ways a table comes into a project."""
    key = f"file:{project.id}"
    file = st.file_uploader(
        "Drop a table here",
        type=["csv", "tsv", "txt", "xlsx", "ods", "parquet"],
        key=f"{key}:{state.generation(key)}",
        help="CSV, TSV, Excel (.xlsx), ODS or Parquet. One row per case, the first row with the columns' names.",
    )
    if file is not None:
        with boundary():
            wizarding.bring(home, project.id, file, file.name)
            state.bump(key)
            st.rerun()
    known = data.every_dataset(home)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if known:
            names = {view.dataset.id: view for view in known}
            before = st.selectbox(
                "or take one brought before",
                list(names),
                index=None,
                format_func=lambda i: _described(names[i].dataset.name, names[i].dataset.rows),
                key=f"before:{project.id}",
                placeholder="Choose a table",
                width=360,
            )
            if before is not None and before != project.dataset_id:
                wizarding.use_dataset(home, project.id, before)
                st.rerun()
        if st.button("Use the sample table", key=f"sample:{project.id}", icon=":material/science:"):
            wizarding.bring_sample(home, project.id)
            st.rerun()


def _described(name: str, rows: int) -> str:
    return f"{short(name, 48)} ({counted(rows, 'row')})"
