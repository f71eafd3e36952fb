"""A version's life on one timeline, and where it comes from."""

import streamlit as st

from app import resources, state
from app.components import frame
from app.components.boundary import boundary
from app.components.frame import section
from app.wizard import ON_A_MODEL, Step
from app.wording import plain
from app.workflow import lineage, projects
from app.workflow import origin as origins
from app.workflow.views import VersionView

ICONS = {
    lineage.TABLE: ":material/table:",
    lineage.QUESTION: ":material/help:",
    lineage.REASON: ":material/edit_note:",
    lineage.TRAINING: ":material/model_training:",
    lineage.VERSION: ":material/deployed_code:",
    lineage.REVIEW: ":material/rate_review:",
    lineage.STAGE: ":material/flag:",
    lineage.RELEASE: ":material/rocket_launch:",
    lineage.DECISIONS: ":material/call_split:",
}


def timeline(shown: VersionView) -> None:
    """Show what happened, oldest first, by day."""
    day = None
    with st.container(gap="xsmall"):
        for moment in lineage.life(resources.home(), shown):
            if moment.at.date() != day:
                day = moment.at.date()
                st.markdown(f"**{day:%Y-%m-%d}**")
            clock, what = st.columns([1, 11])
            clock.caption(f"{moment.at:%H:%M}")
            by = f" :small[by {plain(moment.by)}]" if moment.by else ""
            what.markdown(f"{ICONS[moment.kind]} {plain(moment.said)}{by}")
    st.caption(
        "Times are UTC. Who did what stands in a record that is only ever added to; `handrail verify` checks it."
    )


def _in_lines(value: str, width: int = 32) -> str:
    """Break what has no space and is too long for a cell, such as a hash."""
    words = value.split(" ")
    return " ".join(word if len(word) <= 48 else " ".join(word[i : i + width] for i in range(0, len(word), width))
                    for word in words)  # fmt: skip


def origin(shown: VersionView) -> None:
    """Show file, contract, question, reasons, training, policy and releases on one page; what is long folds."""
    section("Where it comes from")
    with st.container(horizontal=True, gap="small"):
        st.page_link(
            frame.DATASETS,
            label="Its table",
            icon=":material/table:",
            query_params=state.address(dataset=shown.dataset.dataset.id),
        )
        _, now = projects.of_version(resources.home(), shown.reference)
        for step in Step:
            if step in ON_A_MODEL or (step is not Step.DATA and now.run_id == shown.run.id):  # else it has gone on
                st.page_link(
                    frame.path(step),
                    label=step.value.title(),
                    icon=":material/arrow_forward:",
                    query_params=frame.address(step, now.id, shown.reference),
                )
    for title, facts in origins.origin(resources.home(), shown):
        with st.expander(title, expanded=False):
            _table(facts)
    with st.expander("The models that were fitted, with their settings, and the log", expanded=False), boundary():
        _making(shown)


def _table(facts: origins.Facts) -> None:
    said: dict[str, str] = {}
    for name, value in facts:  # what is told under one name stands in one cell
        said[plain(name)] = "; ".join(part for part in (said.get(plain(name)), plain(_in_lines(value))) if part)
    st.table(said, border="horizontal")


def _making(shown: VersionView) -> None:
    models, log = resources.making(resources.home(), shown.run)
    if models:
        _table(models)
    else:
        st.markdown("It was trained before settings were kept.")
    if log is None:
        st.caption("It was trained before logs were kept.")
        return
    st.code(log, language=None, height=240)
    named = f"{shown.name}-{shown.number}-log.txt"
    st.download_button("The log", log, file_name=named, icon=":material/download:", on_click="ignore")
