"""What a table was combined from: the two tables, their keys, what matched, what each new column is."""

import streamlit as st

from app import resources, state
from app.components import frame
from app.wording import plain
from app.workflow import data
from app.workflow.views import DatasetView
from engine.domain.dataset import Added, Measure

MEASURES = {
    Measure.VALUE: "as it stands",
    Measure.COUNT: "number of rows",
    Measure.SUM: "sum",
    Measure.MEAN: "mean",
    Measure.MINIMUM: "least",
    Measure.MAXIMUM: "greatest",
    Measure.LAST: "last",
    Measure.SINCE: "days since the last row",
}


def show(known: DatasetView) -> None:
    """Show the lineage of a combined dataset; nothing for one that was read from a file."""
    made = known.dataset.made_of
    if made is None:
        return
    keys = " and ".join(plain(a if a == b else f"{a} = {b}") for a, b in made.recipe.keys)
    with st.expander(
        f"Combined from {plain(made.base_name)} and {plain(made.other_name)} by {keys}", icon=":material/join:"
    ):
        for note in known.notes:
            st.caption(f":material/info: {plain(note)}")
        st.dataframe(
            [_cells(added) for added in made.recipe.added],
            hide_index=True,
            height=min(260, 38 + 35 * len(made.recipe.added)),
            alt="The new columns and what each one is made of",
        )
        with st.container(horizontal=True):
            _to(made.base, made.base_name)
            _to(made.other, made.other_name)
        st.caption(
            "A model that learns from these columns needs them in every file it scores: combine new files the same way "
            f"with `handrail combine BASE OTHER --like {known.dataset.id} -o FILE`."
        )


def _to(dataset_id: str, name: str) -> None:
    if any(view.dataset.id == dataset_id for view in data.every_dataset(resources.home())):
        st.page_link(
            frame.DATASETS,
            label=plain(name),
            icon=":material/table:",
            query_params=state.address(dataset=dataset_id),
        )
    else:
        st.caption(f"{plain(name)} is no longer here.", width="content")


def _cells(added: Added) -> dict[str, str]:
    return {"New column": added.name, "Is": MEASURES[added.measure], "Of": added.column or ""}
