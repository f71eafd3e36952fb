"""Datasets: all of them as a table, and one with everything that is known of it."""

from collections.abc import Sequence

import streamlit as st

from app import resources, state
from app.components import frame, made_of, opened, reading
from app.components.boundary import boundary
from app.components.understood import glance
from app.wizard import Step
from app.wording import ROLES, STAGES, TYPES, plain, short, since
from app.workflow import catalogue
from app.workflow.catalogue import Entry
from engine.domain.dataset import Dataset
from engine.problem.words import counted


def every(entries: Sequence[Entry], *, leads_to: str) -> None:
    """Show datasets, newest first; a selected row leads to its page."""
    opened.rows(
        [_cells(entry) for entry in entries],
        [state.address(dataset=entry.known.dataset.id) for entry in entries],
        leads_to=leads_to,
        key="datasets",
        columns={
            "Rows": st.column_config.NumberColumn(format="localized"),
            "Columns": st.column_config.NumberColumn(format="localized"),
            "Used by": st.column_config.TextColumn(width="medium"),
        },
        alt="Every table with where it is from, its size, its age and the projects that use it",
    )


def show(entry: Entry, entries: Sequence[Entry]) -> None:
    """Show one dataset: its facts, its columns, what it was made of and what for."""
    known, dataset = entry.known, entry.known.dataset
    st.page_link(frame.DATASETS, label="All tables", icon=":material/arrow_back:")
    st.title(plain(short(dataset.name, 80)), anchor=False)
    st.markdown(
        f"{counted(dataset.rows, 'row')}, {counted(dataset.columns, 'column')}, brought {since(known.created_at)}. "
        f"{plain(_origin(dataset))}."
    )
    made_of.show(known)
    st.dataframe(
        [
            {"Column": c.name, "Read as": TYPES[known.contract.column(c.name).type]}
            | {"It is": ROLES[known.contract.column(c.name).role]}
            | glance(c)
            for c in known.profile.columns
        ],
        hide_index=True,
        row_height=36,
        height=min(480, 38 + 36 * len(known.profile.columns)),
        column_config={
            "Column": st.column_config.TextColumn(pinned=True, width=190),
            "Missing": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width=92),
            "Values": st.column_config.BarChartColumn(y_min=0, y_max=1, width=120, help="How often each occurs."),
        },
        alt="Every column of the table: how it is read, what it is, how much is missing, how often each value occurs",
    )
    for note in () if dataset.made_of else known.notes:
        st.caption(f":material/info: {plain(note)}")
    _used(entry, entries)
    st.caption("Its content (SHA-256), by which it is the same table wherever it lies:")
    st.code(dataset.sha256, language=None)
    _actions(entry)


def _cells(entry: Entry) -> dict[str, object]:
    dataset = entry.known.dataset
    return {
        "Table": dataset.name,
        "From": _origin(dataset),
        "Rows": dataset.rows,
        "Columns": dataset.columns,
        "Brought": since(entry.known.created_at),
        "Used by": ", ".join(name for _, name in entry.projects)
        or ("a combined table" if entry.parts_of else "nobody"),
    }


def _origin(dataset: Dataset) -> str:
    made = dataset.made_of
    if made is not None:
        return f"Combined from {made.base_name} and {made.other_name}"
    return reading.summary(dataset.reader)


def _used(entry: Entry, entries: Sequence[Entry]) -> None:
    names = {other.known.dataset.id: other.known.dataset.name for other in entries}
    if not entry.projects and not entry.parts_of:
        st.markdown("**Nobody uses it.**")
        return
    st.markdown("**Used by**")
    with st.container(horizontal=True, gap="small"):
        for project_id, name in entry.projects:
            st.page_link(
                frame.path(Step.DATA),
                label=plain(short(name, 50)),
                icon=":material/arrow_forward:",
                query_params=state.address(project=project_id),
            )
        for dataset_id in entry.parts_of:
            st.page_link(
                frame.DATASETS,
                label=plain(short(names[dataset_id], 50)),
                icon=":material/join:",
                query_params=state.address(dataset=dataset_id),
            )
    if entry.models:
        st.markdown("**Models that learned from it**")
        with st.container(horizontal=True, gap="small"):
            for reference, stage in entry.models:
                st.page_link(
                    frame.MODEL,
                    label=f"{plain(reference)} :small[({STAGES[stage].lower()})]",
                    icon=":material/deployed_code:",
                    query_params=state.address(model=reference),
                )


def _actions(entry: Entry) -> None:
    dataset = entry.known.dataset
    if frame.action("New project with this table", note="Your tables stay on this computer.", key="begin"):
        begun = catalogue.begin(resources.home(), dataset.id)
        st.switch_page(frame.path(Step.DATA), query_params=state.address(project=begun.id))
    if entry.projects:
        return
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown("This erases the table and its files for good. Tables that were combined from it stay.")
        if st.button("Erase it", key="erase"):
            with boundary():
                catalogue.delete(resources.home(), dataset.id)
                state.say_next(f"{dataset.name} is erased.")
                st.switch_page(frame.DATASETS)
