"""How a table comes in: a file, a table brought before, the sample."""

from typing import TYPE_CHECKING

import streamlit as st

from app import state
from app.components.boundary import boundary
from app.wording import short
from app.workflow import data, wizarding
from app.workflow.home import Home
from app.workflow.views import DatasetView, ProjectView
from engine.data.kinds import KINDS
from engine.problem.words import counted

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

READ = "; ".join(f"{kind.name}: {', '.join(kind.endings)}" for kind in KINDS.values())


def show(home: Home, project: ProjectView) -> None:
    """Offer the ways a table comes into a project."""
    key = f"file:{project.id}"
    file = drop("Drop a table here: a CSV, Excel, OpenDocument or Parquet file", key)
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
                format_func=lambda i: described(names[i]),
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


def drop(label: str, key: str) -> "UploadedFile | None":
    """Take a file, whatever it is called: its content says what it is, and where that is no table, a refusal says so.

    ``state.bump(key)`` empties the field.
    """
    return st.file_uploader(
        label,
        key=f"{key}:{state.generation(key)}",
        help=f"One row per case, the first row with the columns' names. What is read: {READ}.",
    )


def described(known: DatasetView) -> str:
    """Return a table as a choice among others; plain text."""
    return f"{short(known.dataset.name, 48)} ({counted(known.dataset.rows, 'row')})"
